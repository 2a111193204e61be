"""How requests arrive: as fast as callers get answers, at a fixed rate, or a number of them in any case."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import NamedTuple


class Answer(NamedTuple):
    """What one request got: its HTTP status or the error, after how long, when, and for which activation."""

    kind: str
    ms: float
    ended_s: float
    activation_id: str | None
    caller: int = 0

    @property
    def good(self) -> bool:
        return self.kind == "200"


Ask = Callable[[], Awaitable[Answer]]


async def closed(ask: Ask, callers: int, seconds: float, most: int) -> list[Answer]:
    """Each caller asks again once it has its answer, until the time is over or ``most`` requests are made."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    numbers = count()
    answers: list[Answer] = []

    async def call(caller: int) -> None:
        while loop.time() < end and next(numbers) < most:
            answers.append((await ask())._replace(caller=caller))

    await asyncio.gather(*map(call, range(callers)))
    return answers


async def open_(ask: Ask, per_second: float, seconds: float, most: int) -> list[Answer]:
    """One request after the other at a fixed rate, whether or not earlier ones are answered."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    asked = []
    for number in range(min(most, round(per_second * seconds))):
        await asyncio.sleep(began + number / per_second - loop.time())
        asked.append(asyncio.create_task(call_once(ask, number)))
    return await asyncio.gather(*asked)


async def call_once(ask: Ask, caller: int) -> Answer:
    return (await ask())._replace(caller=caller)


async def shared(ask: Ask, requests: int, callers: int) -> list[Answer]:
    """So many requests by so many callers. With as many callers as requests they come all at once."""
    return await closed(ask, callers, float("inf"), requests)
