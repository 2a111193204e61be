"""The answer to the caller, and the line that the log keeps of it."""

from typing import Any

import contract
from problem import Json

FIELDS = tuple(contract.schema("reply")["properties"])


def reply(predictions: Json) -> Json:
    """The reply to the result of ``classify``: what reply.schema.json has; ``source`` is called ``image`` there."""
    known = {**predictions, "image": predictions["source"]}
    return {field: known[field] for field in FIELDS if field in known}


def body(reply: Json) -> Any:
    """The HTTP body for ``reply`` in the format that was asked for."""
    if reply["options"]["format"] == "hf":
        return [{"label": one["label"], "score": one["probability"]} for one in reply["predictions"]]
    return reply


def log_entry(reply: Json) -> Json:
    """What the log says of ``reply``: enough to count, measure and find it again; no pixels."""
    best, image, model = reply["predictions"][0], reply["image"], reply["model"]
    return {
        "event": "classified",
        "label": best["label"],
        "wnid": best["wnid"],
        "probability": best["probability"],
        "model": {key: model[key] for key in ("name", "version", "weights")},
        "image": {key: image[key] for key in ("width", "height", "bytes", "coding")},
        "options": reply["options"],
        "timings_ms": reply["timings_ms"],
        "cold": reply["cold"],
    }
