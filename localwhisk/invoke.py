"""``localwhisk invoke``: one activation, by the host that runs or by one that lives for this call alone."""

import base64
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from localwhisk import Json, limits
from localwhisk.app import Settings, running

GRACE_S = 10.0  # for the answer to arrive, beyond the time that the platform waits for a result


class InvocationFailed(Exception):
    """The action did not succeed; what it answered is printed."""


@dataclass(frozen=True)
class Invocation:
    action: str  # [package/]name
    args: Json
    url: str  # of the host that is asked first


async def invoke(invocation: Invocation, settings: Settings) -> None:
    """Print the result to standard output and the logs to standard error. ``settings`` are for the case that no host
    listens; their folder is not used."""
    try:
        return await ask(invocation, settings, httpx.AsyncHTTPTransport())
    except httpx.ConnectError:
        print(f"localwhisk: no host answers on {invocation.url}: deploying {settings.manifest}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        async with running(replace(settings, data=Path(folder)), invocation.url) as app:
            return await ask(invocation, settings, httpx.ASGITransport(app))


async def ask(invocation: Invocation, settings: Settings, transport: httpx.AsyncBaseTransport) -> None:
    auth = (settings.credentials.uuid, settings.credentials.key)
    namespace = f"{invocation.url}/api/v1/namespaces/_"
    async with httpx.AsyncClient(auth=auth, timeout=limits.BLOCKING_S + GRACE_S, transport=transport) as http:
        url = f"{namespace}/actions/{invocation.action}?blocking=true&result=true"
        answer = await http.post(url, json=invocation.args)
        print(json.dumps(answer.json(), ensure_ascii=False), flush=True)

        activation_id = answer.headers.get("x-openwhisk-activation-id")
        if activation_id:
            logs = await http.get(f"{namespace}/activations/{activation_id}/logs")
            sys.stderr.writelines(f"{line}\n" for line in logs.json().get("logs", []))

    if answer.status_code != 200:
        raise InvocationFailed(f"{invocation.action} did not succeed (HTTP status {answer.status_code})")


def arguments(params: Sequence[str], file: str | None) -> Json:
    """The arguments of the command line: those of the ``file``, overlaid by the single ``params`` (``KEY=VALUE``)."""
    args = object_in(file)
    for param in params:
        key, equals, value = param.partition("=")
        if not equals:
            raise ValueError(f"-p {param}: expected KEY=VALUE")
        args[key] = value_of(value)
    return args


def object_in(file: str | None) -> Json:
    """The JSON object in ``file``, or for ``-`` on standard input."""
    if file is None:
        return {}
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    value = json_or_text(text)
    if not isinstance(value, dict):
        raise ValueError(f"-P {file}: expected a JSON object, but got {str(value)[:60]!r}")
    return value


def value_of(text: str) -> Any:
    """JSON, or text; ``@FILE`` is the base64 of a file."""
    if text.startswith("@"):
        return base64.b64encode(Path(text[1:]).read_bytes()).decode()
    return json_or_text(text)


def json_or_text(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return text
