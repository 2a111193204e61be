"""Packages and actions as documents: what a PUT makes of them, and how they are shown (OpenWhisk docs/rest_api.md). The
code of an action is kept beside it. An identifier is ``name`` or ``package/name``: this host has one namespace."""

import json
import re

from localwhisk import Json, limits
from localwhisk.rejection import Rejected, malformed, not_implemented, too_large

Entity = tuple[Json, str | None]  # a document and, of an action that has some, the code
NAMESPACE = "guest"
NAME = r"\w(?:[\w@ .&-]{0,254}[\w@.&-])?"
IDENTIFIER = re.compile(rf"(?:/(?:_|{NAMESPACE})/)?({NAME}(?:/{NAME})?)", re.ASCII)
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
PYTHON = ("python:3", "python:3.10", "python:3.11")
DEFAULT_KIND = "python:3.11"
KINDS = {**dict.fromkeys(PYTHON, "code"), "blackbox": "image", "sequence": "components"}  # and what each needs


def identifier(reference: str) -> str:
    """``/_/pkg/name``, ``/guest/pkg/name`` or ``pkg/name`` as ``pkg/name``."""
    if (found := IDENTIFIER.fullmatch(reference)) is None:
        raise Rejected(400, f"{reference!r} is not the name of an entity: expected /{NAMESPACE}/[package/]name")
    return found[1]


def as_dict(pairs: list[Json]) -> Json:
    return {pair["key"]: pair["value"] for pair in pairs}


def key_values(values: Json) -> list[Json]:
    return [{"key": key, "value": value} for key, value in values.items()]


def pairs(body: Json, field: str, default: list[Json]) -> list[Json]:
    """The ``[{"key", "value"}]`` under ``field`` of a PUT body."""
    given = default if body.get(field) is None else body[field]
    if not isinstance(given, list) or not all(isinstance(p, dict) and isinstance(p.get("key"), str) for p in given):
        raise malformed(f'{field}: expected a list of {{"key", "value"}}, but got {json.dumps(given)[:80]}')
    if (size := len(json.dumps(given).encode())) > limits.PARAMETERS_BYTES:
        raise too_large(field, size, limits.PARAMETERS_BYTES)
    return [{"value": None, **pair} for pair in given]


def next_version(given: object, previous: str | None) -> str:
    """The version asked for, filled up to three numbers; else the previous one with its patch number raised."""
    if given is None and previous is not None:
        rest, _, patch = previous.rpartition(".")
        return f"{rest}.{int(patch) + 1}"
    numbers = ("0.0.1" if given is None else str(given)).split(".")
    if len(numbers) > 3 or not all(number.isdecimal() and len(number) < 10 for number in numbers):
        raise malformed(f"version: expected up to three numbers with dots, but got {given!r}")
    return ".".join([*numbers, "0", "0"][:3])


def typed(body: Json, **types: type) -> None:
    """400 where a field of ``body`` that has one of the ``types`` is of another one; null counts as absent."""
    for field, kind in types.items():
        if not isinstance(given := body.get(field), kind | None):
            raise malformed(f"{field}: expected {kind.__name__}, but got {json.dumps(given)[:80]}")


def put(kind: str, ident: str, body: Json, previous: Entity | None, now_ms: int) -> Entity:
    """The ``package`` or ``action`` that a PUT of ``body`` leaves. What is absent stays as it was."""
    typed(body, exec=dict, limits=dict, delAnnotations=list)
    old, (package, _, name) = previous[0] if previous else {}, ident.rpartition("/")
    document = {"namespace": f"{NAMESPACE}/{package}".rstrip("/"), "name": name, "updated": now_ms}
    document["version"] = next_version(body.get("version"), old.get("version"))
    document["publish"] = bool(body.get("publish", old.get("publish")))
    document["parameters"] = pairs(body, "parameters", old.get("parameters", []))
    if kind == "action":
        return as_action(document, body, previous)
    if body.get("binding"):
        raise not_implemented("package bindings")
    return {**document, "annotations": pairs(body, "annotations", old.get("annotations", [])), "binding": {}}, None


def as_action(document: Json, body: Json, previous: Entity | None) -> Entity:
    """``document`` with what only actions have. Annotations are merged by key; those of packages are replaced."""
    old: Json = previous[0] if previous else {"annotations": [{"key": "provide-api-key", "value": False}]}
    execution, code = executable(body, previous)
    annotations = as_dict(old["annotations"]) | as_dict(pairs(body, "annotations", []))
    if annotations.get("conductor"):
        raise not_implemented("conductor actions")
    kept = {key: value for key, value in annotations.items() if key not in (body.get("delAnnotations") or [])}
    document |= {"exec": execution, "annotations": key_values({**kept, "exec": execution["kind"]})}
    if execution["kind"] == "sequence":  # whatever was sent (SequenceActions.scala)
        document["parameters"] = [{"key": "_actions", "value": execution["components"]}]
    elif "parameters" not in body and "components" in old.get("exec", {}):
        document["parameters"] = []  # a sequence's own do not leak into what takes its place (Actions.scala)
    return {**document, "limits": action_limits(body.get("limits") or {}, old.get("limits", {}))}, code


def action_limits(given: Json, old: Json) -> Json:
    """All four limits: given, else previous, else default."""
    chosen = {}
    for name, (low, default, high, unit) in limits.OF_AN_ACTION.items():
        value = chosen[name] = old.get(name, default) if given.get(name) is None else given[name]
        if type(value) is not int or not low <= value <= high:
            raise malformed(f"limit {name}: expected {low} to {high} {unit}, but got {value!r}")
    return chosen


def executable(body: Json, previous: Entity | None) -> Entity:
    """The exec of a PUT without its code, and the code."""
    if (given := body.get("exec")) is None:
        if previous is None:
            raise malformed("exec undefined")
        return previous[0]["exec"], previous[1]
    typed(given, kind=str, code=str, main=str, image=str, components=list)
    if (size := sum(len(given.get(part) or "") for part in ("code", "main", "image"))) > limits.CODE_BYTES:
        raise too_large("exec", size, limits.CODE_BYTES)
    kind = DEFAULT_KIND if given.get("kind") == "python:default" else str(given.get("kind"))
    if kind not in KINDS:
        valid = f"Valid values are: {', '.join(map(repr, KINDS))}."
        raise Rejected(400, f"The specified runtime '{kind}' is not supported by this platform. {valid}")
    if not given.get(KINDS[kind]):
        no_component = "No component specified for the sequence."
        raise Rejected(400, no_component) if kind == "sequence" else malformed(f"{kind}: expected its {KINDS[kind]}")
    if kind == "sequence":
        components = [f"/{NAMESPACE}/{identifier(str(component))}" for component in given["components"]]
        return {"kind": kind, "components": components, "binary": False}, None
    code, kept = given.get("code") or None, {part: given[part] for part in ("image", "main") if given.get(part)}
    return {"kind": kind, **kept, "binary": is_base64(code or "")}, code


def is_base64(code: str) -> bool:
    """Whether the platform takes ``code`` for a binary (Exec.isBinaryCode)."""
    return len(code.strip()) % 4 == 0 and BASE64.fullmatch(code.strip()) is not None


def row(document: Json) -> Json:
    """A package or action as a listing shows it."""
    kept = ("namespace", "name", "version", "publish", "annotations", "updated", "limits")
    own: Json = {"exec": {"binary": document["exec"]["binary"]}} if "exec" in document else {"binding": False}
    return {**{key: document[key] for key in kept if key in document}, **own}


def protected(document: Json) -> set[str]:
    """The parameters that a caller may not override: those of a ``final`` action that have a value."""
    final = as_dict(document["annotations"]).get("final") is True
    return {pair["key"] for pair in document["parameters"] if final and pair["value"] is not None}
