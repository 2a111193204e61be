"""Routes made, replaced and removed as the tools do it (openwhisk core/routemgmt; openwhisk-client-go whisk/api.go)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conformance.openwhisk import OpenWhisk

BASE = "/conformance-routes"


class Management:
    """The three web actions of whisk.system/apimgmt."""

    def __init__(self, openwhisk: OpenWhisk) -> None:
        self._openwhisk = openwhisk

    def call(self, method: str, name: str, extension: str = ".http", body: Any = None, **query: str) -> httpx.Response:
        target = self._openwhisk.target
        return self._openwhisk.send(
            method,
            f"{target.url}/api/v1/web/whisk.system/apimgmt/{name}{extension}",
            params={"accesstoken": "DUMMY TOKEN", "spaceguid": target.tenant, **query},
            auth=(target.uuid, target.key),
            json=body,
        )

    def create(
        self, path: str, verb: str, action: str, response: str = "http", name: str = "routes", before: str = ""
    ) -> httpx.Response:
        """As ``wsk api create`` does; ``before`` is what to write before the URL of the backend."""
        target = self._openwhisk.target
        backend = {
            "name": action,
            "namespace": "_",
            "backendMethod": verb,
            "backendUrl": f"{before}{target.url}/api/v1/web/_/{action}.{response}",
            "authkey": f"{target.uuid}:{target.key}",
        }
        document = {
            "namespace": "_",
            "apiName": name,
            "gatewayBasePath": BASE,
            "gatewayPath": path,
            "gatewayMethod": verb,
            "id": f"API:_:{path}",
            "action": backend,
        }
        return self.call("POST", "createApi", body={"apidoc": document}, responsetype=response)

    def delete(self, **query: str) -> httpx.Response:
        return self.call("DELETE", "deleteApi", basepath=BASE, **query)

    def verbs(self) -> dict[str, list[str]]:
        """Path -> verbs of the API at BASE; empty if there is none."""
        found = self.call("GET", "getApi", basepath=BASE).json()["apis"]
        paths = found[0]["value"]["apidoc"]["paths"] if found else {}
        return {path: sorted(verbs) for path, verbs in paths.items()}


@pytest.fixture
def management(specimens: OpenWhisk, gateway: None) -> Iterator[Management]:  # noqa: ARG001
    made = Management(specimens)
    yield made
    made.delete()


def test_paths_and_verbs_come_and_go_one_by_one(management: Management) -> None:
    management.create("/one", "GET", "conformance/inspect")
    management.create("/one", "POST", "conformance/inspect")
    management.create("/two", "GET", "conformance/inspect")
    all_of_them = management.verbs()
    management.delete(relpath="/one", operation="POST")
    without_verb = management.verbs()
    management.delete(relpath="/one")
    without_path = management.verbs()
    management.delete(relpath="/two")

    assert all_of_them == {"/one": ["get", "post"], "/two": ["get"]}
    assert without_verb == {"/one": ["get"], "/two": ["get"]}
    assert without_path == {"/two": ["get"]}
    assert management.verbs() == {}


def test_a_path_is_replaced(specimens: OpenWhisk, management: Management) -> None:
    """And the API keeps its first name (createApi.js)."""
    management.create("/one", "POST", "conformance/inspect", name="first")
    created = management.create("/one", "POST", "conformance/answer", name="second")
    answer = specimens.send("POST", f"{specimens.route(BASE)}/one", json={"answer": {"body": "replaced"}})

    assert created.status_code == 200
    assert created.json()["apidoc"]["info"]["title"] == "first"
    assert answer.text == "replaced"


def test_a_backend_that_is_no_url_answers_405(specimens: OpenWhisk, management: Management) -> None:
    """As wskdeploy makes it of an API host with a scheme: ``https://http://…``. scripts/routes.py puts it right."""
    management.create("/one", "POST", "conformance/answer", before="https://")
    answer = specimens.send("POST", f"{specimens.route(BASE)}/one", json={"answer": {"body": "x"}})

    assert answer.status_code == 405
    assert answer.json()["error"] == "HTTP method not allowed, supported methods: OPTIONS"


def test_a_response_of_type_json_is_the_whole_result(specimens: OpenWhisk, management: Management) -> None:
    """The server's default: status and headers are then fields like others, which is why the manifest says http."""
    management.create("/one", "POST", "conformance/answer", response="json")
    result = {"statusCode": 201, "body": "x"}
    answer = specimens.send("POST", f"{specimens.route(BASE)}/one", json={"answer": result})

    assert (answer.status_code, answer.json()) == (200, result)


def test_the_extension_may_be_left_out(management: Management) -> None:
    """openwhisk-client-js calls it so; without one it is .http."""
    assert management.call("GET", "getApi", extension="").json().keys() >= {"apis"}


def test_an_unknown_api_cannot_be_removed(management: Management) -> None:
    answer = management.delete()

    assert answer.status_code == 502
    assert BASE in answer.json()["error"]
    assert answer.json().keys() == {"error"}


def test_an_api_has_only_verbs_of_http(management: Management) -> None:
    created = management.create("/one", "BREW", "conformance/inspect")

    assert created.status_code == 502
    assert "verb 'brew' not supported" in created.json()["error"]


def test_a_verb_is_removed_only_with_its_path(management: Management) -> None:
    management.create("/one", "GET", "conformance/inspect")
    refused = management.delete(operation="GET")

    assert refused.status_code == 502
    assert management.verbs() == {"/one": ["get"]}


def test_only_a_user_of_the_platform_manages_routes(specimens: OpenWhisk, management: Management) -> None:  # noqa: ARG001
    url = f"{specimens.target.url}/api/v1/web/whisk.system/apimgmt/getApi.http"

    assert specimens.send("GET", url).status_code >= 400
