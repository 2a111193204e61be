"""Containers of a Docker engine, with the limits that the platform's invoker sets (DockerContainer.scala)."""

import asyncio
import os
import re
import socket
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from itertools import count
from pathlib import Path

from localwhisk.container import CannotStart, Factory, Spec
from localwhisk.logs import Log

PYTHON_IMAGE = f"localwhisk-python:{version('localwhisk')}"
PORT = 8080
PAUSE_AFTER_S = 10.0  # pause-grace
END_TIMEOUT_S = 1.0  # for the engine to notice that a process is no more
ASK_EVERY_S = 0.01
FIXED = (
    *("--network", "bridge", "--cap-drop", "NET_RAW", "--cap-drop", "NET_ADMIN", "--ulimit", "nofile=1024:1024"),
    *("--pids-limit", "1024", "--log-driver", "json-file", "--add-host", "host.docker.internal:host-gateway"),
)
# Removes the containers with a label, once its standard input ends: when the host closes it, or is no more.
GUARD = 'cat > /dev/null; ids=$(docker ps --all --quiet --filter "label=$1"); [ -z "$ids" ] || docker rm --force $ids'
numbers = count(1)


class EngineFailed(Exception):
    """A docker command failed; the message is its own."""


async def docker(*arguments: str) -> str:
    """What ``docker …`` prints."""
    process = await spawn("docker", *arguments)
    out, complaint = await process.communicate()
    if process.returncode != 0:
        raise EngineFailed(complaint.decode().strip())
    return out.decode().strip()


async def spawn(*command: str, stdin: int = DEVNULL) -> Process:
    """A child process, out of reach of Ctrl-C: the host itself ends it."""
    try:
        return await asyncio.create_subprocess_exec(
            *command, stdin=stdin, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as error:
        raise EngineFailed(f"the command {command[0]} cannot be run: {error.strerror}") from error


@asynccontextmanager
async def engine(data: Path, env: dict[str, str], pool_mb: int, clock: Callable[[], float]) -> AsyncIterator[Factory]:
    """Makes containers for the host that keeps its data in ``data``. Removes what an earlier host left there, and all
    its own at the end, even where that end is a crash. ``EngineFailed`` if no engine answers."""
    await docker("version")
    guard = ("sh", "-c", GUARD, "localwhisk", f"localwhisk.data={data.resolve()}")
    await (await spawn(*guard)).communicate()
    guarding = await spawn(*guard, stdin=PIPE)
    try:
        yield partial(DockerContainer, guard[-1], env, pool_mb, clock)
    finally:
        await guarding.communicate(b"")


async def bridge_listeners(port: int) -> list[socket.socket]:
    """Where containers reach this host by the name host.docker.internal: on Linux that is this machine's address on the
    engine's bridge, where nobody else is. Docker Desktop leads the name to 127.0.0.1 instead."""
    gateway = await docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
    with suppress(OSError):
        return [socket.create_server((gateway, port), backlog=2048)]
    return []


class DockerContainer:
    """One container of the engine. ``logs`` ends an activation: 10 s later it is paused, until the next ``address``."""

    def __init__(self, label: str, env: dict[str, str], pool_mb: int, clock: Callable[[], float], spec: Spec) -> None:
        self._log = Log(spec.logs_mb, clock, spec.kind)
        self._name = f"localwhisk-{os.getpid()}-{next(numbers)}-{re.sub('[^a-zA-Z0-9_.-]', '-', spec.action)}"
        self._image = spec.image if spec.kind == "blackbox" and spec.image else PYTHON_IMAGE
        shares, memory = max(2, 1024 // (pool_mb // spec.memory_mb)), f"{spec.memory_mb}m"
        limits = ("--cpu-shares", str(shares), "--memory", memory, "--memory-swap", memory, *FIXED)
        settings = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        self._options = ("--name", self._name, "--label", label, "--publish", f"127.0.0.1::{PORT}", *limits, *settings)
        self._url: str | None = None
        self._pausing: asyncio.Task[None] | None = None
        self._paused = False
        self.out_of_memory = False

    async def start(self) -> None:
        try:
            await docker("run", "--detach", *self._options, self._image)
        except EngineFailed as failure:
            await self._remove()
            hint = " (make image builds it)" if self._image == PYTHON_IMAGE else ""
            raise CannotStart(f"Failed to start a container of image '{self._image}'{hint}: {failure}") from failure
        self._output = await spawn("docker", "logs", "--follow", self._name)
        streams = {"stdout": self._output.stdout, "stderr": self._output.stderr}
        self._following = [asyncio.create_task(self._log.follow(pipe, name)) for name, pipe in streams.items() if pipe]

    @property
    def alive(self) -> bool:
        return self._output.returncode is None

    async def ended(self) -> None:
        with suppress(TimeoutError, EngineFailed):
            await asyncio.wait_for(self._output.wait(), END_TIMEOUT_S)
            self.out_of_memory = await docker("inspect", "--format", "{{.State.OOMKilled}}", self._name) == "true"

    async def address(self) -> str:
        try:
            await self._resume()
            if self._url is None:
                published = (await docker("port", self._name, f"{PORT}/tcp")).splitlines()[0]
                await self._until_it_answers(published)
                self._url = f"http://{published}"
        except EngineFailed as failure:
            raise ConnectionError(str(failure)) from failure
        return self._url

    async def _until_it_answers(self, published: str) -> None:
        """Until the server itself does: the engine accepts connections in its place long before."""
        while not await answers(*published.rsplit(":", 1)):
            if not self.alive:
                raise ConnectionError("the container ended before it listened")
            await asyncio.sleep(ASK_EVERY_S)

    async def logs(self, sound: bool) -> list[str]:
        self._pausing = asyncio.create_task(self._pause())
        return await self._log.take(sound)

    async def _pause(self) -> None:
        await asyncio.sleep(PAUSE_AFTER_S)
        self._paused = True
        with suppress(EngineFailed):
            await docker("pause", self._name)

    async def _resume(self) -> None:
        if self._paused and self._pausing:
            await self._pausing
            await docker("unpause", self._name)
        elif self._pausing:
            self._pausing.cancel()
        self._pausing, self._paused = None, False

    async def destroy(self) -> None:
        if self._pausing:
            self._pausing.cancel()
        await self._remove()
        await self._output.wait()
        await asyncio.gather(*self._following)

    async def _remove(self) -> None:
        with suppress(EngineFailed):
            await docker("rm", "--force", "--volumes", self._name)


async def answers(host: str, port: str) -> bool:
    """Whether an HTTP server says anything at all there."""
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        try:
            return bool(await reader.read(1))
        finally:
            writer.close()
    except OSError:
        return False
