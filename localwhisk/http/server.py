"""The HTTP server: uvicorn, with a limit of connections and of the time in which a request has to arrive."""

import asyncio
import resource
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from localwhisk import limits
from localwhisk.notice import warn_once

BYTES_PER_S = 4096  # of a request: the least that a client has to send
CONNECTIONS = 4096
DESCRIPTORS = 2 * CONNECTIONS  # asked of the system, which often gives 1,024 unless one asks
FEWEST_CONNECTIONS = 16
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(H11Protocol):
    """One that ends when its client is too slow, or sends on after the answer for longer than any request may be.

    ``room`` is given back when it ends.
    """

    arrives_within_s = 20.0  # a request; a long one has a second more for each BYTES_PER_S of it
    read_within_s = 60.0  # what waits of an answer

    def __init__(self, room: asyncio.Semaphore, **options: Any) -> None:
        super().__init__(**options)
        self._room = room
        self._arrival: asyncio.TimerHandle | None = None  # runs while a request is awaited that is not complete
        self._began = 0.0
        self._received = 0  # bytes of the request
        self._unread: asyncio.TimerHandle | None = None  # runs while the client does not read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        if self._arrival is None:
            self._await_request()
        self._received += len(data)
        super().data_received(data)

        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._stop_waiting()
        elif self._received > limits.BODY_BYTES and self.cycle and self.cycle.response_complete:
            self.transport.close()

    def on_response_complete(self) -> None:
        """A further request may have begun already."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and self._arrival is None:
            self._await_request()

    def _await_request(self) -> None:
        self._began = self.loop.time()
        self._received = 0
        self._check_arrival()

    def _check_arrival(self) -> None:
        left_s = self._began + self.arrives_within_s + self._received / BYTES_PER_S - self.loop.time()
        if left_s > 0:
            self._arrival = self.loop.call_later(left_s, self._check_arrival)
        else:
            self.give_up()

    def _stop_waiting(self) -> None:
        if self._arrival:
            self._arrival.cancel()
        self._arrival = None

    @property
    def waiting_since(self) -> float | None:
        """Since when it waits for a request; None while it answers one."""
        return self._began if self._arrival or self.timeout_keep_alive_task else None

    def give_up(self) -> None:
        """End it; with 408 if no answer has begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(TOO_SLOW)
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self.read_within_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread:
            self._unread.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()
        self._room.release()


class Server(uvicorn.Server):
    """Has at most ``connections`` at a time. A further one takes the place of the one that has waited longest for its
    request; if none waits, it waits itself.

    uvicorn alone accepts what comes until the process has no file descriptor left, and then nothing works.
    """

    def __init__(
        self, config: uvicorn.Config, connections: int, protocol: Callable[..., Connection] = Connection
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._protocol = protocol
        self._room = asyncio.Semaphore(connections)
        self._accepting: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self._accepting = [asyncio.create_task(self._accept_from(listener)) for listener in sockets or []]

    async def _accept_from(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        protocol = partial(
            self._protocol,
            self._room,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )

        while True:
            try:
                accepted, _ = await loop.sock_accept(listener)
                await self._find_room()
                await loop.connect_accepted_socket(protocol, accepted)
            except OSError as error:
                warn_once(f"a connection was not accepted: {error}")
                await asyncio.sleep(0.1)

    async def _find_room(self) -> None:
        if self._room.locked():
            warn_once(f"{self._connections} connections are open, which is the limit (ulimit -n)")
            self._end_longest_waiting()
        await self._room.acquire()

    def _end_longest_waiting(self) -> None:
        connections = [one for one in self.server_state.connections if isinstance(one, Connection)]
        waiting = [one for one in connections if one.waiting_since is not None and not one.transport.is_closing()]
        if waiting:
            min(waiting, key=lambda one: one.waiting_since or 0).give_up()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self._accepting:
            task.cancel()
        await super().shutdown(sockets)


def possible_connections(descriptors_for_work: int) -> int:
    """How many connections this process can have beside ``descriptors_for_work``. Its limit is raised if it can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < DESCRIPTORS:
        soft = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(FEWEST_CONNECTIONS, min(CONNECTIONS, soft - descriptors_for_work))
