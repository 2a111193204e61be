"""The statistics from a real Prometheus server that scrapes our own exposition."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

import contract
from activations import Activation, activation
from exposition import CONTENT_TYPE, exposition
from report import Statistics
from summary import summarize
from tests.records import Api, answering, moved, recorded
from tests.serving import ROOT, Handler, eventually, free_port, http_server, running
from window import Window

KEY = "uuid:key"
T0 = 1_795_000_020_000
BUCKET_S = 15  # of a window of 15 minutes
CONFIGURATION = """
global: {{ scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 1s }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: user-events
    authorization: {{ credentials: token }}
    static_configs: [{{ targets: ["{target}"] }}]
"""


def mixed() -> list[Activation]:
    return [each for each in map(activation, recorded("mixed")) if each and each.package == "classifier"]


@contextmanager
def exposing(activations: list[Activation]) -> Iterator[str]:
    """The address of our exposition of ``activations``, which may grow."""

    @cache
    def body_of(_count: int) -> bytes:
        return exposition(activations, True).encode()

    class Exporter(Handler):
        def get(self) -> None:
            assert self.headers["Authorization"] == "Bearer token"
            self.answer(200, CONTENT_TYPE, body_of(len(activations)))

    with http_server(Exporter) as address:
        yield address


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[str]:
    """A Prometheus server that scrapes the address ``target`` five times a second; gives its own."""
    program = shutil.which("prometheus") or pytest.skip("Prometheus is not installed (Debian package prometheus)")
    (folder / "prometheus.yml").write_text(
        CONFIGURATION.format(target=target.removeprefix("http://"), rules=ROOT / "deploy/prometheus-alerts.yaml")
    )
    address = f"127.0.0.1:{free_port()}"
    options = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address={address}"]
    with running([program, *options], folder / "log", lambda: scraped(address), {}, folder):
        yield f"http://{address}"


def scraped(address: str) -> bool:
    return value(address, "count(openwhisk_action_status)") > 0


def value(address: str, query: str) -> float:
    try:
        result = httpx.get(f"http://{address}/api/v1/query", params={"query": query}).json()["data"]["result"]
    except (httpx.TransportError, ValueError, KeyError):
        return 0
    return float(result[0]["value"][1]) if result else 0


def recent() -> Api:
    """The platform's records of the last minutes."""
    return Api(moved(recorded("mixed"), int(time.time() * 1000) - 1000))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The statistics after two more times the mixed records arrived under the eyes of Prometheus."""
    folder = tmp_path_factory.mktemp("prometheus")
    activations = mixed()
    with exposing(activations) as target, prometheus(folder, target) as url, answering(recent(), KEY) as host:
        address, scrapes = url.removeprefix("http://"), "max(count_over_time(openwhisk_action_memory[1m]))"
        log = folder / "log"
        assert eventually(lambda: value(address, scrapes) > 15, 30), log.read_text()
        eventually(lambda: 5 < time.time() % BUCKET_S < 9, BUCKET_S)  # increase() misses a step between two ranges
        activations += [*mixed(), *mixed()]
        assert eventually(lambda: value(address, scrapes) > 50, 30), log.read_text()
        place = {"__OW_API_HOST": host, "__OW_API_KEY": KEY, "__OW_ACTION_NAME": "/guest/classifier/statistics"}
        headers = {"authorization": "Bearer t"}
        args = {"admin_token": "t", "__ow_headers": headers, "__ow_query": "window=15m", "prometheus_url": f"{url}/"}
        yield {**Statistics(place)(args), "prometheus": url}


@pytest.mark.slow
def test_the_answer_has_the_same_contract(told: dict[str, Any]) -> None:
    assert told["statusCode"] == 200
    contract.check("statistics", told["body"])
    assert (told["body"]["source"], told["body"]["window"]["name"]) == ("prometheus", "15m")


@pytest.mark.slow
def test_the_counts_are_those_of_the_records(told: dict[str, Any]) -> None:
    twice = summarize([*mixed(), *mixed()], Window("custom", T0, T0 + 900_000))
    expected = {each["name"]: each for each in twice["actions"]}
    actions = {each["name"]: each for each in told["body"]["actions"]}
    assert actions.keys() == expected.keys()
    for name, own in actions.items():
        for field in ("kind", "activations", "outcomes", "faults", "success_ratio", "memory_mb"):
            assert own[field] == expected[name][field], (name, field)
        assert (own["gb_seconds"] or 0) == pytest.approx(expected[name]["gb_seconds"] or 0, rel=0.01, abs=1e-3), name
        for field in ("duration_ms", "wait_ms", "init_ms"):
            assert own[field]["n"] == expected[name][field]["n"], (name, field)
            if own[field]["n"]:
                assert own[field]["mean"] == pytest.approx(expected[name][field]["mean"], rel=0.01), (name, field)
    assert actions["classifier/classify"]["cold_starts"]["count"] == 2
    statuses = {each["status"]: each["count"] for each in actions["classifier/classify_image"]["http_statuses"]}
    assert statuses == {200: 6, 415: 2}


@pytest.mark.slow
def test_what_prometheus_does_not_know_comes_from_the_newest_records(told: dict[str, Any]) -> None:
    body = told["body"]
    sequence = next(each for each in body["actions"] if each["name"] == "classifier/classify_image")
    assert [each["code"] for each in sequence["error_codes"]] == ["action-developer-error", "not-a-jpeg", "time-out"]
    assert sequence["image_bytes"]["n"] == 2
    assert (body["labels"][0], len(body["calls"])) == ({"label": "tench", "count": 2}, 9)


@pytest.mark.slow
def test_percentiles_lie_in_the_bucket_of_the_right_value(told: dict[str, Any]) -> None:
    decode = next(each for each in told["body"]["actions"] if each["name"] == "classifier/decode")
    assert 5 < decode["duration_ms"]["p50"] <= 25  # 10 ms; buckets end at 5, 10, 25
    assert 75 < decode["duration_ms"]["p99"] <= 100  # 100 ms
    assert decode["duration_ms"]["max"] is None


@pytest.mark.slow
def test_the_timeline_has_the_increase(told: dict[str, Any]) -> None:
    sequence = next(each for each in told["body"]["actions"] if each["name"] == "classifier/classify_image")
    assert sum(sequence["timeline"]["success"]) == 6
    assert sum(sequence["timeline"]["action_developer_error"]) == 4
    assert sum(sequence["timeline"]["warm"]) == 12
    duration = sequence["duration_ms"]  # Prometheus extrapolates each bucket to its ends
    assert sum(sequence["timeline"]["duration_total_ms"]) == pytest.approx(duration["n"] * duration["mean"], rel=0.1)
    lengths = {len(series) for series in sequence["timeline"].values()}
    assert lengths == {len(told["body"]["timeline"]["bucket_starts"])}


def test_a_prometheus_that_is_away_is_a_problem() -> None:
    with answering(Api([]), KEY) as host:
        place = {"__OW_API_HOST": host, "__OW_API_KEY": KEY, "__OW_ACTION_NAME": "/guest/classifier/statistics"}
        args = {"admin_token": "t", "__ow_headers": {"authorization": "Bearer t"}, "__ow_query": ""}
        answer = Statistics(place)({**args, "prometheus_url": f"http://127.0.0.1:{free_port()}"})
    assert answer["error"]["body"]["code"] == "statistics-unavailable"


DASHBOARD = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text())
VARIABLES = {"$namespace": ".*", "$action": ".*", "$__range": "15m", "$__rate_interval": "1m"}


@pytest.mark.slow
def test_every_query_of_the_grafana_dashboard_finds_something(told: dict[str, Any]) -> None:
    queries = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    assert len(queries) > 20
    for query in queries:
        asked = re.sub(r"\$\w+", lambda variable: VARIABLES[variable[0]], query)
        answer = httpx.get(f"{told['prometheus']}/api/v1/query", params={"query": asked})
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["result"], asked


@pytest.mark.slow
def test_the_alerts_are_evaluated_and_one_goes_off(told: dict[str, Any]) -> None:
    """Of the mixed calls, more than 10 % fail through the service."""

    def state() -> dict[str, str]:
        [group] = httpx.get(f"{told['prometheus']}/api/v1/rules").json()["data"]["groups"]
        assert {rule["health"] for rule in group["rules"]} <= {"ok", "unknown"}
        return {rule["name"]: rule.get("state", rule["health"]) for rule in group["rules"]}

    assert eventually(lambda: state()["ClassifierFailing"] == "firing"), state()
    assert state()["classifier:service_failures:10m"] == "ok"
