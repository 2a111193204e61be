"""scripts/model.py without TensorFlow: where weights come from, what is kept, and what it says when there are none."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

import model
from tests.conftest import ROOT
from tests.serving import Handler, free_port, http_server

CONTENT = bytes(range(256)) * 4000
CONTENT_MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
COMMITTED = ("nasnet_mobile.tflite", "model.json")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """scripts/model.py as a module."""
    return model


@contextmanager
def mirror(
    content: bytes = CONTENT, status: int = 200, announced: int | None = None
) -> Iterator[tuple[str, list[str]]]:
    """A server of one file: its URL, and the list of requests that it got."""
    requests: list[str] = []

    class Mirror(Handler):
        def get(self) -> None:
            requests.append(self.path)
            self.answer(status, "application/octet-stream", content, announced)

    with http_server(Mirror) as address:
        yield f"{address}/NASNet-mobile.h5", requests


def test_a_download_is_shown_in_tenths_and_lands_whole(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "weights" / "nasnet_mobile.h5"

    with mirror() as (url, _):
        script.fetch(url, CONTENT_MD5, target)

    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"model: [{'#' * 30}] 1.0 of 1.0 MB"
    assert 5 < len(lines) < 15


@pytest.mark.parametrize(
    ("content", "status", "announced", "reason"),
    [
        (b"<html>Please log in</html>", 200, 0, "gave 26 of 26 bytes with the MD5"),
        (CONTENT[:5000], 200, len(CONTENT), f"gave 5000 of {len(CONTENT)} bytes"),
        (b"gone", 404, 0, "cannot be fetched: Not Found"),
    ],
)
def test_a_download_that_is_not_the_file_leaves_nothing(
    script: ModuleType, tmp_path: Path, content: bytes, status: int, announced: int, reason: str
) -> None:
    target = tmp_path / "nasnet_mobile.h5"

    with mirror(content, status, announced) as (url, _), pytest.raises(script.NotFetched, match=reason):
        script.fetch(url, CONTENT_MD5, target)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["not a url", f"http://127.0.0.1:{free_port()}/"], ids=["no address", "nobody there"])
def test_an_address_that_does_not_answer_is_named(script: ModuleType, tmp_path: Path, url: str) -> None:
    with pytest.raises(script.NotFetched, match="cannot be fetched"):
        script.fetch(url, CONTENT_MD5, tmp_path / "nasnet_mobile.h5")


def test_a_server_that_never_answers_is_not_waited_for(script: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError, match=r"within 0\.2 seconds"):
        script.answer(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.2)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what scripts/model.py needs of this repository, without anything built."""
    builders = ("actions/shared/network.py", "actions/classify/build_model.py", "actions/classify/conversion.py")
    for name in ("scripts/model.py", *builders, "requirements/model.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tests" / "data" / "model", tmp_path / "tests" / "data" / "model")
    return tmp_path


def run(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """scripts/model.py of ``project``, with nothing of this environment in it."""
    command = [sys.executable, str(project / "scripts" / "model.py"), *arguments]
    closed = f"http://127.0.0.1:{free_port()}/NASNet-mobile.h5"
    settings = {"NASNET_WEIGHTS_URL": closed, "no_proxy": "127.0.0.1", **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=settings)


def is_stand_in(project: Path) -> bool:
    model = project / "build" / "model"
    return all((model / name).read_bytes() == (project / "tests/data/model" / name).read_bytes() for name in COMMITTED)


def test_without_weights_the_build_fails_and_says_what_to_do(project: Path) -> None:
    done = run(project)

    assert done.returncode == 3
    assert "Connection refused" in done.stderr
    assert "NASNET_WEIGHTS" in done.stderr
    assert not (project / "build" / "model").exists()
    assert not (project / "build" / "venv-model").exists()


def test_a_first_run_without_weights_takes_the_stand_in_loudly(project: Path) -> None:
    done = run(project, "--or-stand-in")

    assert done.returncode == 0
    assert "STAND-IN" in done.stderr
    assert is_stand_in(project)


def test_a_second_run_asks_nobody_again_but_stays_loud(project: Path) -> None:
    run(project, "--or-stand-in")
    before = (project / "build/model/model.json").stat().st_mtime_ns

    with mirror() as (url, requests):
        done = run(project, "--or-stand-in", NASNET_WEIGHTS_URL=url)

    assert done.returncode == 0
    assert "STAND-IN" in done.stderr
    assert requests == []
    assert (project / "build/model/model.json").stat().st_mtime_ns == before


def test_the_stand_in_on_request_asks_nobody(project: Path) -> None:
    with mirror() as (url, requests):
        done = run(project, WEIGHTS="stand-in", NASNET_WEIGHTS_URL=url)

    assert done.returncode == 0
    assert requests == []
    assert is_stand_in(project)


def test_a_damaged_model_is_replaced(project: Path) -> None:
    run(project, "--or-stand-in")
    (project / "build/model/nasnet_mobile.tflite").write_bytes(b"cut")

    run(project, "--or-stand-in")

    assert is_stand_in(project)


def test_a_model_of_real_weights_stays_and_is_quiet(project: Path) -> None:
    run(project, "--or-stand-in")
    file = project / "build" / "model" / "model.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "weights": "imagenet"}))

    done = run(project, "--or-stand-in")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_model_of_real_weights_is_not_given_up_for_the_stand_in(project: Path) -> None:
    run(project, "--or-stand-in")
    file = project / "build" / "model" / "model.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "weights": "imagenet"}))
    long_ago = 1_500_000_000
    os.utime(file, (long_ago, long_ago))

    done = run(project, "--or-stand-in")

    assert done.returncode == 0
    assert "kept as it is" in done.stdout
    assert json.loads(file.read_text())["weights"] == "imagenet"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"NASNET_WEIGHTS": "/no/such/file.h5"}, "NASNET_WEIGHTS names /no/such/file.h5"),
        ({"WEIGHTS": "standin"}, "WEIGHTS=standin is not known"),
    ],
)
def test_a_wrong_wish_is_not_replaced_by_a_guess(project: Path, environment: dict[str, str], words: str) -> None:
    done = run(project, "--or-stand-in", **environment)

    assert done.returncode == 1
    assert words in done.stderr
    assert not (project / "build" / "model").exists()
