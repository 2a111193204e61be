"""Web actions: how a request becomes arguments and a result an answer (docs/webactions.md, WebActions.scala)."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.conformance.openwhisk import OpenWhisk

ALLOWED_METHODS = {"OPTIONS", "GET", "DELETE", "POST", "PUT", "HEAD", "PATCH"}
PICTURE = b"\xff\xd8\xff\xe0 not quite a picture \x00\x01"


def answered(openwhisk: OpenWhisk, result: Any, extension: str = ".http") -> httpx.Response:
    """What a caller gets when the action returns ``result``."""
    return openwhisk.web(f"conformance/answer{extension}", "POST", json={"answer": result})


def inspected(openwhisk: OpenWhisk, method: str = "POST", action: str = "inspect", **options: Any) -> dict[str, Any]:
    """The arguments that the action got."""
    response = openwhisk.web(f"conformance/{action}.http", method, **options)
    assert response.status_code == 200, response.text
    args: dict[str, Any] = response.json()
    return args


def assert_open_to_pages(response: httpx.Response) -> None:
    """The CORS headers that the platform adds unless the action has ``web-custom-options``."""
    assert response.headers["access-control-allow-origin"] == "*"
    methods = response.headers["access-control-allow-methods"].split(",")
    assert {method.strip() for method in methods} == ALLOWED_METHODS
    assert response.headers["access-control-allow-headers"]


# --- from the request to the arguments


def test_the_context_of_a_request(specimens: OpenWhisk) -> None:
    args = inspected(specimens, "GET", params={"a": "1", "b": "two words"}, headers={"X-Mixed-Case": "Kept"})

    assert (args["a"], args["b"]) == ("1", "two words")
    assert args["__ow_method"] == "get"
    assert args["__ow_path"] == ""
    assert args["__ow_headers"]["x-mixed-case"] == "Kept"
    assert (args["fixed"], args["salutation"]) == ("by the owner", "Hello")
    assert "__ow_body" not in args
    assert "__ow_user" not in args


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_reaches_the_action(specimens: OpenWhisk, method: str) -> None:
    assert inspected(specimens, method)["__ow_method"] == method.lower()


def test_the_rest_of_the_path(specimens: OpenWhisk) -> None:
    assert specimens.web("conformance/inspect.http/rest/of/it").json()["__ow_path"] == "/rest/of/it"


def test_the_path_keeps_its_escapes(specimens: OpenWhisk) -> None:
    """It is the path as Pekko writes it: what need not be escaped is not."""
    assert specimens.web("conformance/inspect.http/a%20b%2Fc/%41").json()["__ow_path"] == "/a%20b%2Fc/A"


def test_the_type_of_the_body_is_told_as_the_server_reads_it(specimens: OpenWhisk) -> None:
    headers = {"Content-Type": "Text/PLAIN;charset=utf-8"}
    told = inspected(specimens, content=b"x", headers=headers)["__ow_headers"]

    assert told["content-type"] == "text/plain; charset=UTF-8"
    assert "content-length" not in told


@pytest.mark.parametrize(
    ("action", "media_type", "content", "expected"),
    [
        ("inspect", "application/json", b'{"a": "\xff"}', {"a": "\ufffd"}),
        ("inspect", "application/x-www-form-urlencoded", b"a=%FF", {"a": "\ufffd"}),
        ("inspect", "text/plain", b"a\xffb", {"__ow_body": "a\ufffdb"}),
        ("inspect_raw", "text/plain", b"a\xffb", {"__ow_body": "a\ufffdb"}),
        ("inspect_raw", "application/json", b'\xef\xbb\xbf{"a":1}', {"__ow_body": "77u/eyJhIjoxfQ=="}),
    ],
)
def test_a_body_that_is_no_utf8_is_read_all_the_same(
    specimens: OpenWhisk, action: str, media_type: str, content: bytes, expected: dict[str, str]
) -> None:
    args = inspected(specimens, action=action, content=content, headers={"Content-Type": media_type})

    assert expected.items() <= args.items()


def test_no_extension_is_http(specimens: OpenWhisk) -> None:
    assert specimens.web("conformance/inspect").json()["__ow_method"] == "get"


def test_a_json_object_is_merged_and_goes_before_the_query(specimens: OpenWhisk) -> None:
    args = inspected(specimens, params={"a": "query", "b": "query"}, json={"a": {"body": [1]}})

    assert (args["a"], args["b"]) == ({"body": [1]}, "query")
    assert "__ow_body" not in args


def test_a_form_is_merged(specimens: OpenWhisk) -> None:
    args = inspected(specimens, data={"a": "1", "b": "ä"})

    assert (args["a"], args["b"]) == ("1", "ä")


@pytest.mark.parametrize(
    "media_type",
    [
        "image/jpeg",
        "image/svg+xml",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "application/pdf",
        "application/x-not-registered",
    ],
)
def test_a_binary_body_is_base64(specimens: OpenWhisk, media_type: str) -> None:
    """What counts as binary is Pekko HTTP's MediaTypes.scala: this is how `curl --data-binary` sends a photo."""
    args = inspected(specimens, content=PICTURE, headers={"Content-Type": media_type}, params={"top_k": "3"})

    assert base64.b64decode(args["__ow_body"]) == PICTURE
    assert args["__ow_headers"]["content-type"].startswith(media_type.split(";")[0])
    assert args["top_k"] == "3"


@pytest.mark.parametrize(
    "media_type", ["text/plain; charset=utf-8", "application/xml", "application/x-not-registered; charset=utf-8"]
)
def test_a_text_body_stays_text(specimens: OpenWhisk, media_type: str) -> None:
    args = inspected(specimens, content="Grüße".encode(), headers={"Content-Type": media_type})

    assert args["__ow_body"] == "Grüße"


def test_json_has_relatives(specimens: OpenWhisk) -> None:
    """Every ``+json`` counts as JSON (isJsonFamily)."""
    args = inspected(specimens, content=b'{"a": 1}', headers={"Content-Type": "application/vnd.own+json"})

    assert args["a"] == 1


def test_no_body_is_no_argument(specimens: OpenWhisk) -> None:
    assert "__ow_body" not in inspected(specimens, "POST")


def test_json_that_is_no_object_is_the_body(specimens: OpenWhisk) -> None:
    assert inspected(specimens, json=[1, 2])["__ow_body"] == [1, 2]
    assert inspected(specimens, content=b"null", headers={"Content-Type": "application/json"})["__ow_body"] is None


def test_of_repeated_keys_in_a_query_the_last_is_an_argument(specimens: OpenWhisk) -> None:
    """Of a web action; the REST API takes the first (Pekko's Query.toMap and getAll)."""
    assert inspected(specimens, "GET", params=[("a", "1"), ("a", "2")])["a"] == "2"


@pytest.mark.parametrize("media_type", ["text/javascript", "application/hal+json"])
def test_a_type_that_the_platform_does_not_know_as_text_takes_base64_only(
    specimens: OpenWhisk, media_type: str
) -> None:
    headers = {"Content-Type": media_type}
    text = answered(specimens, {"headers": headers, "body": "grüße"})
    encoded = answered(specimens, {"headers": headers, "body": base64.b64encode(b"hello").decode()})

    assert text.status_code == 400
    assert (encoded.content, encoded.headers["content-type"]) == (b"hello", media_type)


def test_malformed_json_is_refused_before_the_action(specimens: OpenWhisk) -> None:
    """And without CORS headers, so that a page sees a network error (WebActions.scala)."""
    answer = specimens.web(
        "conformance/inspect.http", "POST", content=b"{broken", headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert "access-control-allow-origin" not in answer.headers


def test_a_raw_action_gets_query_and_body_as_they_came(specimens: OpenWhisk) -> None:
    """docs/webactions.md, "Raw HTTP handling": nothing is merged, and a JSON body is base64."""
    args = inspected(specimens, action="inspect_raw", params={"a": "1"}, json={"b": 2})

    assert args["__ow_query"] == "a=1"
    assert json.loads(base64.b64decode(args["__ow_body"])) == {"b": 2}
    assert not {"a", "b"} & args.keys()


def test_a_raw_action_gets_an_empty_body(specimens: OpenWhisk) -> None:
    args = inspected(specimens, "GET", action="inspect_raw")

    assert (args["__ow_query"], args["__ow_body"]) == ("", "")


@pytest.mark.parametrize("name", ["fixed", "salutation", "__ow_user"])
@pytest.mark.parametrize("place", ["params", "json"])
def test_defined_and_reserved_parameters_are_protected(specimens: OpenWhisk, place: str, name: str) -> None:
    """docs/webactions.md, "Protected parameters"; those of the package count, too."""
    answer = specimens.web("conformance/inspect.http", "POST", **{place: {name: "mine"}})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Request defines parameters that are not allowed")


def test_a_raw_action_may_get_any_query(specimens: OpenWhisk) -> None:
    assert inspected(specimens, "GET", action="inspect_raw", params={"salutation": "x"})["__ow_query"] == "salutation=x"


def test_a_body_above_the_limit_is_refused_before_the_action(specimens: OpenWhisk) -> None:
    """And without CORS headers: the page has to look at the size before it sends."""
    answer = specimens.web(
        "conformance/inspect.http",
        "POST",
        content=b"x" * (specimens.payload_limit + 1),
        headers={"Content-Type": "application/octet-stream"},
    )

    assert answer.status_code == 413
    assert "larger than allowed" in answer.json()["error"]
    assert "access-control-allow-origin" not in answer.headers


# --- from the result to the answer


@pytest.mark.parametrize(
    ("result", "extension", "status", "media_type", "content"),
    [
        ({"body": {"label": "cat"}}, ".http", 200, "application/json", b'{"label":"cat"}'),
        ({"body": "<b>cat</b>"}, ".http", 200, "text/html", b"<b>cat</b>"),
        ({"body": [1], "statusCode": 202}, ".http", 202, "application/json", b"[1]"),
        ({"body": "text", "headers": {"Content-Type": "text/plain"}}, ".http", 200, "text/plain", b"text"),
        (
            {"body": base64.b64encode(PICTURE).decode(), "headers": {"Content-Type": "image/jpeg"}},
            ".http",
            200,
            "image/jpeg",
            PICTURE,
        ),
        ({"body": 3}, ".http", 200, "application/json", b"3"),
        ({"body": False}, ".http", 200, "application/json", b"false"),
        ({"text": 3}, ".text", 200, "text/plain", b"3"),
        ({"label": "cat"}, ".json", 200, "application/json", b'{"label":"cat"}'),
        ({"body": {"a": 1}}, ".json", 200, "application/json", b'{"body":{"a":1}}'),
        ({"body": "plain"}, ".text", 200, "text/plain", b"plain"),
        ({"text": "plain"}, ".text", 200, "text/plain", b"plain"),
        ({"html": "<b>cat</b>"}, ".html", 200, "text/html", b"<b>cat</b>"),
        ({"svg": "<svg/>"}, ".svg", 200, "image/svg+xml", b"<svg/>"),
    ],
)
def test_a_result_as_each_extension_has_it(
    specimens: OpenWhisk, result: Any, extension: str, status: int, media_type: str, content: bytes
) -> None:
    answer = answered(specimens, result, extension)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(media_type)
    sent = json.dumps(answer.json(), separators=(",", ":")).encode() if "json" in media_type else answer.content
    assert sent == content
    assert_open_to_pages(answer)


def test_base64_under_a_json_type_is_decoded(specimens: OpenWhisk) -> None:
    """For the sake of old actions (interpretHttpResponse): an object is safe, a string may be taken for base64."""
    result = {"headers": {"Content-Type": "application/json"}, "body": base64.b64encode(b'{"a": 1}').decode()}

    assert answered(specimens, result).json() == {"a": 1}


@pytest.mark.parametrize("result", [{}, {"label": "cat"}, {"body": ""}, {"body": None}])
def test_a_result_without_a_body_is_204(specimens: OpenWhisk, result: Any) -> None:
    """Also a dictionary that says nothing about HTTP."""
    answer = answered(specimens, result)

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(("extension", "status"), [(".text", 404), (".html", 400), (".svg", 400)])
def test_a_result_without_the_field_is_an_error(specimens: OpenWhisk, extension: str, status: int) -> None:
    """resultAsText and its siblings in WebActions.scala differ."""
    assert answered(specimens, {"other": 1}, extension).status_code == status


def test_headers_may_be_repeated(specimens: OpenWhisk) -> None:
    answer = answered(
        specimens, {"headers": {"Set-Cookie": ["a=1", "b=2"], "X-Number": 3, "X-Flag": True}, "body": "x"}
    )

    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert (answer.headers["x-number"], answer.headers["x-flag"]) == ("3", "true")


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many", "body": "x"},
        {"statusCode": True, "body": "x"},
        {"statusCode": 600, "body": "x"},
        {"statusCode": 200.5, "body": "x"},
        {"headers": {"Content-Type": ""}, "body": "x"},
        {"headers": {"Content-Type": "nothing"}, "body": "x"},
        {"headers": {"X-Nested": {"a": 1}}, "body": "x"},
        {"headers": {"Content-Type": "image/jpeg"}, "body": "no base64!"},
        {"headers": {"Content-Type": "image/jpeg"}, "body": {"a": 1}},
    ],
)
def test_a_result_that_is_no_http_is_400(specimens: OpenWhisk, result: Any) -> None:
    answer = answered(specimens, result)

    assert answer.status_code == 400
    assert {"error", "code"} <= answer.json().keys()


@pytest.mark.parametrize("status", ["201", 201.0, "+201"])
def test_a_status_may_be_written_otherwise(specimens: OpenWhisk, status: Any) -> None:
    assert answered(specimens, {"statusCode": status, "body": "x"}).status_code == 201


def test_blanks_around_the_value_of_a_header_break_nothing(specimens: OpenWhisk) -> None:
    assert answered(specimens, {"headers": {"X-Blank": " v "}, "body": "x"}).headers["x-blank"].strip() == "v"


def test_base64_may_lack_its_padding(specimens: OpenWhisk) -> None:
    assert answered(specimens, {"headers": {"Content-Type": "image/png"}, "body": "/w"}).content == b"\xff"


def test_text_is_sent_as_utf8_whatever_charset_it_names(specimens: OpenWhisk) -> None:
    result = {"headers": {"Content-Type": "text/plain; charset=iso-8859-1"}, "body": "é"}
    answer = answered(specimens, result)

    assert (answer.content, answer.headers["content-type"]) == ("é".encode(), "text/plain; charset=UTF-8")


def test_an_error_is_the_answer(specimens: OpenWhisk) -> None:
    """An application error is rendered from its ``error``: this is how a problem gets its status and its headers."""
    error = {"statusCode": 415, "headers": {"Content-Type": "application/problem+json"}, "body": {"title": "Not a JPG"}}
    answer = answered(specimens, {"error": error, "dropped": True})

    assert (answer.status_code, answer.json()) == (415, {"title": "Not a JPG"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert_open_to_pages(answer)


@pytest.mark.parametrize(
    ("error", "extension", "status"),
    [("a sentence", ".http", 400), ({"a": 1}, ".json", 200), ("a sentence", ".json", 400)],
)
def test_an_error_per_extension(specimens: OpenWhisk, error: Any, extension: str, status: int) -> None:
    answer = answered(specimens, {"error": error}, extension)

    assert answer.status_code == status
    if status == 200:
        assert answer.json() == error


@pytest.mark.parametrize("way", ["exit", "nan"])
def test_a_crash_is_a_plain_400(specimens: OpenWhisk, way: str) -> None:
    answer = specimens.web("conformance/web_interrupted.http", "POST", json={"way": way})

    assert answer.status_code == 400
    assert answer.json()["error"] == "There was an error processing your request."
    assert_open_to_pages(answer)


def test_an_exception_is_a_400(specimens: OpenWhisk) -> None:
    """Its text is an ``error`` that is no HTTP; not a 500."""
    assert specimens.web("conformance/web_interrupted.http", "POST", json={"way": "raise"}).status_code == 400


def test_the_problem_of_a_step_is_the_answer_of_the_sequence(specimens: OpenWhisk) -> None:
    answer = specimens.web("conformance/web_interrupted.http", "POST", json={"way": "error"})

    assert (answer.status_code, answer.json()) == (418, {"title": "I'm a teapot"})
    assert answer.headers["x-kind"] == "teapot"
    assert_open_to_pages(answer)


def test_the_first_step_of_a_sequence_gets_the_request(specimens: OpenWhisk) -> None:
    """And the next one what the first passes on."""
    answer = specimens.web("conformance/web_answer.http", "POST", json={"answer": {"body": {"a": 1}}})

    assert (answer.status_code, answer.json()) == (200, {"a": 1})


def test_an_answer_tells_its_activation(specimens: OpenWhisk) -> None:
    answer = answered(specimens, {"body": "x"})

    identifier = answer.headers["x-openwhisk-activation-id"]
    assert specimens.activation(identifier)["name"] == "answer"


# --- who may call what


@pytest.mark.parametrize(
    "path", ["conformance/greet.http", "conformance/nothing.http", "nothing/there.json", "conformance/answer.pdf"]
)
def test_what_is_not_exported_is_404(specimens: OpenWhisk, path: str) -> None:
    """An unknown extension is part of the name."""
    answer = specimens.web(path)

    assert answer.status_code == 404
    assert {"error", "code"} <= answer.json().keys()
    assert "access-control-allow-origin" not in answer.headers


def test_a_secret_guards_an_action(specimens: OpenWhisk) -> None:
    """docs/webactions.md, "Securing web actions": a string is what the header must be."""
    url = "conformance/guarded.http"

    assert specimens.web(url).status_code == 401
    assert specimens.web(url, headers={"X-Require-Whisk-Auth": "wrong"}).status_code == 401
    assert specimens.web(url, headers={"X-Require-Whisk-Auth": "open sesame"}).status_code == 200


def test_credentials_guard_an_action(specimens: OpenWhisk) -> None:
    """``true`` asks for those of any user of the platform; the action then knows whose."""
    url = "conformance/members_only.http"
    answer = specimens.web(url, auth=(specimens.target.uuid, specimens.target.key))

    assert specimens.web(url).status_code == 401
    assert answer.json()["__ow_user"] == specimens.namespace


@pytest.fixture
def own(openwhisk: OpenWhisk) -> Iterator[Callable[..., httpx.Response]]:
    """Makes an action with annotations of one's own, outside of any package, and calls it."""
    path = "actions/conformance_own"

    def make(annotations: dict[str, Any], **options: Any) -> httpx.Response:
        body = {
            "exec": {"kind": "python:3.11", "code": "def main(args):\n    return {'body': args}\n"},
            "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
            "parameters": [{"key": "fixed", "value": "by the owner"}],
        }
        openwhisk.api("PUT", path, params={"overwrite": "true"}, json=body)
        return openwhisk.web("default/conformance_own.http", **options)

    yield make
    openwhisk.api("DELETE", path)


def test_an_action_without_a_package_is_in_default(own: Callable[..., httpx.Response]) -> None:
    assert own({"web-export": True}).json()["__ow_method"] == "get"


@pytest.mark.parametrize("value", ["true", 1, False])
def test_only_true_exports(own: Callable[..., httpx.Response], value: Any) -> None:
    """Annotations are typed; an interpolated one is a string."""
    assert own({"web-export": value}).status_code == 404


def test_what_is_not_final_may_be_overridden(own: Callable[..., httpx.Response]) -> None:
    assert own({"web-export": True}, params={"fixed": "by the caller"}).json()["fixed"] == "by the caller"
    assert own({"web-export": True, "final": True}, params={"fixed": "by the caller"}).status_code == 400


def test_a_number_guards_as_well_and_false_does_not(own: Callable[..., httpx.Response]) -> None:
    guarded = {"web-export": True, "require-whisk-auth": 42}

    assert own(guarded).status_code == 401
    assert own(guarded, headers={"X-Require-Whisk-Auth": "42"}).status_code == 200
    assert own({"web-export": True, "require-whisk-auth": False}).status_code == 200


# --- pages on other origins


def test_a_preflight_is_answered_without_the_action(specimens: OpenWhisk) -> None:
    asked = {"Origin": "https://page.example", "Access-Control-Request-Headers": "x-one, x-two"}
    answer = specimens.web("conformance/answer.http", "OPTIONS", headers=asked)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-headers"] == "x-one, x-two"
    assert "x-openwhisk-activation-id" not in answer.headers
    assert_open_to_pages(answer)


def test_without_a_wish_the_common_headers_are_allowed(specimens: OpenWhisk) -> None:
    answer = specimens.web("conformance/answer.http", "OPTIONS")

    allowed = {name.strip() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed == {"Authorization", "Origin", "X-Requested-With", "Content-Type", "Accept", "User-Agent"}


def test_an_action_may_answer_preflights_itself(specimens: OpenWhisk) -> None:
    """Annotation ``web-custom-options``: nothing is added then."""
    answer = specimens.web("conformance/own_options.http", "OPTIONS")

    assert (answer.status_code, answer.json()) == (200, {"method": "options"})
    assert answer.headers["access-control-allow-origin"] == "https://page.example"
    assert "access-control-allow-methods" not in answer.headers


def test_head_runs_the_action_and_strips_the_body(specimens: OpenWhisk) -> None:
    answer = specimens.web("conformance/inspect.http", "HEAD")

    assert (answer.status_code, answer.content) == (200, b"")
    identifier = answer.headers["x-openwhisk-activation-id"]
    assert specimens.activation(identifier)["response"]["result"]["body"]["__ow_method"] == "head"
