"""One action container, as a process or in Docker, from its start to its first answer and beyond."""

import http.client
import json
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench import memory
from manifest import ROOT

SERVER = ROOT / "runtime" / "actionserver.py"
PORT = 8080
ANSWER_S = 120
LIMITS = ("--cap-drop", "NET_RAW", "--cap-drop", "NET_ADMIN", "--pids-limit", "1024")


class Container:
    """What answers ``/init`` and ``/run`` at an address; ``pid`` is its process, seen from this machine."""

    def __init__(self, address: tuple[str, int], pid: int) -> None:
        self._address = address
        self.pid = pid

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request; a server that does not listen yet is asked again."""
        give_up = time.monotonic() + ANSWER_S
        while True:
            connection = http.client.HTTPConnection(*self._address, timeout=ANSWER_S)
            try:
                connection.request("POST", path, json.dumps(body))
                answer = connection.getresponse()
                found: dict[str, Any] = json.loads(answer.read())
                if answer.status != http.client.OK:
                    raise RuntimeError(f"{path} answered {answer.status}: {found}")
                return found
            except (ConnectionError, http.client.BadStatusLine):
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.002)
            finally:
                connection.close()

    def init(self) -> None:
        self.call("/init", {"value": {"name": "bench", "main": "main", "binary": False}})

    def run(self, args: dict[str, Any]) -> dict[str, Any]:
        return self.call("/run", {"value": args, "activation_id": "0" * 32})

    def memory(self) -> memory.Memory:
        return memory.of_process(self.pid)


@contextmanager
def process(folder: Path) -> Iterator[Container]:
    """The action in ``folder`` as localwhisk starts it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address, descriptor = listener.getsockname(), listener.fileno()
        started = subprocess.Popen(
            [sys.executable, "-S", SERVER, "--listen-fd", str(descriptor), folder],
            env={"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
            pass_fds=[descriptor],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    with started:
        try:
            yield Container(address, started.pid)
        finally:
            started.kill()


@contextmanager
def docker(image: str, memory_mb: int) -> Iterator[Container]:
    """The action of ``image`` with the limits that the platform sets; reached on the engine's bridge, as there."""
    name = f"bench-{uuid.uuid4().hex[:12]}"
    limit = f"{memory_mb}m"
    try:
        run("run", "--detach", "--name", name, *LIMITS, "--memory", limit, "--memory-swap", limit, image)
        facts = json.loads(run("inspect", name))[0]
        address = facts["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
        yield Container((address, PORT), facts["State"]["Pid"])
    finally:
        with suppress(subprocess.CalledProcessError):
            run("rm", "--force", "--volumes", name)


def run(*arguments: str) -> str:
    """What ``docker …`` prints."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout.strip()
