"""The action classify with the committed model: a tensor in, predictions out, and what happens without a model."""

import base64
import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import contract
from classifier import Classifier
from network import FILE
from tests.conftest import ROOT
from tests.tensors import photo_pixels, tensor_request

COMMITTED_MODEL = ROOT / "tests" / "data" / "model"
GREY = base64.b64encode(bytes([128]) * 150528).decode()
NEEDED = 0.95

Action = Callable[[dict[str, Any]], dict[str, Any]]
BuildAction = Callable[..., Action]


def undamaged(model: Path) -> None:
    """Leave the model as it is."""


@pytest.fixture
def build_action(tmp_path: Path) -> BuildAction:
    """Load classify's ``__main__.py`` from a folder of its own, with the model in it as ``damage`` leaves it."""

    def build(damage: Callable[[Path], object] = undamaged) -> Action:
        entry = shutil.copy(ROOT / "actions" / "classify" / "__main__.py", tmp_path)
        damage(shutil.copytree(COMMITTED_MODEL, tmp_path / "model"))
        spec = importlib.util.spec_from_file_location("classify_action", entry)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        action: Action = module.main
        return action

    return build


def assert_problem(result: dict[str, Any], code: str, *words: str) -> None:
    problem = result["error"]["body"]
    contract.check("problem", problem)
    assert problem["code"] == code
    for word in words:
        assert word in problem["detail"]


def test_the_result_keeps_its_contract_and_what_later_steps_need(build_action: BuildAction) -> None:
    request = tensor_request(GREY, top_k=7)

    result = build_action()(request)

    contract.check("predictions", result)
    assert [prediction["rank"] for prediction in result["predictions"]] == [1, 2, 3, 4, 5, 6, 7]
    assert {key: result[key] for key in ("source", "options", "view")} == {
        key: request[key] for key in ("source", "options", "view")
    }
    assert set(result["timings_ms"]) == {"decode", "preprocess", "classify"}
    assert result["cold"] == ["classify"]
    assert "tensor" not in result
    json.dumps(result, allow_nan=False)


def test_the_result_names_the_model_and_its_weights(build_action: BuildAction) -> None:
    described = json.loads((COMMITTED_MODEL / "model.json").read_text())

    model = build_action()(tensor_request(GREY))["model"]

    assert model["weights"] == described["weights"] == "stand-in"
    assert (model["sha256"], model["version"]) == (described["sha256"], described["version"])
    assert model["runtime"].startswith("LiteRT ")


def test_only_the_first_call_is_cold(build_action: BuildAction) -> None:
    main = build_action()

    assert [main(tensor_request(GREY))["cold"] for _ in range(3)] == [["classify"], [], []]


def test_the_explanations_come_only_when_asked_for(build_action: BuildAction) -> None:
    main = build_action()

    plain, explained = main(tensor_request(GREY)), main(tensor_request(GREY, explain=True))

    assert "explanations" not in plain
    assert explained["explanations"][0]["class_index"] == explained["predictions"][0]["class_index"]
    assert max(map(max, explained["explanations"][0]["grid"])) == 1
    assert explained["predictions"] == plain["predictions"]


def test_a_hundred_predictions_and_the_rest_sum_to_one(build_action: BuildAction) -> None:
    result = build_action()(tensor_request(GREY, top_k=100))

    probabilities = [prediction["probability"] for prediction in result["predictions"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) + result["other_probability"] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("AAAA", ["expected 150528 bytes", "got 3"]),
        (GREY + "AAAA", ["expected 150528 bytes", "got 150531"]),
        ("not base64!", ["expected base64"]),
        ("Größe", ["expected base64"]),
    ],
)
def test_a_tensor_of_the_wrong_size_is_refused(build_action: BuildAction, data: str, words: list[str]) -> None:
    assert_problem(build_action()(tensor_request(data)), "invalid-request", *words)


def test_a_tensor_of_another_shape_is_refused(build_action: BuildAction) -> None:
    request = tensor_request(GREY)
    request["tensor"]["shape"] = [1, 331, 331, 3]

    assert_problem(build_action()(request), "invalid-request", "tensor.shape", "[1, 224, 224, 3]")


def cut(model: Path) -> None:
    file = model / FILE
    file.write_bytes(file.read_bytes()[:1000])


def not_a_model(model: Path) -> None:
    """A file that its description agrees with, but LiteRT does not."""
    (model / FILE).write_bytes(b"")
    empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    description = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps({**description, "sha256": empty_sha256}))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (shutil.rmtree, "cannot be read"),
        (lambda model: (model / FILE).unlink(), "cannot be read"),
        (lambda model: (model / "model.json").write_text("[1"), "does not describe a model"),
        (lambda model: (model / "model.json").write_text("[]"), "does not describe a model"),
        (lambda model: (model / "model.json").write_text("{}"), "does not describe a model"),
        (cut, "is damaged"),
        (not_a_model, "LiteRT cannot open"),
    ],
)
def test_without_a_model_every_call_says_so_and_so_does_the_log(
    build_action: BuildAction,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], object],
    reason: str,
) -> None:
    main = build_action(damage)

    assert reason in capsys.readouterr().err
    for _ in range(2):
        assert_problem(main(tensor_request(GREY)), "model-unavailable", reason, "make model")


@pytest.mark.parametrize("fit", ["crop", "stretch"])
def test_the_committed_model_knows_the_photos(photos: Path, fit: str) -> None:
    classifier = Classifier.load(COMMITTED_MODEL)
    names = sorted(photos.glob("*.jpg"))

    missed = [
        photo.name
        for photo in names
        if not photo.name.startswith(classifier.classify(photo_pixels(photo, fit), 1).predictions[0].wnid)
    ]

    assert len(missed) <= len(names) * (1 - NEEDED), missed
