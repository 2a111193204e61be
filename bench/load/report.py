"""What the answers say, as a row of a Markdown table."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bench.load.arrivals import Answer
from bench.sample import median
from bench.table import lines, shown
from distribution import percentile

TITLES = [
    "",
    "requests",
    "answers, a second",
    "200, a second",
    "p50, ms",
    "p95, ms",
    "p99, ms",
    "answers",
    "fewest–most of a caller",
    "records missing or twice",
    "processor time for a 200, ms",
    "memory of the host, MB",
]


TENTHS = 10


class Phase(NamedTuple):
    """One way of asking, and what came of it."""

    name: str
    answers: Sequence[Answer]
    seconds: float  # from the first request to the last answer
    by_caller: bool
    callers: int
    wrong_records: int
    memory_mb: float | None
    processor_s: float | None  # of the host and its actions

    @property
    def per_second(self) -> float:
        """Answers with 200."""
        return sum(answer.good for answer in self.answers) / self.seconds


class Soak(NamedTuple):
    """A long run: what came of it, and its memory again and again."""

    name: str
    answers: Sequence[Answer]
    checked: int  # answers whose records were looked for
    wrong_records: int
    memory_mb: Sequence[tuple[float, float]]  # of the host and of its containers


def row(phase: Phase) -> list[str]:
    times = sorted(answer.ms for answer in phase.answers if answer.good)
    percentiles = [shown(percentile(times, share)) if times else "–" for share in (50, 95, 99)]
    return [
        phase.name,
        f"{len(phase.answers):,}",
        shown(len(phase.answers) / phase.seconds),
        shown(phase.per_second),
        *percentiles,
        kinds(phase.answers),
        fairness(phase) if phase.by_caller else "–",
        f"{phase.wrong_records:,}",
        "–" if phase.processor_s is None or not times else shown(1000 * phase.processor_s / len(times)),
        "–" if phase.memory_mb is None else shown(phase.memory_mb),
    ]


def kinds(answers: Sequence[Answer]) -> str:
    """How many answers there were of each status."""
    numbers = Counter(answer.kind for answer in answers)
    return ", ".join(f"{kind}: {number:,}" for kind, number in numbers.most_common())


def fairness(phase: Phase) -> str:
    """How many answers with 200 the least and the most lucky caller got."""
    good = Counter(answer.caller for answer in phase.answers if answer.good)
    of_each = [good[caller] for caller in range(phase.callers)]
    return f"{min(of_each)}–{max(of_each)}"


def markdown(phases: Sequence[Phase]) -> str:
    return lines([TITLES, ["---", *["---:"] * (len(TITLES) - 1)], *map(row, phases)])


def soaked(soak: Soak) -> str:
    """What the answers were, and the course of the memory, if it is known: a column for each tenth of the time."""
    parts = [part for part in tenths(soak.memory_mb) if part]
    titles = ["memory, MB", *(f"{number}." for number in range(1, len(parts) + 1))]
    rows = [
        [name, *(shown(median([sample[index] for sample in part])) for part in parts)]
        for index, name in enumerate(("host", "containers"))
    ]
    said = f"{soak.name}. Answers: {kinds(soak.answers)}."
    checked = f"Of the newest {soak.checked:,}, {soak.wrong_records:,} have no record or two."
    if not parts:
        return f"{said} {checked}"
    return f"{said} {checked}\n\n{lines([titles, ['---', *['---:'] * len(parts)], *rows])}"


def tenths(samples: Sequence[tuple[float, float]]) -> list[Sequence[tuple[float, float]]]:
    """``samples`` in ten parts, as equal as they get."""
    bounds = [round(number * len(samples) / TENTHS) for number in range(TENTHS + 1)]
    return [samples[begin:end] for begin, end in pairwise(bounds)]
