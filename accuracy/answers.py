"""Answers as JSON lines, one for each photo, appended as they come: a run that ends early loses none of them."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from accuracy.dataset import Photo

TOP = 5  # predictions that are kept of each answer


class Answer(NamedTuple):
    """The TOP most probable classes of a photo with their probabilities, or why it was refused."""

    name: str
    version: str
    indices: tuple[int, ...] = ()
    probabilities: tuple[float, ...] = ()
    refused: str = ""


def line_of(answer: Answer) -> str:
    return json.dumps({name: value for name, value in answer._asdict().items() if value})


def parsed(line: str) -> Answer | None:
    """The answer in ``line``; None where the line is not whole, as the last one of a run that was killed."""
    try:
        return from_fields(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def from_fields(fields: Mapping[str, Any]) -> Answer:
    indices, probabilities = (tuple(fields.get(name, ())) for name in ("indices", "probabilities"))
    return Answer(fields["name"], fields["version"], indices, probabilities, fields.get("refused", ""))


def read(file: Path) -> dict[str, Answer]:
    """By the name of the photo; of several answers to one, the last."""
    if not file.exists():
        return {}
    with file.open(encoding="utf-8") as lines:
        return {answer.name: answer for answer in map(parsed, lines) if answer}


def current(photos: Iterable[Photo], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers to ``photos`` as they are now."""
    by_name = ((photo, answers.get(photo.name)) for photo in photos)
    return {photo.name: answer for photo, answer in by_name if answer and answer.version == photo.version}


@contextmanager
def appending(file: Path) -> Iterator[Callable[[Answer], None]]:
    """A function that adds an answer to ``file``. What a killed run left of a line is cut off first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as lines:
        cut_incomplete_line(file)
        lines.seek(0, os.SEEK_END)

        def append(answer: Answer) -> None:
            lines.write(f"{line_of(answer)}\n".encode())
            lines.flush()

        yield append


def cut_incomplete_line(file: Path) -> None:
    content = file.read_bytes()
    if not content.endswith(b"\n"):
        os.truncate(file, content.rfind(b"\n") + 1)
