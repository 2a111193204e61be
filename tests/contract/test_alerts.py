"""The alerts and the dashboard ask for what the exposition has, and judge as the statistics page does."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

import verdict
from activations import OUTCOMES, activation
from exposition import exposition
from manifest import PACKAGE, ROOT
from tests.records import recorded

RULES = ROOT / "deploy/prometheus-alerts.yaml"
CASES = ROOT / "tests/data/prometheus-alerts.test.yaml"
DASHBOARD = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text("utf-8"))
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
GROUPS = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
# Prometheus makes the first itself; the others are in OpenWhisk's user events only (docs/metrics.md there).
ELSEWHERE = {"up", "openwhisk_action_limit_timed_total", "openwhisk_action_limit_concurrent_total"}


def exposed() -> set[str]:
    """The names of all samples that a scraper can get."""
    activations = [each for each in map(activation, recorded("mixed")) if each]
    families = text_string_to_metric_families(exposition(activations, True))
    return {sample.name for family in families for sample in family.samples}


def rules() -> Iterator[tuple[str, str]]:
    """Each rule's name and expression."""
    for group in GROUPS:
        for rule in group["rules"]:
            yield rule.get("alert") or rule["record"], rule["expr"]


def asked(expression: str) -> set[str]:
    """The metrics of an expression: names that have an underscore or a colon, and ``up``."""
    without_labels = re.sub(r"by \([^)]*\)|\b\w+(?==)|\"[^\"]*\"|\{\{.*?\}\}", " ", expression)
    names = set(re.findall(r"\b(?:[a-z]+[_:][\w:]+|up)\b", without_labels))
    return names - {"sum_over_time", "histogram_quantile", "label_values"}


def promtool(*arguments: str | Path) -> None:
    program = shutil.which("promtool") or pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["check", "rules", RULES], ["test", "rules", CASES]], ids=["check", "test"])
def test_promtool_is_content(arguments: list[str | Path]) -> None:
    promtool(*arguments)


def test_the_documented_configuration_is_one_and_has_the_job_of_the_alerts(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(scrape_configs:.*?)```", OPERATIONS, re.DOTALL)
    [scraped] = yaml.safe_load(example)["scrape_configs"]
    assert f'up{{job="{scraped["job_name"]}"}}' in dict(rules())["ClassifierStatisticsUnreachable"]
    (tmp_path / "prometheus.yml").write_text(example)
    promtool("check", "config", "--syntax-only", tmp_path / "prometheus.yml")


def test_the_documented_alerts_are_those_of_the_rules() -> None:
    told = re.findall(r"^\| `(Classifier\w+)` \|", OPERATIONS, re.MULTILINE)
    assert told == [name for name, _ in rules() if name.startswith("Classifier")]


def test_every_alert_has_a_case_that_sets_it_off() -> None:
    alerts = {name for name, _ in rules() if name.startswith("Classifier")}
    cases = yaml.safe_load(CASES.read_text("utf-8"))["tests"]
    tried = {case["alertname"] for each in cases for case in each["alert_rule_test"] if case["exp_alerts"]}
    assert tried == alerts


def test_rules_ask_for_metrics_that_exist() -> None:
    known = exposed() | ELSEWHERE | {name for name, _ in rules()}
    names = set().union(*(asked(expression) for _, expression in rules()))
    assert len(names) > 8
    assert names <= known


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    queries = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    names = set().union(*map(asked, queries))
    assert len(names) > 8
    assert names <= exposed() | ELSEWHERE


def test_rules_ask_for_actions_and_outcomes_that_exist() -> None:
    text = RULES.read_text("utf-8")
    actions = {name for found in re.findall(r'action=~?"classifier/\(?([^)"]+)\)?"', text) for name in found.split("|")}
    assert actions <= PACKAGE["actions"].keys() | PACKAGE["sequences"].keys()
    statuses = {status for found in re.findall(r'status=~"([^"]+)"', text) for status in found.split("|")}
    assert statuses == set(OUTCOMES[2:])


def test_rules_judge_as_the_verdict_does() -> None:
    expressions = dict(rules())
    failures, calls = "classifier:service_failures:10m", "classifier:calls:10m"
    hour = "sum_over_time({}[1h:10m])".format
    failing = f"{failures} / {calls} >= {verdict.FAILING_SHARE:.2f} and {failures} >= {verdict.FEWEST_FAILURES}"
    assert expressions["ClassifierFailing"] == failing
    degraded = f"{hour(failures)} / {hour(calls)} >= {verdict.DEGRADED_SHARE} "
    assert expressions["ClassifierDegraded"].startswith(degraded)
    assert f"> {verdict.SLOWER:g} * " in expressions["ClassifierSlow"]
    assert expressions["ClassifierSlow"].count(f">= {verdict.FEWEST_CALLS}") == 2
