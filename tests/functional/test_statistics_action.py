"""The action ``statistics`` against OpenWhisk's activations API over HTTP."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import contract
from report import Statistics
from tests.records import Api, answering, document, recorded, ten_thousand

ROOT = Path(__file__).resolve().parents[2]
KEY = "uuid:a-secret-key"
TOKEN = "a-secret-token"
T0 = 1_795_000_020_000
NOW_S = (T0 + 600_000) / 1000
RESULT_LIMIT = 1_048_576


@pytest.fixture
def api() -> Api:
    return Api(recorded("mixed"))


@pytest.fixture
def action(api: Api) -> Iterator[Statistics]:
    with answering(api, KEY) as url:
        yield at(url)


def at(url: str, key: str = KEY) -> Statistics:
    environment = {"__OW_API_HOST": url, "__OW_API_KEY": key, "__OW_ACTION_NAME": "/guest/classifier/statistics"}
    return Statistics(environment, clock=lambda: NOW_S)


def ask(action: Statistics, query: str = "", token: str = TOKEN, **parameters: Any) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token}"}
    return action({"admin_token": TOKEN, "__ow_query": query, "__ow_headers": headers, **parameters})


def problem(answer: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = answer["error"]["body"]
    assert list(answer) == ["error"]
    assert answer["error"]["statusCode"] == told["status"]
    assert KEY not in json.dumps(answer)
    assert TOKEN not in json.dumps(answer)
    contract.check("problem", told)
    return told


def test_the_answer_keeps_its_contract(action: Statistics) -> None:
    answer = ask(action, "window=15m")
    assert answer["statusCode"] == 200
    contract.check("statistics", answer["body"])
    body = answer["body"]
    assert (body["package"], body["source"], body["window"]["name"]) == ("classifier", "activations", "15m")
    assert {each["name"]: each["activations"] for each in body["actions"]} == {
        "classifier/classify_image": 6,
        "classifier/decode": 9,
        "classifier/preprocess": 5,
        "classifier/classify": 5,
        "classifier/metrics": 3,
        "classifier/statistics": 1,
    }
    assert "classifier/statistics" not in {each["name"] for each in body["calls"]}


def test_a_window_bounded_by_hand(action: Statistics) -> None:
    body = ask(action, f"since={T0 + 50_000}&upto={T0 + 130_000}")["body"]
    assert body["actions"][0]["activations"] == 2


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x"])
def test_without_the_token_there_is_401_and_nothing_else(action: Statistics, api: Api, token: str) -> None:
    told = problem(ask(action, "window=15m", token=token))
    assert (told["status"], told["code"]) == (401, "unauthorized")
    assert api.asked == []


def test_a_wrong_token_is_refused_at_once(action: Statistics) -> None:
    """A pause for each would hold the containers that the right one needs."""

    def spent_s(token: str) -> float:
        began = time.monotonic()
        ask(action, token=token)
        return time.monotonic() - began

    answered, refused = (sum(spent_s(token) for _ in range(5)) for token in (TOKEN, "wrong"))
    assert refused < answered


@pytest.mark.parametrize("configured", ["", None])
def test_an_unset_token_lets_nobody_pass(action: Statistics, configured: str | None) -> None:
    told = problem(ask(action, "admin_token=x", token=configured or "x", admin_token=configured))
    assert told["status"] == 401


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("window=2h", 400, "invalid-request"),
        ("colour=red", 400, "invalid-request"),
        ("format=xml", 400, "invalid-request"),
        ("activation=..%2Factions", 400, "invalid-request"),
        (f"activation={'0' * 32}", 404, "no-such-activation"),
    ],
)
def test_a_wrong_query_is_a_problem_in_words(action: Statistics, query: str, status: int, code: str) -> None:
    told = problem(ask(action, query))
    assert (told["status"], told["code"]) == (status, code)


def test_the_trace_of_one_activation(action: Statistics) -> None:
    sequence = "41" + "0" * 30  # call A
    body = ask(action, f"activation={sequence}")["body"]
    contract.check("trace", body)
    assert [each["name"].removeprefix("classifier/") for each in body["activation"]["components"]] == [
        "decode",
        "preprocess",
        "classify",
        "metrics",
    ]
    assert [each["lines"][0].partition("stdout: ")[2] for each in body["logs"]] == [
        "decode ran",
        "preprocess ran",
        "classify ran",
        "metrics ran",
    ]


def test_a_platform_that_refuses_or_is_away_is_a_problem_that_keeps_the_key(api: Api) -> None:
    with answering(api, KEY) as url:
        refused = problem(ask(at(url, key="uuid:a-wrong-key")))
        assert "a-wrong-key" not in json.dumps(refused)
    away = problem(ask(at(url)))
    for told in (refused, away):
        assert (told["status"], told["code"]) == (503, "statistics-unavailable")


def test_a_mistake_of_ours_is_logged_without_the_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    broken = at("http://127.0.0.1:1")
    broken.clock = lambda: 1 / 0
    told = problem(ask(broken))
    log = "".join(capsys.readouterr())
    assert (told["status"], told["code"]) == (500, "internal")
    assert "ZeroDivisionError" in log
    assert "ZeroDivisionError" not in json.dumps(told)
    assert KEY not in log
    assert TOKEN not in log


def test_a_record_larger_than_the_memory_allows_is_not_read() -> None:
    # GIVEN a call whose one step logged five megabytes, and one that did so itself
    huge = ["x" * 5_000_000]
    sequence = {"kind": "sequence"}
    step, alone = document(1, T0, logs=huge), document(2, T0, logs=huge)
    call = document(3, T0, "guest/classifier/classify_image", annotations=sequence, logs=[step["activationId"]])
    with answering(Api([step, alone, call]), KEY) as url:
        told = problem(ask(at(url), f"activation={alone['activationId']}"))
        body = ask(at(url), f"activation={call['activationId']}")["body"]
    assert (told["status"], told["code"]) == (503, "statistics-unavailable")
    assert body["missing"] == [step["activationId"]]


def test_an_action_without_a_key_says_which_annotation_is_missing() -> None:
    told = problem(ask(at("http://127.0.0.1:1", key="")))
    assert "provide-api-key" in told["detail"]


MEASURE = r"""
import json, os, re, sys, time
from report import Statistics
place = {"__OW_API_HOST": sys.argv[1], "__OW_API_KEY": sys.argv[2], "__OW_ACTION_NAME": "/guest/classifier/statistics"}
args = {"admin_token": "t", "__ow_query": sys.argv[3], "__ow_headers": {"authorization": "Bearer t"}}
started = time.perf_counter()
answer = Statistics(place)(args)
text = json.dumps(answer)
print(json.dumps({
    "seconds": time.perf_counter() - started,
    # Not getrusage: a new program starts with the peak of the process that started it.
    "peak_mb": int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024,
    "bytes": len(text.encode()),
    "coverage": answer.get("body", {}).get("coverage", answer),
    "activations": sum(each["activations"] for each in answer["body"]["actions"]),
    "before": sum(each["before"]["activations"] for each in answer["body"]["actions"]),
}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux's /proc")
def test_ten_thousand_records_fit_the_action() -> None:
    """And as many before them, in a process of its own, as in a container: it has 128 MB and may answer with 1 MiB."""
    reply = recorded("mixed")[-1]["response"]["result"]["body"]
    now_ms = int(time.time() * 1000)
    api = Api([*ten_thousand(now_ms, reply), *ten_thousand(now_ms - 900_000, reply)])
    assert len(api.documents) == 20_000
    with answering(api, KEY) as url:
        path = f"{ROOT / 'actions/shared'}:{ROOT / 'actions/statistics'}"
        command = [sys.executable, "-c", MEASURE, url, KEY, "window=15m"]
        done = subprocess.run(command, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    print(told)
    assert told["activations"] == told["before"] == told["coverage"]["records_read"] == 10_000
    assert told["coverage"]["complete"]
    assert told["coverage"]["replies_read"] == 2000
    assert told["bytes"] < RESULT_LIMIT
    assert told["peak_mb"] < 100
