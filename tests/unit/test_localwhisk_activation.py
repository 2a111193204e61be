"""What an answer of a container means (ActivationResult.scala), and the shape of a record."""

from typing import Any

import pytest

from localwhisk import activation
from localwhisk.activation import (
    APPLICATION_ERROR,
    DEVELOPER_ERROR,
    FAILED_INIT,
    SUCCESS,
    Call,
    Outcome,
    of_run,
)
from localwhisk.entities import Action, Exec, Limits, from_key_values

Json = dict[str, Any]
MIB = 1024 * 1024
NOT_JSON = "The action did not produce a valid JSON or JSON Array response: "
ACTION = Action("pkg", "a", "0.0.3", False, 0, Exec("python:3.11"), Limits(60_000, 128, 10, 1))


@pytest.mark.parametrize(
    ("status", "body", "code", "result"),
    [
        (200, '{"label": "cat"}', SUCCESS, {"label": "cat"}),
        (200, "[1, 2]", SUCCESS, [1, 2]),
        (200, '{"error": {"statusCode": 415}, "more": 1}', APPLICATION_ERROR, {"error": {"statusCode": 415}}),
        (200, '{"error": null}', APPLICATION_ERROR, {"error": None}),
        (200, "3", DEVELOPER_ERROR, {"error": NOT_JSON + "3"}),
        (200, "null", DEVELOPER_ERROR, {"error": NOT_JSON + "null"}),
        (200, '{"a": NaN}', DEVELOPER_ERROR, {"error": NOT_JSON + '{"a": NaN}'}),
        (200, "Traceback", DEVELOPER_ERROR, {"error": NOT_JSON + "Traceback"}),
        (200, "", DEVELOPER_ERROR, {"error": NOT_JSON[:-2] + "."}),
        (502, '{"error": "it failed", "more": 1}', DEVELOPER_ERROR, {"error": "it failed"}),
        (500, '{"a": 1}', DEVELOPER_ERROR, {"error": NOT_JSON + '{"a": 1}'}),
    ],
)
def test_run(status: int, body: str, code: int, result: Any) -> None:
    outcome = of_run(status, body, len(body))
    assert (outcome.code, outcome.result) == (code, result)


def test_the_size_of_a_result_is_that_of_its_text() -> None:
    assert of_run(200, '{"a":  1}', 9).size == 9


def test_an_oversized_result_is_an_application_error_with_its_start() -> None:
    outcome = of_run(200, "x" * MIB, 2 * MIB)
    assert outcome.code == APPLICATION_ERROR
    assert outcome.result["error"].startswith(
        f"The action produced a response that exceeded the allowed length: {2 * MIB} > {MIB} bytes."
        " The truncated response was: xxx"
    )


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (502, '{"error": "cannot import"}', "cannot import"),
        (403, "nothing to run", "The action failed during initialization: nothing to run"),
        (500, "", "The action failed during initialization."),
    ],
)
def test_a_failed_init_is_a_developer_error(status: int, body: str, message: str) -> None:
    outcome = of_run(status, body, len(body), FAILED_INIT)
    assert (outcome.code, outcome.result) == (DEVELOPER_ERROR, {"error": message})


def test_a_result_that_could_not_be_read_back_is_no_json() -> None:
    nested = "[" * 240 + "]" * 240
    assert of_run(200, nested, len(nested)).code == SUCCESS
    for brackets in (260, 900, 100_000):
        nested = "[" * brackets + "]" * brackets
        assert of_run(200, nested, len(nested)).code == DEVELOPER_ERROR


def test_record() -> None:
    call = Call("a" * 32, "t" * 32, received=1.0, cause="b" * 32)
    made = activation.record(ACTION, call, Outcome(SUCCESS, {"x": 1}, 8).response(), (1.007, 1.05), {"timeout": False})
    assert made == {
        "namespace": "guest",
        "name": "a",
        "subject": "guest",
        "activationId": "a" * 32,
        "cause": "b" * 32,
        "start": 1007,
        "end": 1050,
        "duration": 43,
        "version": "0.0.3",
        "publish": False,
        "response": {"status": "success", "success": True, "result": {"x": 1}, "size": 8},
        "logs": [],
        "annotations": made["annotations"],
    }
    assert from_key_values(made["annotations"]) == {
        "path": "guest/pkg/a",
        "waitTime": 7,
        "kind": "python:3.11",
        "timeout": False,
        "causedBy": "sequence",
    }
    row = activation.row(made)
    assert (row["statusCode"], row["start"], row["end"], row["duration"]) == (0, 1007, 1050, 43)
    assert not {"response", "logs", "subject"} & row.keys()
