"""How many activations the user may start in a minute and have at the same time (RateThrottler.scala,
ActivationThrottler.scala)."""

from collections.abc import Callable

from localwhisk.limits import Quota
from localwhisk.rejection import Rejected


class Throttle:
    """``clock`` gives seconds since 1970: the minutes are those of the clock."""

    def __init__(self, quota: Quota, clock: Callable[[], float]) -> None:
        self._quota = quota
        self._clock = clock
        self._minute = 0
        self._count = 0  # in this minute

    def check(self, in_flight: int) -> None:
        """Count one request; 429 if it is one too many, or if too many activations are ``in_flight``."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1

        if self._count > self._quota.per_minute:
            counts = f"(count: {self._count}, allowed: {self._quota.per_minute})"
            raise Rejected(429, f"Too many requests in the last minute {counts}.")
        self.check_in_flight(in_flight)

    def check_in_flight(self, count: int) -> None:
        """429 if ``count`` leaves no room for one more."""
        if count >= self._quota.concurrent:
            counts = f"(count: {count}, allowed: {self._quota.concurrent})"
            raise Rejected(429, f"Too many concurrent requests in flight {counts}.")
