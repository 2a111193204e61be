"""Web actions: HTTP in, HTTP out (OpenWhisk docs/webactions.md)."""

import base64
from typing import Any

import pytest
from starlette.responses import Response

from localwhisk.entities import Action, Exec, Limits
from localwhisk.http import web as webaction
from localwhisk.rejection import Rejected

Json = dict[str, Any]
LIMITS = Limits(timeout_ms=60_000, memory_mb=128, logs_mb=10, concurrency=1)
PNG = b"\x89PNG\r\n"


def arguments(
    content_type: str = "", body: bytes = b"", query: str = "", raw: bool = False, protected: set[str] | None = None
) -> Json:
    return webaction.arguments({}, query, webaction.decoded(content_type, body, raw), raw, protected or set())


def as_sent(response: Response) -> tuple[int, bytes, str | None]:
    return response.status_code, bytes(response.body), response.headers.get("content-type")


def success(result: Any) -> Json:
    return {"status": "success", "success": True, "result": result, "size": 0}


def error(value: Any) -> Json:
    return {"status": "application error", "success": False, "result": {"error": value}, "size": 0}


def rejected(response: Json, extension: str) -> tuple[int, str]:
    with pytest.raises(Rejected) as refused:
        webaction.reply(response, extension)
    return refused.value.status, refused.value.message


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("guest/demo/hello", ("guest", "demo/hello", "http", "")),
        ("guest/demo/hello.json", ("guest", "demo/hello", "json", "")),
        ("guest/default/hello.text", ("guest", "hello", "text", "")),
        ("guest/demo/hello.http/a/b.c", ("guest", "demo/hello", "http", "/a/b.c")),
        ("guest/demo/hello/", ("guest", "demo/hello", "http", "/")),
        ("guest/demo/hello.xml", ("guest", "demo/hello.xml", "http", "")),
    ],
)
def test_address(path: str, expected: tuple[str, ...]) -> None:
    assert webaction.address(path) == expected


def test_query_and_body_become_arguments_and_the_body_wins() -> None:
    given = arguments("application/json", b'{"a": [1], "b": "body"}', "b=query&c=%20x&c=y")
    assert given == {"a": [1], "b": "body", "c": "y"}


def test_what_the_action_is_told_about_the_request_is_kept() -> None:
    assert webaction.arguments({"__ow_method": "get"}, "a=1", None, False, set()) == {"__ow_method": "get", "a": "1"}


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("image/jpeg", PNG, base64.b64encode(PNG).decode()),
        ("multipart/form-data; boundary=x", b"--x--", base64.b64encode(b"--x--").decode()),
        ("application/octet-stream", b"\xff", "/w=="),
        ("application/x-unknown", b"a", "YQ=="),
        ("application/x-unknown; charset=utf-8", b"a", "a"),
        ("text/plain", "é".encode(), "é"),
        ("application/xml", b"<a/>", "<a/>"),
        ("application/json", b"[1, 2]", [1, 2]),
        ("application/problem+json", b'"text"', "text"),
    ],
)
def test_what_is_no_object_goes_under_body(content_type: str, body: bytes, expected: Any) -> None:
    assert arguments(content_type, body)["__ow_body"] == expected


def test_a_form_is_merged() -> None:
    assert arguments("application/x-www-form-urlencoded", b"a=&b=x+y") == {"a": "", "b": "x y"}
    assert arguments(query="a=&b=x+y") == {"a": "", "b": "x y"}


@pytest.mark.parametrize("content_type", ["", "application/json", "image/jpeg"])
def test_without_a_body_there_is_no_key(content_type: str) -> None:
    assert arguments(content_type) == {}


def test_a_malformed_json_body_is_refused() -> None:
    for body in (b"{", b'{"a": NaN}', b'{"a": -1e400}', b"[" * 100_000):
        with pytest.raises(Rejected, match="malformed") as refused:
            arguments("application/json", body)
        assert refused.value.status == 400


@pytest.mark.parametrize(("query", "body"), [("top_k=3", b"{}"), ("", b'{"top_k": 3}'), ("__ow_path=/x", b"{}")])
def test_protected_and_reserved_parameters_cannot_be_given(query: str, body: bytes) -> None:
    with pytest.raises(Rejected, match="parameters that are not allowed") as refused:
        arguments("application/json", body, query, protected={"top_k"})
    assert refused.value.status == 400


def test_raw_http_hands_on_query_and_body_as_they_are() -> None:
    args = arguments("application/json", b'{"top_k": 3}', "top_k=4", raw=True, protected={"top_k"})
    assert args == {"__ow_query": "top_k=4", "__ow_body": base64.b64encode(b'{"top_k": 3}').decode()}
    assert arguments(raw=True)["__ow_body"] == ""


@pytest.mark.parametrize(
    ("wanted", "header", "user", "allowed"),
    [
        (False, None, None, True),
        (True, None, None, False),
        (True, None, "guest", True),
        ("secret", "secret", None, True),
        ("secret", "other", None, False),
        (42, "42", None, True),
        (None, "None", None, False),
        (["a"], "['a']", "guest", False),
        ("secret", None, "guest", False),
    ],
)
def test_require_whisk_auth(wanted: Any, header: str | None, user: str | None, allowed: bool) -> None:
    assert webaction.authorized({"require-whisk-auth": wanted}, header, user) is allowed


@pytest.mark.parametrize("value", ["true", 1, None])
def test_only_the_boolean_exports(value: Any) -> None:
    action = Action("", "a", "0.0.1", False, 0, Exec("python:3.11"), LIMITS, (), {"web-export": value})
    with pytest.raises(Rejected) as refused:
        webaction.exported(action)
    assert refused.value.status == 404


# --- .http


@pytest.mark.parametrize(
    ("result", "status", "body", "content_type"),
    [
        ({"label": "cat"}, 204, b"", None),
        ({"body": ""}, 204, b"", None),
        ({"statusCode": 201}, 201, b"", None),
        ({"statusCode": "202", "body": "x"}, 202, b"x", "text/html; charset=UTF-8"),
        ({"body": {"a": "é"}}, 200, '{"a":"é"}'.encode(), "application/json"),
        ({"body": [1]}, 200, b"[1]", "application/json"),
        ({"body": 3}, 200, b"3", "application/json"),
        ({"body": {}, "headers": {"content-type": "application/problem+json"}}, 200, b"{}", "application/problem+json"),
        ({"body": "a", "headers": {"Content-Type": "text/plain"}}, 200, b"a", "text/plain; charset=UTF-8"),
        ({"body": "/w==", "headers": {"Content-Type": "image/png"}}, 200, b"\xff", "image/png"),
        ({"body": "true", "headers": {"Content-Type": "application/json"}}, 200, b"\xb6\xbb\x9e", "application/json"),
        ({"body": '{"a": 1}', "headers": {"Content-Type": "application/json"}}, 200, b'{"a": 1}', "application/json"),
    ],
)
def test_http_answers(result: Json, status: int, body: bytes, content_type: str | None) -> None:
    assert as_sent(webaction.reply(success(result), "http")) == (status, body, content_type)


def test_what_the_server_writes_an_action_does_not() -> None:
    given = {"Content-Length": 3, "transfer-encoding": "chunked", "Connection": "close", "Date": "x", "Server": "y"}
    reply = webaction.reply(success({"headers": {**given, "ETag": "z"}, "body": "abcdef"}), "http")
    assert dict(reply.headers) == {"content-length": "6", "content-type": "text/html; charset=UTF-8", "etag": "z"}


def test_headers_may_be_numbers_booleans_and_lists() -> None:
    reply = webaction.reply(success({"headers": {"a": 1, "b": True, "set-cookie": ["x=1", "y=2"]}}), "http")
    assert (reply.headers["a"], reply.headers["b"]) == ("1", "true")
    assert reply.headers.getlist("set-cookie") == ["x=1", "y=2"]


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
        {"headers": {"a": "x\r\nb: y"}},
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
    sent = as_sent(webaction.reply(error(problem), "http"))
    assert sent == (415, b'{"code":"x"}', "application/problem+json")


def test_an_error_string_is_a_generic_400() -> None:
    assert rejected(error("boom"), "http") == (400, "Response is not valid 'message/http'.")
    assert rejected(error("boom"), "json") == (400, "Response is not valid 'application/json'.")
    assert webaction.reply(error({"statusCode": 415}), "json").status_code == 200
    assert webaction.reply(error("boom"), "text").body == b"boom"


@pytest.mark.parametrize("status", ["action developer error", "whisk internal error"])
def test_crashes_are_400_without_details(status: str) -> None:
    response = {"status": status, "success": False, "result": {"error": "secret"}, "size": 0}
    assert rejected(response, "http") == (400, "There was an error processing your request.")


def test_a_list_cannot_be_served() -> None:
    assert rejected(success([1]), "json")[0] == 500


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
    assert as_sent(webaction.reply(success(result), extension)) == (200, body, content_type)


def test_a_result_without_the_property_is_refused() -> None:
    assert rejected(success({"a": 1}), "text") == (404, "Response does not include requested property.")
    assert rejected(success({"a": 1}), "html") == (400, "Response is not valid 'text/html'.")
    assert rejected(success({"svg": 1}), "svg") == (400, "Response is not valid 'image/svg+xml'.")
