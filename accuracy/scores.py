"""What answers say beside the labels: accuracy with its uncertainty, agreement, confusions, mistakes."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import sqrt
from statistics import median
from typing import NamedTuple

from accuracy.answers import TOP, Answer
from accuracy.dataset import Photo

Z = 1.959964  # of a normal distribution, 95 % lies within so many standard deviations
Answers = Mapping[str, Answer]


class Share(NamedTuple):
    """So many ``right`` ones ``of`` so many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        return self.right / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Of 95 % confidence, by Wilson (Probable Inference, 1927): it holds for few photos and for shares near 0 or 1.
        Nothing is known without a photo: 0 to 1."""
        if not self.of:
            return 0.0, 1.0
        centre = (self.right + Z**2 / 2) / (self.of + Z**2)
        half = Z / (self.of + Z**2) * sqrt(self.right * (self.of - self.right) / self.of + Z**2 / 4)
        return max(0.0, centre - half), min(1.0, centre + half)


class Score(NamedTuple):
    """How often the label is the first one, and among the first five."""

    top_1: Share
    top_5: Share


class Agreement(NamedTuple):
    """Two that answered the same photos. ``difference`` is of the probability of the first one's first class, the
    median and the most, where the second one lists that class at all."""

    same_first: Share
    same_five: Share
    only_first_right: int
    only_second_right: int
    difference: tuple[float, float]


class Confusion(NamedTuple):
    label: int
    answered: int
    times: int


class Mistake(NamedTuple):
    photo: Photo
    answered: int
    probability: float


def judged(photos: Collection[Photo], answers: Answers) -> list[tuple[Photo, Answer]]:
    """The photos that were answered with labels."""
    found = ((photo, answers.get(photo.name)) for photo in photos)
    return [(photo, answer) for photo, answer in found if answer and answer.indices]


def is_right(photo: Photo, answer: Answer) -> bool:
    return answer.indices[0] == photo.class_index


def score(photos: Collection[Photo], answers: Answers) -> Score:
    pairs = judged(photos, answers)
    first = sum(is_right(photo, answer) for photo, answer in pairs)
    five = sum(photo.class_index in answer.indices[:TOP] for photo, answer in pairs)
    return Score(Share(first, len(pairs)), Share(five, len(pairs)))


def agreement(photos: Collection[Photo], first: Answers, second: Answers) -> Agreement:
    pairs = [(photo, one, second[photo.name]) for photo, one in judged(photos, first) if photo.name in second]
    pairs = [pair for pair in pairs if pair[2].indices]
    right = Counter((is_right(photo, one), is_right(photo, other)) for photo, one, other in pairs)
    differences = [d for _, one, other in pairs if (d := difference(one, other)) is not None]
    return Agreement(
        Share(sum(one.indices[0] == other.indices[0] for _, one, other in pairs), len(pairs)),
        Share(sum(set(one.indices) == set(other.indices) for _, one, other in pairs), len(pairs)),
        right[True, False],
        right[False, True],
        (median(differences), max(differences)) if differences else (float("nan"), float("nan")),
    )


def difference(one: Answer, other: Answer) -> float | None:
    """Of the probabilities of the first class of ``one``; None if ``other`` does not list it."""
    listed = dict(zip(other.indices, other.probabilities, strict=True))
    expected = listed.get(one.indices[0])
    return None if expected is None else abs(one.probabilities[0] - expected)


def confusions(photos: Collection[Photo], answers: Answers, most: int) -> list[Confusion]:
    """What is taken for what, most often first."""
    pairs = judged(photos, answers)
    counts = Counter((photo.class_index, answer.indices[0]) for photo, answer in pairs if not is_right(photo, answer))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Confusion(label, answered, times) for (label, answered), times in ordered[:most]]


def by_class(photos: Collection[Photo], answers: Answers) -> dict[int, Share]:
    """How often each class was named first, of its photos."""
    pairs = judged(photos, answers)
    of = Counter(photo.class_index for photo, _ in pairs)
    right = Counter(photo.class_index for photo, answer in pairs if is_right(photo, answer))
    return {index: Share(right[index], of[index]) for index in sorted(of)}


def surest_mistakes(photos: Collection[Photo], answers: Answers, most: int) -> list[Mistake]:
    """The wrong answers with the highest probability."""
    wrong = [
        Mistake(photo, answer.indices[0], answer.probabilities[0])
        for photo, answer in judged(photos, answers)
        if not is_right(photo, answer)
    ]
    return sorted(wrong, key=lambda mistake: (-mistake.probability, mistake.photo.name))[:most]


def refused(photos: Sequence[Photo], answers: Answers) -> dict[str, str]:
    """Why, by the name of the photo."""
    found = ((photo.name, answers.get(photo.name)) for photo in photos)
    return {name: answer.refused for name, answer in found if answer and answer.refused}
