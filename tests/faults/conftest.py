"""A localwhisk to break things in; after each test it has to be as sound as before."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.serving import Served, eventually, serving

ECHO = "def main(args):\n    return args\n"


@pytest.fixture(name="serving_host", scope="module")
def _serving_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("faults"), "--memory", "512") as host:
        host.put("echo", ECHO)
        yield host


@pytest.fixture
def host(serving_host: Served) -> Iterator[Served]:
    yield serving_host
    check_next_request(serving_host)
    check_records(serving_host)
    check_no_orphans(serving_host)


def check_next_request(host: Served) -> None:
    assert host.invoke("echo", {"still": "here"})["response"]["result"] == {"still": "here"}


def check_records(host: Served) -> None:
    """Each activation has one record, and each component of a sequence its own."""
    records = host.http.get("/api/v1/namespaces/_/activations?docs=true&limit=200").json()
    by_id = {record["activationId"]: record for record in records}
    assert len(by_id) == len(records)

    for record in records:
        assert record["start"] <= record["end"]
        assert record["response"]["status"]
        if "cause" in record:
            assert record["activationId"] in by_id[record["cause"]]["logs"]


def check_no_orphans(host: Served) -> None:
    """Each process that has its folder among the host's containers is a child of the host, and has its folder."""
    folder = host.log.parent / "data" / "containers"

    def only_children_are_left() -> bool:
        children = set(host.children())
        folders = list(folder.iterdir()) if folder.exists() else []
        return processes_in(folder) <= children and len(folders) <= len(children)

    assert eventually(only_children_are_left)


def processes_in(folder: Path) -> set[psutil.Process]:
    found = set()
    for process in psutil.process_iter(["cwd"]):
        cwd = process.info["cwd"]  # None for the processes of others
        if cwd and Path(cwd.removesuffix(" (deleted)")).is_relative_to(folder):
            found.add(process)
    return found
