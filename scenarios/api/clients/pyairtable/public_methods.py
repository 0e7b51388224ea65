"""The public methods, properties and functions of the installed pyairtable, by their code."""

import importlib
import inspect
import pkgutil
from types import CodeType

import pyairtable

# Modules that talk to no server: the command line, which is an extra, and stand-ins for tests.
other_modules = {"pyairtable.cli", "pyairtable.testing"}

# Functions that remain without a call, and why. A new function of the client is not in this list.
left_out = {
    "models._base.rebuild_models": "runs while the package is imported",
    "utils.cache_unless_forced": "a decorator, runs while the package is imported",
    "utils.docstring_from": "a decorator, runs while the package is imported",
    "utils.enterprise_only": "a decorator, runs while the package is imported",
}


def code_of(member):
    """The code of a method, property or cached function; None for data."""
    for name in ("__func__", "fget", "func"):
        member = getattr(member, name, None) or member
    code = getattr(inspect.unwrap(member), "__code__", None) if callable(member) else None
    return code if isinstance(code, CodeType) else None


def members_of(owner, prefix):
    """Yields (code, name) of the public methods of a class and of the classes inside it."""
    for name, member in vars(owner).items():
        if inspect.isclass(member) and member.__qualname__ == f"{owner.__qualname__}.{name}":
            yield from members_of(member, prefix)
        elif not name.startswith(("_", "model_")) and (code := code_of(member)):
            yield code, f"{prefix}.{owner.__qualname__}.{name}"


def public_methods(package=pyairtable):
    """Names by code, such as `api.table.Table.create`. Inherited methods count once, in the class that defines them."""
    found = {}
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if info.name in other_modules:
            continue
        module = importlib.import_module(info.name)
        prefix = info.name.removeprefix(f"{package.__name__}.")
        for name, member in vars(module).items():
            if getattr(member, "__module__", None) != info.name:
                continue
            if inspect.isclass(member):
                for code, method in members_of(member, prefix):
                    found.setdefault(code, method)
            elif not name.startswith("_") and (code := code_of(member)):
                found.setdefault(code, f"{prefix}.{name}")
    return found
