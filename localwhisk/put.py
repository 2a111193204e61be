"""What a PUT makes of packages and actions (Packages.scala, Actions.scala). What a body leaves out stays as it was."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from localwhisk import Json, limits
from localwhisk.entities import (
    NAMESPACE,
    Action,
    Annotations,
    Exec,
    Limits,
    Package,
    Parameter,
    Parameters,
    from_key_values,
    identifier,
)
from localwhisk.rejection import Rejected, malformed, not_implemented, too_large

PYTHON_KINDS = ("python:3", "python:3.10", "python:3.11")
DEFAULT_KIND = "python:3.11"
KINDS = (*PYTHON_KINDS, "blackbox", "sequence")
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True)
class ActionWithCode:
    action: Action
    code: str | None  # the source text, or the base64 of a zip; None for a sequence and for most images


def package(name: str, body: Json, previous: Package | None, now_ms: int) -> Package:
    """The package that a PUT of ``body`` leaves. Given annotations replace the previous ones."""
    if body.get("binding"):
        raise not_implemented("package bindings")

    parameters = parameters_of(body)
    annotations = annotations_of(body)
    if previous is not None:
        parameters = previous.parameters if parameters is None else parameters
        annotations = previous.annotations if annotations is None else annotations

    return Package(
        name=name,
        version=next_version(body.get("version"), previous.version if previous else None),
        publish=bool(body.get("publish", previous is not None and previous.publish)),
        updated_ms=now_ms,
        parameters=parameters or (),
        annotations=annotations or {},
    )


def action(ident: str, body: Json, previous: ActionWithCode | None, now_ms: int) -> ActionWithCode:
    """The action that a PUT of ``body`` leaves. Given annotations are merged with the previous ones."""
    check_types(body, exec=dict, limits=dict, delAnnotations=list)
    old = previous.action if previous else None

    executable, code = exec_of(body, previous)
    package_name, _, name = ident.rpartition("/")
    made = Action(
        package=package_name,
        name=name,
        version=next_version(body.get("version"), old.version if old else None),
        publish=bool(body.get("publish", old is not None and old.publish)),
        updated_ms=now_ms,
        exec=executable,
        limits=limits_of(body.get("limits") or {}, old.limits if old else None),
        parameters=action_parameters(body, executable, old),
        annotations=action_annotations(body, executable, old),
    )
    return ActionWithCode(made, code)


def action_parameters(body: Json, executable: Exec, old: Action | None) -> Parameters:
    given = parameters_of(body)
    if executable.is_sequence:  # whatever was sent (Actions.scala)
        return (Parameter("_actions", list(executable.components)),)
    if given is not None:
        return given
    if old is None or old.exec.is_sequence:  # a sequence's own do not leak into what takes its place
        return ()
    return old.parameters


def action_annotations(body: Json, executable: Exec, old: Action | None) -> Annotations:
    """The annotations with the two that the controller adds: ``provide-api-key`` to new actions, and the kind."""
    annotations = {**(old.annotations if old else {"provide-api-key": False}), **(annotations_of(body) or {})}
    if annotations.get("conductor"):
        raise not_implemented("conductor actions")

    removed = body.get("delAnnotations") or []
    kept = {key: value for key, value in annotations.items() if key not in removed}
    return {**kept, "exec": executable.kind}


def parameters_of(body: Json) -> Parameters | None:
    """The parameters in ``body``; None where it has none."""
    pairs = _pairs(body, "parameters")
    return None if pairs is None else tuple(map(Parameter.from_json, pairs))


def annotations_of(body: Json) -> Annotations | None:
    pairs = _pairs(body, "annotations")
    return None if pairs is None else from_key_values(pairs)


def _pairs(body: Json, field: str) -> list[Json] | None:
    pairs = body.get(field)
    if pairs is None:
        return None

    if not isinstance(pairs, list) or not all(isinstance(p, dict) and isinstance(p.get("key"), str) for p in pairs):
        raise malformed(f'{field}: expected a list of {{"key", "value"}}, but got {json.dumps(pairs)[:80]}')

    size = len(json.dumps(pairs).encode())
    if size > limits.PARAMETERS_BYTES:
        raise too_large(field, size, limits.PARAMETERS_BYTES)
    return pairs


def next_version(given: object, previous: str | None) -> str:
    """The version asked for, filled up to three numbers; else the previous one with its patch number raised."""
    if given is None and previous is not None:
        major_minor, _, patch = previous.rpartition(".")
        return f"{major_minor}.{int(patch) + 1}"

    numbers = ("0.0.1" if given is None else str(given)).split(".")
    if len(numbers) > 3 or not all(number.isdecimal() and len(number) < 10 for number in numbers):
        raise malformed(f"version: expected up to three numbers with dots, but got {given!r}")
    return ".".join([*numbers, "0", "0"][:3])


def limits_of(body: Mapping[str, object], previous: Limits | None) -> Limits:
    """All four limits: given, else previous, else default."""
    chosen: Json = (
        previous.as_json() if previous else {name: limit.default for name, limit in limits.OF_AN_ACTION.items()}
    )
    for name, limit in limits.OF_AN_ACTION.items():
        value = chosen[name] if body.get(name) is None else body[name]
        if type(value) is not int or not limit.lowest <= value <= limit.highest:
            raise malformed(f"limit {name}: expected {limit.lowest} to {limit.highest} {limit.unit}, but got {value!r}")
        chosen[name] = value
    return Limits.from_json(chosen)


def exec_of(body: Json, previous: ActionWithCode | None) -> tuple[Exec, str | None]:
    """The exec of a PUT, and its code."""
    given = body.get("exec")
    if given is None:
        if previous is None:
            raise malformed("exec undefined")
        return previous.action.exec, previous.code

    check_types(given, kind=str, code=str, main=str, image=str, components=list)
    _check_size(given)
    kind = _known_kind(given)
    if kind == "sequence":
        return _sequence(given), None

    code = given.get("code") or None
    needed = "image" if kind == "blackbox" else "code"
    if not given.get(needed):
        raise malformed(f"{kind}: expected its {needed}")
    image = given.get("image") or None
    return Exec(kind, binary=is_base64(code or ""), main=given.get("main") or None, image=image), code


def _check_size(given: Json) -> None:
    size = sum(len(given.get(part) or "") for part in ("code", "main", "image"))
    if size > limits.CODE_BYTES:
        raise too_large("exec", size, limits.CODE_BYTES)


def _known_kind(given: Json) -> str:
    """The kind of ``given``; the default of a family is kept as the kind that it stands for."""
    kind = str(given.get("kind"))
    if kind == "python:default":
        return DEFAULT_KIND
    if kind not in KINDS:
        valid = f"Valid values are: {', '.join(map(repr, KINDS))}."
        raise Rejected(400, f"The specified runtime '{kind}' is not supported by this platform. {valid}")
    return kind


def _sequence(given: Json) -> Exec:
    components = given.get("components")
    if not components:
        raise Rejected(400, "No component specified for the sequence.")
    return Exec("sequence", components=tuple(f"/{NAMESPACE}/{identifier(str(name))}" for name in components))


def is_base64(code: str) -> bool:
    """Whether the platform takes ``code`` for a binary (Exec.isBinaryCode)."""
    text = code.strip()
    return len(text) % 4 == 0 and BASE64.fullmatch(text) is not None


def check_types(body: Json, **types: type) -> None:
    """400 where a field of ``body`` that has one of the ``types`` is of another one; null counts as absent."""
    for field, expected in types.items():
        value = body.get(field)
        if value is not None and not isinstance(value, expected):
            raise malformed(f"{field}: expected {expected.__name__}, but got {json.dumps(value)[:80]}")
