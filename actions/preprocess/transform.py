"""A picture to the square of pixels that the network sees.

Each ``fit`` is one bilinear resize out of a box of the picture. ``crop`` is how the published accuracy is measured:
the central 87.5 % of each side (TensorFlow models, inception_preprocessing.py, ``preprocess_for_eval``).
"""

from PIL import Image

from network import SIDE

CENTRAL_FRACTION = 0.875
MID_GREY = (127, 127, 127)  # about 0 after scaling to -1..1: padding of no meaning to the network
View = dict[str, float]
WHOLE: View = {"left": 0.0, "top": 0.0, "width": 1.0, "height": 1.0}


def fitted(picture: Image.Image, fit: str) -> tuple[Image.Image, View]:
    """The picture of SIDE x SIDE pixels in RGB, and the part of ``picture`` that it shows, in fractions of its sides.

    With ``fit`` "pad" the view reaches beyond 0..1, where the padding is.
    """
    match fit:
        case "crop":
            margin = (1 - CENTRAL_FRACTION) / 2
            view = {"left": margin, "top": margin, "width": CENTRAL_FRACTION, "height": CENTRAL_FRACTION}
            return resized(picture, (SIDE, SIDE), view), view
        case "stretch":
            return resized(picture, (SIDE, SIDE), WHOLE), WHOLE
        case _:
            return padded(picture)


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
    left, top = view["left"] * picture.width, view["top"] * picture.height
    box = (left, top, left + view["width"] * picture.width, top + view["height"] * picture.height)
    return picture.resize(size, Image.Resampling.BILINEAR, box=box)
