"""Activations in the Prometheus text format: exact samples, and what promtool says of them."""

import shutil
import subprocess

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


def test_buckets_are_cumulative() -> None:
    each = [
        activation(document(number, number, duration=duration)) for number, duration in enumerate([5, 30, 30, 60_000])
    ]
    lines = exposition([one for one in each if one], complete=False).splitlines()
    buckets = [line.rpartition(" ")[2] for line in lines if line.startswith("openwhisk_action_duration_seconds_bucket")]
    # upper bounds .005 .01 .025 .05 .075 .1 .25 .5 .75 1 2.5 5 7.5 10 +Inf
    assert list(map(float, buckets)) == [1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4]
    assert "classifier_statistics_complete 0.0" in lines


def test_the_names_and_labels_are_openwhisks() -> None:
    first = next(line for line in text().splitlines() if line.startswith("openwhisk_action_activations_total"))
    labels = 'action="classifier/classify",initiator="guest",kind="blackbox",memory="128",namespace="guest"'
    assert first == f"openwhisk_action_activations_total{{{labels}}} 5.0"
    assert CONTENT_TYPE == "text/plain; version=0.0.4; charset=utf-8"


def test_no_activations_are_no_samples_but_that_all_were_read() -> None:
    assert samples(exposition([], True)) == {"classifier_statistics_complete": 1}


def test_promtool_finds_nothing_but_openwhisks_own_spelling() -> None:
    promtool = shutil.which("promtool") or pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run([promtool, "check", "metrics"], input=text(), capture_output=True, text=True)
    assert done.returncode in (0, 3), done.stderr  # 3: complaints of style only
    assert set(filter(None, (done.stdout + done.stderr).splitlines())) <= KNOWN_COMPLAINTS
