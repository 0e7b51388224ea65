"""Generates clients with openapi-python-client and imports all of their modules, or uses one of them.

Reads from standard input, as JSON: `mode` (`generate` or `use`) and `folder`, the folder of the clients.
"""

import contextlib
import importlib
import io
import json
import os
import pathlib
import pkgutil
import sys

given = json.load(sys.stdin)
folder = pathlib.Path(given["folder"])
sys.path.insert(0, str(folder))
# The generator formats its code with the ruff of its own environment.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])


def package(name):
    return "client_" + name.replace("-", "_")


def generate(name, document):
    """Returns what the generator prints when it rejects the document or warns about it."""
    from openapi_python_client.cli import app

    source = folder / f"{name}.json"
    source.write_text(document)
    arguments = ["--path", str(source), "--output-path", str(folder / package(name)), "--meta", "none"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = app(["generate", *arguments, "--fail-on-warning"], standalone_mode=False)
    return f"{name}: {printed.getvalue()[:500]}" if code else None


def import_errors(name):
    """Imports every module of a client."""
    errors = []
    root = importlib.import_module(package(name))
    for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        try:
            importlib.import_module(module.name)
        except Exception as error:
            errors.append(f"{module.name}: {error!r}")
    return errors


if given["mode"] == "generate":
    documents = given["documents"]
    rejected = [text for text in (generate(name, document) for name, document in documents.items()) if text]
    importlib.invalidate_caches()
    errors = [error for name in documents for error in import_errors(name)]
    print(json.dumps({"rejected": rejected, "errors": errors}))
    sys.exit()

models = importlib.import_module("client_platform.models")
client = importlib.import_module("client_platform").AuthenticatedClient(
    base_url=given["gateway"], token=given["token"]
)


def call(operation, *arguments, **named):
    """Calls an operation of the gateway's document by the name of its module."""
    module = importlib.import_module(f"client_platform.api.default.{operation}")
    return module.sync(*arguments, client=client, **named)


def code_of(problem):
    """The code of an error, if the client has parsed it as one of the error types of the document."""
    if isinstance(problem, models.AirtableProblem):
        return problem.error if isinstance(problem.error, str) else problem.error.type_
    return problem.error.value if isinstance(problem, models.Problem) else None


base, table = given["base"], "People"
ids = []
for start in (0, 10, 20):
    records = [{"fields": {"Name": f"Person {n}", "Age": n}} for n in range(start, start + 10)]
    body = models.AirtableGatewayCreateRecordsBody.from_dict({"records": records})
    ids += [record.id for record in call("airtable_gateway_create_records", base, table, body=body).records]

pages, offset = [], {}
while True:
    page = call("airtable_gateway_list_records", base, table, page_size=20, **offset)
    pages.append(len(page.records))
    if not page.offset:
        break
    offset = {"offset": page.offset}

filtered = call(
    "airtable_gateway_list_records", base, table, filter_by_formula="{Age} >= 25", fields=["Name"]
)
missing = call("airtable_gateway_get_record", base, table, "recDoesNotExist00")
deleted = call("airtable_gateway_delete_record", base, table, ids[0])
after_delete = call("airtable_gateway_get_record", base, table, ids[0])
left = call("airtable_gateway_list_records", base, table)

made = call(
    "platform_services_create_workspace",
    body=models.PlatformServicesCreateWorkspaceBody(name=given["workspace"]),
)
listed = call("platform_services_list_workspaces")
missing_workspace = call("platform_services_workspace", "00000000-0000-4000-8000-000000000000")
call("platform_services_delete_workspace", made.id)
workspace_after_delete = call("platform_services_workspace", made.id)

print(
    json.dumps(
        {
            "written": len(ids),
            "pages": pages,
            "filtered": len(filtered.records),
            "missingRecord": code_of(missing),
            "deleted": deleted.deleted,
            "afterDelete": code_of(after_delete),
            "left": len(left.records),
            "workspaceListed": any(one.id == made.id for one in listed.workspaces),
            "missingWorkspace": code_of(missing_workspace),
            "workspaceAfterDelete": code_of(workspace_after_delete),
        }
    )
)
