"""The photos that everything is measured with."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from manifest import ROOT
from network import SIDE

DATA = Path(os.environ.get("CLASSIFIER_TEST_DATA", ROOT.parent / "shared"))
MAX_BYTES = 700_000  # what the platform carries, with room for base64 and the rest of the request
MEGAPIXELS = {"0.1": (366, 274), "1": (1155, 866), "12": (4000, 3000), "40": (7300, 5475)}


def photos() -> list[bytes]:
    """The test photos; where there are none, one picture of the size of a photo."""
    found = sorted((DATA / "photos").glob("*.jpg"))
    return [file.read_bytes() for file in found] or [encoded(generated().resize((500, 375)), 85)]


def decoded(photo: bytes) -> Image.Image:
    with Image.open(io.BytesIO(photo)) as opened:
        return opened.convert("RGB")


def of_every_size() -> Iterator[tuple[str, bytes]]:
    """One photo of each number of megapixels, at the highest quality that fits into a request."""
    picture = decoded(photos()[0])
    for name, size in MEGAPIXELS.items():
        enlarged = picture.resize(size, Image.Resampling.BICUBIC)
        qualities = (encoded(enlarged, quality) for quality in range(90, 5, -10))
        yield name, next(data for data in qualities if len(data) <= MAX_BYTES)


def generated() -> Image.Image:
    """Smooth colours with fine structure over them, as a photo has both."""
    bands = [Image.radial_gradient("L"), Image.linear_gradient("L"), Image.effect_noise((256, 256), 60)]
    return Image.merge("RGB", bands)


def encoded(picture: Image.Image, quality: int) -> bytes:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality, optimize=True)
    return output.getvalue()


def pixels(photo: bytes) -> bytes:
    """The central 87.5 % of each side of ``photo`` as 224 x 224 RGB, as ``preprocess`` gives it to ``classify``."""
    picture = decoded(photo)
    width, height = picture.size
    box = (width / 16, height / 16, width * 15 / 16, height * 15 / 16)
    return picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box).tobytes()
