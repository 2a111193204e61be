"""make accuracy: what answers say beside the labels."""

from math import isnan
from pathlib import Path

import pytest

from accuracy.answers import Answer
from accuracy.calibration import calibration
from accuracy.dataset import Photo
from accuracy.scores import (
    Confusion,
    Share,
    agreement,
    by_class,
    confusions,
    refused,
    score,
    surest_mistakes,
)


def photo(name: str, label: int) -> Photo:
    return Photo(name, Path(name), "1-1", label)


def answer(name: str, *indices: int, first: float = 0.9, refused: str = "") -> Answer:
    probabilities = (first, *[0.01] * (len(indices) - 1)) if indices else ()
    return Answer(name, "1-1", indices, probabilities, refused)


def by_name(*answers: Answer) -> dict[str, Answer]:
    return {one.name: one for one in answers}


PHOTOS = [photo("a", 7), photo("b", 7), photo("c", 8), photo("d", 8), photo("e", 9)]
ANSWERS = by_name(
    answer("a", 7, 1, 2, 3, 4),
    answer("b", 8, 1, 2, 3, 7, first=0.6),
    answer("c", 1, 2, 3, 4, 5, first=0.8),
    answer("d", refused="not-a-jpeg: it is a PNG"),
)


# Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3
@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_the_interval_is_that_of_wilson(right: int, of: int, low: float, high: float) -> None:
    assert Share(right, of).interval == pytest.approx((low, high), abs=5e-5)


def test_of_no_photo_nothing_is_known() -> None:
    assert Share(0, 0).interval == (0, 1)
    assert isnan(Share(0, 0).share)


def test_accuracy_counts_only_what_was_answered_with_labels() -> None:
    assert score(PHOTOS, ANSWERS) == (Share(1, 3), Share(2, 3))
    assert refused(PHOTOS, ANSWERS) == {"d": "not-a-jpeg: it is a PNG"}


def test_confusions_and_classes_and_mistakes() -> None:
    assert confusions(PHOTOS, ANSWERS, 9) == [Confusion(7, 8, 1), Confusion(8, 1, 1)]
    assert by_class(PHOTOS, ANSWERS) == {7: Share(1, 2), 8: Share(0, 1)}
    assert [(one.photo.name, one.answered, one.probability) for one in surest_mistakes(PHOTOS, ANSWERS, 9)] == [
        ("c", 1, 0.8),
        ("b", 8, 0.6),
    ]
    assert len(surest_mistakes(PHOTOS, ANSWERS, 1)) == 1


def test_the_most_frequent_confusion_comes_first() -> None:
    photos = [photo("a", 1), photo("b", 2), photo("c", 2)]
    assert confusions(photos, by_name(answer("a", 9), answer("b", 3), answer("c", 3)), 1) == [Confusion(2, 3, 2)]
    photos = [photo("a", 2), photo("b", 1), photo("c", 1)]
    ordered = confusions(photos, by_name(answer("a", 3), answer("b", 9), answer("c", 8)), 9)
    assert ordered == [Confusion(1, 8, 1), Confusion(1, 9, 1), Confusion(2, 3, 1)]


def test_agreement_is_over_what_both_answered() -> None:
    pairs = {  # the label is 7
        "right": ((7, 1, 2, 3, 4), (7, 4, 3, 2, 1)),
        "right, too": ((7, 1, 2, 3, 4), (7, 1, 2, 3, 4)),
        "only the first": ((7, 1, 2, 3, 4), (1, 7, 2, 3, 5)),
        "only the first, too": ((7, 1, 2, 3, 4), (2, 5, 6, 8, 9)),
        "only the second": ((1, 2, 3, 4, 5), (7, 2, 3, 4, 6)),
        "the same mistake": ((2, 1), (2, 1, 3, 4, 5)),
        "other mistakes": ((3, 1, 2, 4, 5), (9, 1, 2, 4, 5)),
        "other mistakes, too": ((9, 1, 2, 4, 5), (3, 1, 2, 4, 5)),
    }
    photos = [photo(name, 7) for name in (*pairs, "refused", "not answered")]
    first = by_name(*(answer(name, *one) for name, (one, _) in pairs.items()), answer("refused", 7), answer("not", 7))
    second = by_name(*(answer(name, *other) for name, (_, other) in pairs.items()), answer("refused", refused="it is"))

    both = agreement(photos, first, second)
    assert both.same_first == Share(3, 8)
    assert both.same_five == Share(2, 8)
    assert (both.only_first_right, both.only_second_right) == (2, 1)


def test_the_difference_is_of_the_first_class_of_the_first() -> None:
    keras = by_name(
        answer("a", 7, 4, 3, 2, 1, first=0.7), answer("b", 7, 8, 2, 3, 4), answer("c", 9, 8, 7, 6, 5), answer("d", 8)
    )
    median, most = agreement(PHOTOS, ANSWERS, keras).difference  # 0.9 and 0.7; 0.6 and 0.01; of c there is none
    assert (median, most) == pytest.approx((0.395, 0.59))


def test_where_nothing_compares_there_is_no_difference() -> None:
    both = agreement(PHOTOS, ANSWERS, by_name(answer("a", 1, 2, 3, 4, 5)))
    assert both.same_first == Share(0, 1)
    assert isnan(both.difference[0])


def test_probabilities_that_are_as_good_as_their_word_have_no_error() -> None:
    photos = [photo(str(number), 1 if number < 8 else 2) for number in range(10)]
    found = calibration(photos, by_name(*(answer(one.name, 1, first=0.8) for one in photos)))
    assert found.expected_error == pytest.approx(0)
    assert found.probability == pytest.approx(0.8)
    [only] = found.bins
    assert only.right == Share(8, 10)
    assert only.low <= 0.8 < only.high


def test_the_error_is_weighted_by_the_photos_of_each_bin() -> None:
    photos = [photo("a", 1), photo("b", 1), photo("c", 1), photo("d", 2)]
    firsts = {"a": 1.0, "b": 1.0, "c": 0.5, "d": 0.0}
    found = calibration(photos, by_name(*(answer(name, 1, first=first) for name, first in firsts.items())))
    assert [one.right for one in found.bins] == [Share(0, 1), Share(1, 1), Share(2, 2)]
    assert found.bins[-1].high == 1
    assert found.expected_error == pytest.approx(0.5 / 4)


def test_without_answers_there_are_no_bins() -> None:
    assert calibration(PHOTOS, {}).bins == []
