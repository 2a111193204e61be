"""The containers of this host: warm ones reused, more started under load, all within one memory budget."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from localwhisk.container import CannotStart, Container, Factory, Spec
from localwhisk.limits import REMOVE_AFTER_S


@dataclass(eq=False)
class Slot:
    """A container in the pool. It serves one activation at a time (limits: concurrency 1)."""

    spec: Spec
    container: Container
    initialized: bool = False
    busy: bool = True
    idle_since: float = 0.0


class Pool:
    """``memory_mb`` is for all actions together (container-pool.user-memory); ``clock`` is monotonic, in seconds.

    An action gets at most ``parallel`` containers: more than there are processors only delay each other's start.
    """

    def __init__(self, factory: Factory, memory_mb: int, parallel: int, clock: Callable[[], float]) -> None:
        self._factory = factory
        self._memory_mb = memory_mb
        self._parallel = parallel
        self._clock = clock
        self._slots: list[Slot] = []
        self._changed = asyncio.Condition()
        self._removals: set[asyncio.Task[None]] = set()

    async def acquire(self, spec: Spec) -> Slot:
        """A warm container of ``spec``, else a new one, else the next that finds room."""
        if spec.memory_mb > self._memory_mb:
            raise CannotStart(
                f"{spec.action} needs {spec.memory_mb} MB; all containers together have {self._memory_mb}"
            )
        async with self._changed:
            while (slot := self._warm(spec) or self._new(spec)) is None:
                await self._changed.wait()
        if not slot.initialized:
            try:
                await slot.container.start()
            except BaseException:
                await self._drop(slot)
                raise
        return slot

    def _warm(self, spec: Spec) -> Slot | None:
        for slot in self._idle():
            if not slot.container.alive:
                self._remove(slot)
            elif slot.spec == spec:
                slot.busy = True
                return slot
        return None

    def _new(self, spec: Spec) -> Slot | None:
        """A slot for a new container. The first of its action takes the room of those that have been idle longest;
        a further one only free room, or under load the actions of a sequence would drive out each other's."""
        room = self._memory_mb - sum(slot.spec.memory_mb for slot in self._slots)
        siblings = [slot for slot in self._slots if slot.spec == spec]
        idle = [] if siblings else self._idle()
        if len(siblings) >= self._parallel or room + sum(slot.spec.memory_mb for slot in idle) < spec.memory_mb:
            return None
        while room < spec.memory_mb:
            room += idle[0].spec.memory_mb
            self._remove(idle.pop(0))
        self._slots.append(slot := Slot(spec, self._factory(spec)))
        return slot

    def _idle(self) -> list[Slot]:
        return sorted((slot for slot in self._slots if not slot.busy), key=lambda slot: slot.idle_since)

    async def release(self, slot: Slot) -> None:
        """Keep the container of ``slot`` warm."""
        async with self._changed:
            slot.busy, slot.idle_since = False, self._clock()
            self._changed.notify_all()

    async def discard(self, slot: Slot) -> None:
        """Destroy the container of ``slot``: after status 2 or 3 nothing about it is sure (ContainerProxy.scala)."""
        await self._drop(slot)
        await slot.container.destroy()

    async def _drop(self, slot: Slot) -> None:
        async with self._changed:
            self._slots.remove(slot)
            self._changed.notify_all()

    def _remove(self, slot: Slot) -> None:
        self._slots.remove(slot)
        self._removals.add(removal := asyncio.create_task(slot.container.destroy()))
        removal.add_done_callback(self._removals.discard)

    async def reap(self) -> None:
        """Remove what has been idle for long."""
        async with self._changed:
            for slot in self._idle():
                if self._clock() - slot.idle_since >= REMOVE_AFTER_S:
                    self._remove(slot)
            self._changed.notify_all()

    async def close(self) -> None:
        """Destroy every container."""
        for slot in list(self._slots):
            self._remove(slot)
        await asyncio.gather(*self._removals)
