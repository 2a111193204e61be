"""The actions behind a function URL of AWS Lambda: what the sequence is on OpenWhisk, in one process.

An event has format 2.0 (AWS Lambda Developer Guide, "Invoking Lambda function URLs"). Each step gets what OpenWhisk
would give it: the first query, JSON body and ``__ow_*`` (docs/webactions.md), the others the result of the one before.
"""

import base64
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
ACTIONS = Path(__file__).with_name("actions")
STEPS = ("decode", "preprocess", "classify", "metrics")
sys.path += [str(ACTIONS / name) for name in ("shared", *STEPS)]


def loaded(name: str) -> Callable[[Json], Json]:
    """The function ``main`` of an action."""
    spec = importlib.util.spec_from_file_location(f"{name}_main", ACTIONS / name / "__main__.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(ACTIONS / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    main: Callable[[Json], Json] = module.main
    return main


MAINS = [loaded(name) for name in STEPS]  # while the container starts, not during the first call


def arguments(event: Json) -> Json:
    """The request in ``event`` as the arguments of a web action."""
    headers, text = event["headers"], event.get("body") or ""
    octets = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    body: Json = {"__ow_body": base64.b64encode(octets).decode()} if octets else {}
    if "json" in headers.get("content-type", ""):
        content = parsed(octets)
        body = content if isinstance(content, dict) else {"__ow_body": content}
    http = {"__ow_method": event["requestContext"]["http"]["method"].lower(), "__ow_headers": headers}
    return {**event.get("queryStringParameters", {}), **body, **http}


def parsed(content: bytes) -> Any:
    """The value of a JSON document; of what is none, the text, which ``decode`` refuses."""
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


def handler(event: Json, _context: object = None) -> Json:
    """The answer to one request. An error ends the sequence and becomes the answer."""
    result = arguments(event)
    for main in MAINS:
        result = main(result)
        if "error" in result:
            break
    answer = result.get("error", result)
    return {**answer, "body": json.dumps(answer["body"])}
