"""The containers of this host: warm ones reused, more started under load, all within one memory budget."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

from localwhisk.containers.container import CannotStart, Container, Spec
from localwhisk.containers.log import Clock
from localwhisk.limits import REMOVE_AFTER_S

REAP_INTERVAL_S = 1.0


class Waiter(NamedTuple):
    """An activation that waits for a container. The lower its number, the earlier it came."""

    number: int
    container: asyncio.Future[Container]


class Pool:
    """Hands out containers in the order in which activations ask for them.

    ``memory_mb`` is for all actions together (container-pool.user-memory); ``clock`` gives seconds and is monotonic. An
    action gets at most ``parallel`` containers: more than there are processors would only delay each other's start.
    """

    def __init__(self, factory: Callable[[Spec], Container], memory_mb: int, parallel: int, clock: Clock) -> None:
        self._factory = factory
        self._memory_mb = memory_mb
        self._parallel = parallel
        self._clock = clock
        self._containers: list[Container] = []
        self._idle_since: dict[Container, float] = {}  # the longest idle first
        self._waiting: dict[Spec, deque[Waiter]] = {}
        self._numbers = count()
        self._preparations: set[asyncio.Task[None]] = set()
        self._removals: set[asyncio.Task[None]] = set()

    async def acquire(self, spec: Spec) -> Container:
        """A warm container of ``spec``, else a new one, else the next that finds room.

        Whoever is cancelled while waiting loses its place, and costs nothing more.
        """
        if spec.memory_mb > self._memory_mb:
            raise CannotStart(
                f"{spec.action} needs {spec.memory_mb} MB; all containers together have {self._memory_mb}"
            )

        container = await self._wait_for_container(spec)
        await self._make_ready(container)
        return container

    async def _make_ready(self, container: Container) -> None:
        try:
            if container.started:
                await container.resume()
            else:
                await container.start()
                container.started = True
        except BaseException:
            self.discard(container)
            raise

    def prepare(self, spec: Spec) -> None:
        """Start a container of ``spec`` in the background, if there is none and free room for one."""
        if self._count(spec) == 0 and spec.memory_mb <= self._free_mb():
            container = self._new_container(spec)
            if container:
                run_in_background(self._start_ahead(container), self._preparations)

    async def _start_ahead(self, container: Container) -> None:
        with suppress(CannotStart):  # the activation that needs it will say so
            await self._make_ready(container)
            self.release(container)

    async def _wait_for_container(self, spec: Spec) -> Container:
        waiter = Waiter(next(self._numbers), asyncio.get_running_loop().create_future())
        self._waiting.setdefault(spec, deque()).append(waiter)
        self._hand_out()

        try:
            return await waiter.container
        except asyncio.CancelledError:
            if not waiter.container.cancelled():
                self._give_back(waiter.container.result())
            raise

    def _give_back(self, container: Container) -> None:
        """Take back what was handed out to an activation that was cancelled in the same moment."""
        if container.started:
            self.release(container)
        else:
            self.discard(container)

    def _hand_out(self) -> None:
        """Give what is free to those who wait, first come, first served.

        An action that has containers waits for one of them, and is passed over meanwhile. One that has none waits for
        room: nobody passes it, because others could use up all room that becomes free, for ever.
        """
        passed_over: set[Spec] = set()

        while (spec := self._first_waiting(passed_over)) is not None:
            container = self._warm_container(spec) or self._new_container(spec)
            if container:
                self._waiting[spec].popleft().container.set_result(container)
            elif self._count(spec):
                passed_over.add(spec)
            else:
                return

    def _first_waiting(self, passed_over: set[Spec]) -> Spec | None:
        """What the longest waiting activation waits for."""
        for spec, waiters in list(self._waiting.items()):
            while waiters and waiters[0].container.cancelled():
                waiters.popleft()
            if not waiters:
                del self._waiting[spec]

        candidates = self._waiting.keys() - passed_over
        return min(candidates, key=lambda spec: self._waiting[spec][0].number, default=None)

    def _warm_container(self, spec: Spec) -> Container | None:
        for container in list(self._idle_since):
            if not container.alive:
                self._remove(container)
            elif container.spec == spec:
                del self._idle_since[container]
                return container
        return None

    def _new_container(self, spec: Spec) -> Container | None:
        """A container that is not started yet, if there is room for it.

        The first container of an action takes the room of those that have been idle longest. A further one takes only
        free room, or under load the actions of a sequence would drive out each other's containers.
        """
        if self._count(spec) >= self._parallel:
            return None

        free_mb = self._free_mb()
        evictable = [] if self._count(spec) else list(self._idle_since)
        if free_mb + sum(container.spec.memory_mb for container in evictable) < spec.memory_mb:
            return None

        for container in evictable:
            if free_mb >= spec.memory_mb:
                break
            free_mb += container.spec.memory_mb
            self._remove(container)

        container = self._factory(spec)
        self._containers.append(container)
        return container

    def _free_mb(self) -> int:
        return self._memory_mb - sum(container.spec.memory_mb for container in self._containers)

    def _count(self, spec: Spec) -> int:
        return sum(container.spec == spec for container in self._containers)

    def release(self, container: Container) -> None:
        """Keep ``container`` warm."""
        self._idle_since[container] = self._clock()
        self._hand_out()

    def discard(self, container: Container) -> None:
        """Destroy ``container``: after status 2 or 3 nothing about it is certain (ContainerProxy.scala)."""
        self._remove(container)
        self._hand_out()

    def _remove(self, container: Container) -> None:
        """Forget ``container`` and destroy it in the background."""
        self._containers.remove(container)
        self._idle_since.pop(container, None)
        run_in_background(container.destroy(), self._removals)

    async def reap_for_ever(self) -> None:
        """Remove containers that have been idle for long."""
        while True:
            now = self._clock()
            expired = [container for container, since in self._idle_since.items() if now - since >= REMOVE_AFTER_S]
            for container in expired:
                self._remove(container)

            self._hand_out()
            await asyncio.sleep(REAP_INTERVAL_S)

    async def close(self) -> None:
        """Destroy all containers."""
        for preparation in self._preparations:
            preparation.cancel()
        await asyncio.gather(*self._preparations, return_exceptions=True)

        for container in list(self._containers):
            self._remove(container)
        await asyncio.gather(*self._removals)


def run_in_background(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    """Run ``work`` as one of ``tasks``, until it ends."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
