"""Ten thousand records in localwhisk: the answer arrives in time, fits the platform, and says what it covered."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import contract
from tests.records import store_ten_thousand
from tests.serving import GUEST_UUID, Served, serving

TOKEN = "an-admin-token-for-tests"  # of tests/serving.py
RESULT_LIMIT = 1_048_576
MEMORY_LIMIT_MB = 128
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("many")
    store_ten_thousand(folder / "data")
    with serving(folder) as running:
        yield running


def ask(served: Served, query: str) -> httpx.Response:
    url = f"{served.url}/api/{GUEST_UUID}/classifier/metrics?{query}"
    return httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)


def largest_child_mb(served: Served) -> float:
    """The resident memory of the largest process in which an action runs."""
    return max(child.memory_info().rss for child in served.children()) / 1e6


def test_ten_thousand_records(served: Served) -> None:
    answer = ask(served, "window=24h")
    told: dict[str, Any] = answer.json()
    print(f"\n10,000 records: {len(answer.content)} bytes, {largest_child_mb(served):.0f} MB")
    contract.check("statistics", told)
    # Its own calls are records too, so there are a few more than one reading takes.
    assert sum(each["activations"] for each in told["actions"]) == told["coverage"]["records_read"] == 10_000
    assert told["coverage"]["replies_read"] == told["coverage"]["replies_wanted"] > 1990
    assert len(answer.content) < RESULT_LIMIT
    assert largest_child_mb(served) < MEMORY_LIMIT_MB


def test_what_was_not_read_is_said(served: Served) -> None:
    coverage = ask(served, "window=24h").json()["coverage"]
    assert (coverage["complete"], coverage["cut_by"]) == (False, "records")
    assert coverage["records_read"] == 10_000 < coverage["records_in_window"]
