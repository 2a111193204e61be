"""The zips of scripts/package.py: the same bytes from the same sources, what an action loads, and nothing else."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import package
from manifest import ACTIONS, SHARED
from tests.conftest import ROOT

ZIPS = [action.name for action in ACTIONS if not action.is_image]
UNCHECKED = (1).to_bytes(4, "little")  # the flags of a compiled module that no source is compared with (PEP 552)
PLATFORM_LIBRARY = ".cpython-311-x86_64-linux-gnu.so"
OWN = {"__main__.py", *package.files(SHARED)}


def zipped(action: str) -> zipfile.ZipFile:
    """The zip for the platform, which make test builds."""
    return zipfile.ZipFile(io.BytesIO((ROOT / "build" / "package" / f"{action}.zip").read_bytes()))


@pytest.mark.parametrize("action", ZIPS)
def test_what_a_zip_holds_does_not_depend_on_the_python_that_packs_it(action: str) -> None:
    """pip judges the conditions of a lock by itself, not by the --python-version that it is asked for."""
    lines = (ROOT / "actions" / action / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if "==" in line and ";" in line] == []


def test_a_failed_installation_is_not_taken_for_a_finished_one(tmp_path: Path) -> None:
    lock, folder = tmp_path / "requirements.txt", tmp_path / "installed"
    # GIVEN dependencies that are installed
    lock.write_text("# none\n")
    package.installed(lock, folder, "host")
    stamp = folder.with_suffix(".stamp")
    assert stamp.exists()
    # WHEN another lock cannot be installed
    lock.write_text("no such requirement ==\n")
    with pytest.raises(subprocess.CalledProcessError):
        package.installed(lock, folder, "host")
    # THEN the first one does not count as installed any more
    assert not stamp.exists()


def test_the_same_content_makes_the_same_bytes_whenever_and_wherever_it_is_packed(tmp_path: Path) -> None:
    sums = set()
    for place, date in (("one", 1_000_000_000), ("two", 1_700_000_000)):
        (tmp_path / place).mkdir()
        content = {}
        for name in ("a.py", "b.py") if place == "one" else ("b.py", "a.py"):
            content[name] = tmp_path / place / name
            content[name].write_text(f"name = {name!r}\n" * 100)
            content[name].chmod(0o600 if place == "one" else 0o755)
            os.utime(content[name], (date, date))
        package.write_zip(content, tmp_path / f"{place}.zip")
        sums.add(hashlib.sha256((tmp_path / f"{place}.zip").read_bytes()).hexdigest())
    assert len(sums) == 1


@pytest.mark.parametrize("action", ZIPS)
def test_a_zip_holds_the_action_and_nothing_for_developers(action: str) -> None:
    names = set(zipped(action).namelist())
    assert names >= OWN
    foreign = [
        name
        for name in names
        if name.endswith((".pyi", "Dockerfile", "requirements.txt")) or {"tests", "test", "bin"} & {*name.split("/")}
    ]
    assert foreign == []


def cached(name: str) -> str:
    """Where Python 3.11 looks for the compiled module ``name``."""
    folder, _, file = name.rpartition("/")
    return f"{folder}/__pycache__/{file}c".lstrip("/").replace(".pyc", ".cpython-311.pyc")


@pytest.mark.skipif(package.python_of("platform") is None, reason="no Python 3.11 is here")
@pytest.mark.parametrize("action", ZIPS)
def test_every_module_comes_compiled_and_is_taken_as_it_is(action: str) -> None:
    archive = zipped(action)
    modules = {cached(name) for name in archive.namelist() if name.endswith(".py")}
    assert modules == {name for name in archive.namelist() if name.endswith(".pyc")}
    flags = {archive.read(name)[4:8] for name in modules}
    assert flags == {UNCHECKED}


def test_the_same_modules_compile_to_the_same_bytes(tmp_path: Path) -> None:
    content = {path.name: path for path in (ROOT / "actions" / "decode").glob("*.py")}
    folders = [tmp_path / "one", tmp_path / "another"]
    first, second = (package.compiled(dict(content), sys.executable, folder) for folder in folders)
    assert [*map(Path.read_bytes, first.values())] == [*map(Path.read_bytes, second.values())]
    assert len(first) == len(content)


@pytest.mark.parametrize("action", ZIPS)
def test_what_is_compiled_is_for_the_platform(action: str) -> None:
    extensions = [name for name in zipped(action).namelist() if name.endswith(".so")]
    assert [name for name in extensions if not name.endswith((PLATFORM_LIBRARY, ".abi3.so"))] == []


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("ldd") is None, reason="ldd tells it, on Linux")
@pytest.mark.parametrize("action", ZIPS)
def test_every_library_that_is_left_finds_those_that_it_needs(action: str, tmp_path: Path) -> None:
    zipped(action).extractall(tmp_path)
    for library in tmp_path.rglob("*.so*"):
        told = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
        assert "not found" not in told, f"{library.relative_to(tmp_path)}: {told}"
