"""JSON as the platform reads it: no NaN or Infinity, no number that overflows, nothing nested without end."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from localwhisk import Json
from localwhisk.rejection import malformed

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

DEEPEST = 250  # levels of nesting; what holds something deeper could not be read again


def parse(content: bytes) -> JsonValue:
    """The value that ``content`` is the JSON of. ``Rejected`` (400) where it is none, or nested too deeply."""
    try:
        value: JsonValue = json.loads(content, parse_constant=_no_constant, parse_float=_finite)
        too_deep = _depth(value) > DEEPEST
    except (ValueError, RecursionError) as error:
        raise malformed(error) from error

    if too_deep:
        raise malformed(f"It is nested more than {DEEPEST} deep.")
    return value


def parse_object(content: bytes) -> Json:
    """The JSON object in ``content``; an empty ``content`` counts as an empty object."""
    value = parse(content or b"{}")
    if not isinstance(value, dict):
        raise malformed(f"expected a JSON object, but got {str(value)[:80]}")
    return value


def _no_constant(name: str) -> float:
    """NaN and Infinity: Python's ``json`` takes them, JSON does not have them."""
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    """1e400 is a number in JSON, but there is no float for it."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is out of range")
    return number


def _depth(value: JsonValue) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 1
