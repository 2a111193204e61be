"""Measurements as a Markdown table: a row for each subject, a column for each quantity, medians with quartiles."""

from collections.abc import Sequence
from typing import NamedTuple

from bench import sample
from bench.measurement import Measurement


class Ratio(NamedTuple):
    """A further column: how the ``quantity`` of each subject relates to that of ``base``."""

    quantity: str
    base: str


def shown(value: float) -> str:
    """Three digits that count; very small ones as a power of ten."""
    size = abs(value)
    if value == 0:
        return "0"
    if size < 0.001:
        return f"{value:.0e}"
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if size < 1 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def cell(values: Sequence[float]) -> str:
    """The median and, where the values differ visibly, the quartiles."""
    middle, (low, high) = shown(sample.median(values)), map(shown, sample.spread(values))
    return middle if low == high else f"{middle} ({low}–{high})"


def times(values: Sequence[float], base: Sequence[float]) -> str:
    return f"{shown(sample.ratio(values, base))} ×"


def markdown(measurements: Sequence[Measurement], ratio: Ratio | None = None) -> str:
    """The table of ``measurements``, in the order in which subjects and quantities first appear."""
    samples = {(one.subject, one.quantity): one.samples for one in measurements}
    subjects = list(dict.fromkeys(one.subject for one in measurements))
    columns = list(dict.fromkeys((one.quantity, one.unit) for one in measurements))
    if ratio and (ratio.base, ratio.quantity) not in samples:
        ratio = None

    def row(subject: str) -> list[str]:
        cells = [cell(samples[subject, name]) if (subject, name) in samples else "–" for name, _ in columns]
        if ratio:
            own, base = samples.get((subject, ratio.quantity)), samples[ratio.base, ratio.quantity]
            cells.append(times(own, base) if own else "–")
        return [subject, *cells]

    titles = ["", *(f"{name}, {unit}" if unit else name for name, unit in columns)]
    if ratio:
        titles.append(f"{ratio.quantity}, against {ratio.base}")
    return lines([titles, ["---", *["---:"] * (len(titles) - 1)], *map(row, subjects)])


def lines(rows: Sequence[Sequence[str]]) -> str:
    """``rows`` of cells as Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
