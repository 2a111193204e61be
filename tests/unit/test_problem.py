"""The error catalogue: every code has one class, one status, one shape."""

import json

import pytest

import contract
from problem import CATALOGUE, ActionError, CorruptJpeg, TooManyPixels, Unauthorized, error_result

STATUSES = {
    "invalid-request": 400,
    "unauthorized": 401,
    "no-such-activation": 404,
    "payload-too-large": 413,
    "not-a-jpeg": 415,
    "unsupported-jpeg": 415,
    "corrupt-jpeg": 422,
    "too-many-pixels": 422,
    "internal": 500,
    "model-unavailable": 503,
    "statistics-unavailable": 503,
}


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_error_becomes_a_problem_document(code: str) -> None:
    answer = error_result(CATALOGUE[code]("What arrived, and what to do."))["error"]
    contract.check("problem", answer["body"])
    assert answer["statusCode"] == answer["body"]["status"] == STATUSES[code]
    assert answer["body"]["code"] == code
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert answer["headers"]["Access-Control-Expose-Headers"] == "x-openwhisk-activation-id, x-request-id"
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_schema_and_catalogue_list_the_same_codes() -> None:
    assert set(contract.schema("problem")["properties"]["code"]["enum"]) == set(CATALOGUE)


def test_no_two_errors_share_a_code() -> None:
    assert len(CATALOGUE) == len(ActionError.__subclasses__())


def test_facts_become_members() -> None:
    body = error_result(TooManyPixels("Too many.", width=30000, height=30000))["error"]["body"]
    assert (body["width"], body["height"], body["code"]) == (30000, 30000, "too-many-pixels")


def test_an_error_result_is_json() -> None:
    result = error_result(CorruptJpeg("Broken."))
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_unauthorized_names_the_scheme() -> None:
    assert error_result(Unauthorized("No token."))["error"]["headers"]["WWW-Authenticate"] == "Bearer"
