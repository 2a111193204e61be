"""Limits that belong together, in the actions, on the page, in the local host and in the doctor."""

import re

import checks
import jpeg_header
import pixels
import request
from fit import CENTRE
from localwhisk import limits
from manifest import ROOT
from network import SIDE

PAYLOAD = 1024 * 1024  # whisk.activation.payload.max of a stock OpenWhisk (docs/reference.md)
GATEWAY_S = 70  # how long the gateway waits for the platform (apigateway, conf.d/managed_endpoints.conf)
KAFKA = 1_054_644  # with Kafka between controller and invoker: of the whole message (applications.conf)
BESIDE = 8_000  # what else a request holds: options, method, path, headers, the parameters of the action


def base64_of(size: int) -> int:
    """Characters that ``size`` bytes take."""
    return -(-size // 3) * 4


def of_the_page(name: str, module: str = "picture") -> int:
    """The number that ``module`` of the upload page calls ``name``."""
    source = (ROOT / f"site/js/upload/{module}.js").read_text("utf-8")
    [digits] = re.findall(rf"^export const {name} = ([\d_]+);$", source, re.MULTILINE)
    return int(digits)


def test_host_and_doctor_know_the_same_payload() -> None:
    assert checks.PAYLOAD == limits.PAYLOAD_BYTES == PAYLOAD


def test_the_largest_picture_fits_into_a_request() -> None:
    assert base64_of(request.MAX_IMAGE_BYTES) + BESIDE <= min(PAYLOAD, KAFKA)


def test_the_page_sends_what_decode_takes() -> None:
    assert of_the_page("MAX_BYTES") == request.MAX_IMAGE_BYTES
    assert of_the_page("MAX_PIXELS") <= jpeg_header.MAX_PIXELS


def test_the_page_sends_no_fewer_pixels_than_the_raster_keeps() -> None:
    assert of_the_page("MAX_PIXELS") >= (SIDE / CENTRE["width"]) ** 2


def test_the_page_waits_as_long_as_the_gateway_does() -> None:
    """So it bears a time-out that the platform tells some ten seconds after the time limit."""
    assert of_the_page("TIMEOUT_MS", "transport") > 1000 * GATEWAY_S


def test_no_more_pixels_come_compressed_than_fit_between_two_actions_as_they_are() -> None:
    assert base64_of(pixels.MAX_BYTES) <= PAYLOAD
