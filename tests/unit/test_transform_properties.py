"""What holds for every picture that ``preprocess`` fits, and a slow reference that says the same pixel for pixel."""

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageChops

import transform
from fit import CENTRE, SHOWN, WHOLE, View, box
from network import SIDE
from problem import InvalidRequest

Floats = NDArray[np.float64]
FITS = st.sampled_from(sorted(SHOWN))
GREY = transform.MID_GREY[0]
ROUNDING = 1 + 1e-6  # Pillow rounds to 8 bits after each of its two passes
TRANSPOSE, MIRROR = Image.Transpose.TRANSPOSE, Image.Transpose.FLIP_LEFT_RIGHT
FEW = settings(deadline=None, derandomize=True, database=None, max_examples=40)


def noise(width: int, height: int, seed: int) -> Image.Image:
    """Pixels that have nothing to do with each other: nothing smooths a mistake over."""
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


SIDES = st.integers(1, 40) | st.integers(200, 260) | st.integers(1, 700)
PICTURES = st.builds(noise, SIDES, SIDES, st.integers(0, 9))


def difference(one: Image.Image, other: Image.Image) -> int:
    """The most that any value of ``one`` differs from ``other``."""
    return int(np.asarray(ImageChops.difference(one, other)).max())


def weights(size: int, out: int, start: float, end: float) -> Floats:
    """How much each of ``size`` pixels in a row counts for each of ``out`` pixels that show ``start`` to ``end`` of it.

    A triangle around the middle of the output pixel. It is two output pixels wide where the row becomes shorter, two
    input pixels where it becomes longer; what of it lies outside the row does not count.
    """
    scale = (end - start) / out
    reach = max(scale, 1.0)
    middles = start + (np.arange(out) + 0.5) * scale
    distances = np.abs(np.arange(size) + 0.5 - middles[:, None]) / reach
    triangle = np.clip(1 - distances, 0, None)
    return np.asarray(triangle / triangle.sum(axis=1, keepdims=True))


def reference(picture: Image.Image, size: tuple[int, int], view: View) -> Floats:
    """The ``view`` of ``picture`` in ``size``: [height, width, 3], 0 to 255."""
    left, top, right, bottom = box(view, picture.size)
    across = weights(picture.width, size[0], left, right)
    down = weights(picture.height, size[1], top, bottom)
    shown: Floats = np.einsum("yj,jic,xi->yxc", down, np.asarray(picture, float), across, optimize=True)
    return shown


@FEW
@given(picture=PICTURES, fit=st.sampled_from(["crop", "stretch"]))
@example(noise(1, 1, 0), "crop")
@example(noise(3000, 1, 0), "stretch")
def test_every_pixel_is_that_of_the_reference(picture: Image.Image, fit: str) -> None:
    fitted, view = transform.fitted(picture, fit)
    expected = reference(picture, (SIDE, SIDE), view)
    assert np.abs(np.asarray(fitted, float) - expected).max() <= ROUNDING


@FEW
@given(picture=PICTURES)
@example(noise(700, 1, 0))
def test_a_padded_picture_is_that_of_the_reference_amid_grey(picture: Image.Image) -> None:
    fitted, view = transform.fitted(picture, "pad")
    width, height = round(SIDE / view["width"]), round(SIDE / view["height"])
    left, top = round(-view["left"] * width), round(-view["top"] * height)
    expected = np.full((SIDE, SIDE, 3), float(GREY))
    expected[top : top + height, left : left + width] = reference(picture, (width, height), WHOLE)

    assert np.abs(np.asarray(fitted, float) - expected).max() <= ROUNDING
    assert max(width, height) == SIDE
    for side, own in zip((width, height), picture.size, strict=True):
        assert side == pytest.approx(max(1, SIDE * own / max(picture.size)), abs=0.5)


@FEW
@given(picture=PICTURES, fit=FITS)
def test_the_shape_is_the_models_and_no_value_leaves_the_range_of_the_picture(picture: Image.Image, fit: str) -> None:
    fitted, _ = transform.fitted(picture, fit)
    assert (fitted.mode, fitted.size) == ("RGB", (SIDE, SIDE))
    before, after = np.asarray(picture), np.asarray(fitted)
    padding = [GREY] if fit == "pad" else []
    for channel in range(3):
        allowed = np.append(before[..., channel], padding)
        assert allowed.min() <= after[..., channel].min() <= after[..., channel].max() <= allowed.max()


@FEW
@given(picture=PICTURES, fit=FITS)
def test_a_transposed_picture_gives_a_transposed_result(picture: Image.Image, fit: str) -> None:
    fitted, view = transform.fitted(picture, fit)
    transposed, transposed_view = transform.fitted(picture.transpose(TRANSPOSE), fit)
    assert difference(transposed, fitted.transpose(TRANSPOSE)) <= 2 * ROUNDING
    assert (transposed_view["left"], transposed_view["width"]) == (view["top"], view["height"])


@FEW
@given(picture=PICTURES, fit=FITS)
def test_a_mirrored_picture_gives_a_mirrored_result(picture: Image.Image, fit: str) -> None:
    fitted, view = transform.fitted(picture, fit)
    assume(2 * view["left"] + view["width"] == pytest.approx(1))  # padding of an odd number of columns is not even
    mirrored, _ = transform.fitted(picture.transpose(MIRROR), fit)
    assert difference(mirrored, fitted.transpose(MIRROR)) <= ROUNDING


@FEW
@given(picture=st.builds(noise, st.integers(300, 700), st.integers(300, 700), st.integers(0, 9)), data=st.data())
def test_a_part_that_has_all_that_is_shown_gives_what_the_whole_gives(
    picture: Image.Image, data: st.DataObject
) -> None:
    left, top, right, bottom = box(CENTRE, picture.size)
    reach = max(picture.size) // SIDE + 2  # pixels beyond the view that count for its first and last ones
    cut = (
        data.draw(st.integers(0, int(left) - reach)),
        data.draw(st.integers(0, int(top) - reach)),
        data.draw(st.integers(int(right) + 1 + reach, picture.width)),
        data.draw(st.integers(int(bottom) + 1 + reach, picture.height)),
    )
    part = {
        "left": cut[0] / picture.width,
        "top": cut[1] / picture.height,
        "width": (cut[2] - cut[0]) / picture.width,
        "height": (cut[3] - cut[1]) / picture.height,
    }
    of_part, view = transform.fitted(picture.crop(cut), "crop", part)
    assert difference(of_part, transform.fitted(picture, "crop")[0]) <= ROUNDING
    assert view == CENTRE


@pytest.mark.parametrize("fit", SHOWN)
def test_a_part_is_refused_exactly_if_it_lacks_some_of_what_is_shown(fit: str) -> None:
    for left, top, right, bottom in product([0.0, 0.05, 0.0625, 0.07], repeat=4):  # from the edges of the picture
        part = {"left": left, "top": top, "width": 1 - left - right, "height": 1 - top - bottom}
        if max(left, top, right, bottom) > SHOWN[fit]["left"]:
            with pytest.raises(InvalidRequest, match=f"fit {fit} needs more of the picture"):
                transform.fitted(noise(30, 20, 0), fit, part)
        else:
            assert transform.fitted(noise(30, 20, 0), fit, part)[0].size == (SIDE, SIDE)
