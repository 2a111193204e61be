"""What a PUT makes of packages and actions (Packages.scala, Actions.scala). What a body leaves out stays as it was."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from localwhisk import Json, components, limits
from localwhisk.entities import (
    Action,
    Annotations,
    Exec,
    Limits,
    Package,
    Parameter,
    Parameters,
    from_key_values,
)
from localwhisk.rejection import Rejected, malformed, not_implemented, too_large
from localwhisk.strict_json import JsonValue, parse

PYTHON_KINDS = ("python:3", "python:3.10", "python:3.11")
DEFAULT_KIND = "python:3.11"
KINDS = (*PYTHON_KINDS, "blackbox", "sequence")
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
IMAGE = re.compile(r"([a-z0-9._:-]+/)*[a-z0-9._-]+(:[\w.-]{1,128})?", re.ASCII)  # docker's grammar, roughly
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
VERSION = re.compile(r"(\d{1,9})(?:\.(\d{1,9})(?:\.(\d{1,9})(?:\..*)?)?)?", re.ASCII)


@dataclass(frozen=True)
class ActionWithCode:
    action: Action
    code: str | None  # the source text, or the base64 of a zip; None for a sequence and for most images


def parsed(content: bytes) -> Json:
    """The body of a PUT."""
    body = parse(content)
    if not isinstance(body, dict):
        raise malformed("Object expected in field 'exec'")
    return body


def package(name: str, body: Json, previous: Package | None, now_ms: int) -> Package:
    """The package that a PUT of ``body`` leaves. Given annotations replace the previous ones."""
    if name == "default":
        raise Rejected(400, "Package name 'default' is reserved.")
    if body.get("binding"):
        if previous is not None:
            raise Rejected(409, "Resource is a package and cannot be converted into a binding.")
        raise not_implemented("package bindings")

    parameters = parameters_of(body)
    annotations = annotations_of(body)
    if previous is not None:
        parameters = previous.parameters if parameters is None else parameters
        annotations = previous.annotations if annotations is None else annotations

    return Package(
        name=name,
        version=next_version(body.get("version"), previous.version if previous else None),
        publish=publish_of(body, previous),
        updated_ms=now_ms,
        parameters=parameters or (),
        annotations=annotations or {},
    )


def action(ident: str, body: Json, previous: ActionWithCode | None, now_ms: int) -> ActionWithCode:
    """The action that a PUT of ``body`` leaves. Given annotations are merged with the previous ones."""
    old = previous.action if previous else None

    executable, code = exec_of(body, previous)
    package_name, _, name = ident.rpartition("/")
    made = Action(
        package=package_name,
        name=name,
        version=next_version(body.get("version"), old.version if old else None),
        publish=publish_of(body, old),
        updated_ms=now_ms,
        exec=executable,
        limits=limits_of(body.get("limits"), old.limits if old else None),
        parameters=action_parameters(body, executable, old),
        annotations=action_annotations(body, executable, old),
    )
    return ActionWithCode(made, code)


def publish_of(body: Json, previous: Package | Action | None) -> bool:
    given = body.get("publish")
    if given is None:
        return previous is not None and previous.publish
    if not isinstance(given, bool):
        raise malformed(f"Expected JsBoolean, but got {compact(given)}")
    return given


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
    removed = body.get("delAnnotations") or []
    if not isinstance(removed, list):
        raise malformed(f"Expected Array as JsArray, but got {compact(removed)}")

    kept = {key: value for key, value in old.annotations.items() if key not in removed} if old else {}
    added = {} if old else {"provide-api-key": False}
    annotations = {**added, **kept, **(annotations_of(body) or {}), "exec": executable.kind}
    if annotations.get("conductor"):
        raise not_implemented("conductor actions")
    return annotations


def parameters_of(body: Json) -> Parameters | None:
    """The parameters in ``body``, of those with the same key the last; None where it has none."""
    pairs = _pairs(body, "parameters")
    return None if pairs is None else tuple({pair["key"]: Parameter.from_json(pair) for pair in pairs}.values())


def annotations_of(body: Json) -> Annotations | None:
    pairs = _pairs(body, "annotations")
    return None if pairs is None else from_key_values(pairs)


def _pairs(body: Json, field: str) -> list[Json] | None:
    pairs = body.get(field)
    if pairs is None:
        return None

    if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        raise malformed("parameters malformed!")  # of annotations, too (Parameter.scala)

    # What is measured is the keys and the values (Parameter.scala, size).
    size = sum(len(text.encode()) for pair in pairs for text in (pair["key"], compact(pair["value"])))
    if size > limits.PARAMETERS_BYTES:
        raise too_large(field, size, limits.PARAMETERS_BYTES)
    return pairs


def _is_pair(pair: JsonValue) -> bool:
    if not isinstance(pair, dict) or not isinstance(pair.get("key"), str) or "value" not in pair:
        return False
    return isinstance(pair.get("init", False), bool) and isinstance(pair.get("encryption", ""), str)


def next_version(given: object, previous: str | None) -> str:
    """The version asked for, filled up to three numbers; else the previous one with its patch number raised."""
    if given is None and previous is not None:
        major_minor, _, patch = previous.rpartition(".")
        return f"{major_minor}.{int(patch) + 1}"

    match = VERSION.fullmatch("0.0.1" if given is None else given) if isinstance(given, str | None) else None
    if match is None:
        raise malformed("semantic version malformed")
    return ".".join(str(int(number or 0)) for number in match.groups())


def limits_of(given: JsonValue, previous: Limits | None) -> Limits:
    """All limits: given, else previous, else default."""
    if given is not None and not isinstance(given, dict):
        raise malformed("Object expected in field 'timeout'")

    chosen: Json = (
        previous.as_json() if previous else {name: limit.default for name, limit in limits.OF_AN_ACTION.items()}
    )
    asked = {name: value for name, value in (given or {}).items() if value is not None}
    for name, limit in limits.OF_AN_ACTION.items():
        if name in asked:
            chosen[name] = limit.checked(asked[name])
    if isinstance(asked.get("instances"), int):
        chosen["instances"] = asked["instances"]
    return Limits.from_json(chosen)


def exec_of(body: Json, previous: ActionWithCode | None) -> tuple[Exec, str | None]:
    """The exec of a PUT, and its code (Exec.scala)."""
    given = body.get("exec")
    if given is None:
        if previous is None:
            raise Rejected(400, "exec undefined")
        return previous.action.exec, previous.code
    if not isinstance(given, dict):
        raise malformed("JSON object expected")

    kind = _known_kind(given)
    if kind == "sequence":
        return Exec("sequence", components=components.of_exec(given)), None

    image = _image(given) if kind == "blackbox" else None
    code = _code(given, kind)
    main = _main(given, kind)
    _check_size(code, main, image)
    return Exec(kind, binary=code is not None and is_base64(code), main=main, image=image), code


def _known_kind(given: Json) -> str:
    """The kind of ``given``; the default of a family is kept as the kind that it stands for."""
    asked = given.get("kind")
    if not isinstance(asked, str):
        raise malformed("'kind' must be a string defined in 'exec'")

    kind = asked.strip().lower()
    if kind == "python:default":
        return DEFAULT_KIND
    if kind not in KINDS:
        valid = f"Valid values are: {', '.join(map(repr, KINDS))}."
        raise malformed(f"The specified runtime '{kind}' is not supported by this platform. {valid}")
    return kind


def _image(given: Json) -> str:
    """The image, of which the platform forgets the digest (ImageName in ExecManifest.scala)."""
    image = given.get("image")
    if not isinstance(image, str):
        raise malformed("'image' must be a string defined in 'exec' for 'blackbox' actions")

    name = DIGEST.sub("", image)
    if not IMAGE.fullmatch(name):
        raise malformed("could not parse image name")
    return name


def _code(given: Json, kind: str) -> str | None:
    if "code" not in given:
        if kind == "blackbox":
            return None
        raise malformed(f"'code' must be a string or attachment object defined in 'exec' for '{kind}' actions")

    code = given["code"]
    if not isinstance(code, str):
        raise malformed(f"Could not deserialize as attachment record: {compact(code)}")
    if is_base64(code) and code != code.strip():  # the store there decodes what was not trimmed
        raise Rejected(500, "There was an internal server error.")
    return code


def _main(given: Json, kind: str) -> str | None:
    if "main" not in given:
        return None
    if not isinstance(given["main"], str):
        raise malformed(f"if defined, 'main' be a string in 'exec' for '{kind}' actions")
    return str(given["main"])


def _check_size(*parts: str | None) -> None:
    size = sum(len(part or "") for part in parts)
    if size > limits.CODE_BYTES:
        raise too_large("exec", size, limits.CODE_BYTES)


def is_base64(code: str) -> bool:
    """Whether the platform takes ``code`` for a binary (Exec.isBinaryCode)."""
    text = code.strip()
    return len(text) % 4 == 0 and BASE64.fullmatch(text) is not None


def compact(value: JsonValue) -> str:
    """``value`` as spray-json prints it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def check_types(body: Mapping[str, object], **types: type) -> None:
    """400 where a field of ``body`` that has one of the ``types`` is of another one; null counts as absent."""
    for field, expected in types.items():
        value = body.get(field)
        if value is not None and not isinstance(value, expected):
            raise malformed(f"{field}: expected {expected.__name__}, but got {json.dumps(value)[:80]}")
