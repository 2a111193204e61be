"""This package on the platform: installed by the real wskdeploy, called by the clients that people use.

Where a classifier is installed already, that one is asked, and neither replaced nor removed. To install one on another
platform than localwhisk, CONFORMANCE_CLASSIFY_IMAGE names the image (scripts/image builds it).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from huggingface_hub import InferenceClient

import contract
from manifest import ACTIONS, STEPS
from tests.conformance.conftest import Wskdeploy
from tests.conformance.localwhisk import IMAGE
from tests.conformance.openwhisk import OpenWhisk, annotations

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "manifest.yaml"
PACKAGE = yaml.safe_load(MANIFEST.read_text())["packages"]["classifier"]
SAMPLE = PACKAGE["actions"]["decode"]["annotations"]["sampleInput"]["image"]
TOKEN = "conformance-admin-token"
JPEG = {"Content-Type": "image/jpeg"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture(scope="module")
def environment(openwhisk: OpenWhisk) -> dict[str, str]:
    """The variables of the manifest."""
    image = os.environ.get("CONFORMANCE_CLASSIFY_IMAGE", IMAGE if openwhisk.is_localwhisk else "")
    if not image:
        openwhisk.lacks(
            "CONFORMANCE_CLASSIFY_IMAGE names no image that it could pull, so the classifier is not installed"
        )
    target = "host" if openwhisk.is_localwhisk else "platform"
    subprocess.run([sys.executable, ROOT / "scripts/package.py", "--target", target], check=True)
    directory = "host" if openwhisk.is_localwhisk else ""
    return {"CLASSIFY_IMAGE": image, "CLASSIFIER_ADMIN_TOKEN": TOKEN, "PACKAGE_TARGET": directory}


def is_installed(openwhisk: OpenWhisk) -> bool:
    return openwhisk.api("GET", "packages/classifier").status_code == 200


@pytest.fixture(scope="module")
def classifier(
    openwhisk: OpenWhisk, gateway: None, request: pytest.FixtureRequest  # noqa: ARG001
) -> Iterator[OpenWhisk]:  # fmt: skip
    """The platform with the classifier on it."""
    if is_installed(openwhisk):
        yield openwhisk
        return
    wskdeploy, environment = request.getfixturevalue("wskdeploy"), request.getfixturevalue("environment")
    wskdeploy.deploy(MANIFEST, **environment)
    yield openwhisk
    wskdeploy("undeploy", "-m", MANIFEST, **environment)


@pytest.fixture(scope="module")
def url(classifier: OpenWhisk) -> str:
    return classifier.route("/classifier") + "/classify"


def assert_reply(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    reply: dict[str, Any] = response.json()
    contract.check("reply", reply)
    return reply


def test_the_life_of_the_package(
    openwhisk: OpenWhisk, wskdeploy: Wskdeploy, photo: Path, request: pytest.FixtureRequest
) -> None:
    """Preview, report, deploy twice, sync, answer, undeploy; nothing is left. Each with exit status 0."""
    if is_installed(openwhisk):
        openwhisk.lacks("a classifier is installed; this would remove it")
    request.getfixturevalue("gateway")
    environment = request.getfixturevalue("environment")

    assert "classify_image" in wskdeploy("-m", MANIFEST, "--preview", **environment)
    wskdeploy("report", "-m", MANIFEST, **environment)
    assert not is_installed(openwhisk)
    wskdeploy("-m", MANIFEST, **environment)
    wskdeploy.deploy(MANIFEST, **environment)
    wskdeploy("sync", "--managed", "-m", MANIFEST, "--projectname", "classifier", **environment)
    wskdeploy.correct_routes(MANIFEST)
    decode = openwhisk.api("GET", "actions/classifier/decode", params={"code": "false"}).json()
    gateway = openwhisk.route("/classifier")
    reply = assert_reply(openwhisk.send("POST", f"{gateway}/classify", content=photo.read_bytes(), headers=JPEG))
    wskdeploy("undeploy", "-m", MANIFEST, **environment)

    if reply["model"]["weights"] == "stand-in":  # for them the label is known
        assert reply["predictions"][0]["wnid"] == photo.name.split("_")[0]
    assert decode["version"] == "0.0.3"
    assert annotations(decode)["sampleInput"] == PACKAGE["actions"]["decode"]["annotations"]["sampleInput"]
    assert not is_installed(openwhisk)
    assert [row for row in openwhisk.api("GET", "actions").json() if row["namespace"].endswith("/classifier")] == []
    bases = [api["value"]["apidoc"]["basePath"] for api in openwhisk.routes().json()["apis"]]
    assert "/classifier" not in bases


def test_every_photo_gets_its_label_through_the_gateway(classifier: OpenWhisk, url: str, photos: Path) -> None:
    """The labels are known for the stand-in weights; with others, a valid reply is all that is sure."""
    for photo in sorted(photos.glob("*.jpg"))[::6]:
        answer = classifier.send("POST", url, content=photo.read_bytes(), headers=JPEG)
        reply = assert_reply(answer)

        if reply["model"]["weights"] == "stand-in":
            assert reply["predictions"][0]["wnid"] == photo.name.split("_")[0], photo.name


@pytest.fixture
def photo(photos: Path) -> Path:
    return min(photos.glob("*.jpg"))


@pytest.mark.parametrize("arguments", [["--data-binary", "@{}", "-H", "Content-Type: image/jpeg"], ["-F", "image=@{}"]])
def test_curl(url: str, photo: Path, arguments: list[str]) -> None:
    """What docs/openapi.yaml tells people to type."""
    options = [argument.format(photo) for argument in arguments]
    command = ["curl", "--silent", "--show-error", "--fail", "--insecure", *options, f"{url}?top_k=3"]
    done = subprocess.run(command, capture_output=True, check=True)

    assert len(json.loads(done.stdout)["predictions"]) == 3


@pytest.mark.parametrize("top_k", [None, 3])
def test_hugging_faces_client(url: str, photo: Path, top_k: int | None) -> None:
    """It posts the bytes as they are, or with options a JSON object with ``inputs`` and ``parameters``
    (huggingface_hub/inference/_providers/hf_inference.py)."""
    found = InferenceClient(model=f"{url}?format=hf").image_classification(photo, top_k=top_k)

    assert len(found) == (top_k or 5)
    assert [element.score for element in found] == sorted((element.score for element in found), reverse=True)
    assert all(isinstance(element.label, str) for element in found)


def test_a_page_on_another_origin(classifier: OpenWhisk, url: str) -> None:
    """A preflight for JSON, then the request; the page may read the activation id."""
    origin = {"Origin": "https://page.example"}
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = classifier.send("OPTIONS", url, headers=asked)
    answer = classifier.send("POST", url, json={"image": SAMPLE}, headers=origin)

    assert preflight.status_code == 200
    assert "content-type" in preflight.headers["access-control-allow-headers"].lower()
    assert answer.headers["access-control-allow-origin"] in ("*", "https://page.example")
    assert "x-openwhisk-activation-id" in answer.headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (PNG, "image/jpeg", 415, "not-a-jpeg"),
        (b"\xff\xd8\xff\xe0", "image/jpeg", 422, "corrupt-jpeg"),
        (json.dumps({"image": "no base64"}).encode(), "application/json", 400, "invalid-request"),
        (json.dumps({"image": SAMPLE, "top_k": 0}).encode(), "application/json", 400, "invalid-request"),
        (b"", "image/jpeg", 400, "invalid-request"),
        (bytes(780_100), "image/jpeg", 413, "payload-too-large"),
    ],
)
@pytest.mark.parametrize("way", ["gateway", "web action"])
def test_a_problem_arrives_as_it_was_meant(
    classifier: OpenWhisk, url: str, way: str, body: bytes, media_type: str, status: int, code: str
) -> None:
    """The largest body is one that still fits into a message of the platform, in base64 (docs/reference.md)."""
    headers = {"Content-Type": media_type, "Origin": "https://page.example"}
    if way == "gateway":
        answer = classifier.send("POST", url, content=body, headers=headers)
    else:
        answer = classifier.web("classifier/classify_image.http", "POST", content=body, headers=headers)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"] == code
    assert answer.headers["access-control-allow-origin"] in ("*", "https://page.example")


@pytest.mark.parametrize("action", list(STEPS))
def test_every_step_refuses_what_it_cannot_use(classifier: OpenWhisk, action: str) -> None:
    """Each action can be invoked alone; the record then says application error, with the problem as result."""
    record = classifier.failed(f"classifier/{action}", {"nonsense": 1})

    assert record["response"]["status"] == "application error"
    assert record["response"]["result"]["error"]["statusCode"] in (400, 500)
    contract.check("problem", record["response"]["result"]["error"]["body"])


def test_the_steps_one_by_one(classifier: OpenWhisk) -> None:
    """For debugging: the result of each action is the input of the next."""
    result: dict[str, Any] = {"image": SAMPLE}
    for action in list(STEPS):
        answer = classifier.invoke(f"classifier/{action}", result, result="true")
        assert answer.status_code == 200, answer.text
        result = answer.json()

    assert result["statusCode"] == 200
    contract.check("reply", result["body"])


def test_the_records_of_a_classification(classifier: OpenWhisk, url: str) -> None:
    answer = classifier.send("POST", url, json={"image": SAMPLE})
    sequence = classifier.activation(answer.headers["x-openwhisk-activation-id"])
    parts = [classifier.activation(identifier) for identifier in sequence["logs"]]

    assert sequence["name"] == "classify_image"
    assert [part["name"] for part in parts] == list(STEPS)
    kinds = {action.name: "blackbox" if action.is_image else "python:3.11" for action in ACTIONS}
    assert [annotations(part)["kind"] for part in parts] == [kinds[step] for step in STEPS]
    assert {annotations(part)["limits"]["memory"] for part in parts} == {128}
    assert {part["cause"] for part in parts} == {sequence["activationId"]}


def test_a_second_classification_is_warm(classifier: OpenWhisk, url: str) -> None:
    """Four containers of 128 MB stay beside each other even on a standalone OpenWhisk (container-pool.user-memory)."""
    answer = classifier.send("POST", url, json={"image": SAMPLE})
    for identifier in classifier.activation(answer.headers["x-openwhisk-activation-id"])["logs"]:
        classifier.activation(identifier)  # until it is stored, the container may be busy with its logs
    reply = assert_reply(classifier.send("POST", url, json={"image": SAMPLE}))

    assert reply["cold"] == []


def test_statistics_need_the_admin_token(classifier: OpenWhisk) -> None:
    url = classifier.route("/classifier") + "/metrics"
    refused = classifier.send("GET", url, headers={"Authorization": "Bearer wrong"})

    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")


def test_statistics_with_the_admin_token(classifier: OpenWhisk, url: str) -> None:
    """Computed by an action from the activation records, with its own key (annotation provide-api-key)."""
    token = os.environ.get("CLASSIFIER_ADMIN_TOKEN", TOKEN)
    classifier.send("POST", url, json={"image": SAMPLE})
    answer = classifier.send(
        "GET", f"{classifier.route('/classifier')}/metrics", headers={"Authorization": f"Bearer {token}"}
    )
    if answer.status_code == 401:
        classifier.lacks("the classifier there has another admin token; CLASSIFIER_ADMIN_TOKEN names it")

    assert answer.status_code == 200, answer.text
    contract.check("statistics", answer.json())
