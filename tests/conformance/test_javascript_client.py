"""The official JavaScript client against the specimens (apache/openwhisk-client-js)."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.openwhisk import OpenWhisk
from tests.tools import installed


@pytest.fixture(scope="module")
def seen(specimens: OpenWhisk) -> dict[str, Any]:
    """What js/client.cjs got."""
    if shutil.which("npm") is None:
        pytest.skip("OpenWhisk's JavaScript client is installed with npm, and there is none")
    environment = {
        **os.environ,
        "NODE_PATH": str(installed("javascript") / "javascript/node_modules"),
        "__OW_API_HOST": specimens.target.url,
        "__OW_API_KEY": f"{specimens.target.uuid}:{specimens.target.key}",
        "__OW_APIGW_TOKEN": "DUMMY TOKEN",
        "__OW_APIGW_SPACE_GUID": specimens.target.tenant,
    }
    routes = ["routes"] if specimens.routes().status_code == 200 else []
    command = ["node", str(Path(__file__).with_name("js") / "client.cjs"), *routes]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_lists(specimens: OpenWhisk, seen: dict[str, Any]) -> None:
    assert seen["namespaces"] == [specimens.namespace]
    assert "conformance" in {package["name"] for package in seen["packages"]}
    assert {"greet", "twice"} <= {action["name"] for action in seen["actions"]}
    assert isinstance(seen["triggers"], list)
    assert isinstance(seen["rules"], list)


def test_invocations(seen: dict[str, Any]) -> None:
    assert seen["blocking"]["response"]["result"] == {"greeting": "Hello, Ada!"}
    assert seen["result"] == {"greeting": "Hello, World!"}
    assert len(seen["activationId"]) == 32


def test_activations(seen: dict[str, Any]) -> None:
    assert seen["activation"]["response"]["result"] == {"greeting": "Hello, Grace!"}
    assert seen["activationResult"]["result"] == {"greeting": "Hello, Grace!"}
    assert isinstance(seen["logs"]["logs"], list)
    assert seen["activationId"] in {row["activationId"] for row in seen["activations"]}


def test_refusals(seen: dict[str, Any]) -> None:
    assert (seen["missing"]["name"], seen["missing"]["statusCode"]) == ("OpenWhiskError", 404)
    assert seen["failing"]["statusCode"] == 502


def test_an_action_made_by_the_client(seen: dict[str, Any]) -> None:
    assert seen["updated"] == {"n": 1}
    assert seen["deleted"]["name"] == "conformance_js"


@pytest.mark.usefixtures("gateway")
def test_routes(seen: dict[str, Any]) -> None:
    assert "/conformance" in {api["value"]["apidoc"]["basePath"] for api in seen["routes"]["apis"]}
