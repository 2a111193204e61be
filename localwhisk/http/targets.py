"""Paths and queries as the platform's HTTP library reads them and writes them again (Pekko's Uri.scala)."""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote_to_bytes

UNRESERVED = r"A-Za-z0-9._~\-"
PATH = re.compile(rf"(?:[{UNRESERVED}!$&'()*+,;=:@/]|%[0-9A-Fa-f]{{2}})*")
QUERY = re.compile(rf"(?:[{UNRESERVED}!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{{2}})*")
IN_PATH = "!$&'()*+,;=:@"  # what is not escaped when a path is written
IN_QUERY = "!$'()*,:@/?"

Pair = tuple[str, str | None]  # the value is None where there is no equals sign


def illegal(target: str) -> str | None:
    """What is wrong with a request target, in Pekko's words; None if nothing is."""
    path, mark, query = target.partition("?")
    end = PATH.match(path).end()  # type: ignore[union-attr] # it matches at least nothing
    expected = "pchar, '/', '?' or 'EOI'"
    if end == len(path):
        if not mark:
            return None
        end += 1 + QUERY.match(query).end()  # type: ignore[union-attr]
        expected = "query-char, pct-encoded or 'EOI'"
    return None if end == len(target) else describe(target, end, expected)


def describe(target: str, index: int, expected: str) -> str:
    """Where a target stops being one. An escape needs two hexadecimal digits."""
    if target[index] == "%":
        index += 2 if re.match(r"%[0-9A-Fa-f]", target[index:]) else 1
        expected = "HEXDIG"
    if index == len(target):
        return f"Unexpected end of input, expected {expected} (line 1, column {index + 1})"
    return f"Invalid input '{target[index]}', expected {expected} (line 1, column {index + 1})"


def decoded(text: str) -> str:
    """``text`` without escapes; bytes that are no UTF-8 become U+FFFD."""
    return unquote_to_bytes(text).decode("utf-8", "replace")


def normalized(path: str) -> str:
    """``path`` with its dots resolved and its escapes written in the one way that Pekko writes them."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(quote(decoded(segment), safe=IN_PATH))
    return "/" + "/".join(kept)


def pairs(query: str) -> list[Pair]:
    """The keys and values of ``query``. What stands between two ampersands is a pair, even if it is nothing."""
    if not query:
        return []
    split = [part.partition("=") for part in query.split("&")]
    return [(form_decoded(key), form_decoded(value) if equals else None) for key, equals, value in split]


def rendered(query: Iterable[Pair]) -> str:
    """A query as Pekko writes it."""
    return "&".join(encoded(key) if value is None else f"{encoded(key)}={encoded(value)}" for key, value in query)


def form_decoded(text: str) -> str:
    return decoded(text.replace("+", " "))


def encoded(text: str) -> str:
    return quote(text, safe=IN_QUERY + " ").replace(" ", "+")
