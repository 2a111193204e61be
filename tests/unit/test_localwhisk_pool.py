"""The pool: warm containers reused, more started under load, one memory budget for all."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import TypeVarTuple, Unpack

import pytest

from localwhisk.containers.container import CannotStart, Container, Spec
from localwhisk.containers.pool import Pool
from tests.still_container import Still

Args = TypeVarTuple("Args")


class CountingLoop(asyncio.SelectorEventLoop):
    """An event loop that counts what is scheduled in it."""

    scheduled = 0

    def call_soon(
        self, callback: Callable[[Unpack[Args]], object], *args: *Args, context: Context | None = None
    ) -> asyncio.Handle:
        self.scheduled += 1
        return super().call_soon(callback, *args, context=context)


class Broken(Still):
    """A container that fails half-way."""

    async def start(self) -> None:
        self.on = True
        raise CannotStart("no such image")


class House:
    """A pool, its clock and every container it ever made."""

    def __init__(self, kind: type[Still] = Still) -> None:
        self.now = 0.0
        self.made: list[Still] = []
        self.kind = kind
        self.pool = Pool(self.new, 512, 2, lambda: self.now)

    def new(self, spec: Spec) -> Container:
        self.made.append(self.kind(spec, lambda: 0.0))
        return self.made[-1]

    async def take(self, name: str, memory_mb: int = 256) -> Container:
        container = await self.pool.acquire(spec(name, memory_mb))
        container.initialized = True
        return container


def spec(name: str, memory_mb: int = 256, revision: str = "1") -> Spec:
    return Spec(name, revision, None, memory_mb, 10)


def run(scenario: Callable[[House], Awaitable[None]], kind: type[Still] = Still) -> None:
    async def main() -> None:
        house = House(kind)
        async with asyncio.timeout(5):
            await scenario(house)
        await house.pool.close()
        assert not any(container.alive for container in house.made)

    asyncio.run(main())


def test_an_idle_container_serves_the_next_activation_of_its_action_only() -> None:
    async def scenario(house: House) -> None:
        first = await house.take("a")
        house.pool.release(first)
        assert (await house.take("a")) is first
        assert (await house.take("b")) is not first

    run(scenario)


def test_an_update_of_the_action_gets_a_new_container() -> None:
    async def scenario(house: House) -> None:
        first = await house.take("a")
        house.pool.release(first)
        assert (await house.pool.acquire(spec("a", revision="2"))) is not first

    run(scenario)


def test_the_longest_idle_makes_room() -> None:
    async def scenario(house: House) -> None:
        a, b = await house.take("a"), await house.take("b")
        for container in (b, a):
            house.now += 1
            house.pool.release(container)
        await house.take("c")
        await asyncio.sleep(0)
        assert a.alive
        assert not b.alive

    run(scenario)


def test_no_more_makes_room_than_is_needed() -> None:
    async def scenario(house: House) -> None:
        # GIVEN 512 MB of which 128 are free, and two idle containers
        a, b = await house.take("a", 256), await house.take("b", 128)
        for container in (a, b):
            house.pool.release(container)
        # WHEN one of them must go
        await house.take("c", 384)
        await asyncio.sleep(0)
        # THEN it is the one that has been idle longest
        assert (a.alive, b.alive) == (False, True)

    run(scenario)


def test_without_room_the_next_activation_waits() -> None:
    async def scenario(house: House) -> None:
        busy = [await house.take("a"), await house.take("a")]
        waiting = asyncio.create_task(house.take("a"))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        house.pool.release(busy[0])
        assert (await waiting) is busy[0]
        assert len(house.made) == 2

    run(scenario)


def test_a_further_container_drives_out_no_other_action() -> None:
    async def scenario(house: House) -> None:
        idle = await house.take("a")
        house.pool.release(idle)
        busy = await house.take("b")
        waiting = asyncio.create_task(house.take("b"))
        await asyncio.sleep(0.01)
        assert idle.alive
        house.pool.release(busy)
        assert (await waiting) is busy

    run(scenario)


def test_an_action_gets_no_more_containers_than_can_run_at_once() -> None:
    async def scenario(house: House) -> None:
        for _ in range(2):
            await house.take("a", 128)
        waiting = asyncio.create_task(house.take("a", 128))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        waiting.cancel()

    run(scenario)


def test_a_discarded_container_is_destroyed_and_its_room_is_free() -> None:
    async def scenario(house: House) -> None:
        a = await house.take("a", 512)
        waiting = asyncio.create_task(house.take("b", 512))
        await asyncio.sleep(0.01)
        house.pool.discard(a)
        assert (await waiting).alive
        assert not a.alive

    run(scenario)


def test_a_container_that_died_is_not_reused() -> None:
    async def scenario(house: House) -> None:
        first = await house.take("a")
        house.pool.release(first)
        house.made[0].on = False
        assert (await house.take("a")) is not first

    run(scenario)


def test_what_is_idle_for_long_is_removed() -> None:
    async def scenario(house: House) -> None:
        idle, busy = await house.take("a"), await house.take("b")
        house.pool.release(idle)
        house.now = 600.0
        reaping = asyncio.create_task(house.pool.reap_for_ever())
        await asyncio.sleep(0.01)
        reaping.cancel()
        assert not idle.alive
        assert busy.alive

    run(scenario)


def test_a_container_that_cannot_start_leaves_its_room_and_nothing_behind() -> None:
    async def scenario(house: House) -> None:
        for _ in range(3):
            with pytest.raises(CannotStart, match="no such image"):
                await house.take("a", 512)

    run(scenario, Broken)


def test_an_action_that_never_fits_is_refused() -> None:
    async def scenario(house: House) -> None:
        with pytest.raises(CannotStart, match="a needs 1024 MB; all containers together have 512"):
            await house.take("a", 1024)

    run(scenario)


# --- order, under load


async def arrive() -> None:
    """Let what was started arrive in the pool."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_whoever_waits_longer_is_served_before_whoever_comes_later() -> None:
    async def scenario(house: House) -> None:
        busy = await house.take("a", 512)
        early = asyncio.create_task(house.take("a", 512))
        await arrive()
        # WHEN somebody comes in the moment when the container becomes free
        house.pool.release(busy)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await house.take("a", 512)
        # THEN the one who waited has it
        assert (await early) is busy

    run(scenario)


def test_an_action_without_a_container_is_not_starved_by_one_that_has_some() -> None:
    async def scenario(house: House) -> None:
        # GIVEN an action that needs all the room, which another one uses
        busy = [await house.take("small") for _ in range(2)]
        large = asyncio.create_task(house.take("large", 512))
        await arrive()
        crowd = [asyncio.create_task(house.take("small")) for _ in range(10)]
        await arrive()
        # WHEN the other's containers become free, while more of its activations wait
        for container in busy:
            house.pool.release(container)
            await arrive()
        # THEN the first in the queue is served first
        first = await large
        assert not any(task.done() for task in crowd)
        house.pool.release(first)
        await crowd[0]
        for task in crowd:
            task.cancel()

    run(scenario)


def test_nobody_waits_behind_an_action_that_only_waits_for_its_own_containers() -> None:
    async def scenario(house: House) -> None:
        for _ in range(2):
            await house.take("a", 128)
        waiting = asyncio.create_task(house.take("a", 128))
        await arrive()
        await house.take("b", 128)
        assert not waiting.done()
        waiting.cancel()

    run(scenario)


def test_one_freed_container_wakes_one_activation() -> None:
    callers = 500

    async def scenario() -> int:
        house = House()

        async def call() -> None:
            container = await house.take("a")
            await asyncio.sleep(0)
            house.pool.release(container)

        async with asyncio.TaskGroup() as calls:
            for _ in range(callers):
                calls.create_task(call())
        await house.pool.close()

        loop = asyncio.get_running_loop()
        assert isinstance(loop, CountingLoop)
        return loop.scheduled

    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        assert runner.run(scenario()) < 10 * callers


def test_whoever_left_the_queue_costs_nothing_more() -> None:
    async def scenario(house: House) -> None:
        busy = await house.take("a", 512)
        tasks = [asyncio.create_task(house.take("a", 512)) for _ in range(3)]
        await arrive()
        tasks[0].cancel()
        tasks[1].cancel()
        house.pool.release(busy)
        assert (await tasks[2]) is busy
        assert len(house.made) == 1

    run(scenario)


@pytest.mark.parametrize("initialized", [True, False])
def test_a_container_handed_to_whoever_leaves_in_that_moment_is_not_lost(initialized: bool) -> None:
    async def scenario(house: House) -> None:
        busy = await house.take("a", 512)
        leaving = asyncio.create_task(house.take("a", 512))
        await arrive()
        # WHEN a warm container, or room for a new one, is handed over while the activation is cancelled
        if initialized:
            house.pool.release(busy)
        else:
            house.pool.discard(busy)
        leaving.cancel()
        await arrive()
        # THEN the next one finds room
        async with asyncio.timeout(1):
            await house.take("b", 512)

    run(scenario)


def test_a_clock_that_jumps_removes_nothing_that_works() -> None:
    async def scenario(house: House) -> None:
        idle, busy = await house.take("a"), await house.take("b")
        house.pool.release(idle)
        reaping = asyncio.create_task(house.pool.reap_for_ever())
        house.now = -1_000_000.0
        await arrive()
        assert idle.alive
        reaping.cancel()
        # An hour forward: as if the machine had slept
        house.now = 3600.0
        reaping = asyncio.create_task(house.pool.reap_for_ever())
        await arrive()
        reaping.cancel()
        assert (idle.alive, busy.alive) == (False, True)
        house.pool.release(busy)
        assert (await house.take("b")) is busy

    run(scenario)


# --- containers that start ahead


def test_a_prepared_container_serves_the_next_activation() -> None:
    async def scenario(house: House) -> None:
        house.pool.prepare(spec("a"))
        await arrive()
        first = await house.take("a")
        assert [container.starts for container in house.made] == [1]
        assert first is house.made[0]
        # It is one of the containers of its action, and has taken their room
        house.pool.prepare(spec("a"))
        assert len(house.made) == 1

    run(scenario)


def test_nothing_makes_room_for_what_is_prepared() -> None:
    async def scenario(house: House) -> None:
        idle = await house.take("a")
        house.pool.release(idle)
        house.pool.prepare(spec("b", 512))
        await arrive()
        assert house.made == [idle]
        assert idle.alive

    run(scenario)


def test_what_cannot_be_prepared_leaves_its_room() -> None:
    async def scenario(house: House) -> None:
        house.pool.prepare(spec("a", 512))
        await arrive()
        with pytest.raises(CannotStart, match="no such image"):
            await house.take("a", 512)

    run(scenario, Broken)


class Slow(Still):
    """A container whose start takes longer than the host lives."""

    async def start(self) -> None:
        self.on = True
        await asyncio.sleep(60)


def test_the_end_of_the_host_ends_what_is_being_prepared() -> None:
    async def scenario(house: House) -> None:
        house.pool.prepare(spec("a"))
        await arrive()
        assert house.made[0].alive

    run(scenario, Slow)
