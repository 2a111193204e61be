"""Routes of the API gateway (openwhisk-apigateway scripts/lua, openwhisk core/routemgmt)."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conformance.openwhisk import OpenWhisk


@pytest.fixture
def api(specimens: OpenWhisk, gateway: None) -> str:  # noqa: ARG001
    """The public URL of the specimens' API."""
    return specimens.route("/conformance")


def test_the_routes_are_listed(specimens: OpenWhisk, api: str) -> None:
    """getApi: an OpenAPI document per base path (core/routemgmt/common/apigw-utils.js)."""
    apis = specimens.routes().json()["apis"]
    mine = next(found["value"] for found in apis if found["value"]["gwApiUrl"] == api)

    assert mine["apidoc"]["info"]["title"] == "conformance-api"
    assert {path: set(verbs) for path, verbs in mine["apidoc"]["paths"].items()} == {
        "/answer": {"post"}, "/inspect": {"get"}, "/interrupted": {"post"}, "/guarded": {"get"}
    }  # fmt: skip
    assert mine["gwApiActivated"] is True


def test_a_call_reaches_the_action(specimens: OpenWhisk, api: str) -> None:
    """Query, headers and body pass through, the route's path is ``__ow_path`` with a response of type http."""
    args = specimens.send("GET", f"{api}/inspect", params={"a": "1"}, headers={"X-Own": "kept"}).json()

    assert args["a"] == "1"
    assert args["__ow_headers"]["x-own"] == "kept"
    assert args["__ow_method"] == "get"
    assert args["__ow_path"] == "/conformance/inspect"


def test_the_action_is_told_what_the_gateway_was_asked(specimens: OpenWhisk, api: str) -> None:
    """conf.d/managed_endpoints.conf of openwhisk-apigateway."""
    headers = specimens.send("GET", f"{api}/inspect").json()["__ow_headers"]

    assert urlsplit(headers["x-forwarded-url"]).path == urlsplit(f"{api}/inspect").path
    assert headers["x-forwarded-proto"] in ("http", "https")
    assert headers["x-forwarded-host"]
    assert headers["x-forwarded-port"].isdecimal()
    assert headers["x-forwarded-for"] == headers["x-real-ip"]


def test_status_headers_and_body_of_the_action_are_the_answer(specimens: OpenWhisk, api: str) -> None:
    result = {"statusCode": 201, "headers": {"X-Made": "here"}, "body": {"n": 1}}
    answer = specimens.send("POST", f"{api}/answer", json={"answer": result})

    assert (answer.status_code, answer.json(), answer.headers["x-made"]) == (201, {"n": 1}, "here")


def test_a_problem_keeps_its_status_through_sequence_web_action_and_gateway(specimens: OpenWhisk, api: str) -> None:
    answer = specimens.send("POST", f"{api}/interrupted", json={"way": "error"})

    assert (answer.status_code, answer.json()) == (418, {"title": "I'm a teapot"})


def test_a_crash_is_a_plain_400(specimens: OpenWhisk, api: str) -> None:
    answer = specimens.send("POST", f"{api}/interrupted", json={"way": "exit"})

    assert answer.status_code == 400
    assert answer.json()["error"] == "There was an error processing your request."


def test_the_gateway_knows_the_secret_of_a_guarded_action(specimens: OpenWhisk, api: str) -> None:
    """wskdeploy hands the annotation over as ``secureKey`` (servicedeployer.go)."""
    assert specimens.send("GET", f"{api}/guarded").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("GET", "/answer"), ("DELETE", "/answer"), ("HEAD", "/inspect")]
)
def test_an_unknown_path_or_verb_is_404(specimens: OpenWhisk, api: str, method: str, path: str) -> None:
    """scripts/lua/routing.lua: HEAD is not implied by GET."""
    assert specimens.send(method, f"{api}{path}").status_code == 404


def test_a_page_may_read_that_the_verb_is_unknown(specimens: OpenWhisk, api: str) -> None:
    """Of its own refusals, the gateway adds CORS headers to this one only."""
    known = specimens.send("DELETE", f"{api}/answer", headers={"Origin": "https://page.example"})
    unknown = specimens.send("DELETE", f"{api}/nothing", headers={"Origin": "https://page.example"})

    assert known.headers["access-control-allow-origin"] in ("*", "https://page.example")
    assert (known.status_code, known.json()["message"]) == (404, "Error: Whoops. Verb not supported.")
    assert unknown.json() == {"status": 404, "message": "Error: Not found."}


def test_a_path_is_looked_up_without_its_detours(specimens: OpenWhisk, api: str) -> None:
    """httpx resolves dots by itself, so they stand escaped."""
    answer = specimens.send("GET", f"{api}//nothing/%2e%2e//inspect")

    assert answer.json()["__ow_path"] == "/conformance/inspect"


def test_the_gateway_itself_refuses_more_than_five_mebibytes(specimens: OpenWhisk, api: str) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    answer = specimens.send("POST", f"{api}/answer", content=b"x" * (5 * 1024 * 1024 + 1), headers=headers)

    assert answer.status_code == 413
    assert "access-control-allow-origin" not in answer.headers


def test_escapes_in_a_path_are_escaped_again(specimens: OpenWhisk, api: str) -> None:
    answer = specimens.send("GET", f"{api}/inspect/a%20b")

    assert answer.json()["__ow_path"] == "/conformance/inspect/a%2520b"


def test_a_deeper_path_reaches_the_nearest_route(specimens: OpenWhisk, api: str) -> None:
    """scripts/lua/routing.lua tries the parents of a path."""
    assert specimens.send("GET", f"{api}/inspect/deeper/down").json()["__ow_path"] == "/conformance/inspect/deeper/down"


def test_a_preflight_is_answered_by_the_gateway(specimens: OpenWhisk, api: str) -> None:
    """scripts/lua/cors.lua: on for every API that createApi makes."""
    asked = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, x-own",
    }
    answer = specimens.send("OPTIONS", f"{api}/answer", headers=asked)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] in ("*", "https://page.example")
    assert answer.headers["access-control-allow-headers"] == "content-type, x-own"
    assert "POST" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("body", [{"answer": {"body": 1}}, {"answer": {"error": {"statusCode": 415, "body": 1}}}])
def test_a_page_may_read_every_answer_of_an_action(specimens: OpenWhisk, api: str, body: dict[str, Any]) -> None:
    answer = specimens.send("POST", f"{api}/answer", json=body, headers={"Origin": "https://page.example"})

    assert answer.headers.get_list("access-control-allow-origin") in (["*"], ["https://page.example"])


def test_a_page_may_read_that_its_request_is_too_large(specimens: OpenWhisk, api: str) -> None:
    """The refusal of the controller then carries CORS headers, which the gateway adds to whatever it passes on."""
    answer = specimens.send(
        "POST", f"{api}/answer", content=b"x" * (specimens.payload_limit + 1),
        headers={"Origin": "https://page.example", "Content-Type": "application/octet-stream"},
    )  # fmt: skip

    assert answer.status_code == 413
    assert answer.headers["access-control-allow-origin"] in ("*", "https://page.example")
