"""Activations in the Prometheus text format: exact samples, and what promtool says of them."""

import shutil
import subprocess
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from activations import activation
from exposition import CONTENT_TYPE, exposition
from tests.records import document, recorded

# OpenWhisk's names break two rules of promtool; ours must keep all the others.
KNOWN_COMPLAINTS = {
    f"openwhisk_action_{name} metric names should be written in 'snake_case' not 'camelCase'"
    for name in ("coldStarts_total", "waitTime_seconds", "initTime_seconds")
}


def text() -> str:
    return exposition(
        [each for each in map(activation, recorded("mixed")) if each and each.package == "classifier"], True
    )


def samples(exposed: str) -> dict[str, float]:
    """The value of each sample that is no bucket, under its name and the labels that tell it apart."""
    found = {}
    for family in text_string_to_metric_families(exposed):
        for sample in family.samples:
            labels = {key: value for key, value in sample.labels.items() if key not in ("namespace", "initiator", "le")}
            if not sample.name.endswith("_bucket"):
                found[" ".join([sample.name.removeprefix("openwhisk_action_"), *labels.values()])] = sample.value
    return found


def test_counters_are_those_of_the_records() -> None:
    told = samples(text())
    assert told["activations_total classifier/classify_image sequence 128"] == 6
    assert told["activations_total classifier/classify blackbox 128"] == 5
    assert told["coldStarts_total classifier/classify"] == 1
    assert "coldStarts_total classifier/statistics" not in told
    assert told["status classifier/classify action_developer_error"] == 2
    assert told["status classifier/decode application_error"] == 2
    assert told["status_code classifier/classify_image 200"] == 3
    assert told["status_code classifier/classify_image 415"] == 1
    assert "status_code classifier/classify_image 400" not in told  # a crash names no status
    assert told["memory classifier/decode"] == 128
    assert told["classifier_statistics_complete"] == 1


def test_times_are_in_seconds() -> None:
    told = samples(text())
    assert told["waitTime_seconds_sum classifier/classify"] == pytest.approx(0.407)
    assert told["initTime_seconds_count classifier/classify"] == 1
    assert told["duration_seconds_sum classifier/classify_image"] == pytest.approx(31.9)
    assert told["response_size_bytes_sum classifier/classify_image"] == 2500


def buckets(name: str, documents: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """The upper bound and the count of each bucket of one histogram, as they stand in the text."""
    text = exposition([each for each in map(activation, documents) if each], complete=True)
    lines = [line for line in text.splitlines() if line.startswith(f"openwhisk_action_{name}_bucket")]
    return [(line.partition('le="')[2].partition('"')[0], float(line.rpartition(" ")[2])) for line in lines]


def test_buckets_of_times_are_cumulative() -> None:
    times_ms = [5, 30, 30, 60_000]
    told = buckets("duration_seconds", [document(number, number, duration=ms) for number, ms in enumerate(times_ms)])
    below = [
        "0.005",
        "0.01",
        "0.025",
        "0.05",
        "0.075",
        "0.1",
        "0.25",
        "0.5",
        "0.75",
        "1.0",
        "2.5",
        "5.0",
        "7.5",
        "10.0",
    ]
    assert [bound for bound, _ in told] == [*below, "+Inf"]
    assert [count for _, count in told] == [1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4]


def test_buckets_of_sizes_are_the_megabytes_that_openwhisk_has() -> None:
    # PrometheusRecorder.scala: from 0 to 9 MiB
    sizes = [0, 1_048_576, 1_048_577, 9_437_185]
    responses = [{"status": "success", "size": size, "result": {}} for size in sizes]
    told = buckets("response_size_bytes", [document(n, n, response=each) for n, each in enumerate(responses)])
    assert [bound for bound, _ in told] == [*(f"{mib * 1_048_576}.0" for mib in range(10)), "+Inf"]
    assert [count for _, count in told] == [1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4]


def test_the_names_and_labels_are_openwhisks() -> None:
    first = next(line for line in text().splitlines() if line.startswith("openwhisk_action_activations_total"))
    labels = 'action="classifier/classify",initiator="guest",kind="blackbox",memory="128",namespace="guest"'
    assert first == f"openwhisk_action_activations_total{{{labels}}} 5.0"
    assert CONTENT_TYPE == "text/plain; version=0.0.4; charset=utf-8"


def test_a_scraper_reads_that_records_are_missing() -> None:
    assert samples(exposition([], complete=False)) == {"classifier_statistics_complete": 0}


def test_no_activations_are_no_samples_but_that_all_were_read() -> None:
    assert samples(exposition([], True)) == {"classifier_statistics_complete": 1}


def test_promtool_finds_nothing_but_openwhisks_own_spelling() -> None:
    promtool = shutil.which("promtool") or pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run([promtool, "check", "metrics"], input=text(), capture_output=True, text=True)
    assert done.returncode in (0, 3), done.stderr  # 3: complaints of style only
    assert set(filter(None, (done.stdout + done.stderr).splitlines())) <= KNOWN_COMPLAINTS
