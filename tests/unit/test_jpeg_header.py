"""What a JPG claims to be, read from its header alone, and which claims are refused before anything is decoded."""

import re

import pytest

import jpeg_header
from jpeg_header import ADOBE_YCCK
from problem import ActionError, CorruptJpeg, NotAJpeg, TooManyPixels, UnsupportedJpeg
from tests.pictures import cmyk, frame, header_only, jpg, quarters, segment, with_segment, without_segment, ycck

SCAN = segment(0xDA, b"\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00")


def refusal(kind: type[ActionError], data: bytes) -> ActionError:
    with pytest.raises(kind) as caught:
        jpeg_header.read(data)
    return caught.value


@pytest.mark.parametrize(
    ("data", "coding"),
    [
        (jpg(), "baseline"),
        (jpg(progressive=True), "progressive"),
        (jpg().replace(b"\xff\xc0", b"\xff\xc1", 1), "extended"),
        (jpg().replace(b"\xff\xc0", b"\xff\xc9", 1), "arithmetic"),
        (jpg().replace(b"\xff\xc0", b"\xff\xca", 1), "arithmetic-progressive"),
    ],
)
def test_size_and_coding_come_from_the_frame_header(data: bytes, coding: str) -> None:
    header = jpeg_header.read(data)
    assert (header.width, header.height, header.coding) == (96, 64, coding)


def test_a_frame_header_inside_another_segment_is_not_the_pictures() -> None:
    thumbnail = jpg(quarters(16, 16))
    header = jpeg_header.read(with_segment(jpg(), 0xE1, b"Exif\0\0" + thumbnail))
    assert (header.width, header.height) == (96, 64)


@pytest.mark.parametrize(
    "junk", [b"\x00\x00junk", b"\xff\x00", b"\xff\xff\xff", b"\xff\x01", b"\xff\xd0\xff\xd7"], ids=bytes.hex
)
def test_junk_between_segments_is_skipped(junk: bytes) -> None:
    data = jpg()
    assert jpeg_header.read(data[:2] + junk + data[2:]).width == 96


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG"),
        (b"GIF89a", "a GIF"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "a WebP"),
        (b"\x00\x00\x00\x18ftypheic", "a HEIC or HEIF"),
        (b"\x00\x00\x00\x18ftypmif1", "a HEIC or HEIF"),
        (b"\x00\x00\x00\x1cftypavif", "an AVIF"),
        (b"\x00\x00\x00\x20ftypisom", "an MP4 or QuickTime film"),
        (b"BM\x36\x00", "a BMP"),
        (b"II*\x00", "a TIFF"),
        (b"MM\x00*", "a TIFF"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a ZIP"),
        (b"\xff\x0a", "a JPEG XL"),
        (b"\x00\x00\x00\x0cjP  \r\n", "a JPEG 2000"),
        (b"8BPS", "a Photoshop document"),
        (b'<?xml version="1.0"?>\n<!-- x --><svg xmlns=', "an SVG"),
        (b"  <svg", "an SVG"),
        (b"<!DOCTYPE html>", "an HTML page"),
        (b"/9j/4AAQSkZJRg", "a JPG in base64"),
        (b'{"image": 1}', "text"),
        ("Grüße".encode(), "text"),
        (b"\x01\x02\x03\x04", "in no picture format"),
        (b"\xff", "in no picture format"),
    ],
)
def test_another_format_is_named(start: bytes, name: str) -> None:
    assert f"The picture is {name}" in refusal(NotAJpeg, start + bytes(20) * (name != "text")).detail


@pytest.mark.parametrize("marker", sorted(jpeg_header.UNSUPPORTED), ids=hex)
def test_processes_that_no_browser_knows_are_unsupported(marker: int) -> None:
    assert "baseline" in refusal(UnsupportedJpeg, header_only(96, 64, marker=marker)).detail


@pytest.mark.parametrize("bits", [0, 2, 12, 16])
def test_only_eight_bits_are_supported(bits: int) -> None:
    assert f"{bits} bits" in refusal(UnsupportedJpeg, header_only(96, 64, bits=bits)).detail


@pytest.mark.parametrize("sampling", [(), (0x11, 0x11), (0x11,) * 5], ids=len)
def test_other_numbers_of_components_are_unsupported(sampling: tuple[int, ...]) -> None:
    assert f"{len(sampling)} colour components" in refusal(UnsupportedJpeg, header_only(9, 9, sampling=sampling)).detail


@pytest.mark.parametrize("factors", [0x00, 0x10, 0x01, 0x51, 0xFF], ids=hex)
def test_impossible_sampling_factors_are_corrupt(factors: int) -> None:
    refusal(CorruptJpeg, header_only(96, 64, sampling=(factors, 0x11, 0x11)))


@pytest.mark.parametrize(("width", "height"), [(30000, 30000), (65535, 65535), (65_501, 1), (1, 65_501)])
def test_too_many_pixels_are_refused_with_the_numbers(width: int, height: int) -> None:
    error = refusal(TooManyPixels, header_only(width, height))
    assert error.facts == {"width": width, "height": height, "limit": 40_000_000}


def test_the_limit_itself_is_accepted() -> None:
    header = jpeg_header.read(header_only(8000, 5000, sampling=(0x11,)) + SCAN + bytes(200_000))
    assert header.width * header.height == 40_000_000


@pytest.mark.parametrize(("width", "height"), [(65_500, 1), (1, 65_500)])
def test_the_longest_side_passes(width: int, height: int) -> None:
    header = jpeg_header.read(header_only(width, height, sampling=(0x11,)) + SCAN + bytes(200_000))
    assert (header.width, header.height) == (width, height)


@pytest.mark.parametrize(
    ("sampling", "side"), [((0x11,), 5480), ((0x22, 0x11, 0x11), 4480), ((0x11, 0x11, 0x11), 3200)]
)
@pytest.mark.parametrize("marker", [0xC2, 0xCA], ids=hex)
def test_progressive_pictures_are_limited_by_their_coefficients(
    sampling: tuple[int, ...], side: int, marker: int
) -> None:
    scan = SCAN + bytes(200_000)
    assert jpeg_header.read(header_only(side - 80, side - 80, marker=marker, sampling=sampling) + scan)
    error = refusal(TooManyPixels, header_only(side, side, marker=marker, sampling=sampling) + scan)
    assert re.search(r"progressive .* up to \d+\.\d megapixels.* baseline", error.detail)
    assert (side - 80) ** 2 < error.facts["limit"] < side**2


@pytest.mark.parametrize(
    ("sampling", "blocks"),
    [
        ((0x11,), 13 * 7),
        ((0x11, 0x11, 0x11), 3 * 13 * 7),
        ((0x22, 0x11, 0x11), 13 * 7 + 2 * 7 * 4),
        ((0x21, 0x11, 0x11), 13 * 7 + 2 * 7 * 7),
        ((0x11, 0x22, 0x11), 13 * 7 + 2 * 7 * 4),
        ((0x22, 0x11, 0x11, 0x22), 2 * 13 * 7 + 2 * 7 * 4),
    ],
    ids=str,
)
def test_blocks_are_counted_with_the_subsampling(sampling: tuple[int, ...], blocks: int) -> None:
    assert jpeg_header.read(header_only(100, 50, sampling=sampling) + SCAN + bytes(1000)).blocks == blocks


def test_baseline_scans_of_single_components_keep_coefficients_too() -> None:
    one_component = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    assert jpeg_header.read(header_only(6000, 6000) + SCAN + bytes(300_000))
    refused = refusal(TooManyPixels, header_only(6000, 6000) + one_component + bytes(300_000))
    assert "6,000 x 6,000 pixels with its colours one after the other" in refused.detail


def test_scans_without_end_are_refused() -> None:
    data = header_only(96, 64, marker=0xC2)
    assert jpeg_header.read(data + SCAN * 100).coding == "progressive"
    assert "101 scans" in refusal(UnsupportedJpeg, data + SCAN * 101).detail


def test_a_picture_that_is_too_large_is_told_so_however_many_scans_it_has() -> None:
    refusal(TooManyPixels, header_only(6000, 6000, marker=0xC2) + SCAN * 30)


def test_a_large_picture_may_have_fewer_scans() -> None:
    # 5400 x 5400 grey: 455,625 blocks, of which 43 passes are affordable
    data = header_only(5400, 5400, marker=0xCA, sampling=(0x11,))
    assert jpeg_header.read(data + SCAN * 43).blocks == 455_625
    refused = refusal(UnsupportedJpeg, data + SCAN * 44)
    assert "44 scans, but only 43 are supported at its size" in refused.detail


def test_a_height_that_comes_after_the_scan_is_unsupported() -> None:
    after = segment(0xDC, b"\x00\x40")
    assert "height" in refusal(UnsupportedJpeg, header_only(96, 0) + SCAN + after).detail


@pytest.mark.parametrize(("width", "height"), [(0, 64), (96, 0), (0, 0)])
def test_no_width_or_height_is_corrupt(width: int, height: int) -> None:
    assert f"{width} x {height}" in refusal(CorruptJpeg, header_only(width, height)).detail


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + bytes(100),
        b"\xff\xd8" + SCAN,
        header_only(96, 64),
        header_only(96, 64)[:-5],
        header_only(96, 64) + b"\xff\xd9",
        header_only(96, 64) + frame(96, 64) + SCAN,
        b"\xff\xd8\xff\xe0",
        b"\xff\xd8\xff\xe0\xff\xff",
        b"\xff\xd8\xff\xc0\x00\x00",
        b"\xff\xd8" + b"\xff" * 300_000,
    ],
    ids=len,
)
def test_a_header_that_is_not_there_or_not_whole_is_corrupt(data: bytes) -> None:
    refusal(CorruptJpeg, data)


def test_less_data_than_any_coding_needs_is_corrupt() -> None:
    detail = refusal(CorruptJpeg, header_only(4000, 3000) + SCAN).detail
    assert re.search(r"4,000 x 3,000 pixels take at least 70,\d{3} bytes .* but 12 arrived", detail)


def test_the_plainest_picture_is_not_taken_for_a_short_one() -> None:
    plain = quarters(2000, 1000).convert("L").point(lambda _: 0)
    assert jpeg_header.read(jpg(plain, optimize=True)).width == 2000
    assert jpeg_header.read(jpg(plain, optimize=True, progressive=True)).width == 2000


@pytest.mark.parametrize("adobe", [True, False], ids=["with Adobe marker", "without"])
def test_four_components_that_are_not_subsampled_stay_as_they_are(adobe: bool) -> None:
    data = jpg(cmyk(quarters())) if adobe else without_segment(jpg(cmyk(quarters())), 0xEE)
    assert jpeg_header.with_colour_space(data, jpeg_header.read(data)) == data


def test_subsampled_chroma_without_adobe_marker_is_marked_as_ycck() -> None:
    data = header_only(96, 64, sampling=(0x22, 0x11, 0x11, 0x22)) + SCAN + bytes(1000)
    marked = jpeg_header.with_colour_space(data, jpeg_header.read(data))
    assert marked == data[:2] + ADOBE_YCCK + data[2:]
    assert jpeg_header.read(marked).adobe


def test_what_has_adobes_marker_is_believed() -> None:
    data = ycck(quarters())
    assert jpeg_header.with_colour_space(data, jpeg_header.read(data)) == data
