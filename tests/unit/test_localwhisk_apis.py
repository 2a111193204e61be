"""APIs: what is kept of them, and where a request goes (OpenWhisk core/routemgmt)."""

from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request

from localwhisk import Json
from localwhisk.apis import Api, Route, find_operations
from localwhisk.http import gateway, management
from localwhisk.rejection import Rejected


def apidoc(path: str = "/classify", method: str = "POST", **action: Any) -> Json:
    return {
        "namespace": "_",
        "apiName": "title",
        "gatewayBasePath": "/v1",
        "gatewayPath": path,
        "gatewayMethod": method,
        "action": {"name": "demo/a", "namespace": "_", **action},
    }


def api(*documents: Json, response_type: str = "http") -> Api:
    routes = [Route.from_apidoc(document, response_type) for document in documents]
    made = Api(routes[0].base_path, routes[0].title)
    for route in routes:
        made = made.with_route(route)
    return made


def verbs(of: Api) -> dict[str, list[str]]:
    return {path: list(operations) for path, operations in of.paths.items()}


def test_paths_and_verbs_accumulate_and_a_later_title_is_ignored() -> None:
    made = api(apidoc(), {**apidoc(method="GET"), "apiName": "later"}, apidoc("/other"))
    assert made.title == "title"
    assert verbs(made) == {"/classify": ["post", "get"], "/other": ["post"]}


def test_an_api_is_described_as_the_tools_read_it() -> None:
    described = management.described(api(apidoc()), "http://h:1", "space")
    assert (described["gwApiUrl"], described["gwApiActivated"]) == ("http://h:1/api/space/v1", True)
    assert (described["apidoc"]["basePath"], described["apidoc"]["info"]["title"]) == ("/v1", "title")
    assert described["apidoc"]["x-ibm-configuration"]["cors"] == {"enabled": True}
    assert described["apidoc"]["paths"]["/classify"]["post"] == {
        "operationId": "postClassify",
        "x-openwhisk": {
            "url": "http://h:1/api/v1/web/guest/demo/a.http",
            "namespace": "guest",
            "package": "demo",
            "action": "a",
        },
        "responses": {"default": {"description": "Default response"}},
    }


def found(known: Api, path: str) -> str:
    """The path of the backend for a POST to ``path``."""
    operations, below = find_operations([known], path)
    return gateway.backend_path(operations["post"], path, below).removeprefix("/api/v1/web/")


@pytest.mark.parametrize(
    ("response_type", "path", "backend"),
    [
        ("http", "/v1/classify", "guest/demo/a.http/v1/classify"),
        ("http", "/v1/classify/deeper", "guest/demo/a.http/v1/classify/deeper"),
        ("json", "/v1/classify", "guest/demo/a.json"),
        ("json", "/v1/classify/deeper", "guest/demo/a.json/deeper"),
    ],
)
def test_only_the_type_http_hands_on_the_whole_path(response_type: str, path: str, backend: str) -> None:
    assert found(api(apidoc(), response_type=response_type), path) == backend


def test_the_nearest_declared_parent_answers() -> None:
    known = api(apidoc("/a"), apidoc("/a/b", name="demo/nearer"))
    assert found(known, "/v1/a/b/c").startswith("guest/demo/nearer.http")
    assert found(known, "/v1/a/bc").startswith("guest/demo/a.http")


def test_the_secret_goes_to_the_action_and_no_callers_header_does() -> None:
    scope = {
        "type": "http",
        "scheme": "http",
        "server": ("host", 1),
        "client": ("10.0.0.1", 2),
        "path": "/v1/classify",
        "raw_path": b"/v1/classify",
        "state": {"transaction_id": "t"},
        "query_string": b"a=1",
        "headers": [(b"host", b"h:1"), (b"x-require-whisk-auth", b"guessed"), (b"x-real-ip", b"forged")],
    }
    operations, _ = find_operations([api(apidoc(secureKey=42))], "/v1/classify")
    added = gateway.forwarded_headers(Request(scope), operations["post"])
    forwarded = Headers(scope=gateway.backend_scope(scope, "/web", added))
    assert forwarded.getlist("x-require-whisk-auth") == ["42"]
    assert forwarded.getlist("x-real-ip") == ["10.0.0.1"]
    assert forwarded["x-forwarded-url"] == "http://h:1/v1/classify?a=1"
    assert Headers(scope=scope)["x-real-ip"] == "forged"


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("http://h/api/v1/web/_/demo/a.http", "/api/v1/web/guest/demo/a.http"),
        ("https://h:8/api/v1/web/guest/demo/a.http", "/api/v1/web/guest/demo/a.http"),
        ("https://http://h/api/v1/web/guest/demo/a.http", "//h/api/v1/web/guest/demo/a.http"),
    ],
)
def test_the_backend_is_what_the_url_has_behind_its_host(url: str, backend: str) -> None:
    assert found(api(apidoc(backendUrl=url), response_type="json"), "/v1/classify") == backend.removeprefix(
        "/api/v1/web/"
    )


@pytest.mark.parametrize("path", ["/v1/none", "/v1/classifying", "/v2/classify"])
def test_unknown_paths(path: str) -> None:
    with pytest.raises(Rejected) as refused:
        find_operations([api(apidoc())], path)
    assert (refused.value.status, refused.value.message) == (404, "Error: Not found.")


def test_removal() -> None:
    made = api(apidoc(), apidoc(method="GET"), apidoc("/other"))
    assert verbs(made.without("/classify", "POST")) == {"/classify": ["get"], "/other": ["post"]}
    assert verbs(made.without("/classify", None)) == {"/other": ["post"]}
    assert verbs(api(apidoc()).without("/classify", "POST")) == {}


@pytest.mark.parametrize(("path", "verb"), [("/none", None), ("classify/", "POST"), ("/classify", "DELETE")])
def test_removal_of_what_is_not_there(path: str, verb: str | None) -> None:
    with pytest.raises(Rejected, match="API deletion failure") as refused:
        api(apidoc()).without(path, verb)
    assert refused.value.status == 502


@pytest.mark.parametrize(
    ("document", "response_type", "status"),
    [
        ({}, "http", 502),
        ({**apidoc(), "gatewayMethod": "BREW"}, "http", 502),
        ({**apidoc(), "gatewayMethod": 5}, "http", 400),
        ({**apidoc(), "action": "demo/a"}, "http", 400),
        ({**apidoc(), "action": {"namespace": "_"}}, "http", 400),
        ({"swagger": "{}"}, "http", 501),
        (apidoc("/a/{id}"), "http", 501),
    ],
)
def test_what_is_no_api_here(document: Json, response_type: str, status: int) -> None:
    with pytest.raises(Rejected) as refused:
        Route.from_apidoc(document, response_type)
    assert refused.value.status == status


def test_cors_answers_with_the_origin_that_asked() -> None:
    headers = {"origin": "http://page", "access-control-request-headers": "content-type"}
    assert gateway.cors_headers(headers) == {
        "Access-Control-Allow-Origin": "http://page",
        "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Headers": "content-type",
    }
    assert gateway.cors_headers({})["Access-Control-Allow-Origin"] == "*"
