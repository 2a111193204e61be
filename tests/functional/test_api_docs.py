"""docs/api.md on a running host: its code runs, and its examples are what the host answers."""

import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api_docs import server
from api_document import ROOT, bundled
from tests.pictures import header_only, jpg
from tests.serving import ADMIN_TOKEN, GUEST_UUID, serving

DOCUMENT = bundled()
EXAMPLES = {name: example["value"] for name, example in DOCUMENT["components"]["examples"].items()}
TEXT = (ROOT / "docs/api.md").read_text("utf-8")
CODE = dict(re.findall(r"^### With (.+)\n\n(```(?:.|\n)+?)```$", TEXT.partition("## Classify")[0], re.MULTILINE))
CURL_OF_STATISTICS = re.findall(r"^```shell\n(curl -H \"Authorization(?:.|\n)+?)```$", TEXT, re.MULTILINE)
RUNS = {"shell": ["bash", "-c"], "python": [sys.executable, "-c"], "javascript": ["node", "--input-type=module", "-e"]}
CAT = ROOT / "site/examples/cat.jpg"
JPEG = {"Content-Type": "image/jpeg"}
JSON = {"Content-Type": "application/json"}
AS_ADMIN = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
REQUESTS: dict[str, dict[str, Any]] = {  # by the name of the example that is the answer
    "invalid-request": {"content": CAT.read_bytes(), "headers": JPEG, "params": {"top_k": 0}},
    "payload-too-large": {"content": bytes(780_001), "headers": JPEG},
    "not-a-jpeg": {"content": b"\x89PNG\r\n\x1a\n", "headers": JPEG},
    "unsupported-jpeg": {"content": header_only(96, 64, bits=12), "headers": JPEG},
    "too-many-pixels": {"content": header_only(30_000, 30_000), "headers": JPEG},
    "corrupt-jpeg": {"content": jpg()[:200], "headers": JPEG},
    "malformed": {"content": b'{"image": ', "headers": JSON},
    "entity-too-large": {"content": bytes(1_100_000), "headers": JPEG},
    "invalid-query": {"params": {"upto": "0"}, "headers": AS_ADMIN},
    "unauthorized": {},
    "no-such-activation": {"params": {"activation": "0" * 32}, "headers": AS_ADMIN},
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the API."""
    with serving(tmp_path_factory.mktemp("documented")) as host:
        yield f"{host.url}/api/{GUEST_UUID}/classifier"


def output(block: str, api: str) -> str:
    """What a code block prints when it is run with another address and another file."""
    language, _, code = block.removeprefix("```").partition("\n")
    if not shutil.which(RUNS[language][0]):
        pytest.skip(f"no {RUNS[language][0]} found, which runs the example")
    assert server(DOCUMENT) in code
    code = code.replace(server(DOCUMENT), api).replace("photo.jpg", str(CAT))
    environment = {**os.environ, "CLASSIFIER_ADMIN_TOKEN": ADMIN_TOKEN}
    done = subprocess.run([*RUNS[language], code], capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_is_a_quick_start_for_each() -> None:
    assert [*CODE] == ["curl", "Python", "JavaScript", "Hugging Face's client"]
    assert len(CURL_OF_STATISTICS) == 1


@pytest.mark.parametrize("way", CODE)
def test_the_quick_start_names_the_three_most_probable_classes(api: str, way: str) -> None:
    printed = output(CODE[way], api)
    reply = httpx.post(f"{api}/classify?top_k=3", content=CAT.read_bytes(), headers=JPEG, timeout=90).json()
    labels = [prediction["label"] for prediction in reply["predictions"]]
    assert len(labels) == 3
    assert [label for label in labels if label not in printed] == []


def test_the_statistics_come_as_the_text_says(api: str) -> None:
    assert '"verdict"' in output(f"```shell\n{CURL_OF_STATISTICS[0]}", api)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_example_is_the_answer(api: str, name: str) -> None:
    method, path = ("POST", "/classify") if "content" in REQUESTS[name] else ("GET", "/metrics")
    response = httpx.request(method, api + path, timeout=90, **REQUESTS[name])
    answer = response.json()
    assert response.headers["x-content-type-options"] == "nosniff"
    if "error" in answer:
        answer["code"] = EXAMPLES[name]["code"]  # another one for each request
    assert answer == EXAMPLES[name]


def test_options_in_the_body_count_more_than_those_in_the_query(api: str) -> None:
    image = b64encode(CAT.read_bytes()).decode()
    asked: dict[str, Any] = {"params": {"top_k": 1}, "timeout": 90}
    in_json = httpx.post(f"{api}/classify", json={"image": image, "top_k": 3}, **asked).json()
    in_form = httpx.post(f"{api}/classify", files={"image": CAT.read_bytes()}, data={"top_k": "2"}, **asked).json()
    assert (in_json["options"]["top_k"], in_form["options"]["top_k"]) == (3, 2)


def outline(value: Any) -> Any:
    """``value`` with types in place of strings and numbers, which depend on the weights and the processor."""
    if isinstance(value, dict):
        return {key: outline(each) for key, each in value.items()}
    if isinstance(value, list):
        return [outline(each) for each in value]
    return type(value)


@pytest.mark.parametrize(("name", "asked"), [("reply", {"explain": "true"}), ("hugging_face", {"format": "hf"})])
def test_the_example_of_a_reply_is_like_the_answer(api: str, name: str, asked: dict[str, str]) -> None:
    httpx.post(f"{api}/classify", content=CAT.read_bytes(), headers=JPEG, timeout=90)  # the next one is warm
    options = {"top_k": "2", **asked}
    answer = httpx.post(f"{api}/classify", content=CAT.read_bytes(), headers=JPEG, params=options, timeout=90).json()
    assert outline(answer) == outline(EXAMPLES[name])
    if name == "reply":
        facts = ("image", "options", "view")
        assert [answer[fact] for fact in facts] == [EXAMPLES[name][fact] for fact in facts]
