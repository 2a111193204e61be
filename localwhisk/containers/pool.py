"""The containers of this host: warm ones reused, more started under load, all within one memory budget."""

import asyncio
from collections.abc import Callable

from localwhisk.containers.container import CannotStart, Container, Spec
from localwhisk.containers.log import Clock
from localwhisk.limits import REMOVE_AFTER_S


class Pool:
    """``memory_mb`` is for all actions together (container-pool.user-memory); ``clock`` is monotonic. An action gets at
    most ``parallel`` containers: more than there are processors only delay each other's start."""

    def __init__(self, factory: Callable[[Spec], Container], memory_mb: int, parallel: int, clock: Clock) -> None:
        self._factory, self._memory_mb, self._parallel, self._clock = factory, memory_mb, parallel, clock
        self._containers: list[Container] = []
        self._idle: dict[Container, float] = {}  # and since when, the longest idle first
        self._changed = asyncio.Event()
        self._removals: set[asyncio.Task[None]] = set()

    async def acquire(self, spec: Spec) -> Container:
        """A warm container of ``spec``, else a new one, else the next that finds room."""
        if (needed := spec.memory_mb) > self._memory_mb:
            raise CannotStart(f"{spec.action} needs {needed} MB; all containers together have {self._memory_mb}")
        while (container := self._warm(spec) or self._new(spec)) is None:
            self._changed.clear()
            await self._changed.wait()
        try:
            await (container.resume() if container.initialized else container.start())
        except BaseException:
            self.discard(container)
            raise
        return container

    def _warm(self, spec: Spec) -> Container | None:
        for container in list(self._idle):
            if not container.alive:
                self.discard(container)
            elif container.spec == spec:
                del self._idle[container]
                return container
        return None

    def _new(self, spec: Spec) -> Container | None:
        """The first container of an action takes the room of those that have been idle longest; a further one only
        free room, or under load the actions of a sequence would drive out each other's."""
        room = self._memory_mb - sum(container.spec.memory_mb for container in self._containers)
        siblings = [container for container in self._containers if container.spec == spec]
        idle = [] if siblings else list(self._idle)
        if len(siblings) >= self._parallel or room + sum(other.spec.memory_mb for other in idle) < spec.memory_mb:
            return None
        while room < spec.memory_mb:
            room += idle[0].spec.memory_mb
            self.discard(idle.pop(0))
        self._containers.append(new := self._factory(spec))
        return new

    def release(self, container: Container) -> None:
        """Keep ``container`` warm."""
        self._idle[container] = self._clock()
        self._changed.set()

    def discard(self, container: Container) -> None:
        """Destroy ``container`` by and by: after status 2 or 3 nothing about it is sure (ContainerProxy.scala)."""
        self._containers.remove(container)
        self._idle.pop(container, None)
        self._changed.set()
        self._removals.add(removal := asyncio.create_task(container.destroy()))
        removal.add_done_callback(self._removals.discard)

    async def reap_for_ever(self) -> None:
        """Remove what has been idle for long."""
        while True:
            for container, since in list(self._idle.items()):
                if self._clock() - since >= REMOVE_AFTER_S:
                    self.discard(container)
            await asyncio.sleep(1)

    async def close(self) -> None:
        for container in list(self._containers):
            self.discard(container)
        await asyncio.gather(*self._removals)
