"""The pool: warm containers reused, more started under load, one memory budget for all."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from localwhisk.container import CannotStart, Container, Spec
from localwhisk.limits import REMOVE_AFTER_S
from localwhisk.pool import Pool, Slot


class Still:
    """A container without a server."""

    out_of_memory = False

    def __init__(self) -> None:
        self.alive = False

    async def start(self) -> None:
        self.alive = True

    async def address(self) -> str:
        return ""

    async def ended(self) -> None:
        return None

    async def logs(self, sound: bool) -> list[str]:
        return [str(sound)]

    async def destroy(self) -> None:
        self.alive = False


class Broken(Still):
    async def start(self) -> None:
        raise CannotStart("no such image")


class House:
    """A pool, its clock and every container it ever made."""

    def __init__(self, kind: type[Still] = Still) -> None:
        self.now = 0.0
        self.made: list[Still] = []
        self.kind = kind
        self.pool = Pool(self.new, 512, 2, lambda: self.now)

    def new(self, _: Spec) -> Container:
        self.made.append(self.kind())
        return self.made[-1]

    async def take(self, name: str, memory_mb: int = 256) -> Slot:
        slot = await self.pool.acquire(spec(name, memory_mb))
        slot.initialized = True
        return slot


def spec(name: str, memory_mb: int = 256, revision: str = "1") -> Spec:
    return Spec(name, revision, "python:3.11", None, memory_mb, 10)


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
        await house.pool.release(first)
        assert (await house.take("a")) is first
        assert (await house.take("b")) is not first

    run(scenario)


def test_an_update_of_the_action_gets_a_new_container() -> None:
    async def scenario(house: House) -> None:
        first = await house.take("a")
        await house.pool.release(first)
        assert (await house.pool.acquire(spec("a", revision="2"))) is not first

    run(scenario)


def test_the_longest_idle_makes_room() -> None:
    async def scenario(house: House) -> None:
        a, b = await house.take("a"), await house.take("b")
        for slot in (b, a):
            house.now += 1
            await house.pool.release(slot)
        await house.take("c")
        await asyncio.sleep(0)
        assert a.container.alive
        assert not b.container.alive

    run(scenario)


def test_without_room_the_next_activation_waits() -> None:
    async def scenario(house: House) -> None:
        busy = [await house.take("a"), await house.take("a")]
        waiting = asyncio.create_task(house.take("a"))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        await house.pool.release(busy[0])
        assert (await waiting) is busy[0]
        assert len(house.made) == 2

    run(scenario)


def test_a_further_container_drives_out_no_other_action() -> None:
    async def scenario(house: House) -> None:
        idle = await house.take("a")
        await house.pool.release(idle)
        busy = await house.take("b")
        waiting = asyncio.create_task(house.take("b"))
        await asyncio.sleep(0.01)
        assert idle.container.alive
        await house.pool.release(busy)
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
        await house.pool.discard(a)
        assert not a.container.alive
        assert (await waiting).container.alive

    run(scenario)


def test_a_container_that_died_is_not_reused() -> None:
    async def scenario(house: House) -> None:
        first = await house.take("a")
        await house.pool.release(first)
        house.made[0].alive = False
        assert (await house.take("a")) is not first

    run(scenario)


def test_what_is_idle_for_long_is_removed() -> None:
    async def scenario(house: House) -> None:
        idle, busy = await house.take("a"), await house.take("b")
        await house.pool.release(idle)
        house.now = REMOVE_AFTER_S
        await house.pool.reap()
        await asyncio.sleep(0)
        assert not idle.container.alive
        assert busy.container.alive

    run(scenario)


def test_a_container_that_cannot_start_leaves_its_room() -> None:
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
