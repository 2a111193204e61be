"""A localwhisk with nothing installed: the platform under test where no other is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import GUEST_KEY, GUEST_UUID, ROOT, serving

AUTH = f"{GUEST_UUID}:{GUEST_KEY}"
IMAGE = "classify:conformance"  # it runs this image from a directory


@contextmanager
def localwhisk(folder: Path, *options: str) -> Iterator[str]:
    """The URL of a localwhisk with nothing installed, its data in ``folder``."""
    with serving(folder, "--image", f"{IMAGE}={ROOT / 'build/package/host/classify'}", *options) as host:
        yield host.url
