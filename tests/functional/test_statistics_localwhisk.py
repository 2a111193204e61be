"""Ten thousand records in localwhisk: the answer arrives in time, fits the platform, and says what it covered."""

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

import contract
from localwhisk.store import Store
from tests.records import recorded, row, ten_thousand
from tests.serving import GUEST_UUID, Served, serving

TOKEN = "test-token"  # of tests/serving.py
RESULT_LIMIT = 1_048_576
MEMORY_LIMIT_MB = 128
LIMIT_S = 2.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("many")
    fill(folder / "data")
    with serving(folder) as running:
        yield running


def fill(data: Path) -> None:
    """Put the records where the host will find its own."""
    data.mkdir()
    store = Store(data / "localwhisk.sqlite3")
    reply = recorded("mixed")[-1]["response"]["result"]["body"]
    for each in ten_thousand(int(time.time() * 1000), reply):
        path = next(str(a["value"]) for a in each["annotations"] if a["key"] == "path").partition("/")[2]
        store.add_activation(path, row(each), each)
    store.close()


def ask(served: Served, query: str) -> httpx.Response:
    url = f"{served.url}/api/{GUEST_UUID}/classifier/metrics?{query}"
    return httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)


def largest_child_mb(served: Served) -> float:
    """The resident memory of the largest process in which an action runs."""
    children = psutil.Process(served.process.pid).children(recursive=True)
    return max(child.memory_info().rss for child in children) / 1e6


def test_ten_thousand_records(served: Served) -> None:
    ask(served, "window=15m")  # the container starts
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        answer = ask(served, "window=24h")
        seconds.append(time.perf_counter() - started)
    told: dict[str, Any] = answer.json()
    print(f"\n10,000 records: {sorted(round(each, 2) for each in seconds)} s, {len(answer.content)} bytes,", end=" ")
    print(f"{largest_child_mb(served):.0f} MB")
    contract.check("statistics", told)
    # Its own calls are records too, so there are a few more than one reading takes.
    assert sum(each["activations"] for each in told["actions"]) == told["coverage"]["records_read"] == 10_000
    assert told["coverage"]["replies_read"] == told["coverage"]["replies_wanted"] > 1990
    assert len(answer.content) < RESULT_LIMIT
    assert largest_child_mb(served) < MEMORY_LIMIT_MB
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # others' work slows ours down by about so much
    assert min(seconds) < LIMIT_S * busy, f"median {statistics.median(seconds):.2f} s, load {busy:.1f}"


def test_what_was_not_read_is_said(served: Served) -> None:
    coverage = ask(served, "window=24h").json()["coverage"]
    assert (coverage["complete"], coverage["cut_by"]) == (False, "records")
    assert coverage["records_read"] == 10_000 < coverage["records_in_window"]
