"""JPGs for tests, made with Pillow and, where Pillow writes no such file, by editing markers."""

import io
import struct
from typing import Any

from PIL import Image, ImageChops

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)
QUARTERS = {"top left": RED, "top right": GREEN, "bottom left": BLUE, "bottom right": WHITE}
ORIENTATION = 0x0112


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Four quarters of four colours: turned, mirrored or discoloured, it shows."""
    picture = Image.new("RGB", (width, height), WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return picture


def smooth(width: int, height: int) -> Image.Image:
    """A gradient: few bytes at any size."""
    ramp = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.FLIP_TOP_BOTTOM), ramp))


def jpg(picture: Image.Image | None = None, *, orientation: int | None = None, **options: Any) -> bytes:
    """``picture`` (default: ``quarters()``) as a JPG, with Pillow's options for saving and an EXIF orientation."""
    if orientation is not None:
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        options["exif"] = exif
    target = io.BytesIO()
    (picture or quarters()).save(target, "JPEG", **{"quality": 90, "subsampling": 0, **options})
    return target.getvalue()


def cmyk(picture: Image.Image) -> Image.Image:
    """``picture`` in ink, without black."""
    return Image.merge("CMYK", [*ImageChops.invert(picture).split(), Image.new("L", picture.size, 0)])


def ycck(picture: Image.Image, adobe: bool = True, subsampling: int = 0) -> bytes:
    """A YCCK JPG as Photoshop writes it, or the same without Adobe's marker.

    Pillow stores CMYK inverted and otherwise as it is: what it gets here is the inverse of the inverse's YCbCr.
    """
    channels = ImageChops.invert(picture).convert("YCbCr").split()
    raw = Image.merge("CMYK", [*map(ImageChops.invert, channels), Image.new("L", picture.size, 0)])
    data = jpg(raw, quality=95, subsampling=subsampling)
    if adobe:
        at = data.index(b"Adobe") + 11
        return data[:at] + b"\x02" + data[at + 1 :]
    return without_segment(data, 0xEE)


def rgb_jpg(picture: Image.Image) -> bytes:
    """A JPG whose components are red, green and blue themselves (Adobe transform 0)."""
    return jpg(picture, keep_rgb=True)


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def without_segment(data: bytes, marker: int) -> bytes:
    """``data`` without its first segment ``marker``."""
    at = data.index(bytes((0xFF, marker)))
    return data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]


def with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    """``data`` with one more segment, right after SOI."""
    return data[:2] + segment(marker, content) + data[2:]


def frame(
    width: int, height: int, marker: int = 0xC0, bits: int = 8, sampling: tuple[int, ...] = (0x22, 0x11, 0x11)
) -> bytes:
    """A frame header; ``sampling`` has horizontal and vertical factors of each component as in the file, e.g. 0x22."""
    components = b"".join(bytes((number, factors, 0)) for number, factors in enumerate(sampling, 1))
    return segment(marker, struct.pack(">BHHB", bits, height, width, len(sampling)) + components)


def header_only(width: int, height: int, **claims: Any) -> bytes:
    """A file that claims to be a picture and has no pixels."""
    return b"\xff\xd8" + frame(width, height, **claims)
