"""The rows of the recordings, and the bytes that were sent for each.

A row is ``{"name", "request": {"method", "path", "headers", "body"}, "status", "headers", "body"}``; a body is JSON as
data, else text, else ``{"base64"}``, and long strings are cut: ``…<N characters>``.
"""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

# In this order: activations.jsonl lists what sequences.jsonl has left. wsk.jsonl shows a command line, not HTTP.
FILES = ("rest", "python", "sequences", "activations", "web", "gateway", "logs", "accept", "more")
CUT = re.compile(r"(.*)…<(\d+) characters>", re.DOTALL)

# The parsed form does not tell these bodies from others with the same meaning. The names of the rows say which.
SENT = {
    "invoke body json utf16": b'\xff\xfe{\0"\0a\0"\0:\x001\0}\0',
    "invoke body json bom": b'\xef\xbb\xbf{"a":1}',
    "invoke body dup keys": b'{"a":1,"a":2}',
    "invoke body big ints": b'{"a":12345678901234567890123,"b":1.0,"c":1e3,"d":-0.0,"e":1.1}',
    "invoke body nul": b'{"a":"\\u0000"}',
    "package duplicate json keys": b'{"publish":true,"publish":false}',
    "raw body json bom": b'\xef\xbb\xbf{"a":1}',
    "body json dup": b'{"a":1,"a":2}',
    "raw body json dup": b'{"a":1,"a":2}',
    "body json big": b'{"a":12345678901234567890123,"b":1.0,"c":1e2}',
    "raw body json big": b'{"a":12345678901234567890123,"b":1.0,"c":1e2}',
}


class Answer(NamedTuple):
    """As the recordings write one: see ``normal.py``."""

    status: int
    headers: dict[str, Any]
    body: Any


class Row(NamedTuple):
    file: str
    number: int  # line in the file, from 1
    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    answer: Answer

    def __str__(self) -> str:
        return f"{self.file}:{self.number} [{self.name[:60]}]"


def read(file: Path) -> list[Row]:
    """The rows of ``file`` that were requests: one is a summary of what was seen otherwise, and has no headers."""
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    found = enumerate(lines, 1)
    return [as_row(file.stem, number, line) for number, line in found if "headers" in line["request"]]


def as_row(file: str, number: int, line: dict[str, Any]) -> Row:
    request = line["request"]
    answer = Answer(line["status"], line["headers"], line["body"])
    return Row(file, number, line["name"], **request, answer=answer)


def sent(row: Row) -> bytes | None:
    """The body of the request, or None where there was none."""
    if row.name in SENT:
        return SENT[row.name]
    match row.body:
        case None:
            return b"null" if "json" in row.headers.get("Content-Type", "") else None
        case {"base64": str(text)}:
            return base64.b64decode(text)
        case str(text) if not is_json_text(row):
            return str(whole(text)).encode()
        case data:
            return compact(whole(data)).encode()


def compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def target(row: Row) -> str:
    """The request target. The end of one that was cut is not what repeats: it closes the JSON of its query."""
    cut = CUT.fullmatch(row.path)
    if cut is None or "%7B" not in cut[1]:
        return str(whole(row.path))
    end = quote('"}, "body": "x"}')
    return longer(cut[1], int(cut[2]) - len(end)) + end


def is_json_text(row: Row) -> bool:
    """Whether a body that is recorded as text was a JSON string: those that are no JSON are recorded as they were."""
    return row.name.endswith("body string")


def whole(value: Any) -> Any:
    """``value`` with its cut strings at their full length again: what was cut repeats its beginning."""
    match value:
        case str(text):
            cut = CUT.fullmatch(text)
            return text if cut is None else longer(cut[1], int(cut[2]))
        case dict():
            return {key: whole(item) for key, item in value.items()}
        case list():
            return [whole(item) for item in value]
    return value


def longer(beginning: str, length: int) -> str:
    """The last character of ``beginning`` repeated up to ``length``."""
    return beginning + beginning[-1] * (length - len(beginning))


def filled(text: str, values: Mapping[str, str]) -> str:
    """``text`` with the placeholders ``<guest>``, ``{l0}``, … replaced."""
    for name, value in values.items():
        text = text.replace(name, value)
    return text
