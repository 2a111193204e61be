"""deploy/openwhisk-values.yaml names what the Helm chart knows, and says what docs/operations.md says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from manifest import ROOT

VALUES = yaml.safe_load((ROOT / "deploy/openwhisk-values.yaml").read_text())
LISTED = (ROOT / "tests/data/openwhisk-chart-keys.txt").read_text().splitlines()
CHART_KEYS = {line for line in LISTED if not line.startswith("#")}
SECTION = (ROOT / "docs/operations.md").read_text().partition("### On Kubernetes")[2].partition("\n## ")[0]


def leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every key path that has a value."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


OURS = dict(leaves(VALUES))


def test_every_key_is_one_of_the_chart() -> None:
    assert set(OURS) - CHART_KEYS == set()


def test_the_documentation_names_keys_of_the_chart() -> None:
    named = set(re.findall(r"`((?:whisk|invoker|db|controller)\.[A-Za-z.]+)`", SECTION))
    assert len(named) >= 5
    assert named - CHART_KEYS == set()


@pytest.mark.parametrize(
    "key",
    [
        "whisk.containerPool.userMemory",
        "whisk.loadbalancer.blackboxFraction",
        "whisk.limits.actionsInvokesConcurrent",
        "whisk.limits.actionsInvokesPerminute",
        "invoker.containerFactory.kubernetes.replicaCount",
    ],
)
def test_the_values_are_those_of_the_table_for_ten_photos(key: str) -> None:
    [row] = [line for line in SECTION.splitlines() if line.startswith("|") and f"`{key}`" in line]
    for_ten = re.findall(r"[\w%]+", row.split("|")[2])[0]
    assert str(OURS[key]) == for_ten
