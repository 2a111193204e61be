"""The manifest says what is true: its samples keep the contracts and the actions really give them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import contract
from tests.action_modules import ACTIONS, load

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = yaml.safe_load((ROOT / "manifest.yaml").read_text())["packages"]["classifier"]
EDGES = {
    "decode": ("request", "raster"),
    "preprocess": ("raster", "tensor"),
    "classify": ("tensor", "predictions"),
    "metrics": ("predictions", None),
}
STOCK_LIMITS = {"memorySize": range(128, 513), "timeout": range(100, 300_001), "logSize": range(11)}


def samples(action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sample input and output of ``action``, with "<N characters of base64>" written out."""
    annotations = PACKAGE["actions"][action]["annotations"]
    return expanded(annotations["sampleInput"]), expanded(annotations["sampleOutput"])


def expanded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: expanded(inner) for key, inner in value.items()}
    if isinstance(value, str) and (placeholder := re.fullmatch(r"<(\d+) characters of base64>", value)):
        return "A" * int(placeholder[1])
    return value


def shape(value: Any) -> Any:
    """The keys of ``value``, all the way down; measured values and pixels differ from run to run."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key not in ("timings_ms", "cold", "headers")}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.mark.parametrize("action", EDGES)
def test_samples_keep_the_contracts(action: str) -> None:
    accepts, gives = EDGES[action]
    sample_input, sample_output = samples(action)
    contract.check(accepts, sample_input)
    contract.check(gives or "reply", sample_output if gives else sample_output["body"])


@pytest.mark.parametrize("action", ["decode", "preprocess", "metrics"])
def test_the_action_answers_its_sample_input_in_the_shape_of_its_sample_output(action: str) -> None:
    sample_input, sample_output = samples(action)
    result = load(ACTIONS / action)(sample_input)
    assert shape(result) == shape(sample_output)


def test_decode_gives_exactly_its_sample_output() -> None:
    sample_input, sample_output = samples("decode")
    result = load(ACTIONS / "decode")(sample_input)
    for part in ("raster", "source", "options"):
        assert result[part] == sample_output[part]


@pytest.mark.parametrize("action", EDGES)
def test_limits_are_those_of_a_stock_openwhisk(action: str) -> None:
    limits = PACKAGE["actions"][action]["limits"]
    assert all(limits[name] in allowed for name, allowed in STOCK_LIMITS.items())


def test_the_version_has_one_value() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{PACKAGE["version"]}"' in pyproject
