"""Reads the activations of one package through OpenWhisk's API, with little memory and in bounded time.

A document carries its result, and that of ``decode`` or ``preprocess`` is a picture of about 100 kB: a page of
documents would be 20 MB. So the rows of a list, which have no results, give the counts and the times; documents are
read only for the sequences, whose results are the small replies, and one by one for the few failures outside of them.
A failure inside a sequence needs no document of its own, because the sequence answers with it (SequenceActions.scala).

A record can be missing: the platform stores it after it answered, and may be unable to. Two signs tell: a sequence
names a step that has no record, and localwhisk adds to the count of its records how many it could not keep (``lost``).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from activations import SUCCESS, Activation, Reply, activation
from problem import Json
from rest import Get, NotFound, Query, TooLarge
from window import Window, iso

PAGE = 200  # the most that the platform gives (whisk.query-limit)
MOST_RECORDS = 10_000
MOST_SINGLE_FAILURES = 50
MOST_SECONDS = 20.0  # a caller waits 60 s at most, and the gateway 70
SETTLED_MS = 60_000  # the records of a sequence and of its steps are stored in any order, each a little later

Clock = Callable[[], float]


@dataclass(frozen=True)
class Reading:
    """The activations that were read, and how much of the window they cover."""

    activations: list[Activation]
    coverage: Json
    window: Window


class Reader:
    """Reads once, through ``get``, a client of ``…/api/v1/namespaces/_``; ``clock`` counts seconds.

    ``package`` is the name of the package to keep, without namespace; other records are counted and left out.
    """

    def __init__(
        self, get: Get, package: str, clock: Clock, most_records: int = MOST_RECORDS, seconds: float = MOST_SECONDS
    ) -> None:
        self.get = get
        self.package = package
        self.clock = clock
        self.deadline = clock() + seconds
        self.most_records = most_records
        self.activations: dict[str, Activation] = {}
        self.seen: set[str] = set()
        self.named: set[str] = set()  # ids of steps, by their sequences
        self.left_out = Counter[str]()

    def read(self, window: Window) -> Reading:
        """The activations that started in ``window``, newest first, as far as the limits allow."""
        cut_by, oldest_ms = self.read_rows(window)
        in_window, lost = self.count(window)
        in_window = in_window if cut_by else len(self.seen)
        cut_by = None if in_window == len(self.seen) else cut_by
        covered = replace(window, since_ms=min(oldest_ms, window.upto_ms - 1)) if cut_by else window
        replies = self.replies(covered)
        lost = max(lost, len(self.named - self.seen))
        wanted = {each.id for each in self.activations.values() if each.is_sequence} | {
            each.id for each in self.failures()
        }
        coverage = {
            "complete": cut_by is None and not lost,
            "cut_by": cut_by,
            "since": iso(covered.since_ms),
            "records_read": len(self.seen),
            "records_in_window": in_window,
            "lost_records": lost,
            "other_records": self.left_out["other"],
            "unreadable_records": self.left_out["unreadable"],
            "skewed_records": sum(each.skewed for each in self.activations.values()),
            "replies_wanted": len(wanted),
            "replies_read": len(wanted & replies.keys()),
        }
        self.activations |= {
            key: replace(self.activations[key], reply=replies[key]) for key in self.activations.keys() & replies
        }
        return Reading(list(self.activations.values()), coverage, covered)

    def read_rows(self, window: Window) -> tuple[str | None, int]:
        """Which limit stopped the reading, and the start of the oldest record read."""
        oldest_ms = window.upto_ms
        for page in self.pages({}, window):
            for record in page:
                self.keep(record)
                oldest_ms = min(oldest_ms, record.get("start", oldest_ms))
            if len(self.seen) >= self.most_records:
                return "records", oldest_ms
            if self.late():
                return "time", oldest_ms
        return None, oldest_ms

    def keep(self, record: Json) -> None:
        """Add the activation of ``record``, or count why it is left out."""
        known = str(record.get("activationId"))
        if known in self.seen:
            return  # a record that was stored in the meantime moves the others on, so that the next page repeats one
        self.seen.add(known)
        each = activation(record)
        if each is None:
            self.left_out["unreadable"] += 1
        elif each.package != self.package:
            self.left_out["other"] += 1
        else:
            self.activations[each.id] = each

    def late(self) -> bool:
        return self.clock() >= self.deadline

    def pages(self, query: Query, window: Window) -> Iterator[list[Json]]:
        """The lists that ``query`` gives for ``window``, one page after the other, newest first.

        A page too large for the memory is asked for again in smaller pieces, and a record too large is left out.
        """
        skip, size = 0, PAGE
        bounds = {"since": window.since_ms, "upto": window.upto_ms}
        while True:
            try:
                page = self.get("activations", {**query, **bounds, "limit": size, "skip": skip})
            except TooLarge:
                skip += size == 1
                size = max(1, size // 8)
                continue
            yield page
            if len(page) < size:
                return
            skip, size = skip + len(page), min(PAGE, size * 2)

    def replies(self, window: Window) -> dict[str, Reply]:
        """What the sequences and the newest failures outside of them answered, by activation id."""
        replies: dict[str, Reply] = {}
        for name in {each.name for each in self.activations.values() if each.is_sequence}:
            for page in self.pages({"name": name, "docs": "true"}, window):
                replies |= {each.id: each.reply for each in map(activation, page) if each and each.reply}
                self.named |= {step for record in page for step in self.settled_steps(record, window)}
                if self.late():
                    return replies
        for failure in self.failures()[:MOST_SINGLE_FAILURES]:
            document = None if self.late() else self.document(failure.id)
            if document and document.reply:
                replies[document.id] = document.reply
        return replies

    def failures(self) -> list[Activation]:
        """The failures that no sequence answered for, newest first."""
        alone = (each for each in self.activations.values() if not each.cause and not each.is_sequence)
        return [each for each in alone if each.outcome != SUCCESS]

    def document(self, activation_id: str) -> Activation | None:
        """One activation with its reply, unless its record is gone or too large."""
        try:
            return activation(self.get(f"activations/{activation_id}", {}))
        except (NotFound, TooLarge):
            return None

    def settled_steps(self, record: Json, window: Window) -> list[str]:
        """The steps that a sequence's record names, once all records of them should be there."""
        known = record.get("activationId") in self.activations
        settled = record.get("end", window.upto_ms) < window.upto_ms - SETTLED_MS
        return record.get("logs", []) if known and settled else []

    def count(self, window: Window) -> tuple[int | None, int]:
        """How many records the window has, if the server can tell; and how many it says are lost."""
        answer = self.get("activations", {"since": window.since_ms, "upto": window.upto_ms, "count": "true"})
        return (answer.get("activations"), answer.get("lost", 0)) if isinstance(answer, dict) else (None, 0)
