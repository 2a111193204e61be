"""Reads the header of a JPG before anything is decoded: its size, its coding, and whether time and memory suffice.

The markers (ITU-T T.81, table B.1) are looked up as libjpeg does it, so that what is checked here is what it decodes.
"""

import re
from dataclasses import dataclass

from problem import CorruptJpeg, NotAJpeg, TooManyPixels, UnsupportedJpeg

MAX_PIXELS = 40_000_000
MAX_SIDE = 65_500  # libjpeg's JPEG_MAX_DIMENSION
# Where a scan does not complete its part of the picture, libjpeg keeps all coefficients (2 bytes each) to the end.
# The action has 128 MB, and Python with Pillow takes a third of it.
MAX_COEFFICIENT_BYTES = 60_000_000
BLOCK_BYTES = 64 * 2
# Every scan is a pass over all blocks of the picture, in arithmetic coding 0.15 microseconds for each block. Ordinary
# progressive JPGs have about ten scans; the largest that fit into memory come to five million blocks that way.
MAX_SCANS = 100
MAX_PASSED_BLOCKS = 20_000_000

SOI, EOI, SOS, DNL, APP14 = 0xD8, 0xD9, 0xDA, 0xDC, 0xEE
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}  # TEM and RST0 to RST7
CODINGS = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC9: "arithmetic", 0xCA: "arithmetic-progressive"}
UNSUPPORTED = {
    0xC3: "lossless",
    0xC5: "hierarchical (differential)",
    0xC6: "hierarchical (differential progressive)",
    0xC7: "hierarchical (differential lossless)",
    0xC8: "of a reserved process",
    0xCB: "lossless",
    0xCD: "hierarchical (differential)",
    0xCE: "hierarchical (differential progressive)",
    0xCF: "hierarchical (differential lossless)",
    0xDE: "hierarchical",
}
MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
# The fewest bits that code a block: in sequential order one for its DC and one for "no AC", in progressive order one of
# the first DC scan. Arithmetic coding has no such bound.
LEAST_BITS = {"baseline": 2, "extended": 2, "progressive": 1, "arithmetic": 0, "arithmetic-progressive": 0}
SIGNATURES = {
    rb"\x89PNG": "a PNG",
    rb"GIF8": "a GIF",
    rb"RIFF....WEBP": "a WebP",
    rb"....ftypavi[fs]": "an AVIF",
    rb"....ftyp(he[a-z][a-z]|mif1|msf1)": "a HEIC or HEIF",
    rb"....ftyp": "an MP4 or QuickTime film",
    rb"(II[*+]\x00|MM\x00[*+])": "a TIFF or a camera's raw picture",
    rb"BM": "a BMP",
    rb"(\xff\x0a|\x00\x00\x00\x0cJXL )": "a JPEG XL",
    rb"(\xff\x4f\xff\x51|\x00\x00\x00\x0cjP  )": "a JPEG 2000",
    rb"8BPS": "a Photoshop document",
    rb"\x00\x00\x01\x00": "an icon (ICO)",
    rb"%PDF": "a PDF",
    rb"PK\x03\x04": "a ZIP archive",
    rb"\x1f\x8b": "a gzip archive",
    rb"/9j/": "a JPG in base64 (encoded once more than expected)",
    rb"(?i)(\xef\xbb\xbf)?\s*((<\?xml|<!doctype svg|<!--)[^>]*>\s*)*<svg": "an SVG",
    rb"(?i)(\xef\xbb\xbf)?\s*(<!doctype html|<html)": "an HTML page",
}
ADOBE_YCCK = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x02"  # Adobe Technical Note 5116, "Adobe marker segment"
RESAVE = "Save it again as an ordinary (baseline, 8-bit) JPG."


@dataclass(frozen=True)
class Component:
    """Sampling factors of one colour component."""

    horizontal: int
    vertical: int


@dataclass(frozen=True)
class Header:
    """What the frame header says; width and height in pixels, as stored."""

    width: int
    height: int
    coding: str
    components: tuple[Component, ...]
    adobe: bool  # whether there is Adobe's marker, which tells the colour space

    @property
    def blocks(self) -> int:
        """Blocks of 8 x 8 samples in all components."""
        widest = max(component.horizontal for component in self.components)
        highest = max(component.vertical for component in self.components)
        return sum(
            -(-self.width * component.horizontal // (8 * widest))
            * -(-self.height * component.vertical // (8 * highest))
            for component in self.components
        )


def read(data: bytes) -> Header:
    """The header of ``data``.

    Raises ``NotAJpeg``, ``UnsupportedJpeg``, ``TooManyPixels`` or ``CorruptJpeg`` where it cannot be decoded.
    """
    if not data.startswith(b"\xff\xd8"):
        raise NotAJpeg(f"The picture is {kind(data)}, not a JPG. Save or export it as a JPG first.")
    markers = segments(data)
    header = frame_header(data, markers)
    last, position = markers[-1]
    if last != SOS:
        raise CorruptJpeg("The JPG ends without picture data. Probably only a part of the file arrived.")
    check_scans(data[position:], header)
    return header


def segments(data: bytes) -> list[tuple[int, int]]:
    """Marker and position (of its length field) of each segment up to the first scan, skipping what lies between."""
    markers, position = [], 2
    while match := MARKER.search(data, position):
        marker, position = match[1][0], match.end()
        if marker in WITHOUT_LENGTH:
            continue
        if marker in (SOI, EOI):
            break
        markers.append((marker, position))
        if marker == SOS:
            break
        position += int.from_bytes(data[position : position + 2], "big")
    return markers


def frame_header(data: bytes, markers: list[tuple[int, int]]) -> Header:
    """The one frame header among the segments of ``data`` that ``markers`` lists."""
    for marker, _ in markers:
        if marker in UNSUPPORTED:
            raise UnsupportedJpeg(f"This JPG is {UNSUPPORTED[marker]}. {RESAVE}")
    frames = [(marker, position) for marker, position in markers if marker in CODINGS]
    if len(frames) != 1:
        raise CorruptJpeg(f"The JPG has {len(frames)} frame headers instead of one. Probably it is incomplete.")
    adobe = any(marker == APP14 and data[position + 2 : position + 7] == b"Adobe" for marker, position in markers)
    return frame(data, *frames[0], adobe)


def frame(data: bytes, marker: int, position: int, adobe: bool) -> Header:
    """The frame header whose length field is at ``position``, checked for what can be decoded at all."""
    segment = data[position : position + int.from_bytes(data[position : position + 2], "big")]
    if len(segment) < 8 or len(segment) < 8 + 3 * segment[7]:
        raise CorruptJpeg("The JPG's frame header is cut short.")
    height, width = int.from_bytes(segment[3:5], "big"), int.from_bytes(segment[5:7], "big")
    if segment[2] != 8:
        raise UnsupportedJpeg(f"This JPG has {segment[2]} bits per sample, but only 8 are supported. {RESAVE}")
    if width and not height and bytes((0xFF, DNL)) in data[position:]:
        raise UnsupportedJpeg(f"This JPG tells its height only after the picture data. {RESAVE}")
    if not width or not height:
        raise CorruptJpeg(f"The JPG's header claims {width} x {height} pixels.")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise TooManyPixels(
            f"The picture has {width:,} x {height:,} pixels, but at most {MAX_PIXELS // 10**6} megapixels "
            f"and {MAX_SIDE:,} pixels on a side can be decoded. Make it smaller.",
            width=width,
            height=height,
            limit=MAX_PIXELS,
        )
    return Header(width, height, CODINGS[marker], components(segment), adobe)


def components(segment: bytes) -> tuple[Component, ...]:
    """The components that a frame header lists."""
    listed = tuple(Component(factors >> 4, factors & 15) for factors in segment[9 : 8 + 3 * segment[7] : 3])
    if len(listed) not in (1, 3, 4):
        raise UnsupportedJpeg(
            f"This JPG has {len(listed)} colour components, but only 1, 3 or 4 are supported. {RESAVE}"
        )
    if any(not 1 <= factor <= 4 for one in listed for factor in (one.horizontal, one.vertical)):
        raise CorruptJpeg("The JPG's header has impossible sampling factors.")
    return listed


def check_scans(rest: bytes, header: Header) -> None:
    """Whether time and memory suffice to decode the scans; ``rest`` is the first one and all that follows."""
    partial = len(rest) > 2 and rest[2] < len(header.components)
    needed = header.blocks * BLOCK_BYTES
    if ("progressive" in header.coding or partial) and needed > MAX_COEFFICIENT_BYTES:
        limit = header.width * header.height * MAX_COEFFICIENT_BYTES // needed
        order = "in progressive order" if "progressive" in header.coding else "with its colours one after the other"
        raise TooManyPixels(
            f"The picture has {header.width:,} x {header.height:,} pixels {order}, which must be held in memory as a "
            f"whole; that works up to {limit / 10**6:.1f} megapixels. "
            "Make it smaller, or save it as an ordinary baseline JPG.",
            width=header.width,
            height=header.height,
            limit=limit,
        )
    scans = 1 + rest.count(bytes((0xFF, SOS)))
    allowed = min(MAX_SCANS, MAX_PASSED_BLOCKS // header.blocks)
    if scans > allowed:
        raise UnsupportedJpeg(f"This JPG has {scans} scans, but only {allowed} are supported at its size. {RESAVE}")
    least = header.blocks * LEAST_BITS[header.coding] // 8
    if len(rest) < least:
        raise CorruptJpeg(
            f"The JPG ends early: {header.width:,} x {header.height:,} pixels take at least {least:,} bytes "
            f"of picture data, but {len(rest):,} arrived. Probably only a part of the file was sent."
        )


def with_colour_space(data: bytes, header: Header) -> bytes:
    """``data``. Four components, some of them subsampled, get Adobe's marker for YCCK if they have no such marker.

    Without it libjpeg takes four components for CMYK; but it is chroma that is subsampled, never ink.
    """
    subsampled = len({(one.horizontal, one.vertical) for one in header.components}) > 1
    if len(header.components) == 4 and not header.adobe and subsampled:
        return data[:2] + ADOBE_YCCK + data[2:]
    return data


def kind(data: bytes) -> str:
    """What ``data`` seems to be instead of a JPG, in words."""
    start = data[:512]
    for pattern, name in SIGNATURES.items():
        if re.match(pattern, start, re.DOTALL):
            return name
    return "text" if is_text(start) else "in no picture format that is known here"


def is_text(data: bytes) -> bool:
    return bool(data) and all(byte >= 32 or byte in b"\t\n\r\f" for byte in data)
