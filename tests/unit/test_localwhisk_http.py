"""What the platform's HTTP server makes of requests: targets, content types, Accept (Pekko's Uri, MediaTypes, …)."""

import pytest

from localwhisk.http import accept, targets
from localwhisk.http.media_types import OCTET_STREAM, ContentType, of_request


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ("/a%20b?c=%20", None),
        ("/a?b=c?d/e:@", None),
        ("/a b", "Invalid input ' ', expected pchar, '/', '?' or 'EOI' (line 1, column 3)"),
        ('/a?"', "Invalid input '\"', expected query-char, pct-encoded or 'EOI' (line 1, column 4)"),
        ("/a%zz", "Invalid input 'z', expected HEXDIG (line 1, column 4)"),
        ("/a%4", "Unexpected end of input, expected HEXDIG (line 1, column 5)"),
    ],
)
def test_a_request_target_has_only_characters_of_a_url(target: str, wrong: str | None) -> None:
    assert targets.illegal(target) == wrong


@pytest.mark.parametrize(
    ("path", "normalized"),
    [("/a/../b/./c", "/b/c"), ("/a%41%2f/", "/aA%2F/"), ("/%c3%a9;x=1", "/%C3%A9;x=1"), ("/../..", "/")],
)
def test_a_path_is_written_in_one_way(path: str, normalized: str) -> None:
    assert targets.normalized(path) == normalized


def test_a_query_is_read_and_written_again() -> None:
    assert targets.pairs("a=1&b&c=&=d&&a=x+y%2B") == [
        *(("a", "1"), ("b", None), ("c", ""), ("", "d"), ("", None), ("a", "x y+")),
    ]
    assert targets.rendered(targets.pairs("a=%31&b&c=&=d&&a=x+y%2B")) == "a=1&b&c=&=d&&a=x+y%2B"
    assert targets.pairs("") == []


@pytest.mark.parametrize(
    ("text", "written", "is_binary"),
    [
        ("text/PLAIN;charset=utf-8", "text/plain; charset=UTF-8", False),
        ("application/json; charset=utf-8", "application/json", False),
        ("text/javascript", "text/javascript", True),
        ("text/javascript; charset=utf-8", "text/javascript; charset=UTF-8", False),
        ("application/javascript", "application/javascript", False),
        ('multipart/form-data; boundary="x"', "multipart/form-data; boundary=x", True),
        ("image/svg+xml", "image/svg+xml", True),
    ],
)
def test_content_types(text: str, written: str, is_binary: bool) -> None:
    content_type = ContentType.parse(text)
    assert content_type is not None
    assert (str(content_type), content_type.is_binary) == (written, is_binary)


@pytest.mark.parametrize("text", ["", "text", "text/", "text/plain; charset", "te xt/plain", "text/plain, text/css"])
def test_what_is_no_content_type(text: str) -> None:
    assert ContentType.parse(text) is None
    assert of_request(text) == OCTET_STREAM


@pytest.mark.parametrize(
    ("content_type", "is_application_json", "is_json"),
    [
        ("application/json", True, True),
        ("application/json; charset=utf-8", True, True),
        ("application/json; version=1", False, False),
        ("application/problem+json", False, True),
        ("text/json", False, False),
    ],
)
def test_what_is_json(content_type: str, is_application_json: bool, is_json: bool) -> None:
    parsed = of_request(content_type)
    assert (parsed.is_application_json, parsed.is_json) == (is_application_json, is_json)


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, True),
        ("", True),
        ("nonsense", True),
        ("*/*", True),
        ("text/*", True),
        ("text/html; q=0.1", True),
        ("text/html;q=0, */*", False),
        ("text/*;q=0, text/html", True),
        ("image/*, application/json", False),
    ],
)
def test_whether_a_caller_takes_a_page(header: str | None, accepted: bool) -> None:
    assert accept.accepts_type(header, "text/html") is accepted


@pytest.mark.parametrize(
    ("header", "accepted"),
    [(None, True), ("utf-8", True), ("iso-8859-1", False), ("iso-8859-1, *;q=0.1", True), ("*, utf-8;q=0", False)],
)
def test_whether_a_caller_takes_utf8(header: str | None, accepted: bool) -> None:
    assert accept.accepts_charset(header, "UTF-8") is accepted
