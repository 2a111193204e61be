"""One measured quantity of one subject, and the file that keeps those of a run."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measurement:
    """``samples`` of ``quantity`` in ``unit``, e.g. "warm" in "ms", of a ``subject``, e.g. "LiteRT float32".

    ``table`` says which subjects it is compared with.
    """

    table: str
    subject: str
    quantity: str
    unit: str
    samples: tuple[float, ...]


@dataclass(frozen=True)
class Run:
    """What one part of the benchmark measured in one go; ``facts`` say where, when and on what."""

    part: str
    facts: dict[str, Any]
    measurements: tuple[Measurement, ...]

    def samples(self, table: str, subject: str, quantity: str) -> tuple[float, ...]:
        """The samples of one measurement; ``KeyError`` where there is none."""
        for one in self.measurements:
            if (one.table, one.subject, one.quantity) == (table, subject, quantity):
                return one.samples
        raise KeyError(f"{self.part} has no {quantity} of {subject} in {table}")


def write(run: Run, file: Path) -> None:
    rows = [{**asdict(one), "samples": [round(value, 7) for value in one.samples]} for one in run.measurements]
    lines = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    facts = json.dumps(run.facts, ensure_ascii=False)
    text = f'{{"part": {json.dumps(run.part)},\n "facts": {facts},\n "measurements": [\n  {lines}\n]}}\n'

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def read(file: Path) -> Run:
    content = json.loads(file.read_text("utf-8"))
    rows = ({**row, "samples": tuple(row["samples"])} for row in content["measurements"])
    return Run(content["part"], content["facts"], tuple(Measurement(**row) for row in rows))


class Recorder:
    """Collects values as they are measured, round after round, under the names that a ``Measurement`` has."""

    def __init__(self, table: str) -> None:
        self.table = table
        self._samples: dict[tuple[str, str, str], list[float]] = {}

    def add(self, subject: str, quantity: str, unit: str, *values: float) -> None:
        self._samples.setdefault((subject, quantity, unit), []).extend(values)

    def measurements(self) -> list[Measurement]:
        return [Measurement(self.table, *names, tuple(values)) for names, values in self._samples.items()]


def gathered(recorders: Iterable[Recorder]) -> tuple[Measurement, ...]:
    return tuple(measurement for recorder in recorders for measurement in recorder.measurements())
