"""Whoever waits for the end of an activation, and may go away before it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class CallerGone(Exception):
    """The caller went away, and what it waited for has not begun."""


class Caller:
    """Waits for one thing at a time: a sequence runs one component after the other."""

    def __init__(self) -> None:
        self._gone = False
        self._awaited: asyncio.Task[Any] | None = None

    async def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``. ``CallerGone`` if the caller has left: then it is cancelled, or not even begun."""
        if self._gone:
            work.close()
            raise CallerGone

        task = asyncio.create_task(work)
        self._awaited = task
        try:
            return await task
        except asyncio.CancelledError as cancelled:
            if self._gone:
                raise CallerGone from cancelled
            raise

    def leave(self) -> None:
        self._gone = True
        if self._awaited:
            self._awaited.cancel()
