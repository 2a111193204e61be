"""Pieces of Markdown."""

import json
from collections.abc import Iterable
from typing import Any

COLUMNS = 110  # of an example
Row = list[str]


def quoted(values: Iterable[Any]) -> str:
    """``values`` as code, with commas."""
    return ", ".join(f"`{plain(value)}`" for value in values)


def plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def table(head: str, rows: Iterable[Row]) -> str:
    """``head`` has the titles with bars between them."""
    titles = head.split(" | ")
    cells = [titles, ["---"] * len(titles), *([cell.strip().replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def fenced(language: str, code: str) -> str:
    return f"```{language}\n{code.strip()}\n```"


def written(value: Any, indent: str = "") -> str:
    """``value`` as JSON, in lines where it is too long for one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent + line) <= COLUMNS or not isinstance(value, dict | list):
        return line
    inner = f"{indent}  "
    named = [f"{json.dumps(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    values = value.values() if isinstance(value, dict) else value
    members = f",\n{inner}".join(name + written(each, inner) for name, each in zip(named, values, strict=True))
    return f"{line[0]}\n{inner}{members}\n{indent}{line[-1]}"
