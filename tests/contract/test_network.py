"""The schemas, the samples and the labels fit the network that network.py describes."""

import json

import contract
import network
from manifest import PACKAGE, ROOT

DEFINITIONS = contract.schema("definitions")["$defs"]
TENSOR = contract.schema("tensor")["properties"]["tensor"]["properties"]
BYTES = network.SIDE * network.SIDE * 3


def test_the_tensor_is_its_input() -> None:
    assert TENSOR["shape"]["const"] == [1, network.SIDE, network.SIDE, 3]
    sample = PACKAGE["actions"]["classify"]["annotations"]["sampleInput"]["tensor"]
    assert sample["data"] == f"<{BYTES * 4 // 3} characters of base64>"


def test_the_predictions_are_about_its_classes() -> None:
    labels = json.loads((ROOT / "actions/classify/labels.json").read_text("utf-8"))
    assert len(labels) == network.CLASSES
    index = DEFINITIONS["predictions"]["items"]["properties"]["class_index"]
    explained = DEFINITIONS["explanation"]["properties"]["class_index"]
    assert index["maximum"] == explained["maximum"] == network.CLASSES - 1


def test_the_explanations_have_its_grid() -> None:
    assert DEFINITIONS["explanations"]["maxItems"] == network.EXPLAINED
    rows = DEFINITIONS["explanation"]["properties"]["grid"]
    sizes = [rows["minItems"], rows["maxItems"], rows["items"]["minItems"], rows["items"]["maxItems"]]
    assert sizes == [network.GRID] * 4


def test_the_reply_names_it() -> None:
    assert DEFINITIONS["model"]["properties"]["name"]["const"] == network.NAME
    stand_in = json.loads((ROOT / "tests/data/model/model.json").read_text("utf-8"))
    assert stand_in["name"] == network.NAME
    assert (ROOT / "tests/data/model" / network.FILE).stat().st_size == stand_in["bytes"]
