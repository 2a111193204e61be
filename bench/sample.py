"""What a sample of measured values says."""

import statistics
from collections.abc import Sequence

from distribution import percentile


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The lower and the upper quartile: half of the values lie between them."""
    ordered = sorted(values)
    return percentile(ordered, 25), percentile(ordered, 75)


def ratio(values: Sequence[float], base: Sequence[float]) -> float:
    """How many times the median of ``base`` goes into the median of ``values``."""
    return median(values) / median(base)
