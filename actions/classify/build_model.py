"""Make the model file of classify from Keras's weights, and its description model.json.

    PYTHONPATH=actions/shared build_model.py --weights weights.h5 --out build/model [--precision float32|int8]

Runs in the build environment (requirements/model.txt). Writes only what was first proved to agree with Keras.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

import network
from conversion import IMAGE, class_weights, convert, with_features

SEED = 20180402
TINY = 1e-30  # so that a probability of 0 has a logarithm

Floats = NDArray[np.float32]


class Agreement(NamedTuple):
    """How near the converted model is to Keras over the generated images."""

    difference: float  # the largest absolute difference of any probability
    probabilities: float  # the smallest correlation of the logarithms of all probabilities
    activation_maps: float  # the smallest correlation of any of the maps
    same_first: float  # the share of images with the same most probable class


# 8-bit weights move single probabilities a lot where the network is unsure, as it is on generated images; what must
# hold is the whole order of the classes and the map.
REQUIRED = {"float32": Agreement(1e-4, 0.99999, 0.99999, 1.0), "int8": Agreement(1.0, 0.85, 0.8, 0.6)}


class Disagreement(Exception):
    """The converted model does not answer what Keras answers."""


def load_keras(weights: Path) -> Any:
    """The model that network.py names, with ``weights``."""
    try:
        return getattr(keras.applications, network.NAME)(weights=str(weights))
    except (OSError, ValueError) as error:
        wanted = f"the weights of Keras's {network.NAME} with {network.CLASSES} classes"
        raise SystemExit(f"{weights} does not hold {wanted}: {error}") from error


def generated_images() -> Iterator[Floats]:
    """Scaled images: coloured blobs, coarse to as fine as noise; then black, a dot, white, where rounding adds up."""
    random = np.random.default_rng(SEED)
    for cells in (2, 4, 7, 14, 28, 56, 112, network.SIDE):
        coarse = random.integers(0, 256, (1, cells, cells, 3)).astype(np.float32)
        pixels = np.asarray(tf.image.resize(coarse, IMAGE[1:3], "bilinear"), np.float32)
        yield scaled(pixels)
    black, white = np.zeros(IMAGE, np.float32), np.full(IMAGE, 255, np.float32)
    dot = black.copy()
    dot[0, 100:110, 100:110] = 255
    yield from map(scaled, (black, dot, white))


def scaled(pixels: Floats) -> Floats:
    """Pixels 0..255 as the model was trained on."""
    return pixels / np.float32(network.PIXEL_SCALE) + np.float32(network.PIXEL_SHIFT)


def run_converted(interpreter: Any, image: Floats) -> tuple[Floats, Any, Floats]:
    """Probabilities [classes], the explained classes [n] and their activation maps [n, grid, grid]."""
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    outputs = [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]
    classes, probabilities, activation_maps = sorted(outputs, key=np.ndim)
    return probabilities[0], classes, activation_maps


def measure(model: Any, converted: bytes) -> Agreement:
    featured, kernel = with_features(model), np.asarray(class_weights(model))
    interpreter = Interpreter(model_content=converted, num_threads=2)
    interpreter.allocate_tensors()
    rows = []
    for image in generated_images():
        expected, features = (np.asarray(output)[0] for output in featured(image, training=False))
        probabilities, classes, activation_maps = run_converted(interpreter, image)
        expected_maps = np.moveaxis(features @ kernel[:, classes], -1, 0)
        rows.append(
            (
                abs(probabilities - expected).max(),
                correlation(np.log(probabilities + TINY), np.log(expected + TINY)),
                min(map(correlation, activation_maps, expected_maps)),
                classes[0] == expected.argmax(),
            )
        )
    difference, logarithms, maps, same = np.array(rows, np.float64).T
    return Agreement(float(difference.max()), float(logarithms.min()), float(maps.min()), float(same.mean()))


def correlation(measured: Floats, expected: Floats) -> float:
    return float(np.corrcoef(measured.ravel(), expected.ravel())[0, 1])


def prove_parity(model: Any, converted: bytes, required: Agreement) -> Agreement:
    """How well ``converted`` agrees with ``model``. Raises ``Disagreement`` if that is not enough; NaN never is."""
    measured = measure(model, converted)
    if not (measured.difference <= required.difference and all(map(float.__ge__, measured[1:], required[1:]))):
        raise Disagreement(f"required is {required}, but measured is {measured}")
    return measured


def identity(weights: Path, converted: bytes, precision: str) -> dict[str, Any]:
    """What model.json says: enough to tell any two models apart and to make this one again."""
    content = weights.read_bytes()
    published = hashlib.md5(content, usedforsecurity=False).hexdigest() == network.WEIGHTS_MD5
    weights_sha256 = hashlib.sha256(content).hexdigest()
    return {
        "name": network.NAME,
        "version": f"{precision}-{weights_sha256[:12]}",
        "weights": "imagenet" if published else "stand-in",
        "sha256": hashlib.sha256(converted).hexdigest(),
        "bytes": len(converted),
        "precision": precision,
        "weights_sha256": weights_sha256,
        "built_with": {"keras": keras.__version__, "tensorflow": tf.__version__},
    }


def write(folder: Path, converted: bytes, description: dict[str, Any]) -> None:
    """Both files, each whole or not at all; the description last, so that it never names a model that is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(description, indent=2) + "\n"
    for name, content in ((network.FILE, converted), ("model.json", text.encode())):
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)


def main() -> None:
    parser = argparse.ArgumentParser(description="Convert a Keras model to the model file of classify.")
    parser.add_argument("--weights", type=Path, required=True, help="Keras's HDF5 weights file")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model file and model.json")
    parser.add_argument("--precision", choices=REQUIRED, default="float32", help="of the stored weights")
    args = parser.parse_args()
    print(f"model: converting {args.weights} to LiteRT, {args.precision}", flush=True)
    converted = convert(load_keras(args.weights), args.precision)
    try:
        agreement = prove_parity(load_keras(args.weights), converted, REQUIRED[args.precision])
    except Disagreement as error:
        sys.exit(f"model: the converted model disagrees with Keras, so nothing was written: {error}")
    description = identity(args.weights, converted, args.precision)
    write(args.out, converted, description)
    likeness = (
        f"probabilities differ by {agreement.difference:.1e} at most, maps correlate to {agreement.activation_maps:.6f}"
    )
    print(f"model: agrees with Keras: {likeness}")
    print(f"model: {args.out / network.FILE}: {description['weights']} weights, {len(converted)} bytes")


if __name__ == "__main__":
    main()
