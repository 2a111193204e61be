"""What the answers say, as a row of a Markdown table."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bench.load.arrivals import Answer
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


def row(phase: Phase) -> list[str]:
    times = sorted(answer.ms for answer in phase.answers if answer.good)
    percentiles = [shown(percentile(times, share)) if times else "–" for share in (50, 95, 99)]
    kinds = Counter(answer.kind for answer in phase.answers)
    return [
        phase.name,
        f"{len(phase.answers):,}",
        shown(len(phase.answers) / phase.seconds),
        shown(phase.per_second),
        *percentiles,
        ", ".join(f"{kind}: {number:,}" for kind, number in kinds.most_common()),
        fairness(phase) if phase.by_caller else "–",
        f"{phase.wrong_records:,}",
        "–" if phase.processor_s is None or not times else shown(1000 * phase.processor_s / len(times)),
        "–" if phase.memory_mb is None else shown(phase.memory_mb),
    ]


def fairness(phase: Phase) -> str:
    """How many answers with 200 the least and the most lucky caller got."""
    good = Counter(answer.caller for answer in phase.answers if answer.good)
    of_each = [good[caller] for caller in range(phase.callers)]
    return f"{min(of_each)}–{max(of_each)}"


def markdown(phases: Sequence[Phase]) -> str:
    return lines([TITLES, ["---", *["---:"] * (len(TITLES) - 1)], *map(row, phases)])
