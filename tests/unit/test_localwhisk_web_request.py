"""Web actions: where they are addressed, who may ask, and what they are given (OpenWhisk docs/webactions.md)."""

import base64
from typing import Any

import pytest

from localwhisk import Json
from localwhisk.entities import Action, Exec, Limits
from localwhisk.http import web_request
from localwhisk.http.media_types import ContentType
from localwhisk.http.web_request import Address, Body, WebRequest
from localwhisk.rejection import Rejected

LIMITS = Limits(timeout_ms=60_000, memory_mb=128, logs_mb=10, concurrency=1)
PNG = b"\x89PNG\r\n"
CONTEXT = {"__ow_method", "__ow_headers", "__ow_path"}


def request(
    query: str = "",
    content: bytes = b"",
    content_type: str = "",
    headers: dict[str, str] | None = None,
    user: str | None = None,
) -> WebRequest:
    kind = ContentType.parse(content_type)
    return WebRequest("POST", headers or {}, query, content, kind, "/rest", user)


def arguments(content_type: str = "", body: bytes = b"", query: str = "", protected: set[str] | None = None) -> Json:
    """The arguments that come from query and body alone."""
    asked = request(query, body, content_type)
    args = web_request.arguments(asked, web_request.decoded_body(asked), protected or set())
    return {key: value for key, value in args.items() if key not in CONTEXT}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("guest/demo/hello", ("guest", "demo/hello", "http", "")),
        ("guest/demo/hello.json", ("guest", "demo/hello", "json", "")),
        ("guest/default/hello.text", ("guest", "hello", "text", "")),
        ("guest/demo/hello.http/a/b.c", ("guest", "demo/hello", "http", "/a/b.c")),
        ("guest/demo/hello/", ("guest", "demo/hello", "http", "/")),
        ("guest/demo/hello.xml", ("guest", "demo/hello.xml", "http", "")),
        ("guest/demo/hello.json.http", ("guest", "demo/hello.json", "http", "")),
        ("guest/demo/he%20llo.http/a%2Fb%20c", ("guest", "demo/he llo", "http", "/a%2Fb%20c")),
    ],
)
def test_address(path: str, expected: tuple[str, ...]) -> None:
    assert Address.parse(path) == Address(*expected)


@pytest.mark.parametrize("path", ["", "guest", "guest/demo", "guest/demo/", "guest//hello", "guest/-demo/hello"])
def test_what_is_no_address(path: str) -> None:
    assert Address.parse(path) is None


def test_query_and_body_become_arguments_and_the_body_wins() -> None:
    given = arguments("application/json", b'{"a": [1], "b": "body"}', "b=query&c=%20x&c=y")
    assert given == {"a": [1], "b": "body", "c": "y"}


def test_the_action_is_told_about_the_request() -> None:
    headers = {"x-some": "header", "content-type": "Text/PLAIN;charset=utf-8", "content-length": "1"}
    asked = request("a=1", b"", "text/plain; charset=utf-8", headers, user="guest")
    assert web_request.arguments(asked, Body(), set()) == {
        "__ow_method": "post",
        "__ow_headers": {"x-some": "header", "content-type": "text/plain; charset=UTF-8"},
        "__ow_path": "/rest",
        "__ow_user": "guest",
        "a": "1",
    }


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("image/jpeg", PNG, base64.b64encode(PNG).decode()),
        ("multipart/form-data; boundary=x", b"--x--", base64.b64encode(b"--x--").decode()),
        ("application/octet-stream", b"\xff", "/w=="),
        ("application/x-unknown", b"a", "YQ=="),
        ("application/x-unknown; charset=utf-8", b"a", "a"),
        ("text/javascript", b"a", "YQ=="),
        ("text/plain", b"a\xff", "a\ufffd"),
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


def test_a_form_with_more_than_ascii_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        arguments("application/x-www-form-urlencoded", "a=é".encode())
    wrong = "Illegal query: Invalid input 'é', expected part, '&' or 'EOI' (line 1, column 3): a=é"
    assert (refused.value.status, refused.value.message) == (400, f"{wrong}\n  ^")


@pytest.mark.parametrize("content_type", ["", "application/json"])
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
    args = web_request.raw_arguments(request("top_k=%34&a&b=", b'{"top_k": 3}', "application/json"))
    assert args["__ow_query"] == "top_k=4&a&b="
    assert args["__ow_body"] == base64.b64encode(b'{"top_k": 3}').decode()
    assert args.keys() == {*CONTEXT, "__ow_query", "__ow_body"}
    assert web_request.raw_arguments(request())["__ow_body"] == ""


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
    headers = {} if header is None else {"x-require-whisk-auth": header}
    asked = request(headers=headers, user=user)
    assert web_request.is_allowed({"require-whisk-auth": wanted}, asked) is allowed


@pytest.mark.parametrize("value", ["true", 1, None])
def test_only_the_boolean_exports(value: Any) -> None:
    action = Action("", "a", "0.0.1", False, 0, Exec("python:3.11"), LIMITS, (), {"web-export": value})
    with pytest.raises(Rejected) as refused:
        web_request.check_exported(action)
    assert refused.value.status == 404
