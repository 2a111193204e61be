"""An answer in the form of the recordings, whose README describes it, and how two of them differ."""

import base64
import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.recordings.rows import CUT, Answer
from tests.recordings.wire import Received

UNRECORDED = {"date", "server", "content-length", "connection", "transfer-encoding"}
UNRECORDED |= {"x-content-type-options"}  # which this host adds
ALLOWED = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"
CORS = {  # the platform's usual headers: of the REST API (RestAPIs.scala), of web actions (WebActions.scala)
    "rest": ("*", "GET, DELETE, POST, PUT, HEAD", ALLOWED),
    "web": ("*", "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH", ALLOWED),
}
CORS_NAMES = [f"access-control-allow-{name}" for name in ("origin", "methods", "headers")]
NUMBERS = {"start", "end", "duration", "updated", "__OW_DEADLINE", "x-forwarded-port"}
IDENTIFIER = re.compile(r"[0-9a-f]{32}")
TRANSACTION = re.compile(r"[0-9A-Za-z]{32}")
LOG_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z\s+")


def answered(received: Received, names: dict[str, str]) -> Answer:
    """``received`` as the recordings would have it. ``names``: what to write for this host's own values."""
    headers: dict[str, Any] = {}
    for name, value in received.headers:
        if name.lower() not in UNRECORDED:
            headers.setdefault(name.lower(), []).append(value)
    return normal(Answer(received.status, with_cors(headers), data(received.body)), names)


def with_cors(headers: dict[str, Any]) -> dict[str, Any]:
    for kind, values in CORS.items():
        if [headers.get(name) for name in CORS_NAMES] == [[value] for value in values]:
            return {**{name: values for name, values in headers.items() if name not in CORS_NAMES}, "cors": kind}
    return headers


def data(body: bytes) -> Any:
    """JSON as data, else text, else base64."""
    with contextlib.suppress(ValueError):
        return json.loads(body) if body != b"null" else "null"
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode(), "length": len(body)}


def normal(answer: Answer, names: dict[str, str]) -> Answer:
    """Also of a recorded answer: what depends on time or chance is written as a placeholder."""
    headers = {name: plain(value, names, name) for name, value in answer.headers.items()}
    if "x-request-id" in headers:
        headers["x-request-id"] = ["<tid>"]
    return Answer(answer.status, headers, plain(answer.body, names))


def plain(value: Any, names: dict[str, str], key: str = "") -> Any:
    match value:
        case {"key": "waitTime"}:
            return {**value, "value": "<n>"}
        case {"code": str(), "error": _}:
            return {"code": "<tid>", "error": plain(value["error"], names)}
        case dict():
            return {named(name, names): plain(item, names, name) for name, item in value.items()}
        case list() if key in ("annotations", "parameters"):  # in the order of Scala's hash map, if they are many
            kept = [plain(pair, names) for pair in value if pair.get("key") != "initTime"]
            return sorted(kept, key=lambda pair: str(pair["key"]))
        case list() if key in CORS_NAMES:  # no browser takes two, in whatever order
            return sorted(plain(item, names) for item in value)
        case list():
            return [plain(item, names, key) for item in value]
        case int() if key in NUMBERS:
            return "<n>"
        case str():
            return text(value, names, key)
    return value


def text(value: str, names: dict[str, str], key: str) -> str:
    if key == "x-request-id" and TRANSACTION.fullmatch(value):
        return "<tid>"
    if IDENTIFIER.fullmatch(value):
        return "<id>"
    if key in NUMBERS:
        return "<n>"
    return named(LOG_TIME.sub("", value) if key == "logs" else value, names)


def named(value: str, names: dict[str, str]) -> str:
    for name, placeholder in names.items():
        value = value.replace(name, placeholder)
    return value


def differences(recorded: Answer, seen: Answer) -> list[str]:
    """What is otherwise, each in a few words; empty if nothing is."""
    return [
        *unequal("status", recorded.status, seen.status),
        *unequal("headers", recorded.headers, seen.headers),
        *unequal("body", recorded.body, seen.body),
    ]


def unequal(where: str, recorded: Any, seen: Any) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(seen, dict):
        for name in {**recorded, **seen}:
            if name not in seen:
                yield f"{where}.{name}: missing {short(recorded[name])}"
            elif name not in recorded:
                yield f"{where}.{name}: added {short(seen[name])}"
            else:
                yield from unequal(f"{where}.{name}", recorded[name], seen[name])
        if where.startswith("body") and unsorted(recorded, seen):
            yield f"{where}: keys are not sorted: {short(list(seen))}"
    elif isinstance(recorded, list) and isinstance(seen, list) and same_length(recorded, seen):
        for index, (one, other) in enumerate(zip(recorded, seen, strict=False)):
            yield from () if is_cut(one) else unequal(f"{where}[{index}]", one, other)
    elif not same(recorded, seen):
        yield f"{where}: {short(recorded)} became {short(seen)}"


def unsorted(recorded: dict[str, Any], seen: dict[str, Any]) -> bool:
    """Whether keys that the platform sorted are not sorted here. What it gave in another order is the order of Scala's
    hash map, which nobody may read anything from."""
    return sorted(recorded) == list(recorded) and sorted(seen) != list(seen)


def same_length(recorded: list[Any], seen: list[Any]) -> bool:
    """Long lists are cut: ``…<N items>``."""
    cut = re.fullmatch(r"…<(\d+) items>", str(recorded[-1])) if recorded else None
    return len(seen) == (int(cut[1]) if cut else len(recorded))


def is_cut(item: Any) -> bool:
    return isinstance(item, str) and item.startswith("…<")


def same(recorded: Any, seen: Any) -> bool:
    if isinstance(recorded, str) and isinstance(seen, str) and (cut := CUT.fullmatch(recorded)):
        return len(seen) == int(cut[2]) and seen.startswith(cut[1])
    return type(recorded) is type(seen) and bool(recorded == seen)


def short(value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return repr(shown if len(shown) <= 90 else f"{shown[:60]}…{shown[-25:]}")
