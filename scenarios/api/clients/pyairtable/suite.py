"""The cases of a run: each is a function that raises when pyairtable observes a wrong value."""

import inspect
import json
import sys
import traceback
from types import CodeType

from pyairtable import Api, Base, Table, Workspace, formulas
from pyairtable.models import schema as schemas
from pyairtable.models._base import CanDeleteModel, CanUpdateModel
from pyairtable.models.webhook import Webhook
from pyairtable.orm import Model
from pyairtable.orm import generate
from pyairtable.orm.lists import AttachmentsList
from requests.exceptions import HTTPError

called = set()
sys.setprofile(lambda frame, event, _: event == "call" and called.add(frame.f_code))
given = json.load(sys.stdin)
api = Api(given["key"], endpoint_url=given["endpoint"])
cases = []


def case(function):
    """Registers a case under the name of its function."""
    cases.append(function)
    return function


def same(seen, expected):
    if seen != expected:
        raise AssertionError(f"saw {str(seen)[:300]}, expected {str(expected)[:300]}")


def rejected(call, statuses, *types):
    """Expects an error with one of the statuses and one of the types, in Airtable's shape."""
    try:
        call()
    except HTTPError as failure:
        status = failure.response.status_code
        if status not in statuses:
            raise AssertionError(f"saw status {status}, expected one of {statuses}")
        error = failure.response.json().get("error")
        name = error.get("type") if isinstance(error, dict) else error
        if name not in types:
            raise AssertionError(f"saw the error {error}, expected one of {types}")
        return
    raise AssertionError(f"the call succeeded, expected a status of {statuses}")


# Public methods that need an enterprise account, or a host outside of the platform. These are the only ones that may
# remain without a call.
left_out = {
    "Base.shares": "enterprise",
    "Workspace.name": "enterprise",
    "Workspace.collaborators": "enterprise",
    "Workspace.bases": "enterprise",
    "Workspace.delete": "enterprise",
    "Workspace.move_base": "enterprise",
    "Api.enterprise": "enterprise",
    "_Collaborators.add": "enterprise",
    "_Collaborators.add_user": "enterprise",
    "_Collaborators.add_group": "enterprise",
    "_Collaborators.add_collaborators": "enterprise",
    "_Collaborators.update": "enterprise",
    "_Collaborators.remove": "enterprise",
    "Table.upload_attachment": "the client always sends to content.airtable.com",
    "AttachmentsList.upload": "the client always sends to content.airtable.com",
    "TableSchema.set_date_dependency": "date dependencies are a feature of paid plans",
}
watched = [
    *(Api, Base, Table, Workspace, Model, Webhook, CanUpdateModel, CanDeleteModel, AttachmentsList),
    *(schemas.BaseSchema, schemas.TableSchema, schemas._Collaborators, generate.ModelFileBuilder),
]


def code_of(member):
    """The code of a method, property or cached function; None for data."""
    for name in ("__func__", "fget", "func"):
        member = getattr(member, name, None) or member
    code = getattr(inspect.unwrap(member), "__code__", None) if callable(member) else None
    return code if isinstance(code, CodeType) else None


def public_methods():
    """Names of all public methods, properties and formula functions by their code."""
    found = {}
    for owner in watched:
        for name, member in vars(owner).items():
            if not name.startswith(("_", "model_")) and (code := code_of(member)):
                found[code] = f"{owner.__name__}.{name}"
    for name, member in vars(formulas).items():
        if name.isupper() and inspect.isfunction(member) and member.__module__ == formulas.__name__:
            found[member.__code__] = f"formulas.{name}"
    return found


def run_cases():
    """Runs every case, prints the result, and names the public methods that none of them called."""
    failed = []
    for one in cases:
        try:
            clear(things, places)  # A failed case leaves its records.
            one()
        except Exception as failure:  # A failing case must not end the others.
            line = traceback.extract_tb(failure.__traceback__)
            where = [frame.lineno for frame in line if frame.name == one.__name__]
            failed.append(f"{one.__name__} (line {where[-1] if where else 0}): {type(failure).__name__}: {failure}"[:400])
    sys.setprofile(None)
    methods = public_methods()
    names = {name for code, name in methods.items() if code not in called}
    result = {
        "cases": len(cases),
        "failed": failed,
        "uncalled": sorted(names - set(left_out)),
        "methods": len(methods) - len(names),
    }
    print(json.dumps(result))
