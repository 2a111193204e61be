"""The disk of the store is full, read-only or damaged: activations go on, and what is not kept is told."""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from localwhisk import Json
from localwhisk.entities import Package
from localwhisk.store import Store
from tests.faults.conftest import ECHO, check_no_orphans
from tests.serving import LOCALWHISK, Served, serving

ACTIONS = "/api/v1/namespaces/_/actions"
ACTIVATIONS = "/api/v1/namespaces/_/activations"
IS_ROOT = os.geteuid() == 0


@contextmanager
def no_longer_files(host: Served) -> Iterator[None]:
    """No file of the host gets longer than its store is: like a full disk, for who may not mount one."""
    process = psutil.Process(host.process.pid)
    usual = process.rlimit(psutil.RLIMIT_FSIZE)
    longest = max(file.stat().st_size for file in data_of(host).glob("localwhisk.sqlite3*"))
    process.rlimit(psutil.RLIMIT_FSIZE, (longest, usual[1]))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, usual)


@contextmanager
def full(host: Served) -> Iterator[None]:
    filler = data_of(host) / "filler"
    fill(filler)
    try:
        yield
    finally:
        filler.unlink()


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4096))


def data_of(host: Served) -> Path:
    return host.log.parent / "data"


def mount(*options: str | Path) -> None:
    subprocess.run(["mount", *options], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=16m", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(name="on_small_disk", scope="module")
def _on_small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if not IS_ROOT:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path_factory.mktemp("small")
    with small_disk(folder / "data"), serving(folder, "--memory", "512") as host:
        yield host


def counted(host: Served) -> Json:
    answer: Json = host.http.get(ACTIVATIONS, params={"count": "true"}).json()
    return answer


def check_goes_on_while(broken: Callable[[Served], AbstractContextManager[None]], host: Served) -> None:
    # GIVEN a host on which actions have run
    host.put("echo", ECHO)
    sequence = {"exec": {"kind": "sequence", "components": ["/_/echo", "/_/echo"]}}
    host.http.put("/api/v1/namespaces/_/actions/twice?overwrite=true", json=sequence).raise_for_status()
    assert host.invoke("twice", {"n": 0})["response"]["success"]
    before, log_before = counted(host), host.log.read_text()

    # WHEN its disk breaks
    with broken(host):
        # THEN callers get their results
        records = [host.invoke("twice", {"text": "x" * 10_000}) for _ in range(20)]
        assert all(record["response"]["result"] == {"text": "x" * 10_000} for record in records)
        assert host.http.put("/api/v1/namespaces/_/packages/new", json={}).status_code == 500
        # AND it is told that records are missing: to who asks, and once in the log
        during = counted(host)
        lost = during["lost"] - before.get("lost", 0)
        assert lost > 0
        assert during["activations"] + lost == before["activations"] + 60
        assert host.http.get(f"{ACTIVATIONS}/{records[-1]['activationId']}").status_code == 404
        assert host.log.read_text()[len(log_before) :].count("\n") == 1

    # AND afterwards everything is as it was
    record = host.invoke("twice", {"n": 1})
    assert host.http.get(f"{ACTIVATIONS}/{record['activationId']}").json()["logs"] == record["logs"]
    assert counted(host) == {"activations": during["activations"] + 3, "lost": during["lost"]}
    told = host.log.read_text()[len(log_before) :]
    assert "activation records are not kept: " in told
    assert f"activation records are kept again; {during['lost']} are lost" in told
    assert "Traceback" not in told
    check_no_orphans(host)


def test_a_file_that_cannot_grow(host: Served) -> None:
    check_goes_on_while(no_longer_files, host)


def test_a_full_disk(on_small_disk: Served) -> None:
    check_goes_on_while(full, on_small_disk)


def test_a_store_that_is_damaged_while_it_is_in_use(tmp_path: Path) -> None:
    """It cannot be told what is lost; but everybody is answered, and the host neither ends nor writes tracebacks."""
    with serving(tmp_path, "--memory", "512") as host:
        host.put("echo", ECHO)
        for _ in range(50):
            host.invoke("echo", {"text": "x" * 100_000})
        for file in data_of(host).glob("localwhisk.sqlite3*"):
            size = file.stat().st_size
            with file.open("r+b") as damaged:
                damaged.seek(4096)
                damaged.write(b"\xaa" * (size - 4096))

        answers = [host.http.post(f"{ACTIONS}/echo?blocking=true", json={"n": 1}) for _ in range(20)]
        answers += [host.http.get(f"{ACTIVATIONS}?limit=200"), host.http.get(ACTIONS)]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert {answer.status_code for answer in refused} <= {500}
        assert all(answer.json()["error"].startswith("the store cannot be used: ") for answer in refused)
        assert "Traceback" not in host.log.read_text()


# --- at the start


def said_at_the_start(data: Path, *options: str | Path) -> str:
    """What `localwhisk serve` says instead of starting: one sentence."""
    command = [LOCALWHISK, "serve", "--port", "0", "--data", data, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("localwhisk: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def other_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE entities (id INTEGER, name TEXT)")


def damaged_store(file: Path) -> None:
    with closing(Store(file)) as store:
        for number in range(100):
            store.put_package(Package(f"p{number}", "0.0.1", False, 0, (), {"text": "x" * 1000}))
    content = bytearray(file.read_bytes())
    content[100:] = b"\xaa" * (len(content) - 100)
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda file: file.write_bytes(b"no database " * 1000), "file is not a database: it is damaged, or no store"),
        (damaged_store, "it is damaged"),
        (other_database, "it is the store of something else"),
        (lambda file: file.mkdir(), "Is a directory"),
    ],
    ids=["no database", "damaged", "another database", "a folder"],
)
def test_what_is_no_store_is_said_in_one_sentence(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    file = tmp_path / "localwhisk.sqlite3"
    make(file)
    before = file.read_bytes() if file.is_file() else b""
    sentence = said_at_the_start(tmp_path)
    assert f"{file}: " in sentence
    assert said in sentence
    assert sentence.endswith("; --data takes another folder\n")
    # AND nothing of it is lost
    assert before == (file.read_bytes() if file.is_file() else b"")


def test_data_that_is_no_folder_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert said_at_the_start(tmp_path / "data") == f"localwhisk: {tmp_path / 'data'}: File exists\n"


@pytest.mark.skipif(not IS_ROOT, reason="only root can mount a small disk")
def test_a_disk_that_is_full_or_read_only_at_the_start_is_said_in_one_sentence(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text("packages: { p: { annotations: { text: " + "x" * 10_000 + " } } }")
    with small_disk(tmp_path / "disk") as disk:
        fill(disk / "filler")
        assert "database or disk is full; --data" in said_at_the_start(disk)

        for file in disk.iterdir():
            file.unlink()
        Store(disk / "localwhisk.sqlite3").close()
        fill(disk / "filler")
        assert "store cannot be used: database or disk is full" in said_at_the_start(disk, "--manifest", manifest)

        (disk / "filler").unlink()
        mount("-o", "remount,ro", disk)
        assert "Read-only file system; --data" in said_at_the_start(disk)


def test_the_store_is_nobody_elses(host: Served) -> None:
    files = list(data_of(host).glob("localwhisk.sqlite3*"))
    assert len(files) >= 2
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
