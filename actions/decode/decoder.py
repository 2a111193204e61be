"""JPG bytes to a small upright sRGB raster.

Pillow's JPEG plugin decodes (libjpeg-turbo). Called directly, it opens no other format, and of several pictures in one
file (MPO) it takes the first.
"""

import io
import struct
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from PIL import Image, ImageCms
from PIL.JpegImagePlugin import JpegImageFile

from fit import SHOWN, WHOLE, View, box
from network import SIDE
from problem import CorruptJpeg

SPARE = 1.25  # how much larger than needed a picture is decoded, so that the resize has something to work on
ORIENTATION = 0x0112  # EXIF 2.32, 4.6.4
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TURNED = 5  # from this orientation on, width and height change places
SRGB = ImageCms.createProfile("sRGB")
# A tag of ICC 4.3 that may refer to the same bytes thousands of times. LittleCMS copies them each time, so that a
# profile of 100 kB takes hundreds of megabytes, or minutes.
MULTI_PROCESS = b"mpet"
PILLOW_ERRORS = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, OverflowError, struct.error)


@dataclass(frozen=True)
class Decoded:
    """The upright picture, 8-bit sRGB in Pillow's mode RGB, and which part of the whole it shows (``view``).

    ``orientation`` is EXIF's that was applied (1 to 8).
    """

    picture: Image.Image
    view: View
    orientation: int


def decode(data: bytes, fit: str) -> Decoded:
    """The JPG ``data`` as an upright sRGB picture, with no more of it and no more pixels than ``fit`` needs.

    Raises ``CorruptJpeg`` where libjpeg cannot decode it to the end.
    """
    with pillow_errors(), JpegImageFile(io.BytesIO(data)) as stored:
        stored.decodermaxblock = len(data)  # libjpeg cannot wait for the next block inside an arithmetic-coded scan
        profile = stored.info.get("icc_profile")
        orientation = exif_orientation(stored)
        view, size = kept(*stored.size, fit)
        picture = to_srgb(reduced(stored, view, size), profile)
    return Decoded(upright(picture, orientation), upright_view(view, orientation), orientation)


@contextmanager
def pillow_errors() -> Generator[None, None, None]:
    """Pillow's exceptions for broken data become ``CorruptJpeg``. Its warnings are about EXIF, not about pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except PILLOW_ERRORS as error:
        raise CorruptJpeg(f"The JPG cannot be decoded: {error}. Probably the file is damaged or incomplete.") from error


def kept(width: int, height: int, fit: str) -> tuple[View, tuple[int, int]]:
    """What ``fit`` needs of a picture of this size: which part, and how many pixels of it.

    A side that has fewer than that stays as it is, and whole: ``preprocess`` enlarges it.
    """
    if fit == "pad":
        scale = min(1.0, SIDE / max(width, height))
        return WHOLE, (max(1, round(width * scale)), max(1, round(height * scale)))
    shown = SHOWN[fit]
    left, share_of_width, columns = side(width, shown["left"], shown["width"])
    top, share_of_height, rows = side(height, shown["top"], shown["height"])
    return {"left": left, "top": top, "width": share_of_width, "height": share_of_height}, (columns, rows)


def side(length: int, start: float, share: float) -> tuple[float, float, int]:
    """Where to begin on a side, the share of it to keep, and its pixels."""
    return (start, share, SIDE) if length * share >= SIDE else (0.0, 1.0, length)


def reduced(stored: JpegImageFile, view: View, size: tuple[int, int]) -> Image.Image:
    """The ``view`` of ``stored`` at ``size``: decoded at a DCT scale that is somewhat larger, then resized.

    Bilinear, and once, as the published accuracy is measured: over 60 photos the tensor differs by 0.01 of 255 on
    average from that of the picture at its full scale.
    """
    whole = (ceil(SPARE * size[0] / view["width"]), ceil(SPARE * size[1] / view["height"]))
    draft = stored.draft(None, whole)
    width, height = draft[1][2:] if draft else stored.size
    return stored.resize(size, Image.Resampling.BILINEAR, box=box(view, (width, height)))


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """``picture`` in sRGB, by its ICC profile if that is valid, cheap and fits, else as its mode is usually read."""
    if profile and MULTI_PROCESS not in profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, *PILLOW_ERRORS):
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")


def exif_orientation(stored: JpegImageFile) -> int:
    """The EXIF orientation; 1 where there is none, or a number that has no meaning.

    Pillow's ``getexif`` would also take the orientation of XMP. Browsers ignore that one, and so does this.
    """
    exif = Image.Exif()
    try:
        exif.load(stored.info.get("exif", b""))
        orientation = exif.get(ORIENTATION)
        return int(orientation) if orientation in UPRIGHT else 1
    except PILLOW_ERRORS:
        return 1


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """``picture`` turned and mirrored as its EXIF orientation asks."""
    method = UPRIGHT.get(orientation)
    return picture if method is None else picture.transpose(method)


def upright_view(view: View, orientation: int) -> View:
    """``view``, which lies in the middle, after the picture was turned."""
    if orientation < TURNED:
        return view
    return {"left": view["top"], "top": view["left"], "width": view["height"], "height": view["width"]}
