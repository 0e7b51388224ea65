"""Runs cases in parallel, each with a connection and bases of its own, and notes which methods of pyairtable run.

Every case fails when pyairtable observes a wrong value, and when the case compared nothing.
"""

import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyairtable import Api, Base
from requests.exceptions import HTTPError

from public_methods import left_out, public_methods

cases = []
methods = public_methods()
called = set()
folder = str(Path(__file__).parent)
# Cases in parallel. Each of them sends one request after another, to bases that no other case uses.
workers = 24
# Maximum seconds to connect, and to wait for a response.
timeout = (5, 30)


class Progress(threading.local):
    """What the case of this thread has done so far."""

    compared = 0
    method = "no method"


now = Progress()


class Client:
    """What a case is given: a connection that repeats no request, and a way to create bases."""

    def __init__(self, given):
        self.endpoint = given["endpoint"]
        self.key = given["key"]
        self.api = Api(self.key, endpoint_url=self.endpoint, retry_strategy=None, timeout=timeout)

    def base(self, *tables) -> Base:
        return self.api.create_base("default", "pyairtable", list(tables))


def case(function):
    """Registers a case under the name of its function."""
    cases.append(function)
    return function


def same(seen, expected):
    now.compared += 1
    if seen != expected:
        raise AssertionError(f"saw {str(seen)[:300]}, expected {str(expected)[:300]}")


def rejected(call, status, *types):
    """Expects an error with this status and one of the types, in Airtable's shape. Returns the response."""
    try:
        result = call()
    except HTTPError as failure:
        body = failure.response.json()
        error = body.get("error") if isinstance(body, dict) else body
        name = error.get("type") if isinstance(error, dict) else error
        same(
            (failure.response.status_code, name if name in types else error), (status, name if name in types else types)
        )
        return failure.response
    raise AssertionError(f"saw the result {str(result)[:200]}, expected status {status} and one of {types}")


def called_by_case(frame):
    """Whether a case called this method itself. If not, another public method of the client did."""
    while (frame := frame.f_back) is not None:
        if frame.f_code in methods:
            return False
        if frame.f_code.co_filename.startswith(folder):
            return True
    return False


def note_call(frame, event, _):
    """A trace function. It returns nothing, so only calls are traced, not lines."""
    name = methods.get(frame.f_code)
    if name is not None:
        called.add(name)
        if called_by_case(frame):
            now.method = name


def run_case(function, given):
    """Returns the failure of a case, or nothing, and its seconds."""
    now.compared, now.method = 0, "no method"
    started = time.monotonic()
    failure = None
    try:
        function(Client(given))
        if now.compared == 0:
            failure = f"{function.__name__}: compared nothing"
    except Exception as error:  # A failing case must not end the others.
        lines = traceback.extract_tb(error.__traceback__)
        places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in lines if frame.filename.startswith(folder)]
        place = next((place for place in reversed(places) if not place.startswith("suite.py")), "suite.py")
        text = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        failure = f"{now.method} in {function.__name__} ({place}): {text}"[:500]
    return failure, round(time.monotonic() - started, 1)


def not_covered():
    """Public methods without a call, and exceptions from the rule that are none."""
    names = set(methods.values())
    stale = [f"{name}: left out, but unknown" for name in left_out if name not in names]
    stale += [f"{name}: left out, but called" for name in left_out if name in called]
    return sorted(names - called - set(left_out)) + stale


def run_cases(given):
    """Runs every case and returns what they saw."""
    selected = [one for one in cases if given.get("only", "") in one.__name__]
    threading.settrace(note_call)
    try:
        with ThreadPoolExecutor(workers) as pool:
            results = list(pool.map(lambda one: run_case(one, given), selected))
    finally:
        threading.settrace(None)
    seconds = {one.__name__: taken for one, (_, taken) in zip(selected, results)}
    return {
        "cases": len(selected),
        "failed": [failure for failure, _ in results if failure is not None],
        "methods": len(methods),
        "uncalled": not_covered(),
        "seconds": dict(sorted(seconds.items(), key=lambda one: -one[1])),
    }
