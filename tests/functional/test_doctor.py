"""The doctor's judgement of recorded answers, and a run against a host that is there."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import checks
from checks import Answer, Finding
from target import Target, Unusable, find
from tests.conformance.localwhisk import AUTH, localwhisk

ROOT = Path(__file__).resolve().parents[2]
NEED = checks.needs(yaml.safe_load((ROOT / "manifest.yaml").read_text()))
STOCK = Target("https://openwhisk.example.com", "uuid", "secret", "APIHOST")

# As a stock OpenWhisk gives them: ansible/files/runtimes.json (shortened), Controller.scala, Limits.scala.
INFO: dict[str, Any] = {
    "description": "OpenWhisk",
    "api_paths": ["/api/v1"],
    "limits": {
        "actions_per_minute": 60,
        "concurrent_actions": 30,
        "sequence_length": 50,
        "min_action_duration": 100,
        "max_action_duration": 300000,
        "min_action_memory": 134217728,
        "max_action_memory": 536870912,
        "min_action_logs": 0,
        "max_action_logs": 10485760,
        "triggers_per_minute": 60,
    },
    "runtimes": {
        "python": [
            {"kind": "python:3.10", "default": True, "deprecated": False},
            {"kind": "python:3.11", "default": False, "deprecated": False},
        ]
    },
}
LIMITS = {
    "invocationsPerMinute": 60,
    "concurrentInvocations": 30,
    "minActionMemory": 128,
    "maxActionMemory": 512,
    "maxActionTimeout": 300000,
    "maxActionLogs": 10,
    "maxPayloadSize": "1048576 B",
}


def answered(document: Any, status: int = 200) -> Answer:
    return Answer(status, "application/json", document)


HEALTHY = {
    "info": answered(INFO),
    "namespaces": answered(["guest"]),
    "limits": answered(LIMITS),
    "routes": answered({"apis": []}),
}


def examined(changed: dict[str, Answer] | None = None, target: Target = STOCK) -> list[Finding]:
    return list(checks.examine(target, NEED, {**HEALTHY, **(changed or {})}))


def problems(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings if finding.state == "problem"}


def with_limits(**changed: Any) -> dict[str, Answer]:
    """A platform with these limits, whose namespaces have none of their own (releases up to 2.0.0)."""
    return {
        "info": answered({**INFO, "limits": {**INFO["limits"], **changed}}),
        "limits": answered({"invocationsPerMinute": 60, "concurrentInvocations": 30, "firesPerMinute": 60}),
    }


def test_a_stock_openwhisk_has_no_problem() -> None:
    findings = examined()

    assert problems(findings) == {}
    assert {finding.subject for finding in findings} >= {
        "runtimes",
        "memory",
        "time",
        "payload",
        "images",
        "API gateway",
    }


@pytest.mark.parametrize(
    ("changed", "subject", "words"),
    [
        ({"info": Answer(failure="Connection refused")}, "platform", "nothing answers"),
        ({"info": answered({"status": 404}, 404)}, "platform", "not the platform information"),
        ({"info": replace(HEALTHY["info"], content_type="application/json;charset=utf-8")}, "runtimes", "old list"),
        ({"info": answered({**INFO, "runtimes": {"python": [{"kind": "python:3"}]}})}, "runtimes", "family: python:3"),
        ({"namespaces": answered({"error": "is invalid", "code": "x"}, 401)}, "credentials", "is invalid"),
        ({"namespaces": answered([])}, "credentials", "not a list with a namespace"),
        (with_limits(min_action_memory=268435456), "memory", "256 to 512 MB allowed"),
        (with_limits(max_action_duration=10000), "time", "any to 10000 ms allowed"),
        (with_limits(max_action_logs=0), "logs", "any to 0 MB allowed"),
        (with_limits(sequence_length=3), "sequence", "4 actions needed"),
        ({"limits": answered({**LIMITS, "maxActionMemory": 64})}, "memory", "128 to 64 MB allowed"),
        ({"limits": answered({**LIMITS, "maxPayloadSize": "524288 B"})}, "payload", "524288 allowed"),
        ({"limits": answered({**LIMITS, "maxPayloadSize": "512 KB"})}, "payload", "524288 allowed"),
        ({"limits": answered({**LIMITS, "allowedKinds": ["nodejs:20"]})}, "images", "only nodejs:20"),
        ({"routes": answered({"error": "does not exist.", "code": "x"}, 404)}, "API gateway", "HTTP 404"),
    ],
)
def test_what_is_missing_is_named_with_what_to_change(changed: dict[str, Answer], subject: str, words: str) -> None:
    found = problems(examined(changed))

    assert list(found) == [subject]
    assert words in found[subject].text
    assert found[subject].remedy


def test_nothing_is_concluded_from_a_platform_that_refuses_the_key() -> None:
    findings = examined({"namespaces": answered({"error": "is invalid"}, 401)})

    assert findings[-1].subject == "credentials"


def test_a_limit_that_the_platform_does_not_tell_is_noted() -> None:
    findings = examined({"info": answered({**INFO, "limits": {}}), "limits": answered(None, 404)})

    assert problems(findings) == {}
    assert {finding.subject for finding in findings if finding.state == "note"} == {
        "memory", "time", "logs", "sequence", "rate", "images"
    }  # fmt: skip


def test_a_name_with_a_port_is_a_trap_for_the_gateway_only() -> None:
    """Given wskdeploy, which writes https:// before a host that has a scheme already."""
    findings = examined(target=Target("http://localhost:3233", "uuid", "secret", "APIHOST"))

    assert problems(findings) == {}
    assert any("make deploy" in finding.remedy for finding in findings if finding.subject == "API gateway")


@pytest.mark.parametrize(
    ("api_host", "url", "for_wskdeploy"),
    [
        ("openwhisk.example.com", "https://openwhisk.example.com", "openwhisk.example.com"),
        ("https://openwhisk.example.com/", "https://openwhisk.example.com", "openwhisk.example.com"),
        ("openwhisk.example.com:8443", "https://openwhisk.example.com:8443", "https://openwhisk.example.com:8443"),
        ("192.0.2.7:8443", "https://192.0.2.7:8443", "192.0.2.7:8443"),
        ("http://localhost:3233", "http://localhost:3233", "http://localhost:3233"),
    ],
)
def test_the_api_host_is_taken_in_any_form(api_host: str, url: str, for_wskdeploy: str) -> None:
    target = find({"APIHOST": api_host, "AUTH": "uuid:secret"})

    assert (target.url, target.wskdeploy_host) == (url, for_wskdeploy)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "APIHOST and AUTH missing"),
        ({"APIHOST": "localhost"}, "AUTH missing"),
        ({"APIHOST": "https://localhost/api/v1", "AUTH": "u:k"}, "nothing behind it"),
        ({"APIHOST": "localhost", "AUTH": "only-half"}, "uuid:key"),
        ({"APIHOST": "ftp://localhost", "AUTH": "u:k"}, "Expected a host"),
        ({"APIHOST": "localhost:99999", "AUTH": "u:k"}, "Expected a host"),
        ({"APIHOST": "localhost:port", "AUTH": "u:k"}, "Expected a host"),
        ({"APIHOST": "https://[::1", "AUTH": "u:k"}, "Expected a host"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused_in_words(
    environment: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(Unusable, match=words):
        find({"HOME": str(tmp_path), **environment})


def test_wskprops_are_read_and_written_as_the_tools_do(tmp_path: Path) -> None:
    (tmp_path / "props").write_text("APIHOST=ow.example.com\nAUTH=u:k\nAPIGW_TENANT_ID=t\nKEY=two=signs\n")

    target = find({"WSK_CONFIG_FILE": str(tmp_path / "props")})

    assert (target.url, target.tenant) == ("https://ow.example.com", "t")
    assert target.wskprops().splitlines() == ["APIGW_TENANT_ID=t", "APIHOST=ow.example.com", "AUTH=u:k"]


def test_a_variable_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / ".wskprops").write_text("APIHOST=saved.example.com\nAUTH=saved:k\n")

    target = find({"HOME": str(tmp_path), "AUTH": "mine:k"})

    assert (target.url, target.uuid) == ("https://saved.example.com", "mine")


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(STOCK)


def doctor(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "doctor.py"), *options]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)


def test_nobody_there_is_a_problem_and_an_exit_status(tmp_path: Path) -> None:
    """Given a port on which nothing listens (port 1 is tcpmux's, which nobody runs)."""
    done = doctor({"APIHOST": "http://127.0.0.1:1", "AUTH": "u:k", "HOME": str(tmp_path)})

    assert done.returncode == 1
    assert "nothing answers on http://127.0.0.1:1" in done.stdout


ROUTES = answered(
    {
        "apis": [
            {
                "value": {
                    "gwApiUrl": "https://gateway.example.com/api/uuid/classifier",
                    "apidoc": {
                        "basePath": "/classifier",
                        "paths": {"/classify": {"post": {}}, "/metrics": {"get": {}}},
                    },
                }
            }
        ]
    }
)


def test_the_url_of_a_route_is_the_gateways() -> None:
    assert checks.url("/classifier/classify", ROUTES) == "https://gateway.example.com/api/uuid/classifier/classify"
    assert checks.url("/classifier/nothing", ROUTES) == ""
    assert checks.url("/classifier/classify", HEALTHY["routes"]) == ""


@pytest.mark.parametrize(
    ("url", "reply", "state", "words"),
    [
        ("https://g/c", answered({"predictions": [{"label": "tench", "probability": 0.93}]}), "ok", "tench"),
        ("https://g/c", answered({"error": "busy", "code": "x"}, 202), "problem", "HTTP 202 (busy)"),
        ("https://g/c", answered({"title": "The model is missing"}, 503), "problem", "HTTP 503"),
        ("", Answer(), "problem", "not installed"),
    ],
)
def test_a_deployed_classifier_has_to_answer(url: str, reply: Answer, state: str, words: str) -> None:
    finding = checks.installed(url, reply)

    assert finding.state == state
    assert words in finding.text


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answered({"error": "HTTP method not allowed, supported methods: OPTIONS"}, 405), "backend is no URL"),
        (answered({"error": "The requested resource does not exist."}, 404), "not what it leads to"),
        (answered({"error": "Authentication is possible but"}, 401), "secret"),
        (answered({"error": "Too many requests"}, 429), "in a minute"),
        (answered({"error": "There was an error processing your request."}, 400), "pulls the image"),
        (answered({"error": "Response not yet ready."}, 202), "pulls the image"),
        (Answer(failure="Connection refused"), "reachable"),
    ],
)
def test_what_to_do_follows_from_the_status(reply: Answer, words: str) -> None:
    assert words in checks.installed("https://g/c", reply).remedy


def test_a_localwhisk_has_what_the_package_needs(tmp_path: Path) -> None:
    with localwhisk(tmp_path) as url:
        before = doctor({"APIHOST": url, "AUTH": AUTH})
        refused = doctor({"APIHOST": url, "AUTH": "no:body"})
        installed = doctor({"APIHOST": url, "AUTH": AUTH}, "--installed")

    assert (before.returncode, "PROBLEM" in before.stdout) == (0, False), before.stdout
    assert (refused.returncode, "PROBLEM  credentials: refused" in refused.stdout) == (1, True), refused.stdout
    assert (installed.returncode, "not installed" in installed.stdout) == (1, True), installed.stdout
