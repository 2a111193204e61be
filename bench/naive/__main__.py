"""The naive way, for comparison: one function that loads Keras and the weights, and does all the work itself."""

import base64
import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

model = keras.applications.NASNetMobile(weights=str(Path(__file__).with_name("keras.weights.h5")))


def main(args: dict[str, Any]) -> dict[str, Any]:
    """``image`` or a raw JPG as body, in base64, to the five most probable class indices."""
    jpg = base64.b64decode(args.get("image") or args["__ow_body"])
    picture = Image.open(io.BytesIO(jpg)).convert("RGB").resize((224, 224))

    tensor = keras.applications.nasnet.preprocess_input(np.asarray(picture, np.float32)[None])
    probabilities = model.predict(tensor, verbose=0)[0]

    best = probabilities.argsort()[::-1][:5]
    predictions = [{"class_index": int(index), "probability": float(probabilities[index])} for index in best]
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": {"predictions": predictions}}
