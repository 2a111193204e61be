"""The action classify: tensor in, predictions out."""

import sys
from dataclasses import asdict
from pathlib import Path

import pixels
from classifier import RUNTIME, Classifier, summed
from network import SIDE
from problem import Json, ModelUnavailable
from step import carried, step

MODEL_FOLDER = Path(__file__).with_name("model")


def loaded(folder: Path) -> Classifier | ModelUnavailable:
    """The classifier, or why it cannot be loaded. The container starts either way, so that callers get that answer."""
    try:
        return Classifier.load(folder)
    except ModelUnavailable as error:
        print(f"classify: {error.detail}", file=sys.stderr)
        return error


classifier = loaded(MODEL_FOLDER)  # while the container starts, not during the first call


@step("classify", accepts="tensor")
def main(args: Json) -> Json:
    """``tensor`` to ``predictions``, ``other_probability``, ``model`` and, where asked for, ``explanations``."""
    if isinstance(classifier, ModelUnavailable):
        raise ModelUnavailable(classifier.detail)
    result = classifier.classify(tensor_bytes(args["tensor"]), args["options"]["top_k"])
    predictions = [asdict(prediction) for prediction in result.predictions]
    explanations = [{"class_index": index, "grid": grid} for index, grid in result.grids.items()]
    return {
        **carried(args),
        "predictions": predictions,
        "other_probability": result.other_probability,
        "model": {**classifier.identity._asdict(), "runtime": RUNTIME},
        **({"explanations": explanations} if args["options"]["explain"] else {}),
    }


def tensor_bytes(tensor: Json) -> bytes:
    """The pixels of the tensor."""
    octets = pixels.unpacked("tensor", tensor, SIDE, SIDE)
    return summed(octets) if tensor["encoding"] == pixels.DIFFERENCES else octets
