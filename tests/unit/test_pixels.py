"""Pixels between the actions: differences and back without a loss, whoever decodes them; what is broken is refused."""

import base64
import zlib
from typing import Any

import pytest
from PIL import Image

import classifier
import pixels
from differences import differences, summed
from network import SIDE
from problem import InvalidRequest
from tests.pictures import quarters, smooth

PICTURES = [
    quarters(1, 1),
    quarters(1, 300),
    quarters(255, 224),
    smooth(SIDE, SIDE),
    Image.effect_noise((SIDE, SIDE), 200).convert("RGB"),
]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: str(picture.size))
def test_differences_lose_nothing(picture: Image.Image) -> None:
    content = pixels.packed(differences(picture).tobytes())
    octets = pixels.unpacked("raster", content, *picture.size)
    assert summed(Image.frombytes("RGB", picture.size, octets)).tobytes() == picture.tobytes()


@pytest.mark.parametrize("picture", PICTURES[-2:], ids=["smooth", "noise"])
def test_numpy_sums_them_up_as_pillow_does(picture: Image.Image) -> None:
    assert classifier.summed(differences(picture).tobytes()) == picture.tobytes()


def test_they_are_what_the_contract_says() -> None:
    picture = Image.new("RGB", (2, 2))
    for place, colour in {(0, 0): (5, 3, 2), (1, 0): (9, 9, 9), (0, 1): (0, 0, 0), (1, 1): (1, 2, 4)}.items():
        picture.putpixel(place, colour)
    first = [(5 - 3, 3, 2 - 3), (0, 9, 0)], [(0, 0, 0), (1 - 2, 2, 4 - 2)]  # red and blue less green
    beside = [[row[0], tuple(b - a for a, b in zip(*row, strict=True))] for row in first]
    above = [beside[0], [tuple(b - a for a, b in zip(*column, strict=True)) for column in zip(*beside, strict=True)]]
    assert differences(picture).tobytes() == bytes(value % 256 for row in above for pixel in row for value in pixel)


def test_a_photo_takes_less_than_its_pixels() -> None:
    assert len(pixels.packed(differences(smooth(SIDE, SIDE)).tobytes())["data"]) < SIDE * SIDE * 3


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


WHOLE = zlib.compress(bytes(12))


@pytest.mark.parametrize(
    ("encoding", "data", "words"),
    [
        ("base64", text(bytes(11)), r"expected 12 bytes \(width 2 x height 2 x 3\), but got 11"),
        ("deflate", text(zlib.compress(bytes(11))), "expected 12 bytes .* but got 11"),
        ("deflate", text(zlib.compress(bytes(10**8))), "expected a zlib stream of 12 bytes, but got one of more"),
        ("deflate", text(b"no zlib stream"), "expected a zlib stream"),
        ("deflate", text(WHOLE[:-1]), "expected one whole zlib stream"),
        ("deflate", text(WHOLE + b"more"), "expected one whole zlib stream"),
        ("deflate", text(WHOLE[:-1] + bytes([WHOLE[-1] ^ 1])), "expected a zlib stream"),
        ("deflate", "no base64", "expected base64"),
    ],
    ids=str,
)
def test_what_is_broken_is_refused(encoding: str, data: str, words: str) -> None:
    content: dict[str, Any] = {"encoding": encoding, "data": data}
    with pytest.raises(InvalidRequest, match=f"^raster.data: {words}"):
        pixels.unpacked("raster", content, 2, 2)


def test_a_size_that_no_request_can_fill_takes_no_memory() -> None:
    content = {"encoding": "deflate", "data": text(zlib.compress(bytes(10**8)))}
    with pytest.raises(InvalidRequest, match="expected a zlib stream of 786432 bytes"):
        pixels.unpacked("raster", content, 10**12, 10**12)
