"""A picture to the square of pixels that the network sees: one bilinear resize out of a box of the picture."""

from PIL import Image

from fit import SHOWN, WHOLE, View, box
from network import SIDE
from problem import InvalidRequest

MID_GREY = (127, 127, 127)  # about 0 after scaling to -1..1: padding of no meaning to the network


def fitted(picture: Image.Image, fit: str, part: View = WHOLE) -> tuple[Image.Image, View]:
    """The picture of SIDE x SIDE pixels in RGB, and which part of the whole picture it shows.

    ``picture`` is the ``part`` of the whole. With ``fit`` "pad" what is shown reaches beyond 0..1, into the padding.
    """
    shown = within(SHOWN[fit], part)
    left, top, right, bottom = box(shown, (1, 1))
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise InvalidRequest(f"raster.view: fit {fit} needs more of the picture than the part {part}")
    if shown == WHOLE and picture.size == (SIDE, SIDE):
        return picture, SHOWN[fit]
    if fit == "pad":
        return padded(picture)
    return resized(picture, (SIDE, SIDE), shown), SHOWN[fit]


def within(view: View, part: View) -> View:
    """``view`` of the whole picture in fractions of a ``part`` of it."""
    return {
        "left": (view["left"] - part["left"]) / part["width"],
        "top": (view["top"] - part["top"]) / part["height"],
        "width": view["width"] / part["width"],
        "height": view["height"] / part["height"],
    }


def padded(picture: Image.Image) -> tuple[Image.Image, View]:
    """The whole picture with its aspect, centred on mid-grey."""
    scale = SIDE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    canvas = Image.new("RGB", (SIDE, SIDE), MID_GREY)
    canvas.paste(resized(picture, (width, height), WHOLE), (left, top))
    return canvas, {"left": -left / width, "top": -top / height, "width": SIDE / width, "height": SIDE / height}


def resized(picture: Image.Image, size: tuple[int, int], view: View) -> Image.Image:
    """The ``view`` of ``picture``, resized to ``size`` pixels."""
    return picture.resize(size, Image.Resampling.BILINEAR, box=box(view, picture.size))
