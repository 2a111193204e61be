"""scripts/routes.py: which routes wskdeploy has made wrong, and what is made of them."""

import json
from typing import Any

import httpx
import pytest

import routes
from target import Target

HERE = Target("http://localhost:3233", "uuid", "key")
RIGHT = "http://localhost:3233/api/v1/web/guest/shop/pay.http"
WRONG = f"https://{RIGHT}"
ACTIONS = {"pay": {"annotations": {"require-whisk-auth": "s3cret"}}, "list": {}}
PATHS = {"pay": {"pay": {"method": "post", "response": "http"}}, "all": {"list": {"method": "GET", "response": "json"}}}
MANIFEST = {"packages": {"shop": {"actions": ACTIONS, "apis": {"shop-api": {"v1": PATHS}}}}}


def listed(pay: str, all_: str) -> list[dict[str, Any]]:
    """What getApi answers with these backends."""
    operations = {"/pay": {"post": pay}, "/all": {"get": all_}}
    paths = {
        path: {verb: {"x-openwhisk": {"url": url}} for verb, url in verbs.items()} for path, verbs in operations.items()
    }
    return [{"value": {"apidoc": {"basePath": "/v1", "paths": paths}}}]


def corrected(apis: list[dict[str, Any]]) -> tuple[list[str], list[httpx.Request]]:
    """What is told, and what createApi was asked."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "getApi" in request.url.path:
            return httpx.Response(200, json={"apis": apis})
        asked.append(request)
        return httpx.Response(200, json={})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        return list(routes.correct(MANIFEST, HERE, http)), asked


def test_the_manifest_names_the_routes() -> None:
    assert [str(route) for route in routes.declared(MANIFEST)] == ["POST /v1/pay", "GET /v1/all"]
    assert [str(route) for route in routes.declared({"project": MANIFEST})] == ["POST /v1/pay", "GET /v1/all"]


def test_a_backend_that_is_no_url_is_replaced() -> None:
    """GIVEN one route as wskdeploy makes it, and one that is well THEN only the first is made again."""
    told, asked = corrected(listed(WRONG, RIGHT))
    document = json.loads(asked[0].content)["apidoc"]

    assert [line.partition(":")[0] for line in told] == ["POST /v1/pay"]
    assert len(asked) == 1
    assert asked[0].url.params["responsetype"] == "http"
    assert document["action"]["backendUrl"] == "http://localhost:3233/api/v1/web/_/shop/pay.http"
    assert document["action"]["secureKey"] == "s3cret"
    assert (document["gatewayBasePath"], document["gatewayPath"], document["apiName"]) == ("/v1", "/pay", "shop-api")


def test_what_is_well_is_left_alone() -> None:
    assert corrected(listed(RIGHT, RIGHT)) == ([], [])


def test_a_route_that_is_not_there_is_made() -> None:
    told, asked = corrected([])

    assert [line.partition(":")[0] for line in told] == ["POST /v1/pay", "GET /v1/all"]
    assert len(asked) == 2


def test_a_route_to_another_package_is_told_and_left_alone() -> None:
    told, asked = corrected(listed(RIGHT.replace("/shop/", "/shop-canary/"), RIGHT))

    assert told == ["POST /v1/pay: it leads to shop-canary; make route leads it back"]
    assert asked == []


def test_what_leads_to_a_package_from_elsewhere_is_found() -> None:
    """GIVEN routes of /v1, one of which is no URL THEN only those of another base path count."""
    apis = listed(WRONG, "https://elsewhere.example.com/")

    assert routes.leading_to("shop", apis) == ["POST /v1/pay"]
    assert routes.leading_to("v1", listed(RIGHT.replace("/shop/", "/v1/"), RIGHT)) == []


def test_a_route_can_lead_to_the_same_action_of_another_package() -> None:
    [pay, _] = routes.declared(MANIFEST)

    assert pay.to("shop-canary").action == "shop-canary/pay"


def test_a_refusal_is_an_error() -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(502, json={"error": "Invalid authentication."}))
    with httpx.Client(transport=refusing) as http, pytest.raises(httpx.HTTPStatusError):
        list(routes.correct(MANIFEST, HERE, http))
