"""Containers of a Docker engine, with the limits that the platform's invoker sets (DockerContainer.scala)."""

import asyncio
import re
import secrets
import socket
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import psutil

from localwhisk.containers.container import CannotStart, Container, Spec, spawn
from localwhisk.containers.log import Clock

PYTHON_IMAGE = f"localwhisk-python:{version('localwhisk')}"
PORT = 8080
PAUSE_AFTER_S = 10.0  # pause-grace
END_TIMEOUT_S = 1.0  # for the engine to notice that a container's process has ended

FIXED_OPTIONS = (
    *("--publish", f"127.0.0.1::{PORT}"),
    *("--log-driver", "json-file"),
    *("--network", "bridge", "--add-host", "host.docker.internal:host-gateway"),
    *("--cap-drop", "NET_RAW", "--cap-drop", "NET_ADMIN"),
    *("--pids-limit", "1024", "--ulimit", "nofile=1024:1024"),
)
BRIDGE_INTERFACE = '{{index .Options "com.docker.network.bridge.name"}}'

# Removes the containers with the label $1 once its standard input ends: when the host closes it, or is killed.
GUARD = 'cat > /dev/null; ids=$(docker ps --all --quiet --filter "label=$1"); [ -z "$ids" ] || docker rm --force $ids'


async def docker(*arguments: str) -> str:
    """What ``docker …`` prints. ``CannotStart`` with its complaint where it fails."""
    process = await spawn("docker", *arguments)
    output, complaint = await process.communicate()

    if process.returncode != 0:
        raise CannotStart(complaint.decode().strip())
    return output.decode().strip()


@asynccontextmanager
async def guarded(data: Path) -> AsyncIterator[str]:
    """The label for the containers of the host that keeps its data in ``data``.

    Containers with this label are removed now, which an earlier host may have left, and at the end, even where the end
    is a crash. ``CannotStart`` without an engine.
    """
    await docker("version")

    label = f"localwhisk.data={data.resolve()}"
    guard = ("sh", "-c", GUARD, "localwhisk", label)

    clean_up = await spawn(*guard)
    await clean_up.communicate()

    waiting_guard = await spawn(*guard, stdin=PIPE)
    try:
        yield label
    finally:
        await waiting_guard.communicate(b"")


async def bridge_listeners(port: int) -> list[socket.socket]:
    """Sockets where containers reach this host by the name ``host.docker.internal``.

    On Linux that is this machine's address on the engine's bridge, where nobody else is. Docker Desktop has its bridge
    in a virtual machine, and leads the name to 127.0.0.1. The gateway that the engine states is of no use: before the
    engine's first restart it states none.
    """
    interface = await docker("network", "inspect", "bridge", "--format", BRIDGE_INTERFACE)
    addresses = psutil.net_if_addrs().get(interface, [])
    try:
        return [
            socket.create_server((address.address, port), backlog=2048)
            for address in addresses
            if address.family == socket.AF_INET
        ]
    except OSError as error:
        raise CannotStart(f"cannot listen on {interface}:{port} for the containers: {error.strerror}") from error


def memory_options(memory_mb: int, pool_mb: int) -> tuple[str, ...]:
    """The memory of a container, without swap, and its share of the processors in proportion."""
    cpu_shares = max(2, 1024 // (pool_mb // memory_mb))
    return ("--cpu-shares", f"{cpu_shares}", "--memory", f"{memory_mb}m", "--memory-swap", f"{memory_mb}m")


class DockerContainer(Container):
    """One container of the engine. Its ``logs`` end an activation: 10 s later it is paused, until it is resumed."""

    def __init__(self, label: str, environment: dict[str, str], pool_mb: int, clock: Clock, spec: Spec) -> None:
        super().__init__(spec, clock)
        self._name = f"localwhisk-{secrets.token_hex(4)}-{re.sub('[^a-zA-Z0-9_.-]', '-', spec.action)}"
        self._image = spec.image or PYTHON_IMAGE
        self._options = (
            *("--name", self._name, "--label", label),
            *FIXED_OPTIONS,
            *memory_options(spec.memory_mb, pool_mb),
            *(f"--env={name}={value}" for name, value in environment.items()),
        )
        self._pausing: asyncio.Task[None] | None = None
        self._paused = False

    async def start(self) -> None:
        try:
            await docker("run", "--detach", *self._options, self._image)
        except CannotStart as failure:
            hint = " (make image builds it)" if self._image == PYTHON_IMAGE else ""
            raise CannotStart(f"Failed to start a container of image '{self._image}'{hint}: {failure}") from failure

        self.url = await self._published_url()
        self._represent(await spawn("docker", "logs", "--follow", self._name))

    async def _published_url(self) -> str:
        """Its URL on this machine; empty if it has ended already, which the first request to it will show."""
        try:
            addresses = await docker("port", self._name, f"{PORT}/tcp")
        except CannotStart:
            return ""
        return "http://" + addresses.partition("\n")[0]

    async def resume(self) -> None:
        if self._pausing is None:
            return

        if self._paused:
            await self._pausing
            with suppress(CannotStart):  # it has ended, which the next request to it will show
                await docker("unpause", self._name)
        else:
            self._pausing.cancel()

        self._pausing = None
        self._paused = False

    async def logs(self, complete: bool) -> list[str]:
        self._pausing = asyncio.create_task(self._pause())
        return await super().logs(complete)

    async def _pause(self) -> None:
        await asyncio.sleep(PAUSE_AFTER_S)

        self._paused = True
        with suppress(CannotStart):
            await docker("pause", self._name)

    async def wait_until_ended(self) -> None:
        with suppress(TimeoutError, CannotStart):
            if self._process:
                await asyncio.wait_for(self._process.wait(), END_TIMEOUT_S)

            killed_for_memory = await docker("inspect", "--format", "{{.State.OOMKilled}}", self._name)
            self.out_of_memory = killed_for_memory == "true"

    async def destroy(self) -> None:
        if self._pausing:
            self._pausing.cancel()

        with suppress(CannotStart):
            await docker("rm", "--force", "--volumes", self._name)
        await super().destroy()
