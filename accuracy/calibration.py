"""Whether a probability is as good as its word: of the photos answered with about 0.8, are 8 of 10 right?

Reliability diagram and expected calibration error: Guo et al., "On Calibration of Modern Neural Networks" (2017).
"""

from collections.abc import Collection
from typing import NamedTuple

from accuracy.dataset import Photo
from accuracy.scores import Answers, Share, is_right, judged

BINS = 15  # as in the paper, of equal width


class Bin(NamedTuple):
    """Photos whose highest probability is from ``low`` to ``high``: the mean of it, and how many of them are right."""

    low: float
    high: float
    probability: float
    right: Share


class Calibration(NamedTuple):
    """``expected_error``: how far the probability is from the share of right answers, on average over the photos."""

    bins: list[Bin]
    probability: float
    right: Share
    expected_error: float


def calibration(photos: Collection[Photo], answers: Answers) -> Calibration:
    pairs = [(answer.probabilities[0], is_right(photo, answer)) for photo, answer in judged(photos, answers)]
    bins = [found for number in range(BINS) if (found := bin_of(pairs, number))]
    right = Share(sum(is_right for _, is_right in pairs), len(pairs))
    errors = (one.right.of * abs(one.right.share - one.probability) for one in bins)
    return Calibration(bins, mean([probability for probability, _ in pairs]), right, sum(errors) / max(1, len(pairs)))


def bin_of(pairs: Collection[tuple[float, bool]], number: int) -> Bin | None:
    """None where no photo is in it. The last one holds the probability 1, too."""
    inside = [pair for pair in pairs if min(int(pair[0] * BINS), BINS - 1) == number]
    if not inside:
        return None
    right = Share(sum(is_right for _, is_right in inside), len(inside))
    return Bin(number / BINS, (number + 1) / BINS, mean([probability for probability, _ in inside]), right)


def mean(values: Collection[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
