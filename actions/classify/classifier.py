"""The network on LiteRT: the pixels of one picture in, the most probable ImageNet classes out."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import ai_edge_litert
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from network import CLASSES, EXPLAINED, FILE, GRID, PIXEL_SCALE, PIXEL_SHIFT, SIDE
from problem import ModelUnavailable

LABELS_FILE = Path(__file__).with_name("labels.json")
RUNTIME = f"LiteRT {ai_edge_litert.__version__}"
INPUT_SHAPE = (1, SIDE, SIDE, 3)
PIXEL_BYTES = SIDE * SIDE * 3
# The shapes tell the outputs apart: a LiteRT file keeps no order of outputs.
PROBABILITIES = (1, CLASSES)
EXPLAINED_CLASSES = (EXPLAINED,)
ACTIVATION_MAPS = (EXPLAINED, GRID, GRID)
THREADS = 1  # two save 12 of 30 ms on idle cores, but cost 10 ms when other containers work, too
ADVICE = "Build it anew with `make model`, then package and deploy again."

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]
Grid = list[list[float]]


class Identity(NamedTuple):
    """Which model this is: the fields of model.json that every reply names."""

    name: str
    version: str
    weights: str
    sha256: str


class Label(NamedTuple):
    """One ImageNet class: its WordNet id and its name for people."""

    wnid: str
    name: str


@dataclass(frozen=True)
class Prediction:
    rank: int
    class_index: int
    wnid: str
    label: str
    probability: float


@dataclass(frozen=True)
class Classification:
    """``grids`` are the class activation maps of the first predictions, at most EXPLAINED, by class index."""

    predictions: list[Prediction]
    other_probability: float
    grids: dict[int, Grid]


class Answer(NamedTuple):
    """What the network answers. ``explained`` has the indices of the EXPLAINED most probable classes."""

    probabilities: Floats  # [CLASSES]
    explained: Indices  # [EXPLAINED]
    activation_maps: Floats  # [EXPLAINED, GRID, GRID]


@dataclass(frozen=True)
class Classifier:
    """A loaded model: its identity, its interpreter and its labels. Not for two threads at once."""

    identity: Identity
    interpreter: Interpreter
    labels: list[Label]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model in ``folder`` (the .tflite file and its model.json), or ``ModelUnavailable`` with the reason."""
        return cls(verified_identity(folder), open_model(folder / FILE), read_labels())

    def classify(self, pixels: bytes, top_k: int) -> Classification:
        """The ``top_k`` most probable classes of PIXEL_BYTES RGB ``pixels``, 8 bits per channel, row by row."""
        answer = self.run(scaled(pixels))
        if not (np.isfinite(answer.probabilities).all() and np.isfinite(answer.activation_maps).all()):
            raise unavailable("The model answered with values that are not numbers")

        predictions = top_predictions(answer.probabilities, self.labels, top_k)
        return Classification(predictions, remainder(predictions), grids(predictions, answer))

    def run(self, image: Floats) -> Answer:
        """What the network says of ``image`` [1, SIDE, SIDE, 3], scaled."""
        self.interpreter.set_tensor(self.interpreter.get_input_details()[0]["index"], image)
        self.interpreter.invoke()
        outputs = {
            tuple(detail["shape"]): self.interpreter.get_tensor(detail["index"])
            for detail in self.interpreter.get_output_details()
        }
        return Answer(outputs[PROBABILITIES][0], outputs[EXPLAINED_CLASSES], outputs[ACTIVATION_MAPS])


def unavailable(reason: str) -> ModelUnavailable:
    """The error, with what to do about it."""
    return ModelUnavailable(f"{reason}. {ADVICE}")


def verified_identity(folder: Path) -> Identity:
    """What model.json says, once the model file beside it is proved to be the one that it describes."""
    description = folder / "model.json"
    try:
        fields = json.loads(description.read_text("utf-8"))
        identity = Identity(*(fields[name] for name in Identity._fields))
        with (folder / FILE).open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        name = Path(error.filename or FILE).name
        raise unavailable(f"The file {name} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise unavailable(f"model.json does not describe a model: {error!r}") from error
    if sha256 != identity.sha256:
        expected = f"expected the SHA-256 {identity.sha256}, but it has {sha256}"
        raise unavailable(f"The model file is damaged: {expected}")
    return identity


def open_model(file: Path) -> Interpreter:
    """An interpreter ready to run. The path, not the content: LiteRT then maps the file instead of copying it."""
    try:
        interpreter = Interpreter(model_path=str(file), num_threads=THREADS)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise unavailable(f"LiteRT cannot open the model file: {error}") from error
    details = interpreter.get_input_details() + interpreter.get_output_details()
    shapes = {tuple(int(side) for side in detail["shape"]) for detail in details}
    expected = {INPUT_SHAPE, PROBABILITIES, EXPLAINED_CLASSES, ACTIVATION_MAPS}
    if shapes != expected:
        difference = f"expected inputs and outputs of the shapes {sorted(expected)}, but it has {sorted(shapes)}"
        raise unavailable(f"The model file is of another kind: {difference}")
    return interpreter


def read_labels(file: Path = LABELS_FILE) -> list[Label]:
    """The ImageNet classes in the order of the network's output, or ``ModelUnavailable``."""
    try:
        labels = [Label(*row) for row in json.loads(file.read_text("utf-8"))]
    except OSError as error:
        raise unavailable(f"The file {file.name} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise unavailable(f"{file.name} does not hold labels: {error}") from error
    if len(labels) != CLASSES:
        raise unavailable(f"{file.name} has {len(labels)} labels, but the network has {CLASSES} classes")
    return labels


def scaled(pixels: bytes) -> Floats:
    """Bytes 0..255 as the tensor that the network was trained on."""
    image = np.frombuffer(pixels, np.uint8).reshape(INPUT_SHAPE).astype(np.float32)
    return image / np.float32(PIXEL_SCALE) + np.float32(PIXEL_SHIFT)


def summed(differences: bytes) -> bytes:
    """The pixels whose differences these are (pixels.py)."""
    values = np.frombuffer(differences, np.uint8).reshape(INPUT_SHAPE[1:])
    for axis in (0, 1):
        values = np.cumsum(values, axis, np.uint8)
    values[..., ::2] += values[..., 1:2]
    return values.tobytes()


def top_predictions(probabilities: Floats, labels: list[Label], top_k: int) -> list[Prediction]:
    """The ``top_k`` classes, most probable first; equals in the order of their class index."""
    order = np.argsort(-probabilities, kind="stable")[:top_k]
    return [
        Prediction(rank, index, labels[index].wnid, labels[index].name, round(float(probabilities[index]), 7))
        for rank, index in enumerate(order.tolist(), start=1)
    ]


def remainder(predictions: list[Prediction]) -> float:
    """The probability of all classes that are not among ``predictions``; rounding must not make it negative."""
    return round(max(1 - sum(prediction.probability for prediction in predictions), 0.0), 7)


def grids(predictions: list[Prediction], answer: Answer) -> dict[int, Grid]:
    """The activation maps of those ``predictions`` that have one, by class index."""
    maps = dict(zip(answer.explained.tolist(), answer.activation_maps, strict=True))
    indices = [prediction.class_index for prediction in predictions]
    return {index: unit_grid(maps[index]) for index in indices if index in maps}


def unit_grid(activation_map: Floats) -> Grid:
    """The map as shares of its strongest cell. A negative cell, which speaks against the class, becomes 0."""
    positive = np.maximum(activation_map, 0)
    peak = positive.max()
    shares = positive / peak if peak > 0 else positive
    return [[round(float(share), 3) for share in row] for row in shares]
