"""JPGs with arithmetic coding, which are larger than the blocks that Pillow reads by itself."""

import base64
import io
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.action_modules import ACTIONS, load

BLOCK = 65536  # PIL.ImageFile.MAXBLOCK
SIDE = 300

decode = load(ACTIONS / "decode")


@pytest.mark.parametrize(
    ("options", "coding"),
    [(["-arithmetic"], "arithmetic"), (["-arithmetic", "-progressive"], "arithmetic-progressive")],
)
def test_a_large_arithmetic_coded_jpg_is_decoded_as_its_huffman_coded_twin(
    tmp_path: Path, options: list[str], coding: str
) -> None:
    huffman = noise()
    arithmetic = transcoded(huffman, tmp_path, *options)
    assert len(arithmetic) > BLOCK

    expected, found = (decode(sent(content)) for content in (huffman, arithmetic))

    assert found["source"]["coding"] == coding
    assert found["raster"] == expected["raster"]


def noise() -> bytes:
    """A JPG whose content does not compress."""
    pixels = random.Random(1).randbytes(SIDE * SIDE * 3)
    buffer = io.BytesIO()
    Image.frombytes("RGB", (SIDE, SIDE), pixels).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def transcoded(content: bytes, folder: Path, *options: str) -> bytes:
    """``content`` with another entropy coding: the same coefficients, and so the same pixels."""
    program = shutil.which("jpegtran")
    if program is None:
        pytest.skip("jpegtran was not found; Debian has it in libjpeg-turbo-progs")
    source = folder / "source.jpg"
    source.write_bytes(content)
    return subprocess.run([program, *options, source], stdout=subprocess.PIPE, check=True).stdout


def sent(content: bytes) -> dict[str, str]:
    return {"image": base64.b64encode(content).decode("ascii")}
