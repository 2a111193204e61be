"""What the caller reads, in both formats, and what the log keeps."""

import json

import pytest

import contract
import reply
from problem import Json

PREDICTIONS: Json = {
    "predictions": [
        {"rank": 1, "class_index": 0, "wnid": "n01440764", "label": "tench", "probability": 0.93},
        {"rank": 2, "class_index": 1, "wnid": "n01443537", "label": "goldfish", "probability": 0.05},
    ],
    "other_probability": 0.02,
    "model": {"name": "NASNetMobile", "version": "1", "weights": "stand-in", "sha256": "0" * 64, "runtime": "LiteRT"},
    "source": {"width": 4, "height": 3, "bytes": 99, "sha256": "1" * 64, "orientation": 6, "coding": "baseline"},
    "options": {"top_k": 2, "fit": "crop", "explain": False, "format": "json"},
    "view": {"left": 0.0625, "top": 0.0625, "width": 0.875, "height": 0.875},
    "steps": ["decode", "preprocess", "classify"],
    "timings_ms": {"decode": 4.1, "preprocess": 2.0, "classify": 30.0},
    "cold": ["classify"],
}
EXPLANATIONS = [{"class_index": 0, "grid": [[0.5] * 7] * 7}]
TIMES = {"steps": ["metrics"], "timings_ms": {"metrics": 0.1}, "cold": []}


@pytest.mark.parametrize("extra", [{}, {"explanations": EXPLANATIONS}], ids=["plain", "explained"])
def test_the_reply_keeps_its_contract(extra: Json) -> None:
    contract.check("predictions", {**PREDICTIONS, **extra})
    answer = {**reply.reply({**PREDICTIONS, **extra}), **TIMES}
    contract.check("reply", answer)
    assert answer["image"] == PREDICTIONS["source"]
    assert answer.get("explanations") == extra.get("explanations")


def test_every_field_of_the_predictions_reaches_the_reply() -> None:
    given = set(contract.schema("predictions")["properties"]) | set(contract.schema("carried")["properties"])
    assert given - {"source"} | {"image"} == set(contract.schema("reply")["properties"])


def test_the_reply_takes_on_nothing_else() -> None:
    assert "raster" not in reply.reply({**PREDICTIONS, "raster": {}, "debug": True})


def test_the_body_is_the_reply() -> None:
    answer = {**reply.reply(PREDICTIONS), **TIMES}
    assert reply.body(answer) is answer


def test_hugging_face_clients_get_labels_and_scores() -> None:
    answer = reply.reply({**PREDICTIONS, "options": {**PREDICTIONS["options"], "format": "hf"}})
    assert reply.body(answer) == [{"label": "tench", "score": 0.93}, {"label": "goldfish", "score": 0.05}]


def test_the_log_tells_what_happened_in_one_line_of_json() -> None:
    entry = reply.log_entry({**reply.reply({**PREDICTIONS, "explanations": EXPLANATIONS}), **TIMES})
    assert json.loads(json.dumps(entry)) == {
        "event": "classified",
        "label": "tench",
        "wnid": "n01440764",
        "probability": 0.93,
        "model": {"name": "NASNetMobile", "version": "1", "weights": "stand-in"},
        "image": {"width": 4, "height": 3, "bytes": 99, "coding": "baseline"},
        "options": {"top_k": 2, "fit": "crop", "explain": False, "format": "json"},
        "timings_ms": {"metrics": 0.1},
        "cold": [],
    }
