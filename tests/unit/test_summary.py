"""The statistics of tests/data/activations/mixed.json, computed by hand from its records.

Six calls of the sequence: A cold, B warm, C not a JPG, D a crash in classify, E a time-out there, F in the format hf.
Outside of it: G decode refuses its request, H and L decode succeeds (L ends before it starts), K statistics refuses;
I belongs to another package, and J is the record of a trigger.
"""

from typing import Any

import pytest

import calls
import contract
from activations import activation
from summary import summarize
from tests.records import document, recorded, row
from window import Window, iso

T0 = 1_795_000_020_000
WINDOW = Window("custom", T0, T0 + 600_000)


@pytest.fixture(scope="module")
def statistics() -> dict[str, Any]:
    found = [each for each in map(activation, recorded("mixed")) if each and each.package == "classifier"]
    return summarize(found, WINDOW, without="classifier/statistics")


def by_name(statistics: dict[str, Any]) -> dict[str, Any]:
    return {each["name"].removeprefix("classifier/"): each for each in statistics["actions"]}


def test_actions_are_listed_as_they_run(statistics: dict[str, Any]) -> None:
    names = ["classify_image", "decode", "preprocess", "classify", "metrics", "statistics"]
    assert list(by_name(statistics)) == names


def test_outcomes_of_each_action(statistics: dict[str, Any]) -> None:
    outcomes = {name: list(each["outcomes"].values()) for name, each in by_name(statistics).items()}
    assert outcomes == {
        "classify_image": [3, 1, 2, 0],
        "decode": [7, 2, 0, 0],
        "preprocess": [5, 0, 0, 0],
        "classify": [3, 0, 2, 0],
        "metrics": [3, 0, 0, 0],
        "statistics": [0, 1, 0, 0],
    }
    assert {name: each["activations"] for name, each in by_name(statistics).items()} == {
        name: sum(counts) for name, counts in outcomes.items()
    }


def test_the_duration_of_a_sequence_is_what_its_caller_waited(statistics: dict[str, Any]) -> None:
    # A 1700, B 70, C 10, D 40, E 30020, F 60
    measured = by_name(statistics)["classify_image"]["duration_ms"]
    assert measured == {"n": 6, "mean": 5316.67, "p50": 60, "p95": 30020, "p99": 30020, "max": 30020}


def test_wait_init_and_run_of_an_action(statistics: dict[str, Any]) -> None:
    classify = by_name(statistics)["classify"]
    # waits 400 2 1 3 1; one cold start with 150; durations 190 40 20 30000 38
    assert classify["wait_ms"] == {"n": 5, "mean": 81.4, "p50": 2, "p95": 400, "p99": 400, "max": 400}
    assert classify["init_ms"] == {"n": 1, "mean": 150.0, "p50": 150, "p95": 150, "p99": 150, "max": 150}
    assert classify["time_total_ms"] == {"wait": 407, "init": 150, "run": 30138}


def test_a_sequence_is_cold_if_a_step_was(statistics: dict[str, Any]) -> None:
    cold = {name: each["cold_starts"] for name, each in by_name(statistics).items()}
    assert cold["classify_image"] == {"count": 1, "n": 6, "ratio": 0.1667}
    assert cold["decode"] == {"count": 1, "n": 9, "ratio": 0.1111}
    assert cold["statistics"] == {"count": 0, "n": 1, "ratio": 0.0}


def test_the_error_code_of_a_step_is_the_answer_of_its_sequence(statistics: dict[str, Any]) -> None:
    codes = {
        name: {each["code"]: each["count"] for each in own["error_codes"]} for name, own in by_name(statistics).items()
    }
    assert codes == {
        "classify_image": {"action-developer-error": 1, "not-a-jpeg": 1, "time-out": 1},
        "decode": {"invalid-request": 1, "not-a-jpeg": 1},
        "preprocess": {},
        "classify": {"action-developer-error": 1, "time-out": 1},
        "metrics": {},
        "statistics": {"unauthorized": 1},
    }


def test_a_step_whose_reply_was_not_read_has_the_code_of_its_sequence() -> None:
    # GIVEN a refused call: the answer of the sequence, and of its steps what a list tells
    body = {"statusCode": 415, "body": {"code": "not-a-jpeg"}}
    refusal = {"status": "application error", "result": {"error": body}}
    sequence = document(
        1, T0, "guest/classifier/classify_image", annotations={"kind": "sequence"}, response=refusal, duration=30
    )
    cause = sequence["activationId"]
    steps = [document(2, T0, cause=cause), document(3, T0 + 10, cause=cause, response={"status": "application error"})]
    # WHEN they are counted
    found = [each for each in map(activation, [sequence, *map(row, steps)]) if each]
    statistics = summarize(found, WINDOW)
    # THEN the step that failed shares the code, the one that succeeded has none
    assert by_name(statistics)["decode"]["error_codes"] == [{"code": "not-a-jpeg", "count": 1}]
    whole = calls.detailed(found[0], calls.Calls(found))
    assert [each["error_code"] for each in whole["components"]] == [None, "not-a-jpeg"]


def test_http_statuses_are_those_the_caller_got(statistics: dict[str, Any]) -> None:
    statuses = by_name(statistics)["classify_image"]["http_statuses"]
    assert statuses == [{"status": 200, "count": 3}, {"status": 400, "count": 2}, {"status": 415, "count": 1}]


def test_labels_confidence_and_weights_of_the_replies(statistics: dict[str, Any]) -> None:
    assert statistics["labels"] == [{"label": "tench", "count": 2}, {"label": "goldfish", "count": 1}]
    assert statistics["confidence"]["n"] == 3
    filled = {each["from"]: each["count"] for each in statistics["confidence"]["bins"] if each["count"]}
    assert filled == {0.5: 1, 0.9: 2}
    assert statistics["weights"] == [{"weights": "stand-in", "count": 2}]


def test_payload_sizes(statistics: dict[str, Any]) -> None:
    sequence = by_name(statistics)["classify_image"]
    assert sequence["image_bytes"] == {"n": 2, "mean": 55000.0, "p50": 50000, "p95": 60000, "p99": 60000, "max": 60000}
    # A 900, B 950, C 300, D 80, E 70, F 200
    assert sequence["response_bytes"] == {"n": 6, "mean": 416.67, "p50": 200, "p95": 950, "p99": 950, "max": 950}


def test_the_timeline_has_every_activation_in_its_bucket(statistics: dict[str, Any]) -> None:
    # 600 s in buckets of 10 s; A at 0, B at 60, … F at 300
    assert statistics["timeline"]["bucket_seconds"] == 10
    assert statistics["timeline"]["bucket_starts"][:2] == [iso(T0), iso(T0 + 10_000)]
    own = by_name(statistics)["classify_image"]["timeline"]
    assert [place for place, count in enumerate(own["success"]) if count] == [0, 6, 30]
    assert [place for place, count in enumerate(own["application_error"]) if count] == [12]
    assert [place for place, count in enumerate(own["action_developer_error"]) if count] == [18, 24]
    assert (own["cold"][0], own["warm"][0], sum(own["cold"]), sum(own["warm"])) == (1, 0, 1, 5)
    assert (own["duration_p50_ms"][24], own["duration_p95_ms"][0], own["duration_p99_ms"][1]) == (30020, 1700, None)
    assert (own["duration_total_ms"][0], own["duration_total_ms"][1], own["duration_total_ms"][24]) == (1700, 0, 30020)
    assert all(len(series) == len(statistics["timeline"]["bucket_starts"]) for series in own.values())


def test_calls_are_the_topmost_ones_newest_first(statistics: dict[str, Any]) -> None:
    listed = [(each["name"].removeprefix("classifier/"), each["start"]) for each in statistics["calls"]]
    assert listed == [
        ("decode", iso(T0 + 360_000)),
        ("decode", iso(T0 + 320_000)),
        ("decode", iso(T0 + 310_000)),
        *(("classify_image", iso(T0 + at)) for at in (300_000, 240_000, 180_000, 120_000, 60_000, 0)),
    ]
    assert statistics["listing"] == {"calls": 9, "listed": 9, "failures": 4, "failures_listed": 4}


def test_a_call_tells_what_came_of_it_and_which_steps_ran(statistics: dict[str, Any]) -> None:
    first = statistics["calls"][-1]
    steps = ["classifier/decode", "classifier/preprocess", "classifier/classify", "classifier/metrics"]
    assert (first["label"], first["probability"], first["http_status"], first["cold"]) == ("tench", 0.93, 200, True)
    assert (first["steps"], first["cold_steps"], first["fault"]) == (steps, steps, None)
    refused = next(each for each in statistics["calls"] if each["error_code"] == "not-a-jpeg")
    assert refused["error_detail"] == "This is a PNG; a JPG was expected."
    assert (refused["steps"], refused["fault"], refused["http_status"]) == (steps[:1], "caller", 415)


def test_whose_fault_a_failure_was(statistics: dict[str, Any]) -> None:
    # C is no JPG; D crashed and E ran out of time in classify, which the platform answers with 400
    faults = {name: each["faults"] for name, each in by_name(statistics).items()}
    assert faults["classify_image"] == {"caller": 1, "service": 2}
    assert faults["decode"] == {"caller": 2, "service": 0}
    assert faults["classify"] == {"caller": 0, "service": 2}


def test_throughput_is_per_minute_of_the_window(statistics: dict[str, Any]) -> None:
    assert by_name(statistics)["classify_image"]["activations_per_minute"] == 0.6


def test_warm_ups_are_counted_and_are_in_no_other_number_unless_asked_for() -> None:
    # GIVEN two replies of the sequence, one of them to a page that started the functions, each with a step
    body = {"predictions": [{"label": "tench", "probability": 0.9}], "model": {"weights": "imagenet"}}
    records = []
    for number, warm_up in enumerate((True, False)):
        own = {**body, "image": {"bytes": 500}, "options": {"warm_up": warm_up}}
        sequence = document(
            number,
            T0 + number,
            "guest/classifier/classify_image",
            duration=5000 if warm_up else 100,
            annotations={"kind": "sequence"},
            response={"status": "success", "size": 900, "result": {"statusCode": 200, "body": own}},
        )
        step = document(10 + number, T0 + number, cause=sequence["activationId"], duration=4096 if warm_up else 1024)
        records += [sequence, step]
    found = [each for each in map(activation, records) if each]
    # WHEN they are counted
    apart = summarize(found, WINDOW)
    # THEN the warm-up and its step are told apart
    sequence, step = apart["actions"]
    assert (sequence["activations"], sequence["warm_ups"], sequence["image_bytes"]["n"]) == (1, 1, 1)
    assert (sequence["duration_ms"]["max"], step["duration_ms"]["max"]) == (100, 1024)
    assert (step["activations"], step["warm_ups"], step["gb_seconds"]) == (1, 1, 0.128)
    assert apart["labels"] == [{"label": "tench", "count": 1}]
    assert [(each["label"], each["warm_up"]) for each in apart["calls"]] == [("tench", False)]
    assert apart["warm_ups"] == {"included": False, "calls": 1, "gb_seconds": 0.512}
    # AND are among the others when that is asked for, but not among the labels
    among = summarize(found, WINDOW, with_warm_ups=True)
    sequence, step = among["actions"]
    assert (sequence["activations"], sequence["duration_ms"]["max"], step["gb_seconds"]) == (2, 5000, 0.64)
    assert [(each["label"], each["warm_up"]) for each in among["calls"]] == [("tench", False), (None, True)]
    assert among["labels"] == apart["labels"]
    assert among["warm_ups"] == {"included": True, "calls": 1, "gb_seconds": 0.512}


def test_what_each_action_held(statistics: dict[str, Any]) -> None:
    # classify: 190 + 40 + 20 + 30000 + 38 ms with 128 MB; the sequence has no container
    held = {name: (each["memory_mb"], each["gb_seconds"]) for name, each in by_name(statistics).items()}
    assert held["classify"] == (128, 3.786)
    assert held["classify_image"] == (None, None)


def test_the_figures_of_the_window_before_are_beside_those_of_this_one() -> None:
    now = activation(document(1, T0))
    before = [activation(document(2, T0 - 1000, duration=30)), activation(document(3, T0 - 500, duration=50))]
    assert now
    own = summarize([now], WINDOW, before=[each for each in before if each])["actions"][0]["before"]
    assert (own["activations"], own["duration_ms"]["p50"], own["success_ratio"]) == (2, 30, 1.0)
    assert summarize([now], WINDOW, before=[])["actions"][0]["before"] is None
    assert summarize([now], WINDOW)["actions"][0]["before"] is None


def test_an_empty_window_has_no_numbers_but_a_timeline() -> None:
    empty = summarize([], WINDOW)
    assert (empty["actions"], empty["calls"], empty["labels"], empty["confidence"]["n"]) == ([], [], [], 0)
    assert len(empty["timeline"]["bucket_starts"]) == 61


def test_an_activation_just_outside_the_buckets_counts_in_the_nearest_one() -> None:
    # GIVEN a component of a call at the end of the window that started after it
    late = activation(document(1, WINDOW.upto_ms + 60_000))
    assert late
    # THEN no activation is lost from the timeline
    assert summarize([late], WINDOW)["actions"][0]["timeline"]["success"][-1] == 1


def test_the_schema_describes_the_statistics(statistics: dict[str, Any]) -> None:
    whole = {
        "generated_at": iso(T0),
        "package": "classifier",
        "source": "activations",
        "window": {"name": "custom", "since": iso(T0), "upto": iso(WINDOW.upto_ms), "seconds": 600.0},
        "verdict": None,
        "cost": {"gb_seconds": 0.0, "photos": 0, "gb_seconds_per_thousand_photos": None},
        "coverage": {
            "complete": True,
            "cut_by": None,
            "since": iso(T0),
            "records_read": 31,
            "records_in_window": 31,
            "lost_records": 0,
            "other_records": 1,
            "unreadable_records": 1,
            "skewed_records": 1,
            "replies_wanted": 8,
            "replies_read": 8,
        },
    }
    contract.check("statistics", {**whole, **statistics})
    contract.check("statistics", {**whole, **summarize([], WINDOW)})
