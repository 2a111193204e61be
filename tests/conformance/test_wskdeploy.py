"""A project's life by the real wskdeploy: preview, report, deploy, update, sync, undeploy (wskdeploy deployers/)."""

from pathlib import Path

import pytest

from tests.conformance.conftest import Wskdeploy
from tests.conformance.openwhisk import OpenWhisk, annotations

PROJECT = "conformance-project"
PACKAGE = "conformance_project"
FIRST = """
project:
  name: conformance-project
  packages:
    conformance_project:
      actions:
        kept: { function: kept.py, runtime: "python:3.11", limits: { memorySize: 128 }, inputs: { celsius: 1 } }
        stale: { function: kept.py, runtime: "python:3.11", limits: { memorySize: 128 } }
      sequences:
        both: { actions: "kept, stale" }
"""
SECOND = """
project:
  name: conformance-project
  packages:
    conformance_project:
      actions:
        kept: { function: kept.py, runtime: "python:3.11", limits: { memorySize: 128 }, inputs: { celsius: $CELSIUS } }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kept.py").write_text("def main(args):\n    return args\n")
    (tmp_path / "first.yaml").write_text(FIRST)
    (tmp_path / "second.yaml").write_text(SECOND)
    return tmp_path


def is_there(openwhisk: OpenWhisk, path: str) -> bool:
    return openwhisk.api("GET", path).status_code == 200


def version(openwhisk: OpenWhisk, action: str) -> str:
    found: str = openwhisk.api("GET", f"actions/{PACKAGE}/{action}").json()["version"]
    return found


def test_preview_and_report_change_nothing(openwhisk: OpenWhisk, wskdeploy: Wskdeploy, folder: Path) -> None:
    preview = wskdeploy("-m", folder / "first.yaml", "--preview")
    report = wskdeploy("report", "-m", folder / "first.yaml")

    assert "kept" in preview
    assert "celsius" in report
    assert not is_there(openwhisk, f"packages/{PACKAGE}")


def test_a_project_is_deployed_twice_and_undeployed(openwhisk: OpenWhisk, wskdeploy: Wskdeploy, folder: Path) -> None:
    wskdeploy("-m", folder / "first.yaml")
    first = version(openwhisk, "kept")
    wskdeploy("-m", folder / "first.yaml")
    second = version(openwhisk, "kept")
    invoked = openwhisk.invoke(f"{PACKAGE}/both", {"m": 2}, result="true")
    wskdeploy("undeploy", "-m", folder / "first.yaml")

    assert (first, second) == ("0.0.1", "0.0.2")  # an update counts the patch version up (Actions.scala)
    assert invoked.json() == {"celsius": 1, "m": 2}
    assert not is_there(openwhisk, f"packages/{PACKAGE}")
    for action in ("kept", "stale", "both"):
        assert not is_there(openwhisk, f"actions/{PACKAGE}/{action}")


def test_a_managed_project_loses_what_left_its_manifest(
    openwhisk: OpenWhisk, wskdeploy: Wskdeploy, folder: Path
) -> None:
    """RefreshManagedEntities in servicedeployer.go; `undeploy --projectname` then takes the whole project away."""
    wskdeploy("sync", "--managed", "-m", folder / "first.yaml")
    marked = annotations(openwhisk.api("GET", f"actions/{PACKAGE}/kept").json())
    before = [is_there(openwhisk, f"actions/{PACKAGE}/{action}") for action in ("kept", "stale", "both")]
    wskdeploy("sync", "--managed", "-m", folder / "second.yaml", CELSIUS="seven")
    after = [is_there(openwhisk, f"actions/{PACKAGE}/{action}") for action in ("kept", "stale", "both")]
    result = openwhisk.invoke(f"{PACKAGE}/kept", result="true").json()
    wskdeploy("undeploy", "--projectname", PROJECT)

    assert marked["whisk-managed"]["projectName"] == PROJECT
    assert before == [True, True, True]
    assert after == [True, False, False]
    assert result == {"celsius": "seven"}
    assert not is_there(openwhisk, f"packages/{PACKAGE}")


def test_a_variable_that_is_not_set_becomes_an_empty_string(
    openwhisk: OpenWhisk, wskdeploy: Wskdeploy, folder: Path
) -> None:
    """Why scripts/deploy stops before: wskenv/environment.go says nothing."""
    wskdeploy("-m", folder / "second.yaml")
    result = openwhisk.invoke(f"{PACKAGE}/kept", result="true").json()
    wskdeploy("undeploy", "-m", folder / "second.yaml")

    assert result == {"celsius": ""}


def test_a_refusal_is_an_exit_status(openwhisk: OpenWhisk, wskdeploy: Wskdeploy, folder: Path) -> None:
    """And the reason is readable, which takes an ``error`` and a ``code`` (openwhisk-client-go whisk/client.go)."""
    (folder / "wrong.yaml").write_text(FIRST.replace("memorySize: 128", "memorySize: 100000"))
    with pytest.raises(AssertionError, match="ended with 255") as failed:
        wskdeploy("-m", folder / "wrong.yaml")
    openwhisk.api("DELETE", f"packages/{PACKAGE}")

    assert "100000" in str(failed.value)
    assert "The connection failed, or timed out" not in str(failed.value)
