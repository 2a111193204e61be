"""Pictures that the tests draw, how they get into the page, and when it has kept them."""

import io
import time
from base64 import b64encode

from PIL import Image
from playwright.sync_api import Locator, Page

from tests.browser.conftest import PATIENCE_MS


def picture(width: int = 640, height: int = 480, form: str = "JPEG", **options: object) -> bytes:
    """A gradient, so that turning or cutting it would show."""
    gradient = Image.linear_gradient("L").resize((width, height))
    content = io.BytesIO()
    Image.merge("RGB", (gradient, gradient.transpose(Image.Transpose.ROTATE_180), gradient)).save(
        content, form, **options
    )
    return content.getvalue()


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    payload = [{"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in files]
    page.set_input_files("#file-input", payload)  # type: ignore[arg-type]


def photo_row(page: Page, name: str) -> Locator:
    """The photo of this name in the list."""
    return page.locator("#visit-rows .photo").filter(has=page.get_by_text(name, exact=True))


TRANSFER = """(page, [kind, base64]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  if (base64) transfer.items.add(new File([bytes], 'wolf.png', { type: 'image/png' }));
  else transfer.setData('text/uri-list', 'https://elsewhere.example/wolf.jpg');
  const data = kind === 'paste' ? { clipboardData: transfer } : { dataTransfer: transfer };
  const Kind = kind === 'paste' ? ClipboardEvent : DragEvent;
  document.body.dispatchEvent(new Kind(kind, { bubbles: true, cancelable: true, ...data }));
}"""


def transfer(page: Page, kind: str, content: bytes) -> None:
    """Let ``content`` arrive as ``kind``: drop or paste. Nothing at all is a picture of another page: its address."""
    page.locator("body").evaluate(TRANSFER, [kind, b64encode(content).decode()])


def kept(page: Page, count: int) -> None:
    """Wait until a reload would bring back ``count`` photos."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while page.evaluate("JSON.parse(sessionStorage.getItem('visit') ?? '[]').length") != count:
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)
