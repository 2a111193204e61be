"""Windows and their buckets; percentiles."""

import pytest

from distribution import distribution, percentile, tenths
from problem import InvalidRequest
from window import Window, iso, parse

NOW = 1_795_000_123_456


@pytest.mark.parametrize(
    ("name", "seconds", "bucket_seconds"),
    [("15m", 900, 15), ("1h", 3600, 60), ("24h", 86_400, 1800), ("7d", 604_800, 14_400)],
)
def test_a_named_window_ends_now(name: str, seconds: int, bucket_seconds: int) -> None:
    window = parse({"window": name}, NOW)
    assert (window.upto_ms, window.seconds, window.bucket_seconds) == (NOW, seconds, bucket_seconds)
    assert window.bucket_starts_ms[0] <= window.since_ms < window.bucket_starts_ms[1]
    assert window.bucket_starts_ms[-1] <= window.upto_ms
    assert all(start % (bucket_seconds * 1000) == 0 for start in window.bucket_starts_ms)


def test_the_default_is_an_hour() -> None:
    assert parse({}, NOW) == parse({"window": "1h"}, NOW)


@pytest.mark.parametrize("since", ["2026-11-18T00:00:00Z", "2026-11-18T01:00:00+01:00", "1794960000000"])
def test_since_is_iso_or_milliseconds(since: str) -> None:
    window = parse({"since": since, "upto": "2026-11-19T00:00:00.500Z"}, NOW)
    assert (window.since_ms, iso(window.upto_ms)) == (1_794_960_000_000, "2026-11-19T00:00:00.500Z")


def test_upto_is_now_unless_given() -> None:
    assert parse({"since": "2026-11-18T00:00:00Z"}, NOW).upto_ms == NOW


@pytest.mark.parametrize(
    "query",
    [
        {"window": "2h"},
        {"window": ""},
        {"since": "yesterday"},
        {"since": "2026-11-18T00:00:00"},
        {"since": "9" * 30},
        {"since": "0001-01-01T00:00:00Z"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"upto": "2026-11-18T00:00:00Z"},
        {"since": str(NOW), "upto": str(NOW)},
        {"since": str(NOW + 1)},
    ],
)
def test_any_other_window_is_refused_in_words(query: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match=r"expected .*, but got"):
        parse(query, NOW)


@pytest.mark.parametrize("seconds", [1, 59, 3601, 90_000, 40 * 86_400, 3000 * 86_400])
def test_no_window_has_more_than_61_buckets(seconds: int) -> None:
    assert 1 <= len(Window("custom", NOW - seconds * 1000, NOW).bucket_starts_ms) <= 61


@pytest.mark.parametrize(
    ("minutes", "bucket_seconds"),
    [(1, 1), (5, 5), (10, 10), (15, 15), (30, 30), (60, 60), (120, 120), (300, 300), (600, 600), (900, 900)],
)
def test_a_bucket_is_the_shortest_round_time_of_which_sixty_fill_the_window(minutes: int, bucket_seconds: int) -> None:
    assert Window("custom", NOW - minutes * 60_000, NOW).bucket_seconds == bucket_seconds
    assert Window("custom", NOW - minutes * 60_000 - 1, NOW).bucket_seconds > bucket_seconds


@pytest.mark.parametrize(
    ("hours", "bucket_hours"), [(30, 0.5), (60, 1), (120, 2), (240, 4), (360, 6), (720, 12), (1440, 24), (1464, 48)]
)
def test_buckets_of_long_windows_are_hours_or_whole_days(hours: int, bucket_hours: float) -> None:
    assert Window("custom", NOW - hours * 3_600_000, NOW).bucket_seconds == bucket_hours * 3600


def test_percentiles_are_nearest_rank() -> None:
    assert [percentile([15, 20, 35, 40, 50], percent) for percent in (0, 5, 30, 40, 50, 100)] == [
        15,
        15,
        20,
        20,
        35,
        50,
    ]
    assert percentile([7], 50) == percentile([7], 99) == 7
    assert percentile(list(range(1, 101)), 99) == 99


def test_a_distribution_tells_its_percentiles_from_its_maximum() -> None:
    told = distribution(range(1000, 0, -1))
    assert told == {"n": 1000, "mean": 500.5, "p50": 500, "p95": 950, "p99": 990, "max": 1000}
    assert distribution([1, 1, 2])["mean"] == 1.33


def test_the_distribution_of_nothing_has_no_percentiles() -> None:
    assert distribution([]) == {"n": 0, "mean": None, "p50": None, "p95": None, "p99": None, "max": None}


def test_tenths_include_both_ends() -> None:
    assert tenths([0, 0.05, 0.1, 0.99, 1]) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]


def test_the_window_before_ends_where_this_one_begins() -> None:
    before = Window("1h", 5_000, 7_000).before
    assert before == Window("custom", 3_000, 4_999)
    assert Window("1h", 1_000, 7_000).before is None
