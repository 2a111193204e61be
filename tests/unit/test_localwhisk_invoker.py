"""The invoker: which requests a container gets, and what becomes of the activation and of the container."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from localwhisk.activation import ActivationRecord, Call, Status
from localwhisk.containers.container import Container, Spec
from localwhisk.containers.invoker import Invoker
from localwhisk.containers.job import Job
from localwhisk.containers.pool import Pool
from localwhisk.entities import Action, Exec, Limits
from localwhisk.rejection import Rejected
from tests.still_container import Still

ACTION = Action("p", "a", "0.0.1", False, 0, Exec("python:3.11"), Limits(60_000, 256, 10, 1))
Server = Callable[[httpx.Request], Awaitable[httpx.Response]]


class Made(Still):
    """A container whose server is a function."""

    async def start(self) -> None:
        await super().start()
        self.url = "http://container"

    async def logs(self, complete: bool) -> list[str]:
        return ["complete" if complete else "incomplete"]


class House:
    """An invoker, its clock, and what its containers were asked."""

    def __init__(self, server: Server, memory_mb: int = 256) -> None:
        self.now = 1000.0
        self.server = server
        self.asked: list[str] = []
        self.made: list[Made] = []
        self.pool = Pool(self._make, memory_mb, 2, lambda: 0.0)
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._serve))
        self.invoker = Invoker(self.pool, http, "uuid:key", lambda: self.now)

    def _make(self, spec: Spec) -> Container:
        self.made.append(Made(spec, lambda: 0.0))
        return self.made[-1]

    async def _serve(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        return await self.server(request)

    async def invoke(
        self, action: Action = ACTION, code: Callable[[], str | None] = lambda: "code"
    ) -> ActivationRecord:
        call = Call("a" * 32, "t", received_ms=round(self.now * 1000))
        return await self.invoker.invoke(Job(action, call, {"n": 1}, {}, code))


def run(scenario: Callable[[House], Awaitable[None]], server: Server) -> None:
    async def main() -> None:
        house = House(server)
        await scenario(house)
        await house.pool.close()
        assert not any(container.alive for container in house.made)

    asyncio.run(main())


def answer(status: int, value: Any) -> httpx.Response:
    body = json.dumps(value).encode()
    return httpx.Response(status, headers={"Content-Length": str(len(body))}, stream=httpx.ByteStream(body))


async def echo(request: httpx.Request) -> httpx.Response:
    return answer(200, json.loads(request.content)["value"])


def failing(path: str, error: Exception | int, times: int = 1) -> Server:
    """A server that fails ``times`` at ``path``: with an exception, or a status."""
    left = [times]

    async def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path != path or not left[0]:
            return await echo(request)
        left[0] -= 1
        if isinstance(error, int):
            return answer(error, {"error": "down"})
        raise error

    return serve


def test_a_cold_start_and_a_warm_one() -> None:
    async def scenario(house: House) -> None:
        cold, warm = await house.invoke(), await house.invoke()
        assert house.asked == ["/init", "/run", "/run"]
        assert cold.response.result == warm.response.result == {"n": 1}
        assert (cold.init_time_ms, warm.init_time_ms) == (0, None)
        assert cold.logs == ("complete",)
        assert len(house.made) == 1

    run(scenario, echo)


@pytest.mark.parametrize("end", [httpx.ConnectError("gone"), 503])
def test_another_container_runs_what_a_dead_one_did_not_begin(end: Exception | int) -> None:
    async def scenario(house: House) -> None:
        await house.invoke()
        house.server = failing("/run", end)
        assert (await house.invoke()).response.status is Status.SUCCESS
        assert house.asked == ["/init", "/run", "/run", "/init", "/run"]

    run(scenario, echo)


def test_a_container_that_ends_after_its_init_is_not_replaced_for_ever() -> None:
    async def scenario(house: House) -> None:
        record = await house.invoke()
        assert record.response.status is Status.DEVELOPER_ERROR
        assert house.asked == ["/init", "/run"]

    run(scenario, failing("/run", httpx.ConnectError("gone"), times=9))


@pytest.mark.parametrize("path", ["/init", "/run"])
def test_a_connection_that_drops_is_a_developer_error_and_ends_the_container(path: str) -> None:
    async def drop(request: httpx.Request) -> httpx.Response:
        if request.url.path != path:
            return await echo(request)
        house_of_drop[0].made[-1].on = False
        raise httpx.ReadError("dropped")

    house_of_drop: list[House] = []

    async def scenario(house: House) -> None:
        house_of_drop.append(house)
        record = await house.invoke()
        assert record.response.status is Status.DEVELOPER_ERROR
        assert record.logs == ("incomplete",)
        house.server = echo
        assert (await house.invoke()).response.status is Status.SUCCESS
        assert len(house.made) == 2

    run(scenario, drop)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/init", "The action exceeded its time limits of 100 milliseconds during initialization."),
        ("/run", "The action exceeded its time limits of 100 milliseconds."),
    ],
)
def test_the_time_limit_is_for_each_request(path: str, message: str) -> None:
    async def hang(request: httpx.Request) -> httpx.Response:
        if request.url.path == path:
            await asyncio.sleep(60)
        return await echo(request)

    async def scenario(house: House) -> None:
        action = Action("p", "a", "0.0.1", False, 0, Exec("python:3.11"), Limits(100, 256, 10, 1))
        response = (await house.invoke(action)).response
        assert (response.result, response.timed_out) == ({"error": message}, True)

    run(scenario, hang)


def test_code_that_has_changed_meanwhile_is_an_internal_error() -> None:
    def changed() -> str | None:
        raise Rejected(409, "changed")

    async def scenario(house: House) -> None:
        response = (await house.invoke(code=changed)).response
        assert (response.status, response.result) == (Status.INTERNAL_ERROR, {"error": "changed"})
        assert house.asked == []

    run(scenario, echo)


def test_what_cannot_start_is_a_developer_error() -> None:
    async def scenario(house: House) -> None:
        action = Action("p", "a", "0.0.1", False, 0, Exec("python:3.11"), Limits(100, 512, 10, 1))
        assert (await house.invoke(action)).response.status is Status.DEVELOPER_ERROR

    run(scenario, echo)


@pytest.mark.parametrize("jump_s", [-3600.0, 3600.0])
def test_a_clock_that_jumps_leaves_a_record_that_is_possible(jump_s: float) -> None:
    async def scenario(house: House) -> None:
        async def jump(request: httpx.Request) -> httpx.Response:
            house.now += jump_s
            return await echo(request)

        house.server = jump
        document: dict[str, Any] = (await house.invoke()).as_json()
        assert document["start"] <= document["end"]
        assert document["duration"] == document["end"] - document["start"]
        assert {pair["key"]: pair["value"] for pair in document["annotations"]}["initTime"] >= 0

    run(scenario, echo)


def test_who_has_left_gets_no_container() -> None:
    async def scenario(house: House) -> None:
        call = Call("a" * 32, "t", received_ms=0)
        call.caller.leave()
        record = await house.invoker.invoke(Job(ACTION, call, {}, {}, lambda: "code"))
        assert record.response.status is Status.INTERNAL_ERROR
        assert house.made == []

    run(scenario, echo)
