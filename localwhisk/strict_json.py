"""JSON as the platform reads it: no NaN or Infinity, no number that overflows, nothing nested without end."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from localwhisk.rejection import malformed

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]

DEEPEST = 250  # levels of nesting; what holds something deeper could not be read again
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class _Constant(ValueError):
    """NaN and Infinity: Python's ``json`` takes them, JSON does not have them."""


def parse(content: bytes) -> JsonValue:
    """The value that ``content`` is the JSON of. ``Rejected`` (400) where it is none, or nested too deeply."""
    text = content.decode("utf-8", "replace")  # a byte order mark is no JSON either
    try:
        value: JsonValue = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        too_deep = _depth(value) > DEEPEST
    except json.JSONDecodeError as error:
        raise malformed(_complaint(content, text, error)) from error
    except _Constant as error:
        unexpected = json.JSONDecodeError("Expecting value", text, max(0, text.find(str(error))))
        raise malformed(_complaint(content, text, unexpected)) from error
    except (ValueError, RecursionError) as error:
        raise malformed(error) from error

    if too_deep:
        raise malformed(f"It is nested more than {DEEPEST} deep.")
    return value


def parse_object(content: bytes) -> dict[str, JsonValue]:
    """The JSON object in ``content``; an empty ``content`` counts as an empty object."""
    value = parse(content or b"{}")
    if not isinstance(value, dict):
        raise malformed("JSON object expected")
    return value


def _no_constant(name: str) -> float:
    raise _Constant(name)


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


def _complaint(content: bytes, text: str, error: json.JSONDecodeError) -> str:
    """The words of the platform's parser for ``error`` (spray-json's JsonParser.scala), which counts in bytes."""
    is_fraction = error.msg.startswith("Expecting ','") and text[error.pos : error.pos + 1] == "."
    position = error.pos + (1 if is_fraction or error.msg.startswith("Invalid \\escape") else 0)
    index = len(text[:position].encode())
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1)
    echo = re.sub(r"[\x00-\x1f]", "?", text.split("\n")[line - 1])

    found = f"character '{_shown(content[index])}'" if index < len(content) else "end-of-input"
    where = f"at input index {index} (line {line}, position {column + 1})"
    expected = "DIGIT" if is_fraction else _expected(error)
    return f"Unexpected {found} {where}, expected {expected}:\n{echo}\n{' ' * column}^\n"


def _shown(byte: int) -> str:
    return chr(byte) if byte >= 0x20 else f"\\u{byte:04x}"


def _expected(error: json.JSONDecodeError) -> str:
    for message, expected in (
        ("Expecting value", "JSON Value"),
        ("Unexpected UTF-8 BOM", "JSON Value"),
        ("Extra data", "end-of-input"),
        ("Expecting ':'", "':'"),
        ("Invalid \\escape", "JSON escape sequence"),
        ("Expecting ','", f"'{_closing(error.doc[: error.pos])}'"),
    ):
        if error.msg.startswith(message):
            return expected
    return "'\"'"


def _closing(beginning: str) -> str:
    """The bracket that would end what ``beginning`` is in the middle of."""
    opened: list[str] = []
    for character in STRING.sub("", beginning):
        if character in "[{":
            opened.append(character)
        elif character in "]}":
            opened.pop()
    return "]" if opened[-1:] == ["["] else "}"
