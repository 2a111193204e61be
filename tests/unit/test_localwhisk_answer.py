"""What an answer of a container means (ActivationResult.scala)."""

from typing import Any

import pytest

from localwhisk.activation import Status
from localwhisk.containers.answer import Answer, of_init, of_run

MIB = 1024 * 1024
NOT_JSON = "The action did not produce a valid JSON or JSON Array response: "


@pytest.mark.parametrize(
    ("status", "body", "code", "result"),
    [
        (200, '{"label": "cat"}', Status.SUCCESS, {"label": "cat"}),
        (200, "[1, 2]", Status.SUCCESS, [1, 2]),
        (200, '{"error": {"statusCode": 415}, "more": 1}', Status.APPLICATION_ERROR, {"error": {"statusCode": 415}}),
        (200, '{"error": null}', Status.APPLICATION_ERROR, {"error": None}),
        (200, "3", Status.DEVELOPER_ERROR, {"error": NOT_JSON + "3"}),
        (200, "null", Status.DEVELOPER_ERROR, {"error": NOT_JSON + "null"}),
        (200, '{"a": NaN}', Status.DEVELOPER_ERROR, {"error": NOT_JSON + '{"a": NaN}'}),
        (200, "Traceback", Status.DEVELOPER_ERROR, {"error": NOT_JSON + "Traceback"}),
        (200, "", Status.DEVELOPER_ERROR, {"error": NOT_JSON[:-2] + "."}),
        (502, '{"error": "it failed", "more": 1}', Status.DEVELOPER_ERROR, {"error": "it failed"}),
        (500, '{"a": 1}', Status.DEVELOPER_ERROR, {"error": NOT_JSON + '{"a": 1}'}),
    ],
)
def test_run(status: int, body: str, code: Status, result: Any) -> None:
    response = of_run(Answer(status, body, len(body)))
    assert (response.status, response.result) == (code, result)


def test_the_size_of_a_result_is_that_of_its_text() -> None:
    assert of_run(Answer(200, '{"a":  1}', 9)).size == 9


def test_an_oversized_result_is_an_application_error_with_its_start() -> None:
    response = of_run(Answer(200, "x" * MIB, 2 * MIB))
    assert response.status == Status.APPLICATION_ERROR
    assert isinstance(response.result, dict)
    assert response.result["error"].startswith(
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
    response = of_init(Answer(status, body, len(body)))
    assert (response.status, response.result) == (Status.DEVELOPER_ERROR, {"error": message})


def test_a_result_that_could_not_be_read_back_is_no_json() -> None:
    nested = "[" * 240 + "]" * 240
    assert of_run(Answer(200, nested, len(nested))).status == Status.SUCCESS
    for brackets in (260, 900, 100_000):
        nested = "[" * brackets + "]" * brackets
        assert of_run(Answer(200, nested, len(nested))).status == Status.DEVELOPER_ERROR
