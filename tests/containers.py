"""Two places where an action server runs: a child process, and a container of a real engine."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[1]
SERVER = ROOT / "runtime" / "actionserver.py"
SENTINEL = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX"
START_TIMEOUT_SECONDS = 30.0
# As the invoker gives them (DockerContainer.scala, "args"), with the tightest memory that OpenWhisk has; and read-only.
PLATFORM = (
    *("--cpu-shares", "128", "--memory", "128m", "--memory-swap", "128m", "--pids-limit", "1024"),
    *("--ulimit", "nofile=1024:1024", "--cap-drop", "NET_RAW", "--cap-drop", "NET_ADMIN", "--read-only"),
)
ON_BRIDGE = sys.platform == "linux"
COVERAGE = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}  # of pytest --cov
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # all is plain HTTP: spares loading them for every request


class Running(Protocol):
    """A started action server. ``stdout`` and ``stderr`` are what it has logged so far."""

    url: str

    @property
    def stdout(self) -> str: ...

    @property
    def stderr(self) -> str: ...

    def signal(self, number: signal.Signals) -> None: ...

    def exit_code(self) -> int: ...

    def remove(self) -> None: ...


def post(running: Running, path: str, body: Any) -> httpx.Response:
    """``body`` to ``/init`` or ``/run`` on a connection of its own: as JSON, or as it is when it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(running.url + path, content=content, timeout=60, verify=NO_CERTIFICATES)


def init(running: Running, **value: Any) -> httpx.Response:
    return post(running, "/init", {"value": {"name": "test", "main": "main", "binary": False, **value}})


def run(running: Running, value: Any = None, **context: Any) -> httpx.Response:
    return post(running, "/run", {"value": {} if value is None else value, **context})


class ActionProcess:
    """The server as a child process with a clean environment, on a free port."""

    def __init__(self, folder: Path | None = None, options: tuple[str, ...] = (), **environment: str) -> None:
        self.logs = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - remove() closes them
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            command = [sys.executable, *options, str(SERVER), "--listen-fd", str(listener.fileno())]
            self.process = subprocess.Popen(
                [*command, *([str(folder)] if folder else [])],
                stdout=self.logs[0],
                stderr=self.logs[1],
                env={"PATH": os.environ["PATH"], **COVERAGE, **environment},
                pass_fds=[listener.fileno()],
            )

    @property
    def stdout(self) -> str:
        return self.logged(0)

    @property
    def stderr(self) -> str:
        return self.logged(1)

    def logged(self, stream: int) -> str:
        size = os.fstat(self.logs[stream].fileno()).st_size
        return os.pread(self.logs[stream].fileno(), size, 0).decode()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def exit_code(self) -> int:
        return self.process.wait(timeout=START_TIMEOUT_SECONDS)

    def remove(self) -> None:
        self.process.terminate()
        self.process.wait(START_TIMEOUT_SECONDS)
        for log in self.logs:
            log.close()


@cache
def engine_answers() -> bool:
    """Whether there is a Docker engine to run containers."""
    return (
        shutil.which("docker") is not None
        and subprocess.run(["docker", "version"], capture_output=True).returncode == 0
    )


def require_engine() -> None:
    """Skip where no engine answers."""
    if not engine_answers():
        pytest.skip("no Docker engine answers; scripts/engine start installs and starts one")


def docker(*arguments: str) -> str:
    """What ``docker …`` prints; its complaint is in the failure."""
    finished = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, f"docker {' '.join(arguments)}: {finished.stderr}"
    return finished.stdout.strip()


class ActionContainer:
    """The server as process 1 of a container. ``options`` go to ``docker run``, ``folder`` is mounted as the action.

    On Linux it is reached on the engine's bridge, as the platform's invoker does: publishing a port takes 50 ms.
    """

    def __init__(
        self, image: str, folder: Path | None = None, options: tuple[str, ...] = (), command: tuple[str, ...] = ()
    ) -> None:
        self.name = f"classifier-test-{uuid.uuid4().hex[:12]}"
        mount = ("--volume", f"{folder}:/mounted:ro") if folder else ()
        named = (
            "--name",
            self.name,
            "--label",
            "classifier-test",
            *(() if ON_BRIDGE else ("--publish", "127.0.0.1::8080")),
        )
        docker("run", "--detach", *named, *mount, *options, image, *(["/mounted"] if folder else command))
        self.url = f"http://{self.address()}"
        self.await_answer()

    def address(self) -> str:
        if ON_BRIDGE:
            return docker("inspect", "--format", "{{.NetworkSettings.Networks.bridge.IPAddress}}:8080", self.name)
        return docker("port", self.name, "8080/tcp").splitlines()[0]

    def await_answer(self) -> None:
        """Until the server itself answers: the engine's proxy, if there is one, accepts connections before."""
        give_up = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                httpx.get(self.url + "/", timeout=START_TIMEOUT_SECONDS, verify=NO_CERTIFICATES)
                return
            except httpx.TransportError:
                assert time.monotonic() < give_up, f"{self.name} does not answer: {self.stderr}"
                time.sleep(0.005)

    @property
    def stdout(self) -> str:
        return self.logged().stdout

    @property
    def stderr(self) -> str:
        return self.logged().stderr

    def logged(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["docker", "logs", self.name], capture_output=True, text=True, check=True)

    def signal(self, number: signal.Signals) -> None:
        docker("kill", "--signal", number.name, self.name)

    def exit_code(self) -> int:
        return int(docker("wait", self.name))

    def remove(self) -> None:
        docker("rm", "--force", "--volumes", self.name)
