"""One word about the classifier, and its cost."""

from typing import Any

import pytest

from activations import activation
from cost import cost, gb_seconds
from tests.records import document
from verdict import verdict

READER = "classifier/statistics"


def action(
    calls: int = 100, service: int = 0, caller: int = 0, p95: int | None = 100, before: Any = None
) -> dict[str, Any]:
    return {
        "name": "classifier/zoom",
        "kind": "sequence",
        "activations": calls,
        "faults": {"service": service, "caller": caller},
        "duration_ms": {"n": calls, "p95": p95},
        "before": before,
    }


def judged(own: dict[str, Any], lost: int = 0) -> tuple[str, list[str]]:
    told = verdict([{"name": READER}, own], {"lost_records": lost}, READER)
    assert told
    assert told["action"] == own["name"]
    return told["state"], told["reasons"]


@pytest.mark.parametrize(
    ("calls", "service", "state"),
    [
        (100, 0, "healthy"),
        (101, 1, "healthy"),
        (100, 1, "degraded"),
        (100, 9, "degraded"),
        (100, 10, "failing"),
        (2, 2, "failing"),
        (1, 1, "degraded"),
    ],
)
def test_the_share_of_calls_that_failed_through_the_service(calls: int, service: int, state: str) -> None:
    assert judged(action(calls, service)) == (state, ["errors"] if service and state != "healthy" else [])


def test_requests_that_were_refused_say_nothing_about_the_service() -> None:
    assert judged(action(caller=100)) == ("healthy", [])


@pytest.mark.parametrize(
    ("calls", "p95", "before", "state"),
    [
        (20, 201, 20, "degraded"),
        (40, 201, 60, "degraded"),
        (20, 200, 20, "healthy"),
        (20, 30, 20, "healthy"),
        (19, 900, 20, "healthy"),
        (20, 900, 19, "healthy"),
        (20, None, 20, "healthy"),
    ],
)
def test_a_p95_far_above_its_own_past(calls: int, p95: int | None, before: int, state: str) -> None:
    own = action(calls, p95=p95, before={"duration_ms": {"n": before, "p95": 100}})
    assert judged(own) == (state, ["slow"] if state == "degraded" else [])


def test_lost_records_make_it_doubtful() -> None:
    assert judged(action(), lost=1) == ("degraded", ["lost-records"])


def test_where_nothing_was_called_there_is_no_verdict() -> None:
    assert verdict([{"name": READER}], {"lost_records": 0}, READER) is None


def test_the_cost_of_a_thousand_photos() -> None:
    actions: list[dict[str, Any]] = [
        {
            "name": "classifier/classify_image",
            "kind": "sequence",
            "gb_seconds": None,
            "warm_ups": 2,
            "outcomes": {"success": 12},
        },
        {"name": "classifier/zoom", "kind": "blackbox", "gb_seconds": 0.5, "warm_ups": 2},
        {"name": READER, "kind": "python:3.11", "gb_seconds": 9.0, "warm_ups": 0},
    ]
    apart = {"gb_seconds": 0.5, "photos": 12, "gb_seconds_per_thousand_photos": 41.6667}
    assert cost(actions, {"included": False}, READER) == apart
    assert cost(actions, {"included": True}, READER) == apart | {"photos": 10, "gb_seconds_per_thousand_photos": 50.0}
    assert cost([], {"included": False}, READER)["gb_seconds_per_thousand_photos"] is None


def test_an_activation_whose_limit_is_unknown_costs_nothing_that_could_be_told() -> None:
    limits: list[dict[str, Any]] = [{"memory": 512}, {}]
    records = [document(1, 1, duration=2000, annotations={"limits": each}) for each in limits]
    assert gb_seconds(each for each in map(activation, records) if each) == 1.0
