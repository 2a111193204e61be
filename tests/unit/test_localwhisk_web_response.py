"""Web actions: a result as HTTP answer (OpenWhisk docs/webactions.md)."""

from typing import Any

import pytest
from starlette.responses import Response

from localwhisk import Json
from localwhisk.activation import ActivationResponse, Status, failure
from localwhisk.http.web_response import NotAnObject, render
from localwhisk.rejection import Rejected


def as_sent(response: Response) -> tuple[int, bytes, str | None]:
    return response.status_code, bytes(response.body), response.headers.get("content-type")


def success(result: Any) -> ActivationResponse:
    return ActivationResponse(Status.SUCCESS, result, 0)


def error(value: Any) -> ActivationResponse:
    return ActivationResponse(Status.APPLICATION_ERROR, {"error": value}, 0)


def rejected(response: ActivationResponse, extension: str) -> tuple[int, str]:
    with pytest.raises(Rejected) as refused:
        render(response, extension)
    return refused.value.status, refused.value.message


# --- .http


@pytest.mark.parametrize(
    ("result", "status", "body", "content_type"),
    [
        ({"label": "cat"}, 204, b"", None),
        ({"body": ""}, 204, b"", None),
        ({"statusCode": 201}, 201, b"", None),
        ({"statusCode": "202", "body": "x"}, 202, b"x", "text/html; charset=UTF-8"),
        ({"statusCode": 203.0, "body": "x"}, 203, b"x", "text/html; charset=UTF-8"),
        ({"statusCode": "+204", "body": "x"}, 204, b"", None),
        ({"statusCode": 304, "body": "x"}, 304, b"", None),
        ({"body": {"a": "é"}}, 200, '{"a":"é"}'.encode(), "application/json"),
        ({"body": {"b": 1, "a": 2}}, 200, b'{"a":2,"b":1}', "application/json"),
        ({"body": "\ud800"}, 200, b"?", "text/html; charset=UTF-8"),
        ({"body": [1]}, 200, b"[1]", "application/json"),
        ({"body": 3}, 200, b"3", "application/json"),
        ({"body": {}, "headers": {"content-type": "application/problem+json"}}, 200, b"{}", "application/problem+json"),
        ({"body": "a", "headers": {"Content-Type": "text/plain"}}, 200, b"a", "text/plain; charset=UTF-8"),
        ({"body": "a", "headers": {"Content-Type": "text/css; charset=latin1"}}, 200, b"a", "text/css; charset=UTF-8"),
        ({"body": "YQ==", "headers": {"Content-Type": "text/javascript"}}, 200, b"a", "text/javascript"),
        ({"body": "/w==", "headers": {"Content-Type": "image/png"}}, 200, b"\xff", "image/png"),
        ({"body": "/w", "headers": {"Content-Type": "image/png"}}, 200, b"\xff", "image/png"),
        ({"body": "true", "headers": {"Content-Type": "application/json"}}, 200, b"\xb6\xbb\x9e", "application/json"),
        ({"body": '{"a": 1}', "headers": {"Content-Type": "application/json"}}, 200, b'{"a": 1}', "application/json"),
    ],
)
def test_http_answers(result: Json, status: int, body: bytes, content_type: str | None) -> None:
    assert as_sent(render(success(result), "http")) == (status, body, content_type)


def test_what_the_server_writes_an_action_does_not() -> None:
    given = {"Content-Length": 3, "transfer-encoding": "chunked", "Connection": "close", "Date": "x", "Server": "y"}
    reply = render(success({"headers": {**given, "ETag": "z"}, "body": "abcdef"}), "http")
    assert dict(reply.headers) == {"content-length": "6", "content-type": "text/html; charset=UTF-8", "etag": "z"}


def test_headers_may_be_numbers_booleans_and_lists() -> None:
    reply = render(success({"headers": {"a": 1, "b": True, "set-cookie": ["x=1", "y=2"]}}), "http")
    assert (reply.headers["a"], reply.headers["b"]) == ("1", "true")
    assert reply.headers.getlist("set-cookie") == ["x=1", "y=2"]


def test_header_values_lose_the_blanks_around_them_and_broken_ones_go() -> None:
    reply = render(success({"headers": {"a": " v ", "b": "x\r\nc: y", "": "z"}, "body": "x"}), "http")
    assert dict(reply.headers) == {"a": "v", "content-length": "1", "content-type": "text/html; charset=UTF-8"}


def test_of_two_content_types_the_first_in_the_sorted_order_counts() -> None:
    reply = render(
        success({"headers": {"content-type": "text/plain", "Content-Type": "text/css"}, "body": "x"}), "http"
    )
    assert reply.headers["content-type"] == "text/css; charset=UTF-8"


@pytest.mark.parametrize("content_type", ["", "text", "a b/c", "text/plain; charset"])
def test_what_is_no_content_type_is_400(content_type: str) -> None:
    result = success({"body": "x", "headers": {"Content-Type": content_type}})
    assert rejected(result, "http") == (400, "Response did not specify a known content-type.")


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "teapot"},
        {"statusCode": 99},
        {"statusCode": 200.5},
        {"statusCode": None},
        {"statusCode": 101},
        {"headers": []},
        {"headers": {"a": {}}},
        {"headers": {"a b": "x"}},
        {"headers": {"a": ["x", None]}},
        {"statusCode": True},
        {"statusCode": 205},
        {"statusCode": 600},
        {"statusCode": 199.0},
        {"statusCode": " 200"},
    ],
)
def test_what_is_no_http_message_is_400(result: Json) -> None:
    assert rejected(success(result), "http") == (400, "Response is not valid 'message/http'.")


@pytest.mark.parametrize(("body", "kind"), [({}, "text/html"), ("not base64", "image/png")])
def test_a_type_that_does_not_fit_the_body_is_400(body: Any, kind: str) -> None:
    result = success({"body": body, "headers": {"Content-Type": kind}})
    assert rejected(result, "http") == (400, "Response type in header did not match generated content type.")


# --- errors, and the other extensions


def test_an_error_object_becomes_the_answer() -> None:
    problem = {"statusCode": 415, "headers": {"Content-Type": "application/problem+json"}, "body": {"code": "x"}}
    sent = as_sent(render(error(problem), "http"))
    assert sent == (415, b'{"code":"x"}', "application/problem+json")


def test_an_error_string_is_a_generic_400() -> None:
    assert rejected(error("boom"), "http") == (400, "Response is not valid 'message/http'.")
    assert rejected(error("boom"), "json") == (400, "Response is not valid 'application/json'.")
    assert render(error({"statusCode": 415}), "json").status_code == 200
    assert render(error("boom"), "text").body == b"boom"


@pytest.mark.parametrize("status", [Status.DEVELOPER_ERROR, Status.INTERNAL_ERROR])
def test_crashes_are_400_without_details(status: Status) -> None:
    response = failure(status, "secret")
    assert rejected(response, "http") == (400, "There was an error processing your request.")


def test_a_list_cannot_be_served() -> None:
    with pytest.raises(NotAnObject):
        render(success([1]), "json")


@pytest.mark.parametrize(
    ("extension", "result", "body", "content_type"),
    [
        ("json", {"a": 1, "body": 2}, b'{"a":1,"body":2}', "application/json"),
        ("text", {"text": "hi"}, b"hi", "text/plain; charset=UTF-8"),
        ("text", {"body": {"a": 1}}, b'{"a":1}', "text/plain; charset=UTF-8"),
        ("text", {"body": None}, b"null", "text/plain; charset=UTF-8"),
        ("html", {"html": "<p>"}, b"<p>", "text/html; charset=UTF-8"),
        ("svg", {"body": "<svg/>"}, b"<svg/>", "image/svg+xml"),
    ],
)
def test_the_other_extensions(extension: str, result: Json, body: bytes, content_type: str) -> None:
    assert as_sent(render(success(result), extension)) == (200, body, content_type)


def test_a_result_without_the_property_is_refused() -> None:
    assert rejected(success({"a": 1}), "text") == (404, "Response does not include requested property.")
    assert rejected(success({"a": 1}), "html") == (400, "Response is not valid 'text/html'.")
    assert rejected(success({"svg": 1}), "svg") == (400, "Response is not valid 'image/svg+xml'.")
