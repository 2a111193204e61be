"""The inputs of a manifest as parameters, as wskdeploy resolves them (openwhisk-wskdeploy parsers/parameters.go).

An input is a value, the name of a type, or a mapping with ``type``, ``value``, ``default``, ``required``.
"""

import json
from collections.abc import Callable
from typing import Any

from localwhisk.strict_json import JsonValue

Interpolate = Callable[[Any], Any]

# What an input is without a value.
DEFAULTS: dict[str, JsonValue] = {"string": "", "integer": 0, "float": 0, "boolean": False, "json": {}}
TYPED_KEYS = {"type", "value", "default", "required", "description", "status", "schema"}


def resolved(given: Any, interpolate: Interpolate) -> JsonValue:
    """The value of an input. ``ValueError`` says what was expected of it."""
    if given is None:
        return ""
    if isinstance(given, dict) and given.keys() <= TYPED_KEYS:
        return _typed(given, interpolate)
    if isinstance(given, str) and given in DEFAULTS:
        return DEFAULTS[given]
    value: JsonValue = interpolated(given, interpolate)
    return value


def text_of(given: Any) -> str:
    """What stands in the manifest as the text of an input, before its variables are put in."""
    text = _value(given) if isinstance(given, dict) else given
    return text if isinstance(text, str) else ""


def interpolated(value: Any, interpolate: Interpolate) -> Any:
    """``value`` with the variables put into its texts, those in mappings included, but not those in lists."""
    if isinstance(value, dict):
        return {key: interpolated(inner, interpolate) for key, inner in value.items()}
    return interpolate(value)


def _typed(given: dict[str, Any], interpolate: Interpolate) -> JsonValue:
    kind = given.get("type") or "string"
    if kind not in DEFAULTS:
        raise ValueError(f"expected the type {', '.join(DEFAULTS)}, but got {kind!r}")

    value = _value(given)
    if kind == "json" and value is not None:
        value = _json(value)

    result = DEFAULTS[kind] if value is None else value
    if kind in ("string", "json"):
        result = interpolated(result, interpolate)
    if given.get("required") and result == DEFAULTS[kind]:
        raise ValueError("expected a value, for it is required, but there is none")
    return result


def _value(given: dict[str, Any]) -> Any:
    value = given.get("value")
    return given.get("default") if value is None else value


def _json(value: Any) -> JsonValue:
    """An object, or what the JSON in a text stands for."""
    if isinstance(value, dict):
        return value
    try:
        parsed: JsonValue = json.loads(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected an object or a text with JSON, but got {value!r}") from error
    return parsed
