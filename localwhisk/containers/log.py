"""What a container writes on stdout and stderr, as the log of an activation (OpenWhisk docs/actions.md)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from localwhisk.limits import MIB

Clock = Callable[[], float]  # gives seconds

# The action server writes it on each stream when an activation has ended (docs/actions-new.md, "Activation logs").
SENTINEL = b"XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX"
SENTINEL_TIMEOUT_S = 2.0
# How long to wait for the last lines of a container that need not write sentinels.
LAST_LINES_TIMEOUT_S = 0.1
# What Docker's log driver writes around a line. It counts, or else empty lines would cost nothing.
ENVELOPE_BYTES = 80
READ_BYTES = 65536

# Messages.scala
INCOMPLETE = "The action did not initialize or run as expected. Log data might be missing."
TRUNCATED = "Logs were truncated because the total bytes size exceeds the limit of {} bytes."


def log_line(time_s: float, stream: str, text: str) -> str:
    """One line: the time with nine decimals, as Docker writes it, the stream and the text."""
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%dT%H:%M:%S.%f000Z} {stream}: {text}"


class Log:
    """The lines that a container has written since its last activation, up to ``limit_mb`` megabytes.

    ``clock`` gives seconds since 1970. An image of one's own need not write sentinels (docs/actions-docker.md):
    ``has_sentinels`` says whether they are worth waiting for.
    """

    def __init__(self, limit_mb: int, clock: Clock, has_sentinels: bool = True) -> None:
        self._limit_bytes = limit_mb * MIB
        self._clock = clock
        self._has_sentinels = has_sentinels
        self._unfinished = {"stdout": bytearray(), "stderr": bytearray()}  # the line that has no end yet
        self._clear()

    def _clear(self) -> None:
        self._lines: list[str] = []
        self._bytes = 0
        self._ended = {"stdout": asyncio.Event(), "stderr": asyncio.Event()}

    async def follow(self, reader: asyncio.StreamReader, stream: str) -> None:
        """Collect the lines of ``reader`` until its end, which ends the log like a sentinel."""
        unfinished = self._unfinished[stream]

        while chunk := await reader.read(READ_BYTES):
            *ends, beginning = chunk.split(b"\n")
            for end in ends:
                unfinished += end
                self._finish_line(stream)

            # A line without an end must not fill the memory. The last bytes may be those of a sentinel.
            unfinished += beginning
            del unfinished[self._limit_bytes + 1 : -len(SENTINEL)]

        self._finish_last_line(stream)
        self._ended[stream].set()

    def _finish_last_line(self, stream: str) -> None:
        if self._unfinished[stream]:
            self._finish_line(stream)

    def _finish_line(self, stream: str) -> None:
        line = bytes(self._unfinished[stream])
        self._unfinished[stream].clear()
        self._add(stream, line)

    def _add(self, stream: str, line: bytes) -> None:
        line = line.rstrip(b"\r")
        if line.endswith(SENTINEL):
            self._ended[stream].set()
            line = line.removesuffix(SENTINEL)  # what the action wrote last may have no end of its own
            if not line:
                return

        self._bytes += len(line) + ENVELOPE_BYTES
        if self._bytes <= self._limit_bytes:
            self._lines.append(log_line(self._clock(), stream, line.decode("utf-8", "replace")))

    async def take(self, complete: bool) -> list[str]:
        """The lines of the activation that just ended. It is not ``complete`` if the container failed (status 2)."""
        if complete and self._has_sentinels:
            await self._wait_for_end(SENTINEL_TIMEOUT_S)
        else:
            await self._wait_for_end(LAST_LINES_TIMEOUT_S)
            for stream in self._unfinished:
                self._finish_last_line(stream)

        lines = self._lines + self._notices(complete)
        self._clear()
        return lines if self._limit_bytes else []

    async def _wait_for_end(self, timeout_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                for ended in self._ended.values():
                    await ended.wait()

    def _notices(self, complete: bool) -> list[str]:
        """What the platform adds to a log, as lines of stderr."""
        notices = []
        if not complete:
            notices.append(INCOMPLETE)
        if self._bytes > self._limit_bytes:
            notices.append(TRUNCATED.format(self._limit_bytes))

        return [log_line(self._clock(), "stderr", notice) for notice in notices]
