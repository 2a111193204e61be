"""Broken on purpose: whatever bytes arrive, the answer is a picture or a problem document, never ``internal``."""

import base64
import random
from collections.abc import Callable, Iterator

import pytest

import contract
from problem import Json
from tests.action_modules import ACTIONS, load
from tests.pictures import cmyk, jpg, quarters, smooth, ycck

SEED = 20260101
CASES = 60  # of each kind of damage, for each picture
PICTURES = {
    "baseline": jpg(smooth(120, 90), orientation=6),
    "progressive": jpg(smooth(120, 90), progressive=True, subsampling=2),
    "grey": jpg(smooth(120, 90).convert("L"), restart_marker_rows=1),
    "CMYK": jpg(cmyk(quarters())),
    "YCCK": ycck(quarters(), adobe=False, subsampling=2),
    "with a colour profile": jpg(quarters(), icc_profile=random.Random(SEED).randbytes(400)),
}
REFUSALS = {"corrupt-jpeg", "unsupported-jpeg", "too-many-pixels", "not-a-jpeg", "invalid-request"}

decode = load(ACTIONS / "decode")


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Some bytes of ``data`` changed, mostly where the segments are."""
    broken = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        end = len(data) if chance.random() < 0.3 else min(len(data), 700)
        broken[chance.randrange(2, end)] = chance.randrange(256)
    return bytes(broken)


def truncated(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))] + chance.choice([b"", b"\xff\xd9", b"\xff", b"\x00" * 50])


def spliced(data: bytes, chance: random.Random) -> bytes:
    """A piece of ``data`` taken out, doubled or put elsewhere."""
    start, end, place = sorted(chance.randrange(2, len(data)) for _ in range(3))
    return chance.choice([data[:start] + data[end:], data[:end] + data[start:], data[:place] + data[start:end]])


def headed(data: bytes, chance: random.Random) -> bytes:
    """A marker with a random length and content among the first ones."""
    marker = bytes((0xFF, chance.randrange(256))) + chance.randrange(1 << 16).to_bytes(2, "big")
    return data[:2] + marker + chance.randbytes(chance.randrange(40)) + data[2:]


Damage = Callable[[bytes, random.Random], bytes]


def answers(data: bytes, damage: Damage) -> Iterator[Json]:
    """What decode says to ``CASES`` damaged copies, always the same ones."""
    chance = random.Random(SEED)
    for _ in range(CASES):
        yield decode({"image": base64.b64encode(damage(data, chance)).decode()})


@pytest.mark.parametrize("damage", [flipped, truncated, spliced, headed])
@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES)
def test_damaged_pictures_are_decoded_or_refused(data: bytes, damage: Damage) -> None:
    for result in answers(data, damage):
        if "error" in result:
            contract.check("problem", result["error"]["body"])
            assert result["error"]["body"]["code"] in REFUSALS, result
        else:
            contract.check("raster", result)


def test_random_bytes_after_the_signature_are_refused() -> None:
    chance = random.Random(SEED)
    for _ in range(CASES):
        result = decode({"image": base64.b64encode(b"\xff\xd8\xff" + chance.randbytes(2000)).decode()})
        assert result["error"]["body"]["code"] in REFUSALS


@pytest.mark.parametrize(
    "byte", [b"\xff", b"\x00", b"\xff\xda", b"\xff\xd8", b"\xff\xe0\x00\x02", b"\xff\xd0", b" "], ids=bytes.hex
)
def test_the_largest_senseless_file_is_refused(byte: bytes) -> None:
    data = (b"\xff\xd8\xff" + byte * 780_000)[:780_000]
    assert decode({"image": base64.b64encode(data).decode()})["error"]["body"]["code"] in REFUSALS
