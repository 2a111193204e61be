"""Pictures that the tests draw, and how they get into the page."""

import io

from PIL import Image
from playwright.sync_api import Page


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
