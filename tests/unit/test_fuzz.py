"""What make fuzz asks of an action: its properties hold for sound answers, and notice the others."""

import base64
import json
from typing import Any

import pytest

import request
from fuzz import properties, targets
from fuzz.properties import Violation
from problem import InternalError, InvalidRequest, Json, error_result
from tests.action_modules import ACTIONS, load
from tests.pictures import jpg

DECODE = load(ACTIONS / "decode")
SOUND = DECODE({"image": "x"})


@pytest.mark.parametrize("name", targets.TARGETS)
def test_every_target_accepts_what_it_begins_with(name: str) -> None:
    target = targets.TARGETS[name]()

    assert target.seeds
    for seed in (*target.seeds, b"", b"\x00", b"\xff" * 50):
        target.holds(seed)


@pytest.mark.parametrize("seed", targets.REQUESTS[:2])
def test_the_first_requests_are_valid(seed: bytes) -> None:
    assert request.parse(properties.arguments(seed)).image


def answering(answer: Any) -> properties.Action:
    return lambda _: answer


WRONG: dict[str, Json] = {
    "internal": error_result(InternalError("It failed.")),
    "a long detail": error_result(InvalidRequest("x" * 5000)),
    "a status of its own": {"error": {**SOUND["error"], "statusCode": 200}},
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_noticed(answer: Json) -> None:
    with pytest.raises(Violation):
        properties.decoded(answering(answer), b"anything")


def test_an_answer_that_json_cannot_carry_is_noticed() -> None:
    with pytest.raises(UnicodeEncodeError):
        properties.check_detail("\ud800")


def test_a_raster_of_a_broken_picture_is_noticed() -> None:
    picture = jpg()
    raster = DECODE({"image": base64.b64encode(picture).decode("ascii")})

    properties.decoded(answering(raster), picture)
    with pytest.raises(Violation, match="cannot decode"):
        properties.decoded(answering(raster), picture[: len(picture) // 2])


def test_a_slow_answer_is_noticed() -> None:
    with pytest.raises(Violation, match="within"), properties.in_time(longest_s=0):
        json.dumps(list(range(10_000)))


@pytest.mark.parametrize(
    ("place", "expected"),
    [(0, "new"), (1, {"a": "new", "b": [1]}), (3, {"a": 0, "b": ["new"]}), (4, "new")],
)
def test_a_sample_is_changed_in_one_place(place: int, expected: Any) -> None:
    assert properties.changed({"a": 0, "b": [1]}, place, "new") == expected
