"""Take the pictures of README.md and docs/ anew, of the pages as they are: docs/images.

    make test && .venv/bin/python -m tests.browser.take_pictures

The upload page is served by localwhisk, with the model of build/model and the photos of site/examples; the statistics
are those of an hour that tests/browser/admin_api.py makes up.
"""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.admin_api import TOKEN, admin_api, busy_hour
from tests.browser.conftest import ARGUMENTS, chromium_path
from tests.browser.fake_api import SITE
from tests.serving import serving

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
EXAMPLES = [SITE / "examples" / f"{name}.jpg" for name in ("pagoda", "rocket", "cat")]
DESKTOP = ViewportSize(width=960, height=760)
PHONE = ViewportSize(width=390, height=664)
LARGEST_BYTES = 1_000_000  # of the moving picture, which everybody loads who looks at the project
GAP = 20  # pixels between the pictures of a phone
HOUR_MS = 3_600_000
MISSING = "() => [...document.images].filter((one) => one.src && !one.naturalWidth).map((one) => one.src)"
POINTER = """([x, y]) => {
  let pointer = document.getElementById('pointer');
  if (!pointer) {
    pointer = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const arrow = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    pointer.id = 'pointer';
    arrow.setAttribute('d', 'M2 2v20l5-5 3.5 8 4-1.7L11 15.5h7z');
    arrow.setAttribute('fill', '#111');
    arrow.setAttribute('stroke', '#fff');
    arrow.setAttribute('stroke-width', '2');
    pointer.append(arrow);
    const style = { position: 'fixed', width: '28px', height: '28px', zIndex: 999, pointerEvents: 'none' };
    Object.assign(pointer.style, style);
    document.body.append(pointer);
  }
  pointer.style.left = `${x}px`;
  pointer.style.top = `${y}px`;
}"""


class Film:
    """Frames of ``page``, each with how long it stays, and a pointer that shows where somebody clicks."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._at = (DESKTOP["width"] * 0.6, DESKTOP["height"] * 0.85)
        self._frames: list[tuple[Image.Image, int]] = []

    def frame(self, ms: int) -> None:
        self._page.evaluate(POINTER, list(self._at))
        self._frames.append((screenshot(self._page), ms))

    def click(self, selector: str) -> None:
        """Move there in a few frames, then click."""
        box = self._page.locator(selector).bounding_box()
        assert box
        (x, y), goal = self._at, (box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.6)
        for part in (0.35, 0.7, 0.9, 1):
            self._at = (x + (goal[0] - x) * part, y + (goal[1] - y) * part)
            self.frame(60)
        self.frame(300)
        self._page.mouse.click(*goal)

    def save(self, path: Path) -> None:
        images, durations = zip(*self._frames, strict=True)
        # A lower quality takes more for unchanged, and leaves shadows of the frame before.
        images[0].save(path, save_all=True, append_images=images[1:], duration=list(durations), loop=0, quality=85)
        assert path.stat().st_size < LARGEST_BYTES


def screenshot(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def film(page: Page) -> None:
    """One photo with its labels and heat maps, then several."""
    shown = Film(page)
    shown.frame(1500)
    shown.click("#examples li:first-child button")
    expect(page.locator("#result-labels")).to_be_visible()
    for _ in range(6):  # the bars grow
        shown.frame(80)
    page.wait_for_timeout(1000)
    shown.frame(2000)
    shown.click("#stage-modes label:nth-of-type(2)")
    shown.frame(2200)

    page.set_input_files("#file-input", EXAMPLES)
    shown.frame(300)
    expect(page.locator("#visit-count")).to_have_text("4")
    page.wait_for_timeout(1000)
    shown.frame(1500)
    for place in (2, 3):
        shown.click(f"#visit-rows li:nth-child({place}) button")
        page.wait_for_timeout(300)
        shown.frame(1600)
    shown.save(IMAGES / "upload.webp")


def phone(page: Page) -> None:
    """The first view, one photo, several photos."""
    views = [screenshot(page)]
    page.click("#examples li:first-child button")
    views.append(answered(page))
    page.set_input_files("#file-input", EXAMPLES)
    expect(page.locator("#visit-count")).to_have_text("4")
    views.append(answered(page))

    width, height = PHONE["width"], PHONE["height"]
    strip = Image.new("RGB", (len(views) * (width + GAP) - GAP, height), (217, 215, 230))
    for place, view in enumerate(views):
        strip.paste(view, (place * (width + GAP), 0))
    save_small(strip, "upload-phone.png")


def answered(page: Page) -> Image.Image:
    expect(page.locator("#result-labels")).to_be_visible()
    page.wait_for_timeout(1000)
    return screenshot(page)


def statistics(page: Page) -> None:
    page.fill("#token", TOKEN)
    page.click("#sign-in-button")
    expect(page.locator("#chart-outcomes canvas")).to_be_visible()
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)
    save_small(screenshot(page), "admin.png")


def save_small(image: Image.Image, name: str) -> None:
    image.quantize(256, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)


def visit(
    browser: Browser, address: str, look: Callable[[Page], None], viewport: ViewportSize, touch: bool = False
) -> None:
    page = browser.new_page(viewport=viewport, has_touch=touch, is_mobile=touch, timezone_id="Europe/Berlin")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(MISSING) == []
    look(page)
    page.close()


def main() -> None:
    two_hours = busy_hour() + busy_hour(230, seed=8, ago_ms=HOUR_MS)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        with serving(Path(folder)) as host:
            visit(browser, host.url, film, DESKTOP)
            visit(browser, host.url, phone, PHONE, touch=True)
        with admin_api(two_hours) as admin:
            visit(browser, f"{admin.address}/admin.html", statistics, ViewportSize(width=1280, height=1125))
        browser.close()


if __name__ == "__main__":
    main()
