"""The pure parts of classify: order, sums, scaling and the refusal of a model that is not the described one."""

import json
from pathlib import Path

import numpy as np
import pytest

from classifier import (
    Classifier,
    Identity,
    read_labels,
    remainder,
    scaled,
    top_predictions,
    unit_grid,
    verified_identity,
)
from network import FILE
from problem import ModelUnavailable

LABELS = read_labels()
IDENTITY = Identity("NASNetMobile", "1", "stand-in", "0" * 64)


def spread(**shares: float) -> np.ndarray:
    """Probabilities that are 0 but for the classes ``c<index>=share``."""
    probabilities = np.zeros(1000, np.float32)
    for name, share in shares.items():
        probabilities[int(name.removeprefix("c"))] = share
    return probabilities


def test_labels_are_the_1000_classes_in_order_of_their_wordnet_id() -> None:
    assert len({label.wnid for label in LABELS}) == len(LABELS) == 1000
    assert LABELS[0] == ("n01440764", "tench")
    assert LABELS[24] == ("n01622779", "great grey owl")
    assert LABELS[999] == ("n15075141", "toilet tissue")
    assert [label.wnid for label in LABELS] == sorted(label.wnid for label in LABELS)
    assert not [label for label in LABELS if "_" in label.name or label.name != label.name.strip()]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "labels.json cannot be read: No such file"),
        ('[["n01440764", "tench"]', "labels.json does not hold labels"),
        ('[["n01440764"]]', "labels.json does not hold labels"),
        ('[["n01440764", "tench"]]', "labels.json has 1 labels, but the network has 1000 classes"),
    ],
    ids=["missing", "no JSON", "no label", "too few"],
)
def test_labels_that_are_missing_or_broken_make_the_model_unavailable(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    file = tmp_path / "labels.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(ModelUnavailable, match=reason):
        read_labels(file)


def test_predictions_come_most_probable_first() -> None:
    predictions = top_predictions(spread(c7=0.2, c3=0.5, c9=0.3), LABELS, 3)

    assert [(p.rank, p.class_index) for p in predictions] == [(1, 3), (2, 9), (3, 7)]
    assert [p.probability for p in predictions] == pytest.approx([0.5, 0.3, 0.2])
    assert (predictions[0].wnid, predictions[0].label) == LABELS[3]


def test_equal_probabilities_keep_the_order_of_their_class() -> None:
    predictions = top_predictions(np.full(1000, 0.001, np.float32), LABELS, 5)

    assert [p.class_index for p in predictions] == [0, 1, 2, 3, 4]


def test_values_are_plain_numbers_that_json_can_carry() -> None:
    predictions = top_predictions(spread(c1=1.0), LABELS, 2)

    assert [type(p.class_index) for p in predictions] == [int, int]
    assert [type(p.probability) for p in predictions] == [float, float]
    assert json.dumps(unit_grid(np.ones((7, 7), np.float32)))


@pytest.mark.parametrize("top_k", [1, 5, 100, 1000])
def test_predictions_and_the_remainder_sum_to_one(top_k: int) -> None:
    logits = np.random.default_rng(1).normal(0, 3, 1000)
    probabilities = (np.exp(logits) / np.exp(logits).sum()).astype(np.float32)

    predictions = top_predictions(probabilities, LABELS, top_k)

    assert sum(p.probability for p in predictions) + remainder(predictions) == pytest.approx(1, abs=1e-4)


def test_the_remainder_is_never_negative() -> None:
    # Softmax in float32 may sum to slightly more than 1.
    assert remainder(top_predictions(spread(c1=0.6, c2=0.4000005), LABELS, 2)) == 0


def test_pixels_are_scaled_to_minus_one_and_one() -> None:
    image = scaled(bytes([0, 255, 127]) * (224 * 224))

    assert image.shape == (1, 224, 224, 3)
    assert image.dtype == np.float32
    assert image[0, 5, 5] == pytest.approx([-1, 1, 127 / 127.5 - 1])


def test_the_grid_shows_shares_of_the_strongest_cell() -> None:
    activation_map = np.zeros((7, 7), np.float32)
    activation_map[2, 3], activation_map[6, 0], activation_map[0, 0] = 8, 2, -5

    grid = unit_grid(activation_map)

    assert (grid[2][3], grid[6][0], grid[0][0]) == (1, 0.25, 0)
    assert [len(row) for row in grid] == [7] * 7


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_a_grid_without_any_evidence_is_all_zeros(value: float) -> None:
    assert unit_grid(np.full((7, 7), value, np.float32)) == [[0.0] * 7] * 7


class Scripted:
    """An interpreter that answers what it was told."""

    def __init__(self, probabilities: np.ndarray, activation_maps: np.ndarray) -> None:
        explained = np.argsort(-probabilities, kind="stable")[:20].astype(np.int32)
        self.answers = [activation_maps, probabilities[None], explained]

    def set_tensor(self, index: int, value: np.ndarray) -> None:
        assert (index, value.shape) == (0, (1, 224, 224, 3))

    def invoke(self) -> None:
        """Nothing to compute."""

    def get_input_details(self) -> list[dict[str, object]]:
        return [{"index": 0, "shape": np.array([1, 224, 224, 3])}]

    def get_output_details(self) -> list[dict[str, object]]:
        return [{"index": index, "shape": np.array(answer.shape)} for index, answer in enumerate(self.answers)]

    def get_tensor(self, index: int) -> np.ndarray:
        return self.answers[index]


def classifier_answering(probabilities: np.ndarray, activation_maps: np.ndarray) -> Classifier:
    return Classifier(IDENTITY, Scripted(probabilities, activation_maps), LABELS)


def test_outputs_are_told_apart_by_shape() -> None:
    result = classifier_answering(spread(c5=0.9), np.full((20, 7, 7), 4, np.float32)).classify(bytes(150528), 1)

    assert result.predictions[0].class_index == 5
    assert result.other_probability == pytest.approx(0.1)
    assert result.grids == {5: [[1.0] * 7] * 7}


@pytest.mark.parametrize(("top_k", "maps"), [(2, 2), (20, 20), (100, 20)])
def test_the_first_twenty_predictions_each_have_a_grid_of_their_own(top_k: int, maps: int) -> None:
    activation_maps = np.zeros((20, 7, 7), np.float32)
    activation_maps[range(20), 0, 0] = 1
    activation_maps[1, 0] = (0, 1, 0, 0, 0, 0, 0)

    result = classifier_answering(spread(c5=0.6, c9=0.3), activation_maps).classify(bytes(150528), top_k)

    assert list(result.grids) == [prediction.class_index for prediction in result.predictions[:maps]]
    assert (result.grids[5][0][:2], result.grids[9][0][:2]) == ([1, 0], [0, 1])


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_values_that_are_not_numbers_are_an_error(broken: float) -> None:
    healthy_maps = np.ones((20, 7, 7), np.float32)

    with pytest.raises(ModelUnavailable, match="not numbers"):
        classifier_answering(spread(c5=broken), healthy_maps).classify(bytes(150528), 1)
    with pytest.raises(ModelUnavailable, match="not numbers"):
        classifier_answering(spread(c5=1), healthy_maps * broken).classify(bytes(150528), 1)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"model\.json cannot be read: No such file.*make model"):
        verified_identity(tmp_path)


def test_a_description_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{")

    with pytest.raises(ModelUnavailable, match="does not describe a model"):
        verified_identity(tmp_path)


def test_a_model_file_with_another_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps(IDENTITY._asdict()))
    (tmp_path / FILE).write_bytes(b"damaged")

    with pytest.raises(ModelUnavailable, match="is damaged: expected the SHA-256 0000"):
        verified_identity(tmp_path)
