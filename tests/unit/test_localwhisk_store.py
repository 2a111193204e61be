"""The store: entities by name, activation records by time and name."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from localwhisk.containers.container import CannotStart
from localwhisk.store import FOREVER_MS, Store

Json = dict[str, Any]
EVERYTHING: Json = {"path": None, "since": 0, "upto": FOREVER_MS}


def record(number: int, start: int) -> Json:
    return {"activationId": f"{number:032x}", "start": start}


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store(":memory:")) as opened:
        yield opened


def fill(store: Store, *starts: int, path: str = "pkg/a") -> None:
    for number, start in enumerate(starts):
        store.add_activation(path, {"row": number}, record(number, start))


def test_entities_survive_the_process(tmp_path: Path) -> None:
    store = Store(tmp_path / "file")
    store.put("action", "pkg/a", {"name": "a"}, "code")
    store.close()
    again = Store(tmp_path / "file")
    assert again.get("action", "pkg/a") == {"name": "a"}
    assert again.code("pkg/a") == "code"
    again.close()


def test_one_host_at_a_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "file")
    with pytest.raises(CannotStart, match="does another localwhisk have it"):
        Store(tmp_path / "file")
    store.close()
    Store(tmp_path / "file").close()


def test_listing_by_prefix_takes_it_literally(store: Store) -> None:
    for ident in ("pkg/a", "pkg_/b", "pkgX/c", "a"):
        store.put("action", ident, {"ident": ident})
    assert store.all("action", "pkg_/") == [{"ident": "pkg_/b"}]
    store.delete("action", "a")
    assert len(store.all("action")) == 3
    assert store.get("action", "a") is None
    assert store.code("a") is None


def test_newest_first_with_limit_and_skip(store: Store) -> None:
    fill(store, 5, 9, 7, 7)
    assert store.activations(EVERYTHING, 10, 0, docs=False) == [{"row": 1}, {"row": 3}, {"row": 2}, {"row": 0}]
    assert store.activations(EVERYTHING, 2, 1, docs=False) == [{"row": 3}, {"row": 2}]
    assert store.activations(EVERYTHING, 1, 0, docs=True) == [record(1, 9)]


def test_since_and_upto_include_their_ends_and_name_is_the_whole_path(store: Store) -> None:
    fill(store, 1, 2, 3, 4)
    assert store.count_activations({**EVERYTHING, "since": 2, "upto": 3}) == 2
    assert store.count_activations({**EVERYTHING, "path": "pkg/a"}) == 4
    assert store.count_activations({**EVERYTHING, "path": "a"}) == 0


def test_one_record_by_its_id(store: Store) -> None:
    fill(store, 1)
    assert store.activation(f"{0:032x}") == record(0, 1)
    assert store.activation("f" * 32) is None


def test_the_oldest_records_go_when_there_are_too_many() -> None:
    with closing(Store(":memory:", records=3)) as store:
        fill(store, *range(5))
        assert [kept["start"] for kept in store.activations(EVERYTHING, 10, 0, docs=True)] == [4, 3, 2]
