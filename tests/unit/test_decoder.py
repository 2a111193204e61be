"""A JPG of any kind becomes an upright sRGB picture of bounded size; a broken one is corrupt-jpeg and nothing else."""

import io
import struct
from collections.abc import Mapping

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

import decoder
import jpeg_header
from problem import CorruptJpeg
from tests.pictures import (
    QUARTERS,
    cmyk,
    jpg,
    quarters,
    rgb_jpg,
    smooth,
    with_segment,
    without_segment,
    ycck,
)

Colour = tuple[int, ...]
CORNERS = {"top left": (1, 1), "top right": (3, 1), "bottom left": (1, 3), "bottom right": (3, 3)}
# Coding at quality 90 changes a flat colour by less; a swapped, inverted or misread channel is off by 100 and more.
CODING_ERROR = 12


def decoded(data: bytes) -> decoder.Decoded:
    """The whole picture."""
    return decoder.decode(data, "stretch")


def corners(picture: Image.Image) -> dict[str, Colour]:
    """The colour in the middle of each quarter."""
    width, height = picture.size
    found = {}
    for name, (x, y) in CORNERS.items():
        colour = picture.getpixel((x * width // 4, y * height // 4))
        assert isinstance(colour, tuple)
        found[name] = colour
    return found


def assert_quarters(picture: Image.Image, expected: Mapping[str, Colour] = QUARTERS) -> None:
    assert picture.mode == "RGB"
    for name, colour in corners(picture).items():
        assert max(abs(a - b) for a, b in zip(colour, expected[name], strict=True)) <= CODING_ERROR, (name, colour)


def grey(colour: Colour) -> Colour:
    """BT.601, as JFIF has it."""
    level = round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])
    return (level, level, level)


KINDS = {
    "YCbCr": jpg(),
    "YCbCr, subsampled": jpg(subsampling=2),
    "progressive": jpg(progressive=True),
    "optimised, with restarts": jpg(optimize=True, restart_marker_rows=1),
    "RGB": rgb_jpg(quarters()),
    "CMYK": jpg(cmyk(quarters())),
    "CMYK without Adobe's marker": without_segment(jpg(cmyk(quarters())), 0xEE),
    "YCCK": ycck(quarters()),
    "YCCK, subsampled": ycck(quarters(), subsampling=2),
    "YCCK, subsampled, without Adobe's marker": ycck(quarters(), adobe=False, subsampling=2),
    "junk between the segments": jpg()[:20] + b"\xff\x00junk" + jpg()[20:],
    "junk after the end": jpg() + b"junk" * 100,
    "two pictures in one file": jpg() + jpg(Image.new("RGB", (96, 64))),
}


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_every_kind_of_jpg_has_its_colours(data: bytes) -> None:
    marked = jpeg_header.with_colour_space(data, jpeg_header.read(data))
    assert_quarters(decoded(marked).picture)


def test_grey_becomes_rgb() -> None:
    picture = decoded(jpg(quarters().convert("L"))).picture
    assert_quarters(picture, {name: grey(colour) for name, colour in QUARTERS.items()})


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_upright(orientation: int) -> None:
    # GIVEN an upright picture stored in the way that the orientation undoes
    undone = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = quarters() if undone is None else quarters().transpose(undone)
    found = decoded(jpg(stored, orientation=orientation))
    assert_quarters(found.picture)
    assert (found.picture.size, found.orientation) == ((96, 64), orientation)


@pytest.mark.parametrize("orientation", [0, 9, 99, 65535])
def test_an_orientation_that_does_not_exist_counts_as_upright(orientation: int) -> None:
    found = decoded(jpg(orientation=orientation))
    assert_quarters(found.picture)
    assert found.orientation == 1


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0garbage",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x04six\0",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x05\0\x01\0\0\0\xff\xff\xff\x7f",
    ],
    ids=len,
)
def test_broken_exif_is_no_reason_to_refuse_a_picture(exif: bytes) -> None:
    found = decoded(with_segment(jpg(), 0xE1, exif))
    assert_quarters(found.picture)
    assert found.orientation == 1


def test_an_orientation_in_xmp_does_not_count_as_browsers_do_not_follow_it() -> None:
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    found = decoded(with_segment(jpg(), 0xE1, xmp))
    assert_quarters(found.picture)
    assert found.orientation == 1


def test_a_colour_profile_is_converted_to_srgb() -> None:
    swapped = {name: colour[::-1] for name, colour in QUARTERS.items()}
    assert_quarters(decoded(jpg(icc_profile=red_and_blue_swapped())).picture, swapped)


def test_an_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain, profiled = (
        decoded(jpg()).picture,
        decoded(jpg(icc_profile=profile)).picture,
    )
    assert max(ImageStat.Stat(ImageChops.difference(plain, profiled)).mean) < 1


@pytest.mark.parametrize(
    "picture", [quarters(), quarters().convert("L"), cmyk(quarters())], ids=lambda picture: picture.mode
)
@pytest.mark.parametrize("profile", [b"garbage", b"\0" * 200], ids=["garbage", "zeros"])
def test_a_broken_profile_is_ignored(picture: Image.Image, profile: bytes) -> None:
    plain, profiled = (
        decoded(jpg(picture)),
        decoded(jpg(picture, icc_profile=profile)),
    )
    assert profiled.picture.tobytes() == plain.picture.tobytes()


def test_a_profile_that_lists_the_same_bytes_ten_thousand_times_is_ignored() -> None:
    plain, profiled = (
        decoded(jpg()).picture,
        decoded(jpg(icc_profile=matrices(10_000))).picture,
    )
    assert profiled.tobytes() == plain.tobytes()


def matrices(count: int) -> bytes:
    """A valid profile (ICC.1:2010, 7.2 and 10.14) that turns every colour ``count`` times, with one and the same matrix
    for all of them, into black."""
    element = b"matf" + bytes(4) + struct.pack(">HH12f", 3, 3, *[0.0] * 12)
    start = 16 + 8 * count
    tag = b"mpet" + bytes(4) + struct.pack(">HHI", 3, 3, count)
    tag += struct.pack(">II", start, len(element)) * count + element
    header = b"lcms\x04\x40\x00\x00mntrRGB XYZ ".ljust(32, b"\0") + b"acsp"
    header = header.ljust(64, b"\0") + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    table = struct.pack(">I4sII", 1, b"D2B0", 144, len(tag))
    return struct.pack(">I", 144 + len(tag)) + header.ljust(124, b"\0") + table + tag


def test_a_profile_for_another_kind_of_picture_is_ignored() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert_quarters(decoded(jpg(cmyk(quarters()), icc_profile=srgb)).picture)


WIDE, HIGH = {"left": 0.0625, "width": 0.875}, {"top": 0.0625, "height": 0.875}
ALL = {"left": 0.0, "top": 0.0, "width": 1.0, "height": 1.0}


@pytest.mark.parametrize(
    ("fit", "size", "view", "expected"),
    [
        ("crop", (4000, 3000), {**WIDE, **HIGH}, (224, 224)),
        ("crop", (256, 256), {**WIDE, **HIGH}, (224, 224)),  # the smallest of which 87.5 % suffice
        ("crop", (255, 256), {**ALL, **HIGH}, (255, 224)),
        ("crop", (256, 255), {**ALL, **WIDE}, (224, 255)),
        ("crop", (1, 3000), {**ALL, **HIGH}, (1, 224)),
        ("stretch", (500, 375), ALL, (224, 224)),
        ("stretch", (224, 65500), ALL, (224, 224)),
        ("stretch", (223, 100), ALL, (223, 100)),
        ("pad", (500, 375), ALL, (224, 168)),
        ("pad", (375, 500), ALL, (168, 224)),
        ("pad", (65500, 1), ALL, (224, 1)),
        ("pad", (224, 100), ALL, (224, 100)),
        ("pad", (1, 1), ALL, (1, 1)),
    ],
)
def test_what_fit_needs_of_a_picture_is_kept(
    fit: str, size: tuple[int, int], view: Mapping[str, float], expected: tuple[int, int]
) -> None:
    assert decoder.kept(*size, fit) == (view, expected)


@pytest.mark.parametrize("fit", ["crop", "stretch", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (3, 2), (2000, 1500), (9, 2000)], ids=str)
def test_pictures_of_any_shape_are_decoded(fit: str, size: tuple[int, int]) -> None:
    decoded = decoder.decode(jpg(smooth(*size)), fit)
    assert (decoded.view, decoded.picture.size) == decoder.kept(*size, fit)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_part_that_is_kept_turns_with_the_picture(orientation: int) -> None:
    # GIVEN a stored picture of which only the width is more than needed
    decoded = decoder.decode(jpg(quarters(600, 100), orientation=orientation), "crop")
    turned = orientation >= 5
    assert decoded.picture.size == ((100, 224) if turned else (224, 100))
    assert decoded.view == ({**ALL, **HIGH} if turned else {**ALL, **WIDE})


def test_crop_keeps_the_centre() -> None:
    picture = Image.new("RGB", (640, 480), QUARTERS["top left"])
    picture.paste(QUARTERS["top right"], (40, 30, 600, 450))
    decoded = decoder.decode(jpg(picture), "crop").picture
    assert_quarters(decoded.crop((2, 2, 222, 222)), dict.fromkeys(QUARTERS, QUARTERS["top right"]))


@pytest.mark.parametrize("size", [(2400, 1600), (2401, 1601), (65500, 17), (17, 65500)], ids=str)
def test_shrinking_while_decoding_shifts_nothing(size: tuple[int, int]) -> None:
    # A DCT scale rounds sides up: 17 pixels become 9, of which the last half is not the picture's.
    small = decoded(jpg(quarters(*size))).picture
    expected = quarters(*size).resize(small.size, Image.Resampling.BILINEAR)
    assert max(ImageStat.Stat(ImageChops.difference(small, expected)).mean) < 3


def red_and_blue_swapped() -> bytes:
    """The sRGB profile with the primaries of red and blue exchanged: what it means is plain to see."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    for red, blue in ((b"rXYZ", b"bXYZ"), (b"rTRC", b"bTRC")):
        a, b = tags[red] + 4, tags[blue] + 4
        profile[a : a + 8], profile[b : b + 8] = profile[b : b + 8], profile[a : a + 8]
    return bytes(profile)


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
def test_a_truncated_picture_is_corrupt(keep: float, progressive: bool) -> None:
    data = jpg(smooth(400, 300), progressive=progressive)
    with pytest.raises(CorruptJpeg, match="damaged or incomplete"):
        decoded(data[: int(len(data) * keep)])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe0\0\0", b"PNG", bytes(99)])
def test_no_picture_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptJpeg):
        decoded(data)


def test_tables_that_are_missing_make_it_corrupt() -> None:
    with pytest.raises(CorruptJpeg):
        decoded(without_segment(without_segment(jpg(), 0xDB), 0xDB))


def test_the_pictures_in_a_multi_picture_file_do_not_matter() -> None:
    first = io.BytesIO()
    quarters().save(first, "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64))], quality=90)
    assert_quarters(decoded(first.getvalue()).picture)
