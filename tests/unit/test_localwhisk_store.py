"""The store: entities by name, activation records by time and name."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from localwhisk import Json
from localwhisk.activation import Period
from localwhisk.apis import Api, Operation
from localwhisk.entities import Action, Exec, Limits, Package, Parameter
from localwhisk.store import Store, StoreError

EVERYTHING = Period()


def action(package: str, name: str) -> Action:
    limits = Limits(timeout_ms=60_000, memory_mb=128, logs_mb=10, concurrency=1)
    parameters = (Parameter("a", {"deep": [1]}), Parameter("b", "text", init=True))
    return Action(package, name, "0.0.1", False, 5, Exec("python:3.11"), limits, parameters, {"final": True})


def record(number: int, start: int) -> Json:
    return {"activationId": f"{number:032x}", "start": start}


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store(":memory:")) as opened:
        yield opened


def fill(store: Store, *starts: int, path: str = "pkg/a") -> None:
    for number, start in enumerate(starts):
        store.add_activation(path, {"row": number}, record(number, start))


def documents(store: Store, limit: int) -> list[Json]:
    numbers = store.activation_numbers(EVERYTHING, limit, 0)
    return [json.loads(store.activation_document(number) or "") for number in numbers]


def test_entities_survive_the_process(tmp_path: Path) -> None:
    package = Package("pkg", "1.0.0", True, 7, (Parameter("p"),), {"description": "d"})
    sequence = replace(action("", "s"), exec=Exec("sequence", components=("/guest/pkg/a",)))
    api = Api("/v1", "title", {"/classify": {"post": Operation("pkg", "a", "http", "secret")}})
    with closing(Store(tmp_path / "file")) as store:
        store.put_package(package)
        store.put_action(action("pkg", "a"), "code")
        store.put_action(sequence, None)
        store.put_api(api)
    with closing(Store(tmp_path / "file")) as again:
        assert again.packages() == [package]
        assert again.action("pkg/a") == action("pkg", "a")
        assert again.code("pkg/a") == "code"
        assert again.action("s") == sequence
        assert again.apis() == [api]


def test_one_host_at_a_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "file")
    with pytest.raises(StoreError, match="another localwhisk may have it"):
        Store(tmp_path / "file")
    store.close()
    Store(tmp_path / "file").close()


def test_the_actions_of_a_package_are_those_of_its_whole_name(store: Store) -> None:
    for package, name in (("pkg", "a"), ("pkg_", "b"), ("pkgX", "c"), ("", "a")):
        store.put_action(action(package, name), "code")
    assert store.actions("pkg_") == [action("pkg_", "b")]
    store.delete_action("a")
    assert len(store.actions()) == 3
    assert store.action("a") is None
    assert store.code("a") is None


def test_newest_first_with_limit_and_skip(store: Store) -> None:
    fill(store, 5, 9, 7, 7)
    assert store.activation_rows(EVERYTHING, 10, 0) == [{"row": 1}, {"row": 3}, {"row": 2}, {"row": 0}]
    assert store.activation_rows(EVERYTHING, 2, 1) == [{"row": 3}, {"row": 2}]
    assert documents(store, 1) == [record(1, 9)]


def test_since_and_upto_include_their_ends_and_name_is_the_whole_path(store: Store) -> None:
    fill(store, 1, 2, 3, 4)
    assert store.count_activations(Period(since_ms=2, upto_ms=3)) == 2
    assert store.count_activations(Period(identifier="pkg/a")) == 4
    assert store.count_activations(Period(identifier="a")) == 0


def test_one_record_by_its_id(store: Store) -> None:
    fill(store, 1)
    assert store.activation(f"{0:032x}") == record(0, 1)
    assert store.activation("f" * 32) is None


def test_the_oldest_records_go_when_there_are_too_many() -> None:
    with closing(Store(":memory:", records=3)) as store:
        fill(store, *range(5))
        assert [kept["start"] for kept in documents(store, 10)] == [4, 3, 2]
