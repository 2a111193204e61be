"""A localwhisk with nothing installed: the platform under test where no other is given."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.serving import GUEST_KEY, GUEST_UUID, free_port

ROOT = Path(__file__).resolve().parents[2]
AUTH = f"{GUEST_UUID}:{GUEST_KEY}"
IMAGE = "classify:conformance"  # it runs this image from a directory


@contextmanager
def localwhisk(folder: Path) -> Iterator[str]:
    """The URL of a localwhisk with nothing installed, its data in ``folder``."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    image = f"{IMAGE}={ROOT / 'build/package/host/classify'}"
    log = folder / "localwhisk.log"
    command = [
        str(Path(sys.executable).with_name("localwhisk")),
        "serve",
        "--port",
        str(port),
        "--data",
        str(folder / "data"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, "--image", image], stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
    try:
        wait_for(process, url, log)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait until the host answers, or show what it printed."""
    for _ in range(600):
        assert process.poll() is None, f"localwhisk ended with {process.returncode}:\n{log.read_text()}"
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"localwhisk does not answer on {url}:\n{log.read_text()}")
