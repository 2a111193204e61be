"""Which part of a picture the model sees with each fit, and that the view says so."""

import pytest
from PIL import Image, ImageChops, ImageStat

import transform
from tests.pictures import GREEN, RED, quarters, smooth

FITS = ("crop", "stretch", "pad")
SIZES = [(224, 224), (362, 271), (271, 362), (1, 1), (1, 3000), (3000, 1), (56740, 1), (10, 20)]


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_any_picture_becomes_the_models_input(fit: str, size: tuple[int, int]) -> None:
    pixels, view = transform.fitted(smooth(*size), fit)
    assert (pixels.mode, pixels.size, len(pixels.tobytes())) == ("RGB", (224, 224), 224 * 224 * 3)
    assert set(view) == {"left", "top", "width", "height"}


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_view_is_centred(fit: str, size: tuple[int, int]) -> None:
    _, view = transform.fitted(smooth(*size), fit)
    assert 2 * view["left"] + view["width"] == pytest.approx(1, abs=view["width"] / 224 * 1.01)
    assert 2 * view["top"] + view["height"] == pytest.approx(1, abs=view["height"] / 224 * 1.01)


def test_crop_leaves_a_sixteenth_out_on_every_side() -> None:
    # GIVEN a picture with a border of exactly that width
    picture = Image.new("RGB", (320, 160), RED)
    picture.paste(GREEN, (20, 10, 300, 150))
    pixels, view = transform.fitted(picture, "crop")
    inside = pixels.crop((1, 1, 223, 223))  # the filter reaches one pixel across the edge
    assert inside.getextrema() == tuple((level, level) for level in GREEN)
    assert view == {"left": 0.0625, "top": 0.0625, "width": 0.875, "height": 0.875}


def test_crop_of_a_picture_is_stretch_of_its_centre() -> None:
    picture = quarters(320, 160)
    centre = picture.crop((20, 10, 300, 150))
    cropped, _ = transform.fitted(picture, "crop")
    stretched, _ = transform.fitted(centre, "stretch")
    assert max(ImageStat.Stat(ImageChops.difference(cropped, stretched)).mean) < 0.5


def test_stretch_shows_the_whole_picture_whatever_its_shape() -> None:
    pixels, view = transform.fitted(quarters(448, 112), "stretch")
    assert max(ImageStat.Stat(ImageChops.difference(pixels, quarters(224, 224))).mean) < 1
    assert view == {"left": 0.0, "top": 0.0, "width": 1.0, "height": 1.0}


def test_the_models_own_size_is_not_touched() -> None:
    assert transform.fitted(quarters(224, 224), "stretch")[0].tobytes() == quarters(224, 224).tobytes()


@pytest.mark.parametrize(
    ("size", "box"), [((448, 224), (0, 56, 224, 168)), ((224, 448), (56, 0, 168, 224)), ((50, 50), (0, 0, 224, 224))]
)
def test_pad_keeps_the_shape_and_fills_up_with_mid_grey(size: tuple[int, int], box: tuple[int, ...]) -> None:
    pixels, view = transform.fitted(Image.new("RGB", size, RED), "pad")
    expected = Image.new("RGB", (224, 224), (127, 127, 127))
    expected.paste(RED, (box[0], box[1], box[2], box[3]))
    assert pixels.tobytes() == expected.tobytes()
    assert view["width"] * (box[2] - box[0]) == view["height"] * (box[3] - box[1]) == 224


def test_the_view_of_a_padded_picture_reaches_beyond_it() -> None:
    _, view = transform.fitted(quarters(448, 224), "pad")
    assert view == {"left": 0.0, "top": -0.5, "width": 1.0, "height": 2.0}
