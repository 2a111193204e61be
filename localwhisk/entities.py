"""Packages and actions as documents: what a PUT makes of them, and how they are shown (OpenWhisk docs/rest_api.md).

A document is what the API answers; the code of an action is kept beside it. An identifier is ``name`` or
``package/name``: this host has one namespace, ``guest``.
"""

import json
import re
from typing import Any, NamedTuple

from localwhisk import limits
from localwhisk.rejection import Rejected, malformed, too_large

Json = dict[str, Any]

NAMESPACE = "guest"
NAME = re.compile(r"\w|\w[\w@ .&-]{0,254}[\w@.&-]", re.ASCII)
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
PYTHON = ("python:3", "python:3.10", "python:3.11")
DEFAULT_KIND = "python:3.11"


class Action(NamedTuple):
    document: Json
    code: str | None = None


def identifier(reference: str) -> str:
    """``/_/pkg/name``, ``/guest/pkg/name`` or ``pkg/name`` as ``pkg/name``."""
    parts = reference.split("/")
    if reference.startswith("/"):
        parts = parts[2:] if parts[1] in ("_", NAMESPACE) else []
    if not 1 <= len(parts) <= 2 or not all(NAME.fullmatch(part) for part in parts):
        raise Rejected(400, f"{reference!r} is not the name of an entity: expected /{NAMESPACE}/[package/]name")
    return "/".join(parts)


def package_of(ident: str) -> str:
    """The package in ``pkg/name``; the empty string for a name alone."""
    return ident.rpartition("/")[0]


def as_dict(pairs: list[Json]) -> Json:
    return {pair["key"]: pair["value"] for pair in pairs}


def key_values(values: Json) -> list[Json]:
    return [{"key": key, "value": value} for key, value in values.items()]


def pairs(body: Json, field: str, default: list[Json]) -> list[Json]:
    """The ``[{"key", "value"}]`` under ``field`` of a PUT body."""
    given = body.get(field)
    if given is None:
        return default
    if not isinstance(given, list) or not all(isinstance(pair, dict) and "key" in pair for pair in given):
        raise malformed(f'{field}: expected a list of {{"key", "value"}}, but got {json.dumps(given)[:80]}')
    if (size := len(json.dumps(given).encode())) > limits.PARAMETERS_BYTES:
        raise too_large(field, size, limits.PARAMETERS_BYTES)
    return [{"value": None, **pair} for pair in given]


def next_version(given: object, previous: Json | None) -> str:
    """The version asked for, filled up to three numbers; else the previous one with its patch number raised."""
    if given is None and previous is not None:
        major, minor, patch = previous["version"].split(".")
        return f"{major}.{minor}.{int(patch) + 1}"
    numbers = ["0", "0", "1"] if given is None else str(given).split(".")
    if len(numbers) > 3 or not all(number.isdecimal() for number in numbers):
        raise malformed(f"version: expected up to three numbers with dots, but got {given!r}")
    return ".".join([*numbers, "0", "0"][:3])


def put_package(name: str, body: Json, previous: Json | None, now_ms: int) -> Json:
    """The package that a PUT of ``body`` leaves. Given parameters and annotations replace the previous ones."""
    old = previous or {"parameters": [], "annotations": [], "publish": False}
    return {
        "namespace": NAMESPACE,
        "name": name,
        "version": next_version(body.get("version"), previous),
        "publish": bool(body.get("publish", old["publish"])),
        "annotations": pairs(body, "annotations", old["annotations"]),
        "parameters": pairs(body, "parameters", old["parameters"]),
        "binding": {},
        "updated": now_ms,
    }


def put_action(ident: str, body: Json, previous: Action | None, now_ms: int) -> Action:
    """The action that a PUT of ``body`` leaves. What is absent stays as it was; annotations are merged by key."""
    nothing: Json = {"parameters": [], "annotations": [], "publish": False, "limits": {}}
    old = previous.document if previous else nothing
    execution, code = executable(body, previous)
    parameters = pairs(body, "parameters", old["parameters"])
    if execution["kind"] == "sequence":  # whatever was sent (SequenceActions.scala)
        parameters = [{"key": "_actions", "value": execution["components"]}]
    document = {
        "namespace": f"{NAMESPACE}/{package_of(ident)}".rstrip("/"),
        "name": ident.rpartition("/")[2],
        "version": next_version(body.get("version"), previous and previous.document),
        "publish": bool(body.get("publish", old["publish"])),
        "exec": execution,
        "parameters": parameters,
        "limits": action_limits(body.get("limits") or {}, old["limits"]),
        "annotations": annotations(body, as_dict(old["annotations"]), new=previous is None, kind=execution["kind"]),
        "updated": now_ms,
    }
    return Action(document, code)


def annotations(body: Json, old: Json, *, new: bool, kind: str) -> list[Json]:
    """Previous annotations, overlaid by the given ones, plus those that the controller itself sets."""
    kept = {key: value for key, value in old.items() if key not in (body.get("delAnnotations") or [])}
    added = {"provide-api-key": False} if new else {}
    return key_values({**added, **kept, **as_dict(pairs(body, "annotations", [])), "exec": kind})


def action_limits(given: Json, old: Json) -> Json:
    """All four limits: given, else previous, else default."""
    chosen = {name: given[name] for name in limits.OF_AN_ACTION if given.get(name) is not None}
    for name, value in chosen.items():
        low, _, high, unit = limits.OF_AN_ACTION[name]
        if not isinstance(value, int) or not low <= value <= high:
            raise malformed(f"limit {name}: expected {low} to {high} {unit}, but got {value!r}")
    return {**{name: allowed.default for name, allowed in limits.OF_AN_ACTION.items()}, **old, **chosen}


def executable(body: Json, previous: Action | None) -> tuple[Json, str | None]:
    """The exec of a PUT without its code, and the code."""
    given = body.get("exec")
    if given is None:
        if previous is None:
            raise malformed("exec undefined")
        return previous.document["exec"], previous.code
    if (size := sum(len(given.get(part) or "") for part in ("code", "main", "image"))) > limits.CODE_BYTES:
        raise too_large("exec", size, limits.CODE_BYTES)
    kind, code = checked_kind(given), given.get("code") or None
    if kind == "sequence":
        components = [f"/{NAMESPACE}/{identifier(component)}" for component in given["components"]]
        return {"kind": kind, "components": components, "binary": False}, None
    kept = {part: given[part] for part in ("image", "main") if given.get(part)}
    return {"kind": kind, **kept, "binary": is_base64(code or "")}, code


def checked_kind(given: Json) -> str:
    """The kind as it is stored, if this host runs it with what was given."""
    kind = DEFAULT_KIND if given.get("kind") == "python:default" else str(given.get("kind"))
    if kind == "sequence" and not given.get("components"):
        raise Rejected(400, "No component specified for the sequence.")
    if kind not in (*PYTHON, "blackbox", "sequence"):
        valid = ", ".join(f"'{known}'" for known in (*PYTHON, "blackbox", "sequence"))
        raise Rejected(
            400, f"The specified runtime '{kind}' is not supported by this platform. Valid values are: {valid}."
        )
    if not given.get({"sequence": "components", "blackbox": "image"}.get(kind, "code")):
        raise malformed(
            f"exec of kind {kind}: expected its {'image' if kind == 'blackbox' else 'code'}, which is missing"
        )
    return kind


def is_base64(code: str) -> bool:
    """Whether the platform takes ``code`` for a binary (Exec.isBinaryCode)."""
    return len(code.strip()) % 4 == 0 and BASE64.fullmatch(code.strip()) is not None


def same(one: Action, other: Action) -> bool:
    """Whether two actions differ in nothing but version and time."""
    ignored = {"version": "", "updated": 0}
    return (one.document | ignored, one.code) == (other.document | ignored, other.code)


def row(document: Json) -> Json:
    """A package or action as a listing shows it."""
    kept = ("namespace", "name", "version", "publish", "annotations", "updated")
    own = (
        {"limits": document["limits"], "exec": {"binary": document["exec"]["binary"]}}
        if "exec" in document
        else {"binding": False}
    )
    return {**{key: document[key] for key in kept}, **own}
