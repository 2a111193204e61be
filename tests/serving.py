"""A running host for tests: real processes, a free port, and their output when something goes wrong."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
GUEST_UUID = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502"
GUEST_KEY = "123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
START_SECONDS = 60


@dataclass
class Served:
    """What `make run` starts, and how to talk to it."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    @property
    def classify_url(self) -> str:
        return f"{self.url}/api/{GUEST_UUID}/classifier/classify"

    def records(self, name: str, limit: int = 200, since: int = 0) -> list[dict[str, Any]]:
        """Activation records of ``name``, newest first, with their results."""
        answer = httpx.get(
            f"{self.url}/api/v1/namespaces/_/activations",
            params={"name": name, "limit": limit, "docs": "true", "since": since},
            auth=(GUEST_UUID, GUEST_KEY),
            timeout=30,
        )
        answer.raise_for_status()
        records: list[dict[str, Any]] = answer.json()
        return records

    def invoke(self, name: str, args: dict[str, Any]) -> httpx.Response:
        """A blocking invocation of one action through the REST API: the activation record."""
        url = f"{self.url}/api/v1/namespaces/_/actions/{name}"
        return httpx.post(url, params={"blocking": "true"}, json=args, auth=(GUEST_UUID, GUEST_KEY), timeout=90)


def free_port() -> int:
    """One that is free on every address of this machine: with containers, the host listens on their bridge, too."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/config.json", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not answer on {url}; it printed:\n{log.read_text()}")


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Served]:
    """`scripts/run` on a free port with its data in ``folder``; ended like Ctrl-C ends it."""
    port = free_port()
    log = folder / "serve.log"
    settings = {"PORT": str(port), "DATA": str(folder / "data"), "CLASSIFIER_ADMIN_TOKEN": "test-token", **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [ROOT / "scripts" / "run"],
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(process, url, log)
        yield Served(process, url, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
