"""Clients that open connections and are slow with their requests, or read no answers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from time import monotonic

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from localwhisk.http.server import Connection, Server
from tests.faults.conftest import ECHO
from tests.serving import Served, serving

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"
TRICKLE = b"POST / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 1000
ANSWER = b"x" * 64 * 2**20


class Hasty(Connection):
    arrives_within_s = 0.5
    read_within_s = 0.5


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers 64 MiB to GET, nothing to POST."""
    while (await receive()).get("more_body"):
        pass
    body = b"" if scope["method"] == "POST" else ANSWER
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def hasty_server(connections: int = 10) -> AsyncIterator[tuple[Server, int]]:
    config = uvicorn.Config(answer, http="h11", log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = Server(config, connections, Hasty)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server._serve([listener]))
        yield server, listener.getsockname()[1]
        server.should_exit = True
        await running


async def send_slowly(writer: asyncio.StreamWriter, pieces: list[bytes]) -> None:
    with suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"POST / HT"],
        [HEAD],
        [TRICKLE, *[b"x"] * 200],
        [HEAD + b"\r\n", b"12345"],
        [HEAD + b"\r\n", *[b"x"] * 9],
    ],
    ids=["nothing", "half a line", "half a head", "a head in trickles", "half a body", "a body in trickles"],
)
def test_a_request_has_to_arrive_in_time(pieces: list[bytes]) -> None:
    async def ask() -> tuple[bytes, float]:
        async with hasty_server() as (_, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            began = monotonic()
            sending = asyncio.create_task(send_slowly(writer, pieces))
            answer = await asyncio.wait_for(reader.read(), 10)
            took_s = monotonic() - began
            sending.cancel()
            writer.close()
            return answer, took_s

    answer, took_s = asyncio.run(ask())
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 0.4 < took_s < 5


def test_a_long_request_has_more_time() -> None:
    pieces = [b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n", *[b"x" * 10_000] * 20]

    async def ask() -> bytes:
        async with hasty_server() as (_, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await send_slowly(writer, pieces)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 10)
            writer.close()
            return answer

    assert asyncio.run(ask()).startswith(b"HTTP/1.1 200 ")


def test_an_answer_has_to_be_read() -> None:
    async def ask() -> None:
        async with hasty_server() as (server, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reader.readline()
            async with asyncio.timeout(10):
                while server.server_state.connections:
                    await asyncio.sleep(0.05)
            writer.close()

    asyncio.run(ask())


def test_a_connection_above_the_limit_takes_the_place_of_the_one_that_waited_longest() -> None:
    async def ask() -> list[bytes]:
        async with hasty_server(connections=2) as (_, port):
            first, *others = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            answers = [await asyncio.wait_for(first[0].readuntil(b"\r\n"), 10)]
            for reader, writer in others:
                writer.write(HEAD + b"Connection: close\r\n\r\n0123456789")
                answers.append(await asyncio.wait_for(reader.readuntil(b"\r\n"), 10))
            for _, writer in [first, *others]:
                writer.close()
            return answers

    statuses = [answer.split()[1] for answer in asyncio.run(ask())]
    assert statuses == [b"408", b"200", b"200"]


@pytest.fixture(name="narrow_host", scope="module")
def _narrow_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A host with 256 file descriptors."""
    within = ("sh", "-c", 'ulimit -n 256 && exec "$0" "$@"')
    with serving(tmp_path_factory.mktemp("narrow"), "--memory", "512", within=within) as host:
        host.put("echo", ECHO)
        yield host


def test_who_only_connects_keeps_nobody_out(narrow_host: Served) -> None:
    # GIVEN more connections that ask nothing than the host has descriptors
    port = int(narrow_host.url.rpartition(":")[2])
    with ExitStack() as clients:
        for _ in range(600):
            clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        # THEN others are served, even with a container that has to start
        narrow_host.put("cold", ECHO)
        began = monotonic()
        assert narrow_host.invoke("cold", {"n": 1})["response"]["result"] == {"n": 1}
        assert monotonic() - began < 10
    # AND the log says so once
    log = narrow_host.log.read_text()
    assert log.count("connections are open, which is the limit") == 1
    assert len(log) < 2000
