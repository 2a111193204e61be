"""scripts/deploy and scripts/undeploy: what stops them, and the whole way on a localwhisk."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import routes
import target
from tests.conformance.localwhisk import AUTH, IMAGE, localwhisk

ROOT = Path(__file__).resolve().parents[2]
UUID, _, KEY = AUTH.partition(":")
COMPLETE = {
    "APIHOST": "http://127.0.0.1:1",
    "AUTH": "uuid:secret-key",
    "CLASSIFIER_ADMIN_TOKEN": "token-of-the-admin",
    "CLASSIFY_IMAGE": IMAGE,
}


def run(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Exit status and output of a script, in an environment that has no .wskprops but one in ``folder``."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in (*COMPLETE, "ENVIRONMENT", "REGISTRY", "PUSH", "WSK_CONFIG_FILE")
    }
    done = subprocess.run(
        command,
        env={**variables, "HOME": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        cwd=ROOT,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"APIHOST": ""}, "APIHOST missing"),
        ({"AUTH": ""}, "AUTH missing"),
        ({"ENVIRONMENT": "Dev"}, "ENVIRONMENT is 'Dev'"),
        ({"AUTH": "secret-key"}, "uuid:key"),
        ({"CLASSIFIER_ADMIN_TOKEN": ""}, "CLASSIFIER_ADMIN_TOKEN is not set"),
        ({"CLASSIFIER_ADMIN_TOKEN": "guess-me"}, "CLASSIFIER_ADMIN_TOKEN has 8 characters, expected at least 16"),
        ({"CLASSIFY_IMAGE": ""}, "REGISTRY is not set"),
        ({"CLASSIFY_IMAGE": "classify"}, "needs a tag"),
        ({"CLASSIFY_IMAGE": "registry:5000/classify"}, "needs a tag"),
        ({"CLASSIFY_IMAGE": "classify:latest"}, "other than latest"),
        ({"CLASSIFY_IMAGE": "", "REGISTRY": "registry.example.com/me"}, "nothing answers"),
        ({"CLASSIFY_IMAGE": "", "PUSH": "0"}, "nothing answers"),
        ({}, "nothing answers on http://127.0.0.1:1"),
    ],
)
def test_a_deploy_stops_before_anything_is_built(tmp_path: Path, change: dict[str, str], words: str) -> None:
    status, output = run(["scripts/deploy"], tmp_path, {**COMPLETE, **change})

    assert status == 1
    assert words in output
    assert "package:" not in output
    assert "secret-key" not in output
    assert "token-of-the-admin" not in output


def test_a_run_needs_a_token_that_is_not_to_be_guessed(tmp_path: Path) -> None:
    status, output = run(["scripts/run"], tmp_path, {"PORT": "0", "CLASSIFIER_ADMIN_TOKEN": "guess-me"})

    assert status == 1
    assert "CLASSIFIER_ADMIN_TOKEN has 8 characters, expected at least 16" in output
    assert "localwhisk:" not in output


def test_an_undeploy_needs_to_know_where(tmp_path: Path) -> None:
    assert run(["scripts/undeploy"], tmp_path, {})[0] == 1


def listed_apis(url: str) -> list[dict[str, Any]]:
    """What getApi lists."""
    here = target.find({"APIHOST": url, "AUTH": AUTH})
    with httpx.Client(timeout=60) as http:
        apis: list[dict[str, Any]] = routes.manage(http, here, "GET", "getApi").json()["apis"]
        return apis


def listed_versions(url: str) -> dict[str, dict[str, str]]:
    """The versions of all actions, by their package."""
    versions: dict[str, dict[str, str]] = {}
    for row in httpx.get(f"{url}/api/v1/namespaces/_/actions", auth=(UUID, KEY), timeout=60).json():
        versions.setdefault(row["namespace"].removeprefix("guest/"), {})[row["name"]] = row["version"]
    return versions


@pytest.mark.tools
def test_deploy_and_undeploy(tmp_path: Path) -> None:
    """GIVEN a localwhisk that .wskprops names WHEN the scripts run THEN the routes lead to the actions, a second deploy
    changes nothing, another environment lives beside, a new token is a new version, and undeploy removes all."""
    if shutil.which("go") is None:
        pytest.skip("wskdeploy is installed with Go, and there is none")
    go = {name: subprocess.check_output(["go", "env", name], text=True).strip() for name in ("GOMODCACHE", "GOCACHE")}
    with localwhisk(tmp_path) as url:
        (tmp_path / ".wskprops").write_text(f"APIHOST={url}\nAUTH={AUTH}\n")
        settings = {**go, **COMPLETE, "APIHOST": "", "AUTH": "", "PACKAGE_TARGET": "host"}
        deployed = run(["scripts/deploy"], tmp_path, settings)
        apis = listed_apis(url)
        answer = httpx.post(f"{apis[0]['value']['gwApiUrl']}/classify", json={}, timeout=60)
        versions = listed_versions(url)
        deployed_again = run(["scripts/deploy"], tmp_path, settings)
        apis_again, versions_again = listed_apis(url), listed_versions(url)
        dev = {**settings, "ENVIRONMENT": "dev"}
        beside = run(["scripts/deploy"], tmp_path, dev)
        apis_of_both = listed_apis(url)
        changed = run(["scripts/deploy"], tmp_path, {**dev, "CLASSIFIER_ADMIN_TOKEN": "another-token-of-the-admin"})
        versions_of_both = listed_versions(url)
        removed = run(["scripts/undeploy"], tmp_path, dev)
        versions_of_one = listed_versions(url)
        undeployed = run(["scripts/undeploy"], tmp_path, settings)
        afterwards = run([sys.executable, "scripts/doctor.py"], tmp_path, {})

    assert deployed[0] == 0, deployed[1]
    assert f"classifier: {url}/api/" in deployed[1]
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert deployed_again[0] == 0, deployed_again[1]
    assert "nothing changed" in deployed_again[1]
    assert (apis_again, versions_again) == (apis, versions)
    assert f"classifier: {url}/api/{UUID}/classifier-dev/classify answers" in beside[1], beside[1]
    assert {api["value"]["apidoc"]["basePath"] for api in apis_of_both} == {"/classifier", "/classifier-dev"}
    assert "classifier-dev is a new version" in changed[1], changed[1]
    assert versions_of_both["classifier-dev"].keys() == versions_of_both["classifier-dev-previous"].keys()
    assert removed[0] == 0, removed[1]
    assert versions_of_one == versions
    assert undeployed[0] == 0, undeployed[1]
    assert "0 APIs there" in afterwards[1]
    assert KEY not in deployed[1] + undeployed[1] + afterwards[1]
