"""APIs: what is kept of them, and where a request goes (OpenWhisk core/routemgmt)."""

from typing import Any

import pytest

from localwhisk.apis import Api, Route
from localwhisk.http import gateway
from localwhisk.rejection import Rejected

Json = dict[str, Any]


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


def test_an_api_is_shown_as_the_tools_read_it() -> None:
    shown = gateway.shown(api(apidoc()), "http://h:1", "space")
    assert (shown["gwApiUrl"], shown["gwApiActivated"]) == ("http://h:1/api/space/v1", True)
    assert (shown["apidoc"]["basePath"], shown["apidoc"]["info"]["title"]) == ("/v1", "title")
    assert shown["apidoc"]["x-ibm-configuration"] == {"cors": {"enabled": True}}
    assert shown["apidoc"]["paths"]["/classify"]["post"] == {
        "operationId": "postClassify",
        "x-openwhisk": {
            "url": "http://h:1/api/v1/web/guest/demo/a.http",
            "namespace": "guest",
            "package": "demo",
            "action": "a",
        },
        "responses": {"default": {"description": "Default response"}},
    }


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
    assert gateway.route([api(apidoc(), response_type=response_type)], path, "POST")[0] == backend


def test_the_nearest_declared_parent_answers() -> None:
    known = api(apidoc("/a"), apidoc("/a/b", name="demo/nearer"))
    assert gateway.route([known], "/v1/a/b/c", "POST")[0].startswith("guest/demo/nearer.http")
    assert gateway.route([known], "/v1/a/bc", "POST")[0].startswith("guest/demo/a.http")


def test_the_secret_goes_to_the_action() -> None:
    assert gateway.route([api(apidoc(secureKey=42))], "/v1/classify", "POST")[1] == {"x-require-whisk-auth": "42"}


@pytest.mark.parametrize(
    ("path", "method", "message"),
    [
        ("/v1/none", "POST", "Error: Not found."),
        ("/v1/classifying", "POST", "Error: Not found."),
        ("/v2/classify", "POST", "Error: Not found."),
        ("/v1/classify", "HEAD", "Error: Whoops. Verb not supported."),
    ],
)
def test_unknown_paths_and_verbs(path: str, method: str, message: str) -> None:
    with pytest.raises(Rejected) as refused:
        gateway.route([api(apidoc())], path, method)
    assert (refused.value.status, refused.value.message) == (404, message)


def test_removal() -> None:
    made = api(apidoc(), apidoc(method="GET"), apidoc("/other"))
    assert verbs(made.without("/classify", "POST")) == {"/classify": ["get"], "/other": ["post"]}
    assert verbs(made.without("/classify", None)) == {"/other": ["post"]}
    assert verbs(api(apidoc()).without("classify/", "POST")) == {}


@pytest.mark.parametrize(("path", "verb"), [("/none", None), ("/classify", "DELETE")])
def test_removal_of_what_is_not_there(path: str, verb: str | None) -> None:
    with pytest.raises(Rejected, match="API deletion failure") as refused:
        api(apidoc()).without(path, verb)
    assert refused.value.status == 502


@pytest.mark.parametrize(
    ("document", "response_type", "status"),
    [
        ({}, "http", 400),
        (apidoc(), "xml", 400),
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
    assert dict(gateway.cors(headers)) == {
        "Access-Control-Allow-Origin": "http://page",
        "Access-Control-Allow-Methods": gateway.METHODS,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Headers": "content-type",
    }
    assert dict(gateway.cors({}))["Access-Control-Allow-Origin"] == "*"
