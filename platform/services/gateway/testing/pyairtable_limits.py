"""Measures pyairtable against a running platform (`npm run readiness -- up`) under its limits.

Usage: pyairtable_limits.py <gateway URL> [records of the batch, default 20000]

Prints the seconds of a loop of 250 single creates, of an upsert of 250 records and of a batch_create. An access token
lasts 15 minutes; the session of a client that runs longer has to be refreshed.
"""

import json
import sys
import time
import urllib.request
import uuid

from pyairtable import Api


def post(url, body, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request))


def main(gateway, total):
    account = {"email": f"limits-{uuid.uuid4()}@example.com", "password": "analytical engine", "name": "Limits"}
    # A test suite on this machine registers more than three accounts.
    for index in range(5):
        post(f"{gateway}/api/auth/register", {**account, "email": f"{index}-{account['email']}"})
    token = post(f"{gateway}/api/auth/register", account)["access_token"]
    api = Api(token, endpoint_url=f"{gateway}/api/airtable")
    fields = [{"name": "Name", "type": "singleLineText"}, {"name": "N", "type": "number", "options": {"precision": 0}}]
    base = post(
        f"{gateway}/api/airtable/v0/meta/bases",
        {"name": "Limits", "workspaceId": "wspLimits00000001", "tables": [{"name": "People", "fields": fields}]},
        token,
    )
    table = api.table(base["id"], "People")

    def timed(what, work):
        started = time.monotonic()
        result = work()
        print(f"{what}: {time.monotonic() - started:.1f} s", flush=True)
        return result

    timed("loop of 250 creates", lambda: [table.create({"Name": f"One {n}", "N": n}) for n in range(250)])
    records = [{"fields": {"Name": f"One {n}", "N": n + 1}} for n in range(250)]
    upserted = timed("upsert of 250", lambda: table.batch_upsert(records, ["Name"]))
    assert len(upserted["updatedRecords"]) == 250, upserted
    created = timed(f"batch_create of {total}", lambda: table.batch_create([{"Name": f"Many {n}"} for n in range(total)]))
    assert len(created) == total
    print(f"records: {timed('reading all', lambda: len(table.all()))}")


main(sys.argv[1].rstrip("/"), int(sys.argv[2]) if len(sys.argv) > 2 else 20_000)
