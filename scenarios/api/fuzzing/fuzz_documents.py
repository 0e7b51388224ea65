"""Sends generated requests to every operation of some OpenAPI documents, with Schemathesis.

Reads from standard input, as JSON: `documents` (`service` and `url` of each service), `token`, `address` (the source
address), `seed`, `examples` (maximum random requests per operation), `every` (one of this many operations gets random
requests, those of its examples, and more than one invalid body), `stride` and `offset` (an operation's schemas give up to 240 further requests, one
for each rule: the first valid one and the first with an invalid path, query, header and body are sent, and of the rest
one of each stride, at the offset), `seconds` (no document is begun after this time), `excluded` (operations by service) and `known` (ids
that exist, by service and name of the path parameter).
Prints, as JSON in the last line: the statuses of all responses and the failures, by service.
"""

import base64
import collections
import contextlib
import json
import os
import re
import sys
import time
import urllib.request

import requests.adapters
import schemathesis
import schemathesis.cli
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.coverage import _operation as coverage

options = json.load(sys.stdin)

checks = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
# The services would send requests to generated addresses. Port 9 discards them.
foreign = re.compile(r"\b(https?|wss?)://[^/?#\s]*", re.IGNORECASE)

original_pool = requests.adapters.HTTPAdapter.init_poolmanager


def init_pool_at_address(adapter, *args, **named):
    original_pool(adapter, *args, source_address=(options["address"], 0), **named)


requests.adapters.HTTPAdapter.init_poolmanager = init_pool_at_address


def on_this_machine(value):
    if isinstance(value, str):
        return foreign.sub(r"\1://127.0.0.1:9", value)
    if isinstance(value, list):
        return [on_this_machine(item) for item in value]
    if isinstance(value, dict):
        return {key: on_this_machine(item) for key, item in value.items()}
    return value


drawn = collections.Counter()
begun = set()


@schemathesis.hook
def filter_case(context, case):
    if case.meta is None or case.meta.phase.name != "coverage":
        return True
    label, rule = context.operation.label, case.meta.phase.data
    is_invalid = case.meta.generation.mode == GenerationMode.NEGATIVE
    kind = (label, rule.parameter_location) if is_invalid else (label,)
    number = drawn[label]
    drawn[label] += 1
    if kind not in begun:
        begun.add(kind)
        return True
    return number % options["stride"] == options["offset"]


# Operations whose turn it is not. Most of the processor time would go into bodies that are not sent.
waiting = set()
all_body_cases = coverage._body_cases


def body_cases(run):
    for case in all_body_cases(run):
        yield case
        if run.operation.label in waiting and case.meta.generation.mode == GenerationMode.NEGATIVE:
            return


coverage._body_cases = body_cases


@schemathesis.hook
def before_call(_context, case, _arguments):
    case.body = on_this_machine(case.body)


def names_of(document):
    return [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in ("get", "put", "post", "delete", "patch", "head", "options")
    ]


def configuration(service):
    """The text of schemathesis.toml. JSON's strings and lists are TOML too."""
    lines = [
        "continue-on-failure = true",
        "workers = 1",
        "request-timeout = 10",
        'suppress-health-check = ["all"]',
        'warnings = false',
        f"seed = {options['seed']}",
        "[generation]",
        f"max-examples = {options['examples']}",
        "no-shrink = true",
        'database = "none"',
        "[phases.coverage]",
        "unexpected-methods = []",
        "[phases.stateful]",
        "enabled = false",
    ]
    known = options["known"].get(service, {})
    for name, ids in known.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(ids)}"]
    lines.append("[parameters]")
    for name in known:
        lines.append(f'"path.{name}" = {{ dictionary = "{name}", probability = 0.8 }}')
    for operation in options["excluded"].get(service, []):
        lines += ["[[operations]]", f"include-name = {json.dumps(operation)}", "enabled = false"]
    if waiting:
        lines += ["[[operations]]", f"include-name = {json.dumps(sorted(waiting))}"]
        lines += ["phases.examples.enabled = false", "phases.fuzzing.enabled = false"]
    # Without a key of a language model.
    lines += ["[[operations]]", 'include-name = "POST /chat"']
    lines.append('checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 503]')
    return "\n".join(lines) + "\n"


def curl(request):
    """A command that repeats the request; the token stays out of it."""
    words = ["curl", "-X", request["method"]]
    for name, values in request["headers"].items():
        if name.lower() in ("content-type", "accept"):
            words += ["-H", f"{name}: {values[0]}"]
    if request.get("body") is not None:
        body = request["body"]
        if isinstance(body, dict) and "$base64" in body:
            body = base64.b64decode(body["$base64"]).decode("utf-8", "replace")
        words += ["-d", body if isinstance(body, str) else json.dumps(body)]
    words.append(request["uri"])
    return " ".join("'" + word.replace("'", "'\\''") + "'" if re.search(r"[^\w./:=-]", word) else word for word in words)


def summary(path):
    """The statuses by operation, and each kind of failure once per operation."""
    operations, failures = {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            ((kind, event),) = json.loads(line).items()
            if kind in ("NonFatalError", "FatalError"):
                label = event.get("label") or "the document"
                failures[(label, kind)] = {"operation": label, "check": kind, "message": json.dumps(event)[:2_000]}
            if kind != "ScenarioFinished":
                continue
            recorder = event["recorder"]
            interactions = recorder.get("interactions") or {}
            statuses = operations.setdefault(recorder["label"], {})
            for interaction in interactions.values():
                status = str((interaction.get("response") or {}).get("status_code", "none"))
                statuses[status] = statuses.get(status, 0) + 1
            for case, results in (recorder.get("checks") or {}).items():
                for result in results:
                    if result["status"] == "success":
                        continue
                    failure = (result.get("failure_info") or {}).get("failure") or {}
                    message = f"{failure.get('title', '')}: {failure.get('message', '')}"
                    key = (recorder["label"], result["name"], failure.get("title"))
                    request = (interactions.get(case) or {}).get("request")
                    failures.setdefault(
                        key,
                        {
                            "operation": recorder["label"],
                            "check": result["name"],
                            "message": message[:1_000],
                            "curl": curl(request)[:2_000] if request else "",
                        },
                    )
    return operations, list(failures.values())


def fuzz(service, url):
    report, config = f"{service}.ndjson", f"{service}.toml"
    with urllib.request.urlopen(f"{url}/openapi.json") as response:
        operations = sorted(names_of(json.load(response)))
    # The seed decides whose turn it is, so that several runs reach all.
    turn = options["seed"] % options["every"]
    waiting.clear()
    waiting.update(name for number, name in enumerate(operations) if number % options["every"] != turn)
    with open(config, "w", encoding="utf-8") as file:
        file.write(configuration(service))
    arguments = ["--config-file", config, "--no-color", "run", f"{url}/openapi.json", "--url", url]
    arguments += ["--checks", checks, "--report", "ndjson", "--report-ndjson-path", report]
    arguments += ["--header", f"Authorization: Bearer {options['token']}"]
    drawn.clear()
    begun.clear()
    with contextlib.redirect_stdout(sys.stderr):
        try:
            schemathesis.cli.schemathesis(arguments, standalone_mode=False)
        except SystemExit:
            # Findings end the command with exit code 1; they are in the report.
            pass
    operations, failures = summary(report)
    os.remove(report)
    return {"service": service, "operations": operations, "failures": failures}


started = time.monotonic()
results = []
for document in options["documents"]:
    if time.monotonic() - started < options["seconds"]:
        results.append(fuzz(document["service"], document["url"]))
print(json.dumps({"documents": results}))
