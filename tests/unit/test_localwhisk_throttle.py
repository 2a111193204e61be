"""The throttle: a minute of the clock, and what is in flight."""

import pytest

from localwhisk.limits import Quota
from localwhisk.rejection import Rejected
from localwhisk.throttle import Throttle

EVENING_S = 1_700_000_040.0  # a full minute


class Clock:
    def __init__(self) -> None:
        self.now_s = EVENING_S

    def __call__(self) -> float:
        return self.now_s


def throttle(clock: Clock, per_minute: int = 2, concurrent: int = 3) -> Throttle:
    return Throttle(Quota(per_minute, concurrent), clock)


def refusal(throttle: Throttle, in_flight: int = 0) -> str:
    with pytest.raises(Rejected) as refused:
        throttle.check(in_flight)
    assert refused.value.status == 429
    return refused.value.message


def test_refused_requests_count_too() -> None:
    two_a_minute = throttle(Clock())
    two_a_minute.check(0)
    two_a_minute.check(0)
    assert refusal(two_a_minute) == "Too many requests in the last minute (count: 3, allowed: 2)."
    assert refusal(two_a_minute) == "Too many requests in the last minute (count: 4, allowed: 2)."


@pytest.mark.parametrize("jump_s", [60, -60, 86_400, -86_400])
def test_each_minute_of_the_clock_begins_anew_wherever_the_clock_jumps(jump_s: float) -> None:
    clock = Clock()
    two_a_minute = throttle(clock)
    for _ in range(2):
        two_a_minute.check(0)
    clock.now_s += 59.9
    refusal(two_a_minute)
    clock.now_s = EVENING_S + jump_s
    two_a_minute.check(0)


def test_who_is_refused_for_what_is_in_flight_has_used_up_one_of_the_minute() -> None:
    two_a_minute = throttle(Clock())
    two_a_minute.check(2)
    assert refusal(two_a_minute, 3) == "Too many concurrent requests in flight (count: 3, allowed: 3)."
    assert refusal(two_a_minute, 0).startswith("Too many requests in the last minute")
