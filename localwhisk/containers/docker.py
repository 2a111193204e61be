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

from localwhisk.containers.container import CannotStart, Clock, Container, Spec, spawn

PYTHON_IMAGE = f"localwhisk-python:{version('localwhisk')}"
PORT = 8080
BRIDGE = '{{index .Options "com.docker.network.bridge.name"}}'  # the interface on this machine
PAUSE_AFTER_S = 10.0  # pause-grace
END_TIMEOUT_S = 1.0  # for the engine to notice that a process is no more
LIMITS = "--cpu-shares {} --memory {}m --memory-swap {}m --pids-limit 1024 --ulimit nofile=1024:1024"
NETWORK = "--network bridge --cap-drop NET_RAW --cap-drop NET_ADMIN --add-host host.docker.internal:host-gateway"
# Removes the containers with a label, once its standard input ends: when the host closes it, or is no more.
GUARD = 'cat > /dev/null; ids=$(docker ps --all --quiet --filter "label=$1"); [ -z "$ids" ] || docker rm --force $ids'


async def docker(*arguments: str) -> str:
    """What ``docker …`` prints; ``CannotStart`` with its complaint where it fails."""
    process = await spawn("docker", *arguments)
    out, complaint = await process.communicate()
    if process.returncode != 0:
        raise CannotStart(complaint.decode().strip())
    return out.decode().strip()


@asynccontextmanager
async def guarded(data: Path) -> AsyncIterator[str]:
    """The label for the containers of the host that keeps its data in ``data``. What an earlier host left there is
    removed, and all with the label at the end, even where that end is a crash. ``CannotStart`` without an engine."""
    await docker("version")
    guard = ("sh", "-c", GUARD, "localwhisk", label := f"localwhisk.data={data.resolve()}")
    await (await spawn(*guard)).communicate()
    guarding = await spawn(*guard, stdin=PIPE)
    try:
        yield label
    finally:
        await guarding.communicate(b"")


async def bridge_listeners(port: int) -> list[socket.socket]:
    """Where containers reach this host by the name host.docker.internal: on Linux that is this machine's address on the
    engine's bridge, where nobody else is. Docker Desktop has its bridge elsewhere, and leads the name to 127.0.0.1."""
    bridge = await docker("network", "inspect", "bridge", "--format", BRIDGE)
    # Not the gateway that the engine states: before its first restart it states none.
    known = [address for address in psutil.net_if_addrs().get(bridge, []) if address.family == socket.AF_INET]
    try:
        return [socket.create_server((address.address, port), backlog=2048) for address in known]
    except OSError as error:
        raise CannotStart(f"cannot listen on {bridge}:{port} for the containers: {error.strerror}") from error


class DockerContainer(Container):
    """One container of the engine. ``logs`` ends an activation: 10 s later it is paused, until it is resumed."""

    def __init__(self, label: str, env: dict[str, str], pool_mb: int, clock: Clock, spec: Spec) -> None:
        super().__init__(spec, clock)
        self._name = f"localwhisk-{secrets.token_hex(4)}-{re.sub('[^a-zA-Z0-9_.-]', '-', spec.action)}"
        self._image = spec.image or PYTHON_IMAGE
        limits = LIMITS.format(max(2, 1024 // (pool_mb // spec.memory_mb)), spec.memory_mb, spec.memory_mb)
        fixed = f"--publish 127.0.0.1::{PORT} --log-driver json-file {NETWORK} {limits}".split()
        settings = [f"--env={name}={value}" for name, value in env.items()]
        self._options = ("--name", self._name, "--label", label, *fixed, *settings)
        self._pausing: asyncio.Task[None] | None = None
        self._paused = False

    async def start(self) -> None:
        try:
            await docker("run", "--detach", *self._options, self._image)
        except CannotStart as failure:
            hint = " (make image builds it)" if self._image == PYTHON_IMAGE else ""
            raise CannotStart(f"Failed to start a container of image '{self._image}'{hint}: {failure}") from failure
        with suppress(CannotStart):  # it may have ended already, and has no address then, as who asks it will find
            self.url = "http://" + (await docker("port", self._name, f"{PORT}/tcp")).partition("\n")[0]
        self._follow(await spawn("docker", "logs", "--follow", self._name))

    async def resume(self) -> None:
        if self._paused and self._pausing:
            await self._pausing
            with suppress(CannotStart):  # it is no more, as who asks it will find
                await docker("unpause", self._name)
        elif self._pausing:
            self._pausing.cancel()
        self._pausing, self._paused = None, False

    async def logs(self, sound: bool) -> list[str]:
        self._pausing = asyncio.create_task(self._pause())
        return await super().logs(sound)

    async def _pause(self) -> None:
        await asyncio.sleep(PAUSE_AFTER_S)
        self._paused = True
        with suppress(CannotStart):
            await docker("pause", self._name)

    async def ended(self) -> None:
        with suppress(TimeoutError, CannotStart):
            if self._process:
                await asyncio.wait_for(self._process.wait(), END_TIMEOUT_S)
            self.out_of_memory = await docker("inspect", "--format", "{{.State.OOMKilled}}", self._name) == "true"

    async def destroy(self) -> None:
        if self._pausing:
            self._pausing.cancel()
        with suppress(CannotStart):
            await docker("rm", "--force", "--volumes", self._name)
        await super().destroy()
