"""The manifest says what is true: its samples keep the contracts and the actions really give them."""

import re
from typing import Any

import pytest

import contract
import manifest
import pixels
from manifest import PACKAGE, ROOT
from tests.action_modules import ACTIONS, load

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
    for part in ("source", "options"):
        assert result[part] == sample_output[part]
    expected = sample_output["raster"]
    assert result["raster"] == {**expected, "data": result["raster"]["data"]}  # zlib may compress in another way
    assert octets(result["raster"]) == octets(expected)


def octets(raster: Any) -> bytes:
    return pixels.unpacked("raster", raster, raster["width"], raster["height"])


@pytest.mark.parametrize("action", EDGES)
def test_limits_are_those_of_a_stock_openwhisk(action: str) -> None:
    limits = PACKAGE["actions"][action]["limits"]
    assert all(limits[name] in allowed for name, allowed in STOCK_LIMITS.items())


def test_every_folder_of_an_action_is_in_the_manifest() -> None:
    folders = {path for path in (ROOT / "actions").iterdir() if path.is_dir() and path != manifest.SHARED}
    assert folders == {action.folder for action in manifest.ACTIONS}


def test_every_zip_is_named_after_its_action() -> None:
    zips = {action.name: PACKAGE["actions"][action.name].get("function") for action in manifest.ACTIONS}
    packed = {action.name for action in manifest.ACTIONS if not action.is_image}
    expected = {name: f"build/package/${{PACKAGE_TARGET}}/{name}.zip" for name in packed}
    assert {name: path for name, path in zips.items() if path} == expected


def test_the_modules_of_all_actions_have_names_of_their_own() -> None:
    """The tests import them in one process."""
    modules = [path.name for path in (ROOT / "actions").glob("*/*.py") if path.name != "__main__.py"]
    assert sorted(modules) == sorted(set(modules))


def test_the_version_has_one_value() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{PACKAGE["version"]}"' in pyproject
