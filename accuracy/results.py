"""What one run found, as plain data for the documents."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, NamedTuple

from accuracy.calibration import Calibration, calibration
from accuracy.dataset import Label, Photo
from accuracy.scores import (
    Agreement,
    Answers,
    Confusion,
    Score,
    Share,
    agreement,
    by_class,
    confusions,
    refused,
    score,
)

MOST_CONFUSIONS = 100
CHAIN, KERAS = "chain", "Keras"


class Found(NamedTuple):
    """What one of both, chain or Keras, made of the photos with one ``fit``."""

    score: Score
    calibration: Calibration
    confusions: list[Confusion]
    by_class: dict[int, Share]
    refused: dict[str, str]
    unanswered: list[str]


class Fit(NamedTuple):
    """By who answered; the agreement where both did."""

    found: dict[str, Found]
    agreement: Agreement | None


class Run(NamedTuple):
    """``facts`` has where, when and with what; ``left_out`` the files that were not asked for, by their reason."""

    facts: dict[str, Any]
    model: dict[str, Any]
    left_out: dict[str, list[str]]
    fits: dict[str, Fit]


def found(photos: Sequence[Photo], answers: Answers) -> Found:
    return Found(
        score(photos, answers),
        calibration(photos, answers),
        confusions(photos, answers, MOST_CONFUSIONS),
        by_class(photos, answers),
        refused(photos, answers),
        [photo.name for photo in photos if photo.name not in answers],
    )


def fit(photos: Sequence[Photo], answers: Mapping[str, Answers]) -> Fit:
    """``answers`` by who gave them."""
    both = agreement(photos, answers[CHAIN], answers[KERAS]) if KERAS in answers else None
    return Fit({name: found(photos, given) for name, given in answers.items()}, both)


def model_name(model: dict[str, Any]) -> str:
    """Such as ``NASNetMobile float32-020fb642bf73 (imagenet), LiteRT 2.3.0``."""
    return f"{model['name']} {model['version']} ({model['weights']}), {model['runtime']}"


# As JSON


def document(run: Run, labels: Sequence[Label]) -> dict[str, Any]:
    return {
        **run.facts,
        "model": run.model,
        "left_out": run.left_out,
        "fits": {name: fit_document(one, labels) for name, one in run.fits.items()},
    }


def fit_document(one: Fit, labels: Sequence[Label]) -> dict[str, Any]:
    documents: dict[str, Any] = {name.lower(): found_document(given, labels) for name, given in one.found.items()}
    if one.agreement:
        documents["agreement"] = agreement_document(one.agreement)
    return documents


def found_document(one: Found, labels: Sequence[Label]) -> dict[str, Any]:
    return {
        "top_1": share_document(one.score.top_1),
        "top_5": share_document(one.score.top_5),
        "calibration": calibration_document(one.calibration),
        "confusions": [
            {"label": labels[label].wnid, "answered": labels[answered].wnid, "times": times}
            for label, answered, times in one.confusions
        ],
        "classes": {labels[index].wnid: {"right": right, "of": of} for index, (right, of) in one.by_class.items()},
        "refused": one.refused,
        "unanswered": one.unanswered,
    }


def share_document(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"right": share.right, "of": share.of, "share": number(share.share), "interval_95": [low, high]}


def agreement_document(one: Agreement) -> dict[str, Any]:
    median, most = map(number, one.difference)
    return {
        "same_first": share_document(one.same_first),
        "same_five": share_document(one.same_five),
        "only_chain_right": one.only_first_right,
        "only_keras_right": one.only_second_right,
        "difference_of_first_probability": {"median": median, "most": most},
    }


def calibration_document(one: Calibration) -> dict[str, Any]:
    bins = [
        {"from": low, "to": high, "probability": probability, **share_document(right)}
        for low, high, probability, right in one.bins
    ]
    return {"expected_error": one.expected_error, "probability": number(one.probability), "bins": bins}


def number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if isnan(value) else value
