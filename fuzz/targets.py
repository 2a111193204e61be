"""The targets of ``make fuzz``: a property for each, and the inputs to begin with, which are made here."""

import json
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from fuzz import properties
from manifest import PACKAGE
from problem import Json
from tests.action_modules import ACTIONS, load
from tests.pictures import cmyk, jpg, quarters, smooth, ycck

CONTRACTS = {"request": "decode", "raster": "preprocess", "tensor": "classify", "predictions": "metrics"}
SAMPLES: dict[str, Json] = {
    contract: PACKAGE["actions"][action]["annotations"]["sampleInput"] for contract, action in CONTRACTS.items()
}
PICTURES = (
    jpg(quarters(24, 16), orientation=6),
    jpg(smooth(40, 24), progressive=True, subsampling=2),
    jpg(smooth(24, 24).convert("L"), restart_marker_rows=1),
    jpg(cmyk(quarters(16, 16))),
    ycck(quarters(16, 16), adobe=False, subsampling=2),
    jpg(quarters(16, 16), icc_profile=bytes(200)),
)
FORM = b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\nJPG\r\n--b--\r\n'
REQUESTS = (
    b'\x00{"image": "/9j/", "top_k": 3, "fit": "pad", "explain": true}',
    b'\x00{"inputs": "/9j/", "format": "hf", "parameters": {"top_k": 2}}',
    b"\x01\xff\xd8\xff",
    b"\x02" + FORM,
)


class Target(NamedTuple):
    """``holds`` raises where an input shows a fault; fuzzing begins with ``seeds``."""

    holds: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def decode_target() -> Target:
    return Target(partial(properties.decoded, load(ACTIONS / "decode")), PICTURES)


def contracts_target() -> Target:
    seeds = (bytes([number, 0]) + json.dumps(sample).encode() for number, sample in enumerate(SAMPLES.values()))
    return Target(partial(properties.checked, SAMPLES), tuple(seeds))


TARGETS: dict[str, Callable[[], Target]] = {
    "request": lambda: Target(properties.parsed_request, REQUESTS),
    "header": lambda: Target(properties.read_header, PICTURES),
    "decode": decode_target,
    "contracts": contracts_target,
}
