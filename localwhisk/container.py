"""Containers: whatever answers ``/init`` and ``/run`` on a port. Child processes here, Docker's in docker.py."""

import asyncio
import ctypes
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import psutil

from localwhisk.limits import MIB
from localwhisk.logs import Log

WATCHED_EVERY_S = 0.1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """No container could be made for this action."""


class Spec(NamedTuple):
    """What a container is made for. An update of the action changes ``revision``, so that no container outlives it."""

    action: str
    revision: str
    kind: str
    image: str | None
    memory_mb: int
    logs_mb: int


class Container(Protocol):
    """One container, from start to destroy. It serves one activation at a time."""

    @property
    def alive(self) -> bool: ...

    @property
    def out_of_memory(self) -> bool:
        """Whether it died because it used more memory than its action may. Sure after ``ended``."""

    async def ended(self) -> None:
        """Wait, not for long, until it is known how the container ended: its connection may drop before."""

    async def start(self) -> None:
        """Raise ``CannotStart`` if there can be no such container. Its server need not listen yet."""

    async def address(self) -> str:
        """``http://host:port``, once there is one. ConnectionError if the container has died before."""

    async def logs(self, sound: bool) -> list[str]:
        """The log of the activation that just ended, see ``Log.take``."""

    async def destroy(self) -> None: ...


Factory = Callable[[Spec], Container]


def die_with_host() -> None:
    """Runs in the child before its program: on Linux the kernel kills it when this host ends, however it ends."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class ProcessContainer:
    """A child process that runs the action server, with an environment, a folder and a process group of its own, and
    (``-S``) without what is installed for this host: an action has the packages that it brings, and no others.

    The folder is made in ``homes``. ``images`` says which unpacked action stands for which image, ``env`` what the
    host gives every container. ``clock`` gives seconds since 1970.
    """

    spec: Spec
    server: Path
    homes: Path
    images: Mapping[str, Path]
    env: Mapping[str, str]
    clock: Callable[[], float]
    out_of_memory: bool = False

    async def start(self) -> None:
        built_in = [str(self._built_in().resolve())] if self.spec.kind == "blackbox" else []
        self._log = Log(self.spec.logs_mb, self.clock, self.spec.kind)
        self._home = tempfile.mkdtemp(dir=self.homes)
        ready, write = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-S", str(self.server), "--host", "127.0.0.1", "--port", "0"),
                *("--ready-fd", str(write), *built_in),
                cwd=self._home,
                env={"TMPDIR": self._home, **self.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(write,),
                start_new_session=True,
                preexec_fn=die_with_host,
            )
        except OSError as error:
            os.close(ready)
            raise CannotStart(f"The action server cannot be started: {error}") from error
        finally:
            os.close(write)
        self._address, self._ready = "", asyncio.StreamReader()
        protocol, pipe = asyncio.StreamReaderProtocol(self._ready), os.fdopen(ready, "rb")
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        streams = {"stdout": self._process.stdout, "stderr": self._process.stderr}
        work = [self._log.follow(reader, name) for name, reader in streams.items() if reader]
        self._tasks = [asyncio.create_task(coroutine) for coroutine in (*work, self._watch())]

    def _built_in(self) -> Path:
        """The unpacked action that stands for the image."""
        folder = self.images.get(self.spec.image or "")
        if folder is None:
            raise CannotStart(
                f"Failed to pull container image '{self.spec.image}': without --docker, localwhisk runs one from an"
                f" unpacked action, and --image IMAGE=FOLDER named only {', '.join(self.images) or 'none'}."
            )
        return folder

    async def _watch(self) -> None:
        """Kill the process once it holds more memory than its action may: Docker's limit, seen from outside.

        Pages of mapped files do not count (Linux tells them apart): under pressure the kernel takes them back.
        """
        with suppress(psutil.Error):
            process = psutil.Process(self._process.pid)
            while self.alive:
                memory = process.memory_info()
                if memory.rss - getattr(memory, "shared", 0) > self.spec.memory_mb * MIB:
                    self.out_of_memory = True
                    self._kill()
                await asyncio.sleep(WATCHED_EVERY_S)

    async def ended(self) -> None:
        """``out_of_memory`` is set before the process is killed."""

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def address(self) -> str:
        if not self._address:
            port = (await self._ready.readline()).strip()
            if not port:
                raise ConnectionError("the action server ended before it listened")
            self._address = f"http://127.0.0.1:{int(port)}"
        return self._address

    async def logs(self, sound: bool) -> list[str]:
        return await self._log.take(sound)

    async def destroy(self) -> None:
        self._kill()
        await self._process.wait()
        self._pipe.close()
        await asyncio.wait(self._tasks, timeout=1)
        for task in self._tasks:
            task.cancel()
        shutil.rmtree(self._home, ignore_errors=True)

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
