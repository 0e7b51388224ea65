"""A program that keeps one pyairtable client for its whole life, as integrations do.

Usage: read_people.py <endpoint> <key> <base id> <table id>
Each line of its input is a call, `read` or `create`; each line of its output is the result: a number of records, or the
status of the error.
"""

import sys

from pyairtable import Api
from requests.exceptions import HTTPError

endpoint, key, base, table_id = sys.argv[1:]
table = Api(key, endpoint_url=endpoint).table(base, table_id)
for line in sys.stdin:
    try:
        if line.strip() == "read":
            result = f"{len(table.all())} records"
        else:
            result = f"created {table.create({'Name': 'Grace'})['id']}"
    except HTTPError as error:
        result = f"status {error.response.status_code}"
    print(result, flush=True)
