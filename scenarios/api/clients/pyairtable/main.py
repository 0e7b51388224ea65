"""Reads the endpoint and key as JSON from standard input, runs the cases, and prints what they saw as JSON."""

import json
import sys

# Each module registers its cases.
import enterprise  # noqa: F401
import events  # noqa: F401
import formula_functions  # noqa: F401
import models  # noqa: F401
import people  # noqa: F401
import records  # noqa: F401
import requests_and_limits  # noqa: F401
import schema  # noqa: F401
from suite import run_cases

print(json.dumps(run_cases(json.load(sys.stdin))))
