"""The span of time that statistics are asked for, and its division into the buckets of a timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from problem import InvalidRequest

WINDOWS_S = {"15m": 900, "1h": 3600, "24h": 86_400, "7d": 604_800}
DEFAULT = "1h"
BUCKETS_S = (1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
MOST_BUCKETS = 60


@dataclass(frozen=True)
class Window:
    """Milliseconds since the epoch, both ends included, as in OpenWhisk's ``since`` and ``upto``."""

    name: str
    since_ms: int
    upto_ms: int

    @property
    def seconds(self) -> float:
        return (self.upto_ms - self.since_ms) / 1000

    @property
    def before(self) -> "Window | None":
        """The window of the same length that ends where this one begins, if there can be one."""
        start_ms = 2 * self.since_ms - self.upto_ms
        return Window("custom", start_ms, self.since_ms - 1) if start_ms >= 0 else None

    @property
    def bucket_seconds(self) -> int:
        """The shortest round duration that divides the window into at most MOST_BUCKETS."""
        return next((size for size in BUCKETS_S if size * MOST_BUCKETS >= self.seconds), self._days())

    def _days(self) -> int:
        day = BUCKETS_S[-1]
        return day * -(-int(self.seconds) // (day * MOST_BUCKETS))

    @property
    def bucket_starts_ms(self) -> range:
        """Aligned to the epoch, so that the buckets stay where they are when the window moves on."""
        size = self.bucket_seconds * 1000
        return range(self.since_ms // size * size, self.upto_ms + 1, size)


def parse(query: Mapping[str, str], now_ms: int) -> Window:
    """The window of a query: ``window`` is one of WINDOWS_S and ends now, or ``since`` (and ``upto``) bound it.

    The bounds are ISO 8601 with a time zone, or milliseconds since the epoch.
    """
    if "since" not in query:
        if "upto" in query:
            raise InvalidRequest("since: expected a moment before upto, but got upto alone")
        name = query.get("window", DEFAULT)
        if name not in WINDOWS_S:
            raise InvalidRequest(f"window: expected one of {', '.join(WINDOWS_S)}, but got {name[:40]!r}")
        return Window(name, now_ms - WINDOWS_S[name] * 1000, now_ms)
    since_ms, upto_ms = moment("since", query["since"]), moment("upto", query.get("upto", str(now_ms)))
    if since_ms >= upto_ms:
        raise InvalidRequest(f"since: expected a moment before upto, but got {iso(since_ms)} and {iso(upto_ms)}")
    return Window("custom", since_ms, upto_ms)


def moment(field: str, text: str) -> int:
    """Milliseconds since the epoch, and not before it."""
    try:
        if text.isdecimal():
            return epoch_ms(datetime.fromtimestamp(int(text) / 1000, UTC))
        return epoch_ms(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        wanted = "an ISO 8601 time with its zone, or milliseconds since the epoch"
        raise InvalidRequest(f"{field}: expected {wanted}, but got {text[:40]!r}") from None


def epoch_ms(time: datetime) -> int:
    if time.tzinfo is None:
        raise ValueError("without its zone a time is not known")
    if time.timestamp() < 0:
        raise ValueError("no activation is as old as that")
    return round(time.timestamp() * 1000)


def iso(moment_ms: int) -> str:
    """``2026-11-23T11:05:55.123Z``"""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
