"""Activation records on their way into the store, and those that did not get there."""

import asyncio
from collections import deque

from localwhisk import Json
from localwhisk.activation import ActivationRecord, Period
from localwhisk.notice import warn
from localwhisk.store import Store, StoreError

AFTER_S = 0.01  # until the caller has its answer
LOST = 100_000  # are remembered


class Records:
    """Records are stored after the answer, one at a time, as the platform does; but whoever asks finds them all.

    What cannot be stored, as on a full disk, is lost and counted; the activations themselves go on.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[tuple[str, ActivationRecord]] = deque()
        self._lost: deque[tuple[str, int]] = deque(maxlen=LOST)  # identifier and start
        self._failing = False

    def add(self, identifier: str, record: ActivationRecord) -> None:
        """Keep the ``record`` of an activation of ``identifier``."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(AFTER_S, self._store_next)
        self._waiting.append((identifier, record))

    def _store_next(self) -> None:
        """Store one, and after other work the next."""
        if self._waiting:
            self._store_one(*self._waiting.popleft())
            asyncio.get_running_loop().call_soon(self._store_next)

    def flush(self) -> None:
        """Store all."""
        while self._waiting:
            self._store_one(*self._waiting.popleft())

    def _store_one(self, identifier: str, record: ActivationRecord) -> None:
        try:
            self._store.add_activation(identifier, record.as_row(), record.as_json())
        except StoreError as error:
            self._lost.append((identifier, record.start_ms))
            self._tell(failing=True, sentence=f"activation records are not kept: {error}")
        else:
            self._tell(failing=False, sentence=f"activation records are kept again; {len(self._lost)} are lost")

    def _tell(self, failing: bool, sentence: str) -> None:
        if failing != self._failing:
            warn(sentence)
        self._failing = failing

    def get(self, activation_id: str) -> Json | None:
        self.flush()
        return self._store.activation(activation_id)

    def rows(self, period: Period, limit: int, skip: int) -> list[Json]:
        """What a listing shows of the records of a period, newest first."""
        self.flush()
        return self._store.activation_rows(period, limit, skip)

    def numbers(self, period: Period, limit: int, skip: int) -> list[int]:
        """The same records as numbers, for ``document``."""
        self.flush()
        return self._store.activation_numbers(period, limit, skip)

    def document(self, number: int) -> str | None:
        """The JSON of one record; None if it has been deleted meanwhile."""
        return self._store.activation_document(number)

    def count(self, period: Period) -> int:
        self.flush()
        return self._store.count_activations(period)

    def count_lost(self, period: Period) -> int:
        """How many records of a period could not be stored since this host was started."""
        return sum(
            period.since_ms <= start_ms <= period.upto_ms and period.identifier in (None, identifier)
            for identifier, start_ms in self._lost
        )
