"""The model that scripts/model.py builds with TensorFlow: it answers what Keras answers, and can be built again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier import Classifier, scaled
from tests.conftest import REQUIRE_ALL, ROOT
from tests.tensors import photo_pixels

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

ENVIRONMENT = ROOT / "build" / "venv-model"
COMMITTED = ROOT / "tests" / "data" / "model"
IMAGE = (224, 224, 3)
SEED = 1707
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}


def build(weights: Path, out: Path, precision: str) -> Path:
    """Run scripts/model.py, which sets up the build environment first."""
    if not (REQUIRE_ALL or ENVIRONMENT.exists()):
        pytest.skip(f"no TensorFlow in {ENVIRONMENT}; CLASSIFIER_REQUIRE_ALL=1 has it installed (1.6 GB)")
    command = [sys.executable, str(ROOT / "scripts" / "model.py"), "--precision", precision, "--out", str(out)]
    wishes = {name: value for name, value in os.environ.items() if name != "WEIGHTS"}
    subprocess.run(command, env={**wishes, "NASNET_WEIGHTS": str(weights)}, check=True)
    return out


@pytest.fixture(scope="module")
def float_model(standin_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(standin_weights, tmp_path_factory.mktemp("float32"), "float32")


FITS = ("crop", "stretch") * 30


@pytest.fixture(scope="module")
def pixels(photos: Path) -> list[bytes]:
    """Every photo, the odd ones cropped and the even ones stretched; and what no camera takes."""
    real = [photo_pixels(photo, fit) for photo, fit in zip(sorted(photos.glob("*.jpg")), FITS, strict=False)]
    return [*real, *(picture.tobytes() for picture in extremes())]


def extremes() -> Iterator[NDArray[np.uint8]]:
    """One colour all over, spots on black, very dark noise: here the roundings of a network add up."""
    random = np.random.default_rng(SEED)
    greys = [(level,) * 3 for level in (0, 1, 64, 127, 128, 254, 255)]
    for colour in (*greys, (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (14, 6, 11)):
        yield np.full(IMAGE, colour, np.uint8)
    for size in (1, 2, 5, 10, 20, 40):
        spots = np.zeros(IMAGE, np.uint8)
        for row, column in random.integers(0, 224 - size, (3, 2)):
            spots[row : row + size, column : column + size] = random.integers(0, 256, 3)
        yield spots
    for brightest in (1, 3, 20):
        yield random.integers(0, brightest, IMAGE, np.uint8, endpoint=True)


@pytest.fixture(scope="module")
def keras_answers(
    float_model: Path, standin_weights: Path, pixels: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> NDArray[Any]:
    """Keras's probabilities of ``pixels`` [n, 1000]. After ``float_model``, which installs Keras."""
    assert float_model.exists()
    folder = tmp_path_factory.mktemp("keras")
    np.save(folder / "pixels.npy", np.frombuffer(b"".join(pixels), np.uint8).reshape(-1, 224, 224, 3))
    files = [standin_weights, folder / "pixels.npy", folder / "answers.npy"]
    command = [ENVIRONMENT / "bin" / "python", ROOT / "tests" / "keras_reference.py", *files]
    subprocess.run(command, env=QUIET, check=True)
    answers: NDArray[Any] = np.load(folder / "answers.npy")
    return answers


def test_every_probability_of_every_picture_is_that_of_keras(
    float_model: Path, pixels: list[bytes], keras_answers: NDArray[Any]
) -> None:
    classifier = Classifier.load(float_model)

    answers = np.stack([classifier.run(scaled(picture)).probabilities for picture in pixels])

    assert answers.shape == keras_answers.shape == (len(pixels), 1000)
    assert abs(answers - keras_answers).max() <= 1e-4


def test_the_predictions_of_every_picture_are_those_of_keras(
    float_model: Path, pixels: list[bytes], keras_answers: NDArray[Any]
) -> None:
    classifier = Classifier.load(float_model)

    for picture, expected in zip(pixels, keras_answers, strict=True):
        result = classifier.classify(picture, 5)
        listed = [prediction.class_index for prediction in result.predictions]
        assert listed[0] == expected.argmax()
        assert [p.probability for p in result.predictions] == pytest.approx(expected[listed], abs=1e-4)
        assert result.other_probability == pytest.approx(1 - expected[listed].sum(), abs=1e-4)


def test_a_rebuilt_stand_in_is_the_committed_one(standin_weights: Path, tmp_path: Path) -> None:
    rebuilt = build(standin_weights, tmp_path / "int8", "int8")

    same = (rebuilt / "nasnet_mobile.tflite").read_bytes() == (COMMITTED / "nasnet_mobile.tflite").read_bytes()
    assert same, "build it anew: scripts/model.py --precision int8 --out tests/data/model"
    assert (rebuilt / "model.json").read_text() == (COMMITTED / "model.json").read_text()
