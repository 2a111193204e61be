"""Percentiles and histograms of plain numbers."""

from collections.abc import Iterable, Sequence

Distribution = dict[str, int | float | None]
METHOD = "nearest-rank"
RANKS = {"p50": 50, "p95": 95, "p99": 99}


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest of the ``ordered`` values that at least ``percent`` % of them do not exceed (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def distribution(values: Iterable[float]) -> Distribution:
    """How many values, their mean, percentiles and maximum, in the unit of the values; of none, only that."""
    ordered = sorted(values)
    if not ordered:
        return {"n": 0, "mean": None, **dict.fromkeys(RANKS), "max": None}
    ranks = {name: percentile(ordered, percent) for name, percent in RANKS.items()}
    return {"n": len(ordered), "mean": round(sum(ordered) / len(ordered), 2), **ranks, "max": ordered[-1]}


def tenths(shares: Iterable[float]) -> list[int]:
    """How many of the ``shares`` (0 to 1) lie in each tenth; 1 belongs to the last."""
    counts = [0] * 10
    for share in shares:
        counts[min(9, int(share * 10))] += 1
    return counts
