"""Every form of a request comes to the same bytes and options; every other one is told what was expected."""

import base64
import json
import textwrap
from typing import Any

import pytest

import request
from problem import InvalidRequest, PayloadTooLarge
from request import DEFAULTS

JPG = b"\xff\xd8\xff\xe0 not a real one, but nobody looks here"
TEXT = base64.b64encode(JPG).decode()
BOUNDARY = "----boundary42"
END = f"--{BOUNDARY}--\r\n".encode()


def web(content_type: str | None, body: Any = None, method: str = "post", **query: Any) -> dict[str, Any]:
    """Arguments as the platform makes them from an HTTP request."""
    headers = {"host": "example.org"} if content_type is None else {"host": "example.org", "content-type": content_type}
    return {
        "__ow_method": method,
        "__ow_headers": headers,
        "__ow_path": "",
        **query,
        **({} if body is None else {"__ow_body": body}),
    }


def part(name: str, content: bytes, filename: str | None = None, kind: str | None = None) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    described = f"\r\nContent-Type: {kind}" if kind else ""
    return f"--{BOUNDARY}\r\n{disposition}{described}\r\n\r\n".encode() + content + b"\r\n"


def form(*parts: bytes, end: Any = END, **query: Any) -> dict[str, Any]:
    """Arguments as the platform makes them from a form."""
    body = base64.b64encode(b"".join(parts) + end).decode()
    return web(f"multipart/form-data; boundary={BOUNDARY}", body, **query)


def refusal(args: Any) -> str:
    with pytest.raises(InvalidRequest) as caught:
        request.parse(args)
    return caught.value.detail


IMAGE = part("image", JPG, "photo.jpg")
FORMS = {
    "invoked directly": {"image": TEXT},
    "json": web("application/json", image=TEXT),
    "json with charset": web("application/json; charset=UTF-8", image=TEXT),
    "json of another family": web("application/vnd.api+json", image=TEXT),
    "data url": web("application/json", image=f"data:image/jpeg;base64,{TEXT}"),
    "mime lines": web("application/json", image="\r\n".join(textwrap.wrap(TEXT, 20))),
    "raw jpg": web("image/jpeg", TEXT),
    "raw bytes": web("application/octet-stream", TEXT),
    "raw, type in capitals": web("Image/JPEG", TEXT),
    "no type": web(None, TEXT),
    "form": form(IMAGE),
    "form, boundary in quotes": {**form(IMAGE), **web(f'multipart/form-data; boundary="{BOUNDARY}"')},
    "hugging face": web("application/json", inputs=TEXT, format="hf"),
}


@pytest.mark.parametrize("args", FORMS.values(), ids=FORMS)
def test_every_form_carries_the_same_picture(args: dict[str, Any]) -> None:
    assert request.parse(args).image == JPG


def test_options_that_are_not_given_have_their_defaults() -> None:
    assert request.parse({"image": TEXT}).options == DEFAULTS
    assert DEFAULTS == {"top_k": 5, "fit": "crop", "explain": False, "format": "json"}


GIVEN = {"top_k": "3", "fit": "pad", "explain": "true", "format": "hf"}
OPTIONS = {"top_k": 3, "fit": "pad", "explain": True, "format": "hf"}


@pytest.mark.parametrize(
    "args",
    [
        {"image": TEXT, **OPTIONS},
        web("application/json", image=TEXT, **GIVEN),
        web("image/jpeg", TEXT, **GIVEN),
        form(IMAGE, **GIVEN),
        form(IMAGE, *(part(name, value.encode()) for name, value in GIVEN.items())),
        form(IMAGE, part("top_k", b"3"), **{**GIVEN, "top_k": "99"}),
        web("application/json", inputs=TEXT, parameters={"top_k": 3, "function_to_apply": "softmax"}, **GIVEN),
        web("application/json", inputs=TEXT, parameters={"top_k": None}, **GIVEN),
        web("application/json", inputs=TEXT, parameters=None, **GIVEN),
    ],
)
def test_options_arrive_in_every_form(args: dict[str, Any]) -> None:
    assert request.parse(args).options == OPTIONS


@pytest.mark.parametrize(("given", "expected"), [("5", 5), (5.0, 5), ("007", 7), ("100", 100)])
def test_a_number_is_an_integer_afterwards(given: Any, expected: int) -> None:
    top_k = request.parse({"image": TEXT, "top_k": given}).options["top_k"]
    assert (top_k, type(top_k)) == (expected, int)


@pytest.mark.parametrize("option", ["explain", "warm_up"])
@pytest.mark.parametrize(("given", "expected"), [("true", True), ("True", True), ("false", False), (True, True)])
def test_a_boolean_is_one_afterwards(option: str, given: Any, expected: bool) -> None:
    assert request.parse({"image": TEXT, option: given}).options[option] is expected


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("top_k", "0"),
        ("top_k", 0),
        ("top_k", "-1"),
        ("top_k", 101),
        ("top_k", "1" * 50),
        ("top_k", "five"),
        ("top_k", "5.0"),
        ("top_k", "٥"),
        ("top_k", 1.5),
        ("top_k", True),
        ("top_k", None),
        ("top_k", ""),
        ("explain", "yes"),
        ("explain", 1),
        ("explain", ""),
        ("fit", "CROP"),
        ("format", "csv"),
        ("format", ["hf"]),
        ("fit", {}),
        ("size", 3),
    ],
)
def test_a_bad_option_is_named(option: str, value: Any) -> None:
    detail = refusal({"image": TEXT, option: value})
    assert option in detail
    assert json.dumps(value).strip('"')[:20] in detail or "unknown field" in detail


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, 'expected the field "image", but got no field at all'),
        (web("application/json"), 'expected the field "image", but got no field at all'),
        ({"image": ""}, "empty (0 bytes)"),
        ({"image": "data:image/jpeg;base64,"}, "empty (0 bytes)"),
        ({"image": "\n"}, "empty (0 bytes)"),
        (web("image/jpeg"), "empty (0 bytes)"),
        (web("image/jpeg", ""), "empty (0 bytes)"),
        (web("application/octet-stream"), "empty (0 bytes)"),
        (form(part("image", b"", "photo.jpg")), "empty (0 bytes)"),
        (web(None), 'expected the field "image", but got no field at all'),
        (web("application/json", [1, 2]), "expected a JSON object with the field image, but got [1, 2]"),
        (web("application/json", "text"), 'but got "text"'),
        (web("application/json", 5), "but got 5"),
        ([1], "expected a JSON object with the field image, but got [1]"),
        (None, "but got null"),
        ({"image": 5}, "image: expected a value of type"),
        ({"image": None}, "but got null"),
        ({"image": "data:image/jpeg," + TEXT}, "image: expected base64"),
        ({"image": "not base64"}, "image: expected base64"),
        ({"image": TEXT + "!"}, "image: expected base64"),
        ({"image": TEXT[:-1]}, "image: expected base64"),
        ({"image": "  " + TEXT}, "image: expected base64"),
        ({"image": base64.urlsafe_b64encode(b"\xff" * 9).decode()}, "URL-safe"),
        ({"image": TEXT, "inputs": TEXT}, 'unknown field "inputs"'),
        ({"inputs": TEXT}, "image"),
        ({"image": TEXT, "inputs": TEXT, "format": "hf"}, 'unknown field "inputs"'),
        ({"format": "hf"}, 'expected the field "image", but got only ["format"]'),
        ({"inputs": 5, "format": "hf"}, "image: expected a value of type"),
        ({"inputs": TEXT, "format": "hf", "parameters": [3]}, "parameters: expected a JSON object, but got [3]"),
        ({"inputs": TEXT, "format": "hf", "parameters": {"top_k": 0}}, "top_k"),
        ({"inputs": TEXT, "format": "hf", "parameters": {"threshold": 1}}, 'unknown field "threshold"'),
        (
            {"inputs": TEXT, "format": "hf", "parameters": {"function_to_apply": "sigmoid"}},
            'function_to_apply: expected "softmax"',
        ),
        (web("image/jpeg", TEXT, method="get"), 'expected a POST request with a JPG, but got "GET"'),
        (web(None, method="head"), 'got "HEAD"'),
        ({"__ow_body": {"a": 1}, "__ow_headers": {"content-type": "multipart/form-data"}}, "the form: expected base64"),
        ({"__ow_body": 5, "__ow_headers": {"content-type": "image/jpeg"}}, "image: expected a value of type"),
        (web("text/plain", "hello"), 'got "text/plain"'),
        (web("text/html; charset=utf-8", "<p>"), 'got "text/html"'),
        (form(part("photo", JPG, "photo.jpg")), 'expected the field "image", but got only ["photo"]'),
        (form(IMAGE, IMAGE), '"image": expected one field of this name, but got 2'),
        (form(IMAGE, part("top_k", b"1"), part("top_k", b"2")), '"top_k": expected one field'),
        (form(IMAGE, part("other", JPG, "b.jpg")), 'unknown field "other"'),
        (form(IMAGE, part("top_k", b"\xff")), "multipart/form-data"),
        (form(IMAGE, part("top_k", b"many", kind="text/plain; charset=foo")), "top_k: expected a value of type"),
        (form(IMAGE, end=b""), "complete multipart/form-data"),
        (form(IMAGE[:60], end=b""), "complete multipart/form-data"),
        (form(), 'expected the field "image", but got no field at all'),
        (web(f"multipart/form-data; boundary={BOUNDARY}"), "the body is empty"),
        ({**form(IMAGE), **web("multipart/form-data")}, "multipart/form-data body with the boundary"),
        ({**form(IMAGE), **web("multipart/form-data; boundary=other")}, '"other"'),
        ({**form(IMAGE), **web(f"multipart/form-data; boundary={BOUNDARY}", "*")}, "the form: expected base64"),
    ],
)
def test_a_refusal_says_what_was_expected(args: Any, words: str) -> None:
    assert words in refusal(args)


def test_a_file_sent_as_curl_does_by_default_is_told_the_header() -> None:
    args = {**web("application/x-www-form-urlencoded"), "\ufffd\ufffd": ""}
    assert "-H 'Content-Type: image/jpeg'" in refusal(args)


@pytest.mark.parametrize("headers", [5, None, "text", []], ids=str)
def test_platform_keys_of_a_strange_type_do_no_harm(headers: Any) -> None:
    assert request.parse({"image": TEXT, "__ow_headers": headers, "__ow_user": 5}).image == JPG


def test_a_picture_of_just_the_limit_passes() -> None:
    assert len(request.parse({"image": base64.b64encode(bytes(780_000)).decode()}).image) == 780_000


@pytest.mark.parametrize("prefix", ["", "data:image/jpeg;base64,"])
def test_a_picture_over_the_limit_is_refused_with_both_sizes(prefix: str) -> None:
    text = base64.b64encode(bytes(780_001)).decode()
    with pytest.raises(PayloadTooLarge, match=r"780,001 bytes.* at most 780,000\..* smaller") as caught:
        request.parse({"image": prefix + text})
    assert caught.value.facts == {"limit_bytes": 780_000, "actual_bytes": 780_001}


def test_the_size_is_judged_before_the_base64_is_read() -> None:
    with pytest.raises(PayloadTooLarge):
        request.parse({"image": "*" * 1_100_000})


BYTES = bytes(range(128, 256)) * 20
ECHOES = {
    "bytes in a header line of a form": form(part("image", JPG, kind="image/jpeg").replace(b"image/jpeg", BYTES)),
    "bytes in a field of a form": form(part("top_k", BYTES)),
    "a long name, twice": form(part("n" * 5000, b"1"), part("n" * 5000, b"2")),
    "a long content type": web(f"text/{'x' * 40_000}", TEXT),
    "a long method": web("image/jpeg", TEXT, method="x" * 40_000),
    "half a surrogate pair": {"__ow_method": "\ud800"},
    "half a surrogate pair as a field": {"\ud800": "\ud800"},
}


@pytest.mark.parametrize("args", ECHOES.values(), ids=ECHOES)
def test_a_refusal_repeats_little_of_the_request(args: Any) -> None:
    detail = refusal(args)

    assert len(detail) < 500
    assert "\\x8" not in detail
    assert detail.encode("utf-8").isascii() or "…" in detail
