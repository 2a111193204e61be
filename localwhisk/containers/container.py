"""What the pool and the invoker know of a container; process.py and docker.py say how one is started."""

import asyncio
from abc import ABC, abstractmethod
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from typing import Any, NamedTuple

from localwhisk.containers.log import Clock, Log
from localwhisk.entities import Action

LOG_END_TIMEOUT_S = 1.0


class CannotStart(Exception):
    """The host, or a container for an action, cannot be started."""


class Spec(NamedTuple):
    """What a container is made for. An update of the action changes ``revision``, so that no container outlives it."""

    action: str  # namespace/package/name
    revision: str
    image: str | None  # of a blackbox action
    memory_mb: int
    logs_mb: int

    @classmethod
    def of(cls, action: Action) -> "Spec":
        return cls(
            action=action.path,
            revision=f"{action.version} {action.updated_ms}",
            image=action.exec.image if action.exec.kind == "blackbox" else None,
            memory_mb=action.limits.memory_mb,
            logs_mb=action.limits.logs_mb,
        )


class Container(ABC):
    """One container, from ``start`` to ``destroy``. It serves one activation at a time.

    A child process of the host stands for it: what the child writes is the container's log, timed by ``clock``
    (seconds since 1970), and both end together.
    """

    def __init__(self, spec: Spec, clock: Clock) -> None:
        self.spec = spec
        self.url = ""  # http://host:port, once it has started
        self.started = False
        self.initialized = False  # whether /init has succeeded
        self.out_of_memory = False  # whether it was killed for its memory; certain after wait_until_ended
        self._log = Log(spec.logs_mb, clock, has_sentinels=spec.image is None)
        self._process: Process | None = None
        self._followers: list[asyncio.Task[None]] = []

    @abstractmethod
    async def start(self) -> None:
        """Start it; its server need not listen yet. Raise ``CannotStart`` if there can be no such container."""

    @abstractmethod
    async def resume(self) -> None:
        """Make it ready for one more activation."""

    @abstractmethod
    async def wait_until_ended(self) -> None:
        """Wait, not for long, until it is known how it ended: its connection may drop before that."""

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def logs(self, complete: bool) -> list[str]:
        """The log of the activation that just ended; it is not ``complete`` if the container failed (status 2)."""
        return await self._log.take(complete)

    async def destroy(self) -> None:
        """End it, whether it had started or not. Subclasses end the process, then call this."""
        if self._process:
            await self._process.wait()

        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*self._followers, return_exceptions=True), LOG_END_TIMEOUT_S)

    def _represent(self, process: Process) -> None:
        """Let ``process`` stand for this container."""
        self._process = process
        for name, reader in (("stdout", process.stdout), ("stderr", process.stderr)):
            if reader:
                self._followers.append(asyncio.create_task(self._log.follow(reader, name)))


async def spawn(program: str, *arguments: str, stdin: int = DEVNULL, **options: Any) -> Process:
    """A child process with its output piped.

    It has a session of its own, so that Ctrl-C does not reach it: the host itself ends it.
    """
    try:
        return await asyncio.create_subprocess_exec(
            program, *arguments, stdin=stdin, stdout=PIPE, stderr=PIPE, start_new_session=True, **options
        )
    except OSError as error:
        raise CannotStart(f"{program} cannot be run: {error.strerror}") from error
