"""Whose fault a failure was, and which calls are listed where there are too many for one answer."""

import json
from typing import Any

import pytest

import contract
from activations import Activation, activation
from calls import MOST_CALLS, MOST_COLD, MOST_FAILURES, Calls, listing
from tests.records import document, row

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


def test_the_list_is_as_long_as_its_schema_says() -> None:
    assert contract.schema("statistics")["properties"]["calls"]["maxItems"] == MOST_CALLS
    own = calls(1, failures=1)
    assert listing(own, own.roots)["calls"][0]["error_detail"] == "\u263a" * 80 + "\u2026"


@pytest.mark.parametrize(("status", "fault"), [(400, "caller"), (499, "caller"), (500, "service"), (503, "service")])
def test_an_answer_of_4xx_is_the_caller_s_fault_and_5xx_the_service_s(status: int, fault: str) -> None:
    error = {"statusCode": status, "body": {"code": "x"}}
    each = activation(document(1, 1, response={"status": "application error", "result": {"error": error}}))
    assert each
    assert Calls([each]).fault(each) == fault


@pytest.mark.parametrize(
    ("outcome", "timeout", "fault", "code"),
    [
        ("success", False, None, None),
        ("application error", False, "caller", "application-error"),
        ("action developer error", False, "service", "action-developer-error"),
        ("action developer error", True, "service", "time-out"),
        ("whisk internal error", False, "service", "whisk-internal-error"),
    ],
)
def test_a_failure_of_which_only_the_row_of_a_list_was_read(
    outcome: str, timeout: bool, fault: str | None, code: str | None
) -> None:
    each = activation(row(document(1, 1, response={"status": outcome}, annotations={"timeout": timeout})))
    assert each
    own = Calls([each])
    assert (own.fault(each), own.error_code(each)) == (fault, code)
    told = listing(own, own.roots)["listing"]
    assert (told["failures"], told["failures_listed"]) == (int(fault is not None), int(fault is not None))
