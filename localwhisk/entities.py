"""Packages and actions as documents: what a PUT makes of them, and how they are shown (OpenWhisk docs/rest_api.md).

A document is what the API answers; the code of an action is kept beside it. An identifier is ``name`` or
``package/name``: this host has one namespace, ``guest``.
"""

import json
import re
from typing import Any, NamedTuple

from localwhisk import Json, limits
from localwhisk.rejection import Rejected, malformed, too_large

NAMESPACE = "guest"
NAME = re.compile(r"\w|\w[\w@ .&-]{0,254}[\w@.&-]", re.ASCII)
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
PYTHON = ("python:3", "python:3.10", "python:3.11")
DEFAULT_KIND = "python:3.11"
KINDS = {**dict.fromkeys(PYTHON, "code"), "blackbox": "image", "sequence": "components"}  # and what each needs


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


def pairs(body: Json, field: str, default: Any) -> list[Json]:
    """The ``[{"key", "value"}]`` under ``field`` of a PUT body."""
    given = default if body.get(field) is None else body[field]
    if not isinstance(given, list) or not all(isinstance(pair, dict) and "key" in pair for pair in given):
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
    if len(numbers) > 3 or not all(number.isdecimal() for number in numbers):
        raise malformed(f"version: expected up to three numbers with dots, but got {given!r}")
    return ".".join([*numbers, "0", "0"][:3])


def put_package(name: str, body: Json, previous: Json | None, now_ms: int) -> Json:
    """The package that a PUT of ``body`` leaves. Given parameters and annotations replace the previous ones."""
    old = previous or {}
    return {
        "namespace": NAMESPACE,
        "name": name,
        "version": next_version(body.get("version"), old.get("version")),
        "publish": bool(body.get("publish", old.get("publish"))),
        "annotations": pairs(body, "annotations", old.get("annotations", [])),
        "parameters": pairs(body, "parameters", old.get("parameters", [])),
        "binding": {},
        "updated": now_ms,
    }


def put_action(ident: str, body: Json, previous: Action | None, now_ms: int) -> Action:
    """The action that a PUT of ``body`` leaves. What is absent stays as it was; annotations are merged by key."""
    old: Json = previous.document if previous else {"annotations": [{"key": "provide-api-key", "value": False}]}
    execution, code = executable(body, previous)
    annotations = as_dict(old["annotations"]) | as_dict(pairs(body, "annotations", [])) | {"exec": execution["kind"]}
    parameters = pairs(body, "parameters", old.get("parameters", []))
    if execution["kind"] == "sequence":  # whatever was sent (SequenceActions.scala)
        parameters = [{"key": "_actions", "value": execution["components"]}]
    document = {
        "namespace": f"{NAMESPACE}/{package_of(ident)}".rstrip("/"),
        "name": ident.rpartition("/")[2],
        "version": next_version(body.get("version"), old.get("version")),
        "publish": bool(body.get("publish", old.get("publish"))),
        "exec": execution,
        "parameters": parameters,
        "updated": now_ms,
        "limits": action_limits(body.get("limits") or {}, old.get("limits", {})),
        "annotations": key_values(
            {key: value for key, value in annotations.items() if key not in (body.get("delAnnotations") or [])}
        ),
    }
    return Action(document, code)


def action_limits(given: Json, old: Json) -> Json:
    """All four limits: given, else previous, else default."""
    chosen = {name: given[name] for name in limits.OF_AN_ACTION if given.get(name) is not None}
    for name, value in chosen.items():
        low, _, high, unit = limits.OF_AN_ACTION[name]
        if not isinstance(value, int) or not low <= value <= high:
            raise malformed(f"limit {name}: expected {low} to {high} {unit}, but got {value!r}")
    return {**{name: default for name, (_, default, *_) in limits.OF_AN_ACTION.items()}, **old, **chosen}


def executable(body: Json, previous: Action | None) -> tuple[Json, str | None]:
    """The exec of a PUT without its code, and the code."""
    if (given := body.get("exec")) is None:
        if previous is None:
            raise malformed("exec undefined")
        return previous.document["exec"], previous.code
    if (size := sum(len(given.get(part) or "") for part in ("code", "main", "image"))) > limits.CODE_BYTES:
        raise too_large("exec", size, limits.CODE_BYTES)
    kind = DEFAULT_KIND if given.get("kind") == "python:default" else str(given.get("kind"))
    if kind not in KINDS:
        valid = ", ".join(f"'{known}'" for known in KINDS)
        raise Rejected(
            400, f"The specified runtime '{kind}' is not supported by this platform. Valid values are: {valid}."
        )
    if not given.get(KINDS[kind]):
        no_component = "No component specified for the sequence."
        raise Rejected(400, no_component) if kind == "sequence" else malformed(f"{kind}: expected its {KINDS[kind]}")
    if kind == "sequence":
        components = [f"/{NAMESPACE}/{identifier(component)}" for component in given["components"]]
        return {"kind": kind, "components": components, "binary": False}, None
    code, kept = given.get("code") or None, {part: given[part] for part in ("image", "main") if given.get(part)}
    return {"kind": kind, **kept, "binary": is_base64(code or "")}, code


def is_base64(code: str) -> bool:
    """Whether the platform takes ``code`` for a binary (Exec.isBinaryCode)."""
    return len(code.strip()) % 4 == 0 and BASE64.fullmatch(code.strip()) is not None


def same(one: Action, other: Action) -> bool:
    """Whether two actions differ in nothing but version and time."""
    ignored = {"version": "", "updated": 0}
    return (one.document | ignored, one.code) == (other.document | ignored, other.code)


def row(document: Json) -> Json:
    """A package or action as a listing shows it."""
    kept = ("namespace", "name", "version", "publish", "annotations", "updated", "limits")
    own: Json = {"exec": {"binary": document["exec"]["binary"]}} if "exec" in document else {"binding": False}
    return {**{key: document[key] for key in kept if key in document}, **own}
