"""Runs the integration tests of pyairtable, unchanged, against a running platform (`npm run readiness -- up`).

Usage: pyairtable_integration.py <gateway URL> <folder of a checkout of pyairtable> [arguments of pytest]

The tests expect a base with tables, views and ids of its authors. This script creates such a base, hands its ids to the
tests' fixtures, and prints how many tests passed, failed and were skipped, and why. It needs pytest beside pyairtable.
The test of high volume waits for the penalty of its base several times, which takes minutes.
"""

import json
import sys
import urllib.request
import uuid
from pathlib import Path

import pytest
from pyairtable import Api
from requests.adapters import HTTPAdapter
from requests.exceptions import HTTPError

CHECK = {"icon": "check", "color": "greenBright"}
AT = {"dateFormat": {"name": "iso"}, "timeFormat": {"name": "24hour"}, "timeZone": "utc"}
CHOICES = [{"name": "Todo"}, {"name": "In progress"}, {"name": "Done"}]

# These tests download an image from GitHub, or expect that the platform has downloaded it.
OUTSIDE = {"test_integration_attachment", "test_integration_upload_attachment", "test_attachments_upload"}


def field(name, kind, **options):
    return {"name": name, "type": kind, **({"options": options} if options else {})}


def texts(*names):
    return [field(name, "singleLineText") for name in names]


TABLES = {
    "TEST_TABLE": [
        *texts("text"),
        field("number", "number", precision=2),
        field("boolean", "checkbox", **CHECK),
        field("datetime", "dateTime", **AT),
        field("attachment", "multipleAttachments"),
    ],
    "Address": [field("Number", "number", precision=0), *texts("Street")],
    "Contact": [
        *texts("First Name", "Last Name"),
        field("Email", "email"),
        field("Registered", "checkbox", **CHECK),
        field("Birthday", "date", dateFormat={"name": "iso"}),
        field("Last Access", "dateTime", **AT),
    ],
    "Everything": [
        *texts("Name"),
        field("Notes", "richText"),
        field("Status", "singleSelect", choices=CHOICES),
        field("Attachments", "multipleAttachments"),
        field("Done", "checkbox", **CHECK),
        field("Tags", "multipleSelects", choices=CHOICES),
        field("Date", "date", dateFormat={"name": "iso"}),
        field("DateTime", "dateTime", **AT),
        field("Duration (h:mm)", "duration", durationFormat="h:mm"),
        field("Duration (h:mm:ss.s)", "duration", durationFormat="h:mm:ss.S"),
        field("Phone", "phoneNumber"),
        field("Email", "email"),
        field("URL", "url"),
        field("Integer", "number", precision=0),
        field("Decimal 1", "number", precision=1),
        field("Decimal 2", "number", precision=2),
        field("Autonumber", "autoNumber"),
        field("Dollars", "currency", precision=2, symbol="$"),
        field("Percent", "percent", precision=1),
        field("Stars", "rating", max=5, icon="star", color="yellowBright"),
        field("Barcode", "barcode"),
        field("Formula Int", "formula", formula="40 + 2"),
        field("Formula Float", "formula", formula="1 / 3"),
        field("Formula Text", "formula", formula="'text'"),
        field("Formula Error", "formula", formula="ERROR()"),
        field("Formula NaN", "formula", formula="0 / 0"),
        field("Created", "createdTime"),
        field("Last Modified", "lastModifiedTime"),
    ],
}
USERS = [
    field("Assignee", "singleCollaborator"),
    field("Watchers", "multipleCollaborators"),
    field("Created By", "createdBy"),
    field("Last Modified By", "lastModifiedBy"),
]


def register(gateway):
    """Returns the access token of a new account. It lasts 15 minutes."""
    account = {"email": f"tests-{uuid.uuid4()}@example.com", "password": "analytical engine", "name": "Tests"}
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{gateway}/api/auth/register", json.dumps(account).encode(), headers)
    return json.load(urllib.request.urlopen(request))["access_token"]


def create_base(api):
    base = api.create_base("default", "Test Wrapper", [{"name": name, "fields": all} for name, all in TABLES.items()])
    ids = {table.name: table.id for table in base.schema().tables}
    everything, contact = base.table("Everything"), base.table("Contact")
    contact.create_field("Address", "multipleRecordLinks", options={"linkedTableId": ids["Address"]})
    everything.create_field("Address", "multipleRecordLinks", options={"linkedTableId": ids["Address"]})
    link = everything.create_field("Link to Self", "multipleRecordLinks", options={"linkedTableId": ids["Everything"]})
    fields = {one.name: one.id for one in everything.schema(force=True).fields}
    through = {"recordLinkFieldId": link.id}
    everything.create_field("Link to Self (Count)", "count", options=through)
    for kind, name in (("Int", "Formula Int"), ("Error", "Formula Error")):
        linked = {**through, "fieldIdInLinkedTable": fields[name]}
        everything.create_field(f"Rollup {kind}", "rollup", options={**linked, "formula": "SUM(values)"})
        everything.create_field(f"Lookup {kind}", "multipleLookupValues", options=linked)
    for one in USERS:
        try:
            everything.create_field(one["name"], one["type"])
        except HTTPError as failure:
            print(f"The platform rejects the field {one['name']}: {failure.response.text}")
    return base


class GridView(HTTPAdapter):
    """Asks for `Grid view` where a test asks for `view`: neither Airtable nor the platform creates views by API."""

    def send(self, request, **options):
        request.url = request.url.replace("view=view", "view=Grid+view")
        if isinstance(request.body, bytes) and b'"view": "view"' in request.body:
            request.body = request.body.replace(b'"view": "view"', b'"view": "Grid view"')
            request.headers["Content-Length"] = str(len(request.body))
        return super().send(request, **options)


class Prepared:
    """A plugin of pytest: gives the ids of the prepared base to the tests, and counts the results."""

    def __init__(self, endpoint, base):
        self.endpoint = endpoint
        self.table = base.schema(force=True).table("TEST_TABLE")
        self.fixtures = {"base_id": base.id, "table_id": self.table.id}
        self.results = {"passed": set(), "failed": set(), "enterprise": set(), "outside": set(), "other": set()}

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef, request):
        value = self.fixtures.get(fixturedef.argname)
        if fixturedef.argname == "cols":
            columns = fixturedef.func.__globals__["Columns"]
            names = {name: getattr(columns, name.removesuffix("_ID")) for name in vars(columns) if name.endswith("_ID")}
            value = type("Columns", (columns,), {name: self.table.field(of).id for name, of in names.items()})()
        if value is not None:
            fixturedef.cached_result = (value, fixturedef.cache_key(request), None)
        return value

    def pytest_runtest_call(self, item):
        api = item.funcargs.get("api")
        if api is not None:
            retries = api.session.get_adapter(self.endpoint).max_retries
            api.session.mount(self.endpoint, GridView(max_retries=retries))

    def pytest_collection_modifyitems(self, items):
        for item in items:
            if item.originalname in OUTSIDE:
                item.add_marker(pytest.mark.skip(reason="needs a host outside of the platform"))

    def pytest_runtest_logreport(self, report):
        if report.skipped:
            reason = str(report.longrepr)
            kind = next((kind for kind in ("outside", "enterprise") if kind in reason.lower()), "other")
            self.results[kind].add(report.nodeid)
        elif report.failed:
            self.results["failed"].add(report.nodeid)
        elif report.when == "call":
            self.results["passed"].add(report.nodeid)


def main(gateway, folder, *arguments):
    endpoint = f"{gateway.rstrip('/')}/api/airtable"
    # The tests have no setting for the endpoint: it is the client's default here.
    Api.__init__.__kwdefaults__["endpoint_url"] = endpoint
    key = register(gateway)
    prepared = Prepared(endpoint, create_base(Api(key)))
    tests = Path(folder) / "tests" / "integration"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRTABLE_API_KEY", key)
        patch.delenv("AIRTABLE_ENTERPRISE_ID", raising=False)
        options = ["-q", "-p", "no:cacheprovider", "-W", "ignore", f"--confcutdir={tests}", f"--rootdir={tests}"]
        status = pytest.main([*options, *arguments, str(tests)], plugins=[prepared])
    results = prepared.results
    for name in ("failed", "enterprise", "outside", "other"):
        for test in sorted(results[name]):
            print(f"{name}: {test}")
    print(
        f"{len(results['passed'] - results['failed'])} passed, {len(results['failed'])} failed, "
        f"{len(results['enterprise'])} skipped without an enterprise account, "
        f"{len(results['outside'])} skipped without a host outside of the platform, "
        f"{len(results['other'])} skipped for another reason"
    )
    return status


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(*sys.argv[1:]))
