"""The answer to the caller, and the line that the log keeps of it."""

from typing import Any

from problem import Json

ANSWERED = ("predictions", "other_probability", "model", "explanation", "options", "view")


def reply(predictions: Json) -> Json:
    """The reply (reply.schema.json) to the result of ``classify``, without the times, known only afterwards."""
    return {**{key: predictions[key] for key in ANSWERED if key in predictions}, "image": predictions["source"]}


def body(answer: Json) -> Any:
    """The HTTP body for ``answer`` in the format that was asked for."""
    if answer["options"]["format"] == "hf":
        return [{"label": one["label"], "score": one["probability"]} for one in answer["predictions"]]
    return answer


def log_entry(answer: Json) -> Json:
    """What the log says of ``answer``: enough to count, measure and find it again; no pixels."""
    best, image, model = answer["predictions"][0], answer["image"], answer["model"]
    return {
        "event": "classified",
        "label": best["label"],
        "wnid": best["wnid"],
        "probability": best["probability"],
        "model": {key: model[key] for key in ("name", "version", "weights")},
        "image": {key: image[key] for key in ("width", "height", "bytes", "coding")},
        "options": answer["options"],
        "timings_ms": answer["timings_ms"],
        "cold": answer["cold"],
    }
