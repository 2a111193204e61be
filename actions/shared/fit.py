"""Which part of a picture each ``fit`` shows the network: ``decode`` keeps no more, ``preprocess`` puts it in place.

``crop`` is how the published accuracy is measured: the central 87.5 % of each side (TensorFlow models,
inception_preprocessing.py, ``preprocess_for_eval``).
"""

View = dict[str, float]  # left, top, width and height in fractions of the picture's sides

WHOLE: View = {"left": 0.0, "top": 0.0, "width": 1.0, "height": 1.0}
CENTRE: View = {"left": 0.0625, "top": 0.0625, "width": 0.875, "height": 0.875}
SHOWN = {"crop": CENTRE, "stretch": WHOLE, "pad": WHOLE}


def box(view: View, size: tuple[float, float]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of ``view`` in the pixels of a picture of ``size``."""
    left, top = view["left"] * size[0], view["top"] * size[1]
    return left, top, left + view["width"] * size[0], top + view["height"] * size[1]
