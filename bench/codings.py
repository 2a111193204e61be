"""What pixels cost between two actions: coding them, carrying them on a real OpenWhisk, decoding them."""

import base64
import io
import time
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PIL import Image

import classifier
import pixels
from bench import pictures
from bench.measurement import Recorder
from bench.sample import median
from differences import differences, summed
from fit import CENTRE, box
from network import SIDE

PHOTOS = 20
BEFORE = (362, 271)  # of a photo of 500 x 375: the raster of at most 98,304 pixels that went between the actions before
KILOBYTE_MS, MOVES = 0.037, 2  # on a real OpenWhisk, measured there; an edge is moved as result and as argument


class Coding(NamedTuple):
    write: Callable[[Image.Image], str]
    read: Callable[[str, tuple[int, int]], bytes]


def image_format(name: str, **options: object) -> Coding:
    """A format of Pillow."""

    def write(picture: Image.Image) -> str:
        output = io.BytesIO()
        picture.save(output, name, **options)
        return base64.b64encode(output.getvalue()).decode()

    return Coding(write, lambda text, _size: Image.open(io.BytesIO(base64.b64decode(text))).tobytes())


PLAIN = Coding(lambda picture: base64.b64encode(picture.tobytes()).decode(), lambda text, _size: base64.b64decode(text))
DIFFERENCES = Coding(
    lambda picture: str(pixels.packed(differences(picture).tobytes())["data"]),
    lambda text, _size: classifier.summed(pixels.unpacked("raster", coded(text), SIDE, SIDE)),
)
CODINGS = {
    "as they are": PLAIN,
    "zlib": Coding(
        lambda picture: base64.b64encode(zlib.compress(picture.tobytes())).decode(),
        lambda text, _size: zlib.decompress(base64.b64decode(text)),
    ),
    "PNG, fastest": image_format("PNG", compress_level=1),
    "PNG": image_format("PNG"),
    "WebP, lossless": image_format("WEBP", lossless=True, method=0, quality=0),
    "differences (what is used)": DIFFERENCES,
}
READ_BY_PILLOW = Coding(
    DIFFERENCES.write,
    lambda text, size: summed(Image.frombytes("RGB", size, pixels.unpacked("raster", coded(text), *size))).tobytes(),
)


def coded(text: str) -> dict[str, str]:
    return {"encoding": pixels.DIFFERENCES, "data": text}


def price_ms(kilobytes: float) -> float:
    """What a real OpenWhisk takes to carry so much from one action to the next."""
    return kilobytes * KILOBYTE_MS * MOVES


def compare() -> list[Recorder]:
    """Every coding on the tensors of some photos; and both edges of the chain, before and now."""
    photos = [pictures.decoded(photo) for photo in pictures.photos()[:PHOTOS]]
    tensors = [photo.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box(CENTRE, photo.size)) for photo in photos]
    table = Recorder("chain, codings of 224 x 224 pixels")
    for subject, coding in CODINGS.items():
        kilobytes, write, read = measured(coding, tensors)
        table.add(subject, "size in base64", "kB", *kilobytes)
        table.add(subject, "write", "ms", *write)
        table.add(subject, "read", "ms", *read)
        table.add(subject, "write, carry and read", "ms", *map(total, kilobytes, write, read))
    return [table, both_edges(photos, tensors)]


def total(kilobytes: float, *coding: float) -> float:
    return price_ms(kilobytes) + sum(coding)


def both_edges(photos: Sequence[Image.Image], tensors: Sequence[Image.Image]) -> Recorder:
    """Raster and tensor of a photo together. Now the tensor is the raster's text, read once by each of two actions."""
    rasters = [photo.resize(BEFORE) for photo in photos]
    large, small = measured(PLAIN, rasters), measured(PLAIN, tensors)
    now, by_pillow = measured(DIFFERENCES, tensors), measured(READ_BY_PILLOW, tensors)

    recorder = Recorder("chain, both edges that carry pixels")
    sums = {
        "before: 98,304 pixels and the tensor as they are": (large[0], small[0], *large[1:], *small[1:]),
        "now: differences of what the network sees": (now[0], now[0], *now[1:], by_pillow[2]),
    }
    for subject, (first, second, *coding) in sums.items():
        kilobytes = [one + other for one, other in zip(first, second, strict=True)]
        recorder.add(subject, "size", "kB", *kilobytes)
        recorder.add(subject, "coding", "ms", *map(sum, zip(*coding, strict=True)))
        recorder.add(subject, "coding, carrying and decoding", "ms", *map(total, kilobytes, *coding))
    return recorder


def measured(coding: Coding, tensors: Sequence[Image.Image]) -> tuple[list[float], list[float], list[float]]:
    """Kilobytes, milliseconds to write and milliseconds to read each of ``tensors``; what is read is compared."""
    rows = []
    for picture in tensors:
        text = coding.write(picture)
        assert coding.read(text, picture.size) == picture.tobytes()  # noqa: S101 - a coding that loses is no candidate
        rows.append((len(text) / 1e3, *(typical(call) for call in calls(coding, picture, text))))
    kilobytes, write, read = (list(column) for column in zip(*rows, strict=True))
    return kilobytes, write, read


def calls(coding: Coding, picture: Image.Image, text: str) -> tuple[Callable[[], object], Callable[[], object]]:
    return lambda: coding.write(picture), lambda: coding.read(text, picture.size)


def typical(call: Callable[[], object], times: int = 5) -> float:
    """Milliseconds of the median of a few calls."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)
