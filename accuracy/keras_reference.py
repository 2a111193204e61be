"""What Keras answers to photos that TensorFlow's own functions decoded and resized: nothing of the chain is in it.

    keras_reference.py weights.h5 crop|stretch|pad photos.json

Run by the Python of the model's build environment. ``photos.json`` is a list of paths. For each of them one JSON line
goes to standard output: ``{"indices": […], "probabilities": […]}`` of the five most probable classes, or
``{"refused": …}``.

``crop`` is ``preprocess_for_eval`` (TensorFlow models, research/slim/preprocessing/inception_preprocessing.py): the
central 87.5 % of each side, bilinear to 224 x 224, scaled to -1..1; but shrunk over all source pixels, as in the chain.
``pad`` pads with mid-grey. EXIF's orientation and colour profiles are not looked at here.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

BATCH = 16
TOP = 5
SIDE = 224


def image(path: str, fit: str) -> Any:
    """The photo as float32 [224, 224, 3], scaled. Raises ``ValueError`` if TensorFlow cannot decode it."""
    try:
        pixels = tf.io.decode_jpeg(Path(path).read_bytes(), channels=3, dct_method="INTEGER_ACCURATE")
    except (tf.errors.InvalidArgumentError, OSError) as error:
        raise ValueError(str(error).partition("\n")[0][:300]) from error
    scaled = keras.applications.nasnet.preprocess_input(tf.cast(pixels, tf.float32))
    if fit == "pad":
        return tf.image.resize_with_pad(scaled, SIDE, SIDE, antialias=True)
    shown = tf.image.central_crop(scaled, 0.875) if fit == "crop" else scaled
    return tf.image.resize(shown, (SIDE, SIDE), antialias=True)


def answers(model: Any, images: list[Any]) -> Iterator[dict[str, Any]]:
    probabilities = model(tf.stack(images)).numpy()
    for row in probabilities:
        first = np.argsort(-row, kind="stable")[:TOP]
        yield {"indices": first.tolist(), "probabilities": [round(float(row[index]), 7) for index in first]}


def lines(model: Any, paths: list[str], fit: str) -> Iterator[dict[str, Any]]:
    """For each of some ``paths`` its line."""
    images: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for path in paths:
        try:
            images[path] = image(path, fit)
        except ValueError as error:
            refused[path] = str(error)
    found = dict(zip(images, answers(model, list(images.values())) if images else (), strict=True))
    for path in paths:
        yield found.get(path) or {"refused": refused[path]}


def main(weights: str, fit: str, photos: str) -> None:
    images = tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32)
    network = keras.applications.NASNetMobile(weights=weights)
    model = tf.function(lambda batch: network(batch, training=False), input_signature=[images])
    paths = json.loads(Path(photos).read_text("utf-8"))
    for start in range(0, len(paths), BATCH):
        for line in lines(model, paths[start : start + BATCH], fit):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
