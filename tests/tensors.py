"""Photos as the tensors that classify takes, made with Pillow alone."""

from pathlib import Path
from typing import Any

from PIL import Image

SIDE = 224


def photo_pixels(photo: Path, fit: str) -> bytes:
    """``photo`` as 224x224 RGB bytes: ``crop`` its central 87.5 %, or ``stretch`` the whole."""
    with Image.open(photo) as opened:
        picture = opened.convert("RGB")
    margin = 0.0625 if fit == "crop" else 0.0
    width, height = picture.size
    box = (width * margin, height * margin, width * (1 - margin), height * (1 - margin))
    return picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box).tobytes()


def tensor_request(data: str, **options: Any) -> dict[str, Any]:
    """What preprocess hands to classify, around the base64 text ``data``."""
    return {
        "tensor": {
            "name": "image",
            "shape": [1, SIDE, SIDE, 3],
            "datatype": "UINT8",
            "encoding": "base64",
            "data": data,
        },
        "source": {
            "width": 500,
            "height": 375,
            "bytes": 1000,
            "sha256": "0" * 64,
            "orientation": 1,
            "coding": "baseline",
        },
        "options": {"top_k": 5, "fit": "crop", "explain": False, "format": "json", **options},
        "view": {"left": 0.0625, "top": 0.0625, "width": 0.875, "height": 0.875},
        "steps": ["decode", "preprocess"],
        "timings_ms": {"decode": 4.1, "preprocess": 2.0},
        "cold": [],
    }
