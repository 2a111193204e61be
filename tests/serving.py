"""Servers for tests: real ones on free ports, and their output when something goes wrong."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import psutil

from tests.zips import zipped

ROOT = Path(__file__).resolve().parents[1]
LOCALWHISK = str(Path(sys.executable).with_name("localwhisk"))
GUEST_UUID = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502"
GUEST_KEY = "123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
START_SECONDS = 60
END_SECONDS = 20
ADMIN_TOKEN = "an-admin-token-for-tests"


def free_port() -> int:
    """One that is free on every address of this machine: with containers, the host listens on their bridge, too."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(condition: Callable[[], bool], within_s: float = 10) -> bool:
    """Whether ``condition`` holds before the time is over; asked every 50 ms."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def answers(url: str) -> bool:
    """Whether anything answers at ``url``."""
    try:
        httpx.get(url, timeout=2)
    except httpx.TransportError:
        return False
    return True


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str],
    cwd: Path = ROOT,
) -> Iterator[subprocess.Popen[bytes]]:
    """The process of ``command`` once it is ``ready``, its output in ``log``; ended like Ctrl-C ends it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(lambda: process.poll() is not None or ready(), START_SECONDS)
        assert ready(), f"{command[0]} did not start; it printed:\n{log.read_text()}"
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


@dataclass
class Served:
    """A running localwhisk, and how to talk to it."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    http: httpx.Client

    @property
    def classify_url(self) -> str:
        return f"{self.url}/api/{GUEST_UUID}/classifier/classify"

    def records(self, name: str, limit: int = 200, since: int = 0) -> list[dict[str, Any]]:
        """Activation records of ``name``, newest first, with their results."""
        query: dict[str, str | int] = {"name": name, "limit": limit, "docs": "true", "since": since}
        answer = self.http.get("/api/v1/namespaces/_/activations", params=query)
        answer.raise_for_status()
        records: list[dict[str, Any]] = answer.json()
        return records

    def invoke(self, name: str, args: dict[str, Any] | None = None) -> dict[str, Any]:
        """The record of a blocking activation of one action."""
        url = f"/api/v1/namespaces/_/actions/{name}?blocking=true"
        record: dict[str, Any] = self.http.post(url, json=args or {}).json()
        return record

    def put(self, name: str, source: str, **body: Any) -> None:
        """A Python action in the default package, new or anew; ``body`` is the rest of its document."""
        code = b64encode(zipped({"__main__.py": source})).decode()
        body = {"exec": {"kind": "python:3.11", "code": code}, "limits": {"memory": 128}, **body}
        self.http.put(f"/api/v1/namespaces/_/actions/{name}?overwrite=true", json=body).raise_for_status()

    def children(self) -> list[psutil.Process]:
        """The processes in which its actions run."""
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def serving(folder: Path, *options: str | Path, within: Sequence[str] = (), **environment: str) -> Iterator[Served]:
    """`localwhisk serve` with ``options``, or without them what `make run` starts; its data is in ``folder``.

    ``within`` is a command that runs the command which follows it, in other circumstances.
    """
    log, data = folder / "serve.log", str(folder / "data")
    serve = [LOCALWHISK, "serve", "--port", "0", "--data", data, *options] if options else [ROOT / "scripts/run"]
    settings = {"PORT": "0", "DATA": data, "CLASSIFIER_ADMIN_TOKEN": ADMIN_TOKEN, **environment}

    def address() -> str:
        printed = re.search(r"^localwhisk: the page is on (http://[^/]+)/", log.read_text(), re.MULTILINE)
        return printed[1] if printed else ""

    with (
        running([*within, *serve], log, lambda: address() != "", settings) as process,
        httpx.Client(base_url=address(), auth=(GUEST_UUID, GUEST_KEY), timeout=90, trust_env=False) as http,
    ):
        yield Served(process, address(), log, http)


class Handler(BaseHTTPRequestHandler):
    """What answers a request; nothing on the console."""

    def do_GET(self) -> None:
        self.get()

    def get(self) -> None:
        """Call ``answer``."""
        raise NotImplementedError

    def answer(self, status: int, content_type: str, content: bytes, announced: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(announced or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Tests stay silent."""


class HttpServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in mid-answer, because it has read enough, is nothing to report."""


@contextmanager
def http_server(handler: type[Handler]) -> Iterator[str]:
    """The address of an HTTP server in this process that answers as ``handler`` does."""
    with HttpServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
