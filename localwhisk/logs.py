"""The log of a container: its output, line by line, as activation records hold it (OpenWhisk docs/actions.md)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from localwhisk.limits import MIB

SENTINEL = b"XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX"
PATIENCE_S = {True: 2.0, False: 0.1}  # for the sentinels of a container that will write them, and of one that may not
ENVELOPE_BYTES = 80  # what Docker's log driver writes around a line; it counts, or empty lines would cost nothing
INCOMPLETE = "The action did not initialize or run as expected. Log data might be missing."
Clock = Callable[[], float]  # gives seconds


def log_line(at: float, stream: str, text: str) -> str:
    """One line: the time with nine decimals, as Docker writes it, the stream and the text."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f000Z} {stream}: {text}"


class Log:
    """What a container wrote since the last activation, up to ``limit_mb`` megabytes. On each stream a sentinel ends
    the activation; an image need not write them (docs/actions-docker.md)."""

    def __init__(self, limit_mb: int, clock: Clock, sentinels: bool = True) -> None:
        self._limit, self._clock, self._sentinels = limit_mb * MIB, clock, sentinels
        self._forget()

    def _forget(self) -> None:
        self._lines: list[str] = []
        self._bytes = 0
        self._ended = {"stdout": asyncio.Event(), "stderr": asyncio.Event()}

    async def follow(self, reader: asyncio.StreamReader, stream: str) -> None:
        """Collect the lines of ``reader`` until its end."""
        rest = b""
        while chunk := await reader.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._add(stream, line)
            rest = rest[: self._limit + 1]
        for line in (rest, SENTINEL) if rest else (SENTINEL,):
            self._add(stream, line)

    def _add(self, stream: str, line: bytes) -> None:
        if line.rstrip() == SENTINEL:
            self._ended[stream].set()
            return
        self._bytes += len(line) + ENVELOPE_BYTES
        if self._bytes <= self._limit:
            self._lines.append(log_line(self._clock(), stream, line.decode("utf-8", "replace")))

    async def take(self, sound: bool) -> list[str]:
        """The lines of the activation that just ended; ``sound`` unless the container failed (status 2)."""
        ended = asyncio.gather(*(event.wait() for event in self._ended.values()))
        with suppress(TimeoutError):
            await asyncio.wait_for(ended, PATIENCE_S[sound and self._sentinels])
        told = [] if sound else [INCOMPLETE]
        if self._bytes > self._limit:
            told.append(f"Logs were truncated because the total bytes size exceeds the limit of {self._limit} bytes.")
        lines = [*self._lines, *(log_line(self._clock(), "stderr", text) for text in told)]
        self._forget()
        return lines if self._limit else []
