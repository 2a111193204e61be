"""Records as the platform writes them, whole and damaged."""

from typing import Any

import pytest

from activations import OUTCOMES, activation
from tests.records import document, recorded, row


def test_a_row_tells_the_same_as_its_document_but_for_the_reply() -> None:
    documents = recorded("mixed")
    for each in documents:
        whole, listed = activation(each), activation(row(each))
        if whole is None:
            assert listed is None
            continue
        assert listed is not None
        assert whole.reply is not None
        assert listed.reply is None
        names = [name for name in whole.__slots__ if name != "reply"]
        assert [getattr(whole, name) for name in names] == [getattr(listed, name) for name in names]


def test_a_cold_start_is_one_with_an_initialization_time() -> None:
    cold = activation(document(1, 1000, duration=100, annotations={"initTime": 60}))
    assert cold
    assert (cold.cold, cold.init_ms, cold.run_ms) == (True, 60, 40)
    warm = activation(document(1, 1000, duration=100))
    assert warm
    assert (warm.cold, warm.init_ms, warm.run_ms) == (False, None, 100)


@pytest.mark.parametrize("code", range(4))
def test_the_outcome_comes_from_a_number_or_a_text(code: int) -> None:
    texts = ["success", "application error", "action developer error", "whisk internal error"]
    listed = activation(row(document(1, 1000)) | {"statusCode": code})
    told = activation(document(1, 1000, response={"status": texts[code], "result": {}}))
    assert listed
    assert told
    assert listed.outcome == told.outcome == OUTCOMES[code]


@pytest.mark.parametrize(
    "damage",
    [
        {"annotations": None},
        {"annotations": []},
        {"start": None},
        {"activationId": None},
        {"statusCode": 17},
        {"statusCode": None},
    ],
)
def test_a_record_without_what_identifies_an_activation_is_none(damage: dict[str, Any]) -> None:
    assert activation(row(document(1, 1000)) | damage) is None


def test_missing_times_are_absent_not_zero() -> None:
    record = row(document(1, 1000)) | {"annotations": [{"key": "path", "value": "guest/classifier/decode"}]}
    del record["duration"], record["end"]
    told = activation(record)
    assert told
    assert (told.duration_ms, told.wait_ms, told.init_ms, told.memory_mb, told.kind) == (0, None, None, None, "unknown")


def test_clocks_that_disagree_give_no_negative_time() -> None:
    told = activation(document(1, 1000, duration=-5, annotations={"waitTime": -3}))
    assert told
    assert (told.duration_ms, told.wait_ms, told.skewed) == (0, 0, True)


@pytest.mark.parametrize(
    ("result", "code", "http_status"),
    [
        ({"error": {"statusCode": 422, "body": {"code": "corrupt-jpeg", "detail": "cut"}}}, "corrupt-jpeg", 422),
        ({"error": "The action exceeded its time limits of 100 milliseconds."}, "time-out", 400),
        ({"error": "The action exhausted its memory and was aborted."}, "out-of-memory", 400),
        ({"error": "… exceeded the allowed length: 2 > 1 bytes."}, "result-too-large", 400),
        ({"error": "division by zero"}, "application-error", 400),
        ({"error": {"statusCode": "no number", "body": "text"}}, "application-error", 400),
        ({"error": None}, "application-error", 400),
        (None, "application-error", 400),
    ],
)
def test_a_failure_has_a_code_and_the_status_its_caller_got(result: object, code: str, http_status: int) -> None:
    told = activation(document(1, 1000, response={"status": "application error", "result": result}))
    assert told
    assert told.reply
    assert (told.reply.error_code, told.reply.http_status) == (code, http_status)


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        ("division by zero", "division by zero"),
        ({"statusCode": 418, "body": "text"}, "{'statusCode': 418, 'body': 'text'}"),
        ({"statusCode": 422, "body": {"code": "corrupt-jpeg", "detail": "It is cut."}}, "It is cut."),
        ({}, "{}"),
        ([7], "[7]"),
        (None, ""),
    ],
    ids=str,
)
def test_the_detail_of_a_failure_is_what_the_action_said(error: object, detail: str) -> None:
    told = activation(document(1, 1000, response={"status": "application error", "result": {"error": error}}))
    assert told
    assert told.reply
    assert told.reply.error_detail == detail


def test_an_oversized_result_is_not_repeated_as_its_error() -> None:
    text = "… exceeded the allowed length: 2000000 > 1048576 bytes. The truncated response was: " + "x" * 1_000_000
    told = activation(document(1, 1000, response={"status": "application error", "result": {"error": text}}))
    assert told
    assert told.reply
    assert len(told.reply.error_detail or "") == 300


@pytest.mark.parametrize("body", [None, "text", [], [3], {}, {"predictions": []}, 7])
def test_a_body_that_is_no_classification_has_no_label(body: object) -> None:
    told = activation(document(1, 1000, response={"status": "success", "result": {"statusCode": 200, "body": body}}))
    assert told
    assert told.reply
    assert (told.reply.label, told.reply.probability, told.reply.http_status) == (None, None, 200)
