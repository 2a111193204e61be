"""The pool: warm containers reused, more started under load, one memory budget for all."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from localwhisk.containers.container import CannotStart, Container, Spec
from localwhisk.containers.pool import Pool
from localwhisk.limits import REMOVE_AFTER_S


class Still(Container):
    """A container without a server."""

    on = False

    async def start(self) -> None:
        self.on = True

    async def resume(self) -> None:
        pass

    async def wait_until_ended(self) -> None:
        pass

    @property
    def alive(self) -> bool:
        return self.on

    async def destroy(self) -> None:
        self.on = False


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
        house.now = REMOVE_AFTER_S
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
