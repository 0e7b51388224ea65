"""Generates Python clients with OpenAPI Generator and imports all of their modules, or uses one of them.

Reads from standard input, as JSON: `mode` (`generate` or `use`) and `folder`, the folder of the clients.
"""

import importlib
import importlib.resources
import json
import pathlib
import pkgutil
import subprocess
import sys

given = json.load(sys.stdin)
folder = pathlib.Path(given["folder"])
clients = folder / "clients"
sys.path.insert(0, str(clients))
# What the generator would write beside the clients.
unused = dict.fromkeys(["apiTests", "modelTests", "apiDocs", "modelDocs"], "false")


def package(name):
    return "client_" + name.replace("-", "_")


def configure(name, document):
    """Writes the settings with which the generator makes one client."""
    source = folder / f"{name}.json"
    source.write_text(document)
    settings = folder / f"{name}.settings.json"
    properties = {"packageName": package(name)}
    options = {"generatorName": "python", "inputSpec": str(source), "outputDir": str(clients)}
    settings.write_text(
        json.dumps({**options, "additionalProperties": properties, "globalProperties": unused})
    )
    return str(settings)


def generate(documents):
    """Generates all clients in one process. Returns why documents were rejected."""
    settings = [configure(name, document) for name, document in documents.items()]
    program = importlib.resources.files("openapi_generator_cli") / "openapi-generator.jar"
    # Compiling the generator's code well takes longer than running it once.
    command = ["java", "-XX:TieredStopAtLevel=1", "-jar", str(program), "batch", *settings]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, sep="\n")
    if "Batch" not in done.stdout and "Completed with" not in done.stdout:
        raise RuntimeError(f"OpenAPI Generator exited with code {done.returncode}: {done.stderr[-500:]}")
    failures = [line[:500] for line in (done.stdout + done.stderr).splitlines() if "Generation failed" in line]
    missing = [name for name in documents if not (clients / package(name) / "__init__.py").exists()]
    if done.returncode != 0 and not failures + missing:
        return [f"exit code {done.returncode}"]
    return failures + [f"{name}: no client" for name in missing]


def import_errors(name):
    """Imports every module of a client."""
    errors = []
    try:
        root = importlib.import_module(package(name))
    except Exception as error:
        return [f"{name}: {error!r}"]
    for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        try:
            importlib.import_module(module.name)
        except Exception as error:
            errors.append(f"{module.name}: {error!r}")
    return errors


if given["mode"] == "generate":
    documents = given["documents"]
    rejected = generate(documents)
    importlib.invalidate_caches()
    errors = [error for name in documents for error in import_errors(name)]
    print(json.dumps({"rejected": rejected, "errors": errors}))
    sys.exit()

library = importlib.import_module("client_platform")
connection = library.ApiClient(
    library.Configuration(host=given["gateway"], access_token=given["token"])
)
api = library.DefaultApi(connection)
exceptions = []


def missing_code(call, *arguments):
    """The code of the error that a call raises, if the client has parsed it as an error type of the document."""
    try:
        call(*arguments)
    except library.ApiException as error:
        exceptions.append(type(error).__name__)
        if isinstance(error.data, library.AirtableProblem):
            problem = error.data.error.actual_instance
            return problem if isinstance(problem, str) else problem.type
        return error.data.error if isinstance(error.data, library.Problem) else None
    return None


base, table = given["base"], "People"
ids = []
for start in (0, 10, 20):
    records = [{"fields": {"Name": f"Person {n}", "Age": n}} for n in range(start, start + 10)]
    body = library.AirtableGatewayCreateRecordsBody.from_dict({"records": records})
    created = api.airtable_gateway_create_records(base, table, body)
    ids += [record.id for record in getattr(created, "actual_instance", created).records]

pages, offset = [], None
while True:
    page = api.airtable_gateway_list_records(base, table, page_size=20, offset=offset)
    pages.append(len(page.records))
    offset = page.offset
    if not offset:
        break

filtered = api.airtable_gateway_list_records(
    base, table, filter_by_formula="{Age} >= 25", fields=["Name"]
)
missing_record = missing_code(api.airtable_gateway_get_record, base, table, "recDoesNotExist00")
deleted = api.airtable_gateway_delete_record(base, table, ids[0])
after_delete = missing_code(api.airtable_gateway_get_record, base, table, ids[0])
left = api.airtable_gateway_list_records(base, table)

made = api.platform_services_create_workspace(
    library.PlatformServicesCreateWorkspaceBody(name=given["workspace"])
)
listed = api.platform_services_list_workspaces()
missing_workspace = missing_code(
    api.platform_services_workspace, "00000000-0000-4000-8000-000000000000"
)
api.platform_services_delete_workspace(made.id)
workspace_after_delete = missing_code(api.platform_services_workspace, made.id)

print(
    json.dumps(
        {
            "exceptions": exceptions,
            "written": len(ids),
            "pages": pages,
            "filtered": len(filtered.records),
            "missingRecord": missing_record,
            "deleted": deleted.deleted,
            "afterDelete": after_delete,
            "left": len(left.records),
            "workspaceListed": any(one.id == made.id for one in listed.workspaces),
            "missingWorkspace": missing_workspace,
            "workspaceAfterDelete": workspace_after_delete,
        }
    )
)
