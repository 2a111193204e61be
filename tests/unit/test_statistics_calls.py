"""Which calls are listed where there are too many for one answer."""

import json
from typing import Any

from activations import Activation, activation
from calls import MOST_CALLS, MOST_COLD, MOST_FAILURES, Calls, listing
from tests.records import document

FAILED = {"status": "application error", "result": {"error": "\u263a" * 500}}


def calls(count: int, failures: int = 0, cold: int = 0) -> Calls:
    """``count`` calls: the oldest failed, those after them were cold, and the first that is neither took longest."""
    found: list[Activation | None] = []
    for number in range(count):
        is_cold = failures <= number < failures + cold
        fields: dict[str, Any] = {"response": FAILED} if number < failures else {}
        annotations = {"initTime": 1} if is_cold else {}
        duration = 900 if number == failures + cold else 10
        found.append(activation(document(number, number, duration=duration, annotations=annotations, **fields)))
    return Calls(each for each in found if each)


def test_all_are_listed_newest_first_while_there_is_room() -> None:
    own = calls(MOST_CALLS, failures=10)
    told = listing(own, own.roots)
    assert [int(each["activation_id"], 16) for each in told["calls"]] == list(range(MOST_CALLS))[::-1]
    assert told["listing"] == {"calls": MOST_CALLS, "listed": MOST_CALLS, "failures": 10, "failures_listed": 10}


def test_failures_cold_starts_and_the_slowest_come_before_the_newest() -> None:
    own = calls(3 * MOST_CALLS, failures=30, cold=40)
    told = listing(own, own.roots)
    numbers = {int(each["activation_id"], 16) for each in told["calls"]}
    assert set(range(71)) <= numbers
    assert len(numbers) == MOST_CALLS
    assert told["listing"] == {"calls": 3 * MOST_CALLS, "listed": MOST_CALLS, "failures": 30, "failures_listed": 30}


def test_so_many_failures_that_nothing_else_would_be_listed_are_bounded() -> None:
    own = calls(3 * MOST_CALLS, failures=2 * MOST_CALLS)
    told = listing(own, own.roots)["listing"]
    assert (told["failures"], told["failures_listed"]) == (2 * MOST_CALLS, MOST_FAILURES)
    assert MOST_FAILURES + MOST_COLD < MOST_CALLS


def test_the_longest_list_leaves_room_for_the_rest_of_the_answer() -> None:
    # GIVEN as many failed and cold calls as can be listed, each after four steps, told in letters that JSON makes long
    records: list[Activation | None] = []
    for number in range(MOST_CALLS):
        sequence = document(number, number, annotations={"kind": "sequence"}, response=FAILED)
        steps = [
            document(
                10_000 + 10 * number + place,
                number,
                "guest/classifier/preprocess",
                cause=sequence["activationId"],
                annotations={"initTime": 1},
            )
            for place in range(4)
        ]
        records += map(activation, [sequence, *steps])
    own = Calls(each for each in records if each)
    assert len(json.dumps(listing(own, own.roots))) < 0.9 * 1_048_576
