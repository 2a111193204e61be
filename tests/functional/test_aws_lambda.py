"""deploy/aws-lambda: the same answers as from localwhisk, through Lambda's own runtime interface client."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import httpx
import pytest

from manifest import ROOT, STEPS
from tests.containers import NO_CERTIFICATES
from tests.pictures import jpg, smooth
from tests.serving import Handler, Served, http_server, serving

Json = dict[str, Any]
Ask = Callable[[Json], Json]
PHOTO = jpg(smooth(300, 200))
MULTIPART = httpx.Request("POST", "http://lambda", files={"image": ("photo.jpg", PHOTO, "image/jpeg")})
MEASURED = {"timings_ms", "cold"}  # of an answer, what differs from call to call


def runtime_api(events: Queue[Json], answers: Queue[Json]) -> type[Handler]:
    """What Lambda shows to a container (AWS Lambda Developer Guide, "Using the Lambda runtime API")."""

    class RuntimeApi(Handler):
        def get(self) -> None:
            content = json.dumps(events.get()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")  # without it the client crashes
            self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:region:account:function:classifier")
            self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:  # noqa: N802 - as http.server calls it
            answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(202, "application/json", b"{}")

    return RuntimeApi


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """A function URL: what is in the image, started as there."""
    task = tmp_path_factory.mktemp("task")
    shutil.copytree(ROOT / "actions", task / "actions")
    shutil.copytree(ROOT / "build/package/host/classify/model", task / "actions/classify/model")  # as served
    shutil.copy(ROOT / "deploy/aws-lambda/handler.py", task)
    events, answers = Queue[Json](), Queue[Json]()

    def asked(event: Json) -> Json:
        events.put(event)
        return answers.get(timeout=60)

    with http_server(runtime_api(events, answers)) as api:
        command = [sys.executable, "-m", "awslambdaric", "handler.handler"]
        environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": api.removeprefix("http://")}
        with subprocess.Popen(command, cwd=task, env=environment, stdout=subprocess.DEVNULL) as client:
            yield asked
            client.kill()  # it waits for an event in C, where no other signal reaches Python


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as localwhisk:
        yield localwhisk


def event(content: bytes, content_type: str, query: dict[str, str], method: str = "POST") -> Json:
    """An HTTP request as Lambda gives it to a function (format 2.0). A body that is no text is in base64."""
    is_text = content_type.startswith("application/json")
    return {
        "version": "2.0",
        "rawPath": "/",
        "headers": {"content-type": content_type},
        **({"queryStringParameters": query} if query else {}),
        "requestContext": {"http": {"method": method, "path": "/"}},
        "body": content.decode() if is_text else base64.b64encode(content).decode(),
        "isBase64Encoded": not is_text,
    }


@pytest.mark.parametrize(
    ("content", "content_type", "query"),
    [
        (PHOTO, "image/jpeg", {"top_k": "3", "fit": "pad"}),
        (json.dumps({"image": base64.b64encode(PHOTO).decode(), "explain": True}).encode(), "application/json", {}),
        (MULTIPART.read(), MULTIPART.headers["content-type"], {"top_k": "2"}),
        (PHOTO, "image/jpeg", {"format": "hf"}),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "image/jpeg", {}),
        (PHOTO, "image/jpeg", {"top_k": "many"}),
        (b"[]", "application/json", {}),
    ],
    ids=["octets", "json", "form", "hf", "png", "bad option", "no object"],
)
def test_a_function_url_answers_what_localwhisk_answers(
    ask: Ask, served: Served, content: bytes, content_type: str, query: dict[str, str]
) -> None:
    headers = {"Content-Type": content_type}
    there = httpx.post(
        served.classify_url, content=content, headers=headers, params=query, timeout=60, verify=NO_CERTIFICATES
    )
    here = ask(event(content, content_type, query))

    assert here["statusCode"] == there.status_code
    assert here["headers"]["Content-Type"] == there.headers["content-type"]
    assert unmeasured(json.loads(here["body"])) == unmeasured(there.json())


def unmeasured(body: Any) -> Any:
    return {key: value for key, value in body.items() if key not in MEASURED} if isinstance(body, dict) else body


def test_what_is_no_json_is_refused(ask: Ask) -> None:
    answer = ask(event(b"{", "application/json", {}))

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "invalid-request")


def test_only_a_post_is_answered(ask: Ask) -> None:
    answer = ask(event(b"", "", {}, "GET"))

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "invalid-request")


def test_the_steps_are_those_of_the_sequence() -> None:
    [line] = [
        text for text in (ROOT / "deploy/aws-lambda/handler.py").read_text().splitlines() if text.startswith("STEPS")
    ]
    assert line == "STEPS = (" + ", ".join(f'"{step}"' for step in STEPS) + ")"
