"""Containers, which answer ``/init`` and ``/run`` on a port, and their logs. Docker's are in docker.py."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil

from localwhisk.limits import MIB

ACTION_SERVER = Path(__file__).resolve().parents[2] / "runtime" / "actionserver.py"
WATCHED_EVERY_S = 0.1
PR_SET_PDEATHSIG = 1
# Runs in a child before its program: on Linux the kernel kills the child when this host ends, however it ends.
DIE_WITH_HOST = partial(ctypes.CDLL(None).prctl, PR_SET_PDEATHSIG, signal.SIGKILL) if sys.platform == "linux" else None
SENTINEL = b"XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX"
PATIENCE_S = {True: 2.0, False: 0.1}  # for the sentinels of a container that will write them, and of one that may not
ENVELOPE_BYTES = 80  # what Docker's log driver writes around a line; it counts, or empty lines would cost nothing
INCOMPLETE = "The action did not initialize or run as expected. Log data might be missing."
Clock = Callable[[], float]  # gives seconds


class CannotStart(Exception):
    """The host, or a container for an action, cannot be started."""


async def spawn(program: str, *arguments: str, stdin: int = DEVNULL, **options: Any) -> Process:
    """A child process, its output piped, in a session of its own: out of reach of Ctrl-C, the host itself ends it."""
    own: Any = {"stdin": stdin, "stdout": PIPE, "stderr": PIPE, "start_new_session": True}
    try:
        return await asyncio.create_subprocess_exec(program, *arguments, **own, **options)
    except OSError as error:
        raise CannotStart(f"{program} cannot be run: {error.strerror}") from error


class Spec(NamedTuple):
    """What a container is made for. An update of the action changes ``revision``, so that no container outlives it."""

    action: str
    revision: str
    image: str | None  # of a blackbox
    memory_mb: int
    logs_mb: int


def log_line(at: float, stream: str, text: str) -> str:
    """One line: the time with nine decimals, as Docker writes it, the stream and the text."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f000Z} {stream}: {text}"


class Log:
    """What a container wrote since the last activation, up to ``limit_mb`` megabytes (docs/actions.md). On each stream
    a sentinel ends the activation; an image need not write them (docs/actions-docker.md)."""

    def __init__(self, limit_mb: int, clock: Clock, sentinels: bool = True) -> None:
        self._limit, self._clock, self._sentinels = limit_mb * MIB, clock, sentinels
        self._forget()

    def _forget(self) -> None:
        self._lines: list[str] = []
        self._bytes = 0
        self._ended = {"stdout": asyncio.Event(), "stderr": asyncio.Event()}

    async def follow(self, reader: asyncio.StreamReader, stream: str) -> None:
        """Collect the lines of ``reader`` until its end."""
        rest = b""
        while chunk := await reader.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._add(stream, line)
            rest = rest[: self._limit + 1]
        for line in (rest, SENTINEL) if rest else (SENTINEL,):
            self._add(stream, line)

    def _add(self, stream: str, line: bytes) -> None:
        if line.rstrip() == SENTINEL:
            self._ended[stream].set()
            return
        self._bytes += len(line) + ENVELOPE_BYTES
        if self._bytes <= self._limit:
            self._lines.append(log_line(self._clock(), stream, line.decode("utf-8", "replace")))

    async def take(self, sound: bool) -> list[str]:
        """The lines of the activation that just ended; ``sound`` unless the container failed (status 2)."""
        ended = asyncio.gather(*(event.wait() for event in self._ended.values()))
        with suppress(TimeoutError):
            await asyncio.wait_for(ended, PATIENCE_S[sound and self._sentinels])
        told = [] if sound else [INCOMPLETE]
        if self._bytes > self._limit:
            told.append(f"Logs were truncated because the total bytes size exceeds the limit of {self._limit} bytes.")
        lines = [*self._lines, *(log_line(self._clock(), "stderr", text) for text in told)]
        self._forget()
        return lines if self._limit else []


class Container:
    """One container, from start to destroy. It serves one activation at a time. A child process of the host stands for
    it: what that writes is its log, timed by ``clock`` (since 1970), and they end together."""

    def __init__(self, spec: Spec, clock: Clock) -> None:
        self.spec, self.url = spec, ""  # http://host:port, once it has started
        self.initialized = False
        self.out_of_memory = False  # whether it died because it used more than its action may; sure after ``ended``
        self._log = Log(spec.logs_mb, clock, sentinels=spec.image is None)
        self._process: Process | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Raise ``CannotStart`` if there can be no such container. Its server need not listen yet."""

    async def resume(self) -> None:
        """Make it ready for one more activation."""

    async def ended(self) -> None:
        """Wait, not for long, until it is known how the container ended: its connection may drop before."""

    def _follow(self, process: Process) -> None:
        """Let ``process`` stand for this container."""
        streams = {"stdout": process.stdout, "stderr": process.stderr}
        work = [self._log.follow(stream, name) for name, stream in streams.items() if stream]
        self._process, self._tasks = process, [asyncio.create_task(coroutine) for coroutine in work]

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def logs(self, sound: bool) -> list[str]:
        return await self._log.take(sound)

    async def destroy(self) -> None:
        """Forget it, started or not; whoever overrides this has ended it."""
        if self._process:
            await self._process.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*self._tasks, return_exceptions=True), timeout=1)


class ProcessContainer(Container):
    """A child process that runs the action server, with an environment, a folder and a process group of its own, and
    (``-S``) without what is installed for this host: an action has the packages that it brings, and no others. The
    folder is made in ``homes``; ``images`` says which unpacked action stands for which image."""

    def __init__(self, homes: Path, images: Mapping[str, Path], env: dict[str, str], clock: Clock, spec: Spec) -> None:
        super().__init__(spec, clock)
        self._home = TemporaryDirectory(dir=homes, ignore_cleanup_errors=True)
        self._images, self._env = images, {"TMPDIR": self._home.name, **env}

    async def start(self) -> None:
        if (image := self.spec.image) and image not in self._images:
            why = f"without --docker, only those of --image IMAGE=FOLDER are there: {', '.join(self._images) or 'none'}"
            raise CannotStart(f"Failed to pull container image '{image}': {why}")
        built_in = [str(self._images[image].resolve())] if image else []
        with socket.create_server(("127.0.0.1", 0)) as listener:  # its queue takes connections before the child does
            number, self.url = listener.fileno(), f"http://127.0.0.1:{listener.getsockname()[1]}"
            command = (sys.executable, "-S", str(ACTION_SERVER), "--listen-fd", str(number), *built_in)
            own: Any = {"cwd": self._home.name, "env": self._env, "preexec_fn": DIE_WITH_HOST}
            process = await spawn(*command, **own, pass_fds=(number,))
        self._follow(process)
        self._tasks.append(asyncio.create_task(self._watch(process.pid)))

    async def _watch(self, pid: int) -> None:
        """Kill the process once it holds more memory than its action may: Docker's limit, seen from outside. Pages of
        mapped files do not count (Linux tells them apart): under pressure the kernel takes them back."""
        with suppress(psutil.Error, ProcessLookupError):
            process = psutil.Process(pid)
            while self.alive:
                memory = process.memory_info()
                if memory.rss - getattr(memory, "shared", 0) > self.spec.memory_mb * MIB:
                    self.out_of_memory = True
                    os.killpg(pid, signal.SIGKILL)
                await asyncio.sleep(WATCHED_EVERY_S)

    async def destroy(self) -> None:
        with suppress(ProcessLookupError):
            if self._process:
                os.killpg(self._process.pid, signal.SIGKILL)
        await super().destroy()
        self._home.cleanup()
