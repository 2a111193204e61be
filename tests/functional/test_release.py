"""make release: the same commit gives the same files, whoever builds them; what is not ready is refused."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import package
from manifest import ACTIONS
from tests.conftest import ROOT

VERSION = subprocess.run([ROOT / "scripts/version"], capture_output=True, text=True, check=True).stdout.strip()
ZIPS = [action.name for action in ACTIONS if not action.is_image]
pytestmark = pytest.mark.skipif(package.python_of("platform") is None, reason="no Python 3.11 is here")


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


def cloned(source: Path, target: Path) -> Path:
    """A clone with the environment of this repository."""
    git(source, "clone", "--quiet", ".", str(target))
    (target / ".git/info/exclude").write_text(".venv\n")
    (target / ".venv").symlink_to(ROOT / ".venv")
    return target


def release(folder: Path, umask: int = 0o022, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DOCKER": "0", **environment}
    command = [folder / "scripts/release"]
    return subprocess.run(command, env=env, umask=umask, capture_output=True, text=True, check=False)


def files(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of the release that was built in ``folder``."""
    built = (folder / "build/release" / VERSION).iterdir()
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in built}


@pytest.fixture(name="clone", scope="module")
def _clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository as it is now, with all of it committed."""
    folder = cloned(ROOT, tmp_path_factory.mktemp("release") / "clone")
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]
    for name in names:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
            (folder / name).chmod((ROOT / name).stat().st_mode)
        else:
            (folder / name).unlink(missing_ok=True)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "as it is")
    return folder


@pytest.fixture(name="built", scope="module")
def _built(clone: Path) -> subprocess.CompletedProcess[str]:
    return release(clone)


def test_it_holds_zips_their_bills_the_site_the_wheel_and_checksums(
    clone: Path, built: subprocess.CompletedProcess[str]
) -> None:
    assert built.returncode == 0, built.stderr
    zips = {f"classifier-{name}-{VERSION}.{kind}" for name in ZIPS for kind in ("zip", "cdx.json")}
    others = {f"classifier-site-{VERSION}.zip", f"localwhisk-{VERSION}-py3-none-any.whl", "SHA256SUMS"}
    assert {*files(clone)} == zips | others
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    subprocess.run(check, cwd=clone / "build/release" / VERSION, check=True)


def test_another_clone_gives_the_same_bytes(
    clone: Path, built: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert built.returncode == 0, built.stderr
    other = cloned(clone, tmp_path / "a-folder-with-another-name")
    again = release(other, umask=0o077, TZ="Asia/Tokyo", LC_ALL="C.UTF-8", PYTHONHASHSEED="7")
    assert again.returncode == 0, again.stderr
    assert files(other) == files(clone)


@pytest.mark.parametrize("action", ZIPS)
def test_a_bill_of_materials_keeps_its_schema_and_names_what_is_locked(
    clone: Path, built: subprocess.CompletedProcess[str], action: str
) -> None:
    assert built.returncode == 0, built.stderr
    bill = (clone / "build/release" / VERSION / f"classifier-{action}-{VERSION}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    locked = (ROOT / "actions" / action / "requirements.txt").read_text()
    for line in locked.splitlines():
        if "==" in line:
            assert f"pkg:pypi/{line.split()[0].replace('==', '@')}" in bill


def test_it_says_where_each_part_goes(built: subprocess.CompletedProcess[str]) -> None:
    for part in ("the commit", "the files", "localwhisk", "the site", "the image", "the actions"):
        assert f"\n  {part} " in built.stdout


def test_changes_that_are_not_committed_are_refused(clone: Path, tmp_path: Path) -> None:
    folder = cloned(clone, tmp_path / "dirty")
    (folder / "forgotten").touch()
    run = release(folder)
    assert (run.returncode, "forgotten" in run.stderr) == (1, True)


def test_a_version_that_the_changelog_does_not_name_is_refused(clone: Path, tmp_path: Path) -> None:
    folder = cloned(clone, tmp_path / "unnamed")
    project = folder / "pyproject.toml"
    project.write_text(project.read_text().replace(f'version = "{VERSION}"', 'version = "9.8.7"'))
    git(folder, "commit", "--quiet", "--all", "--message", "9.8.7")
    run = release(folder)
    assert (run.returncode, run.stderr) == (1, "release: CHANGELOG.md has no section for version 9.8.7\n")


def test_a_tag_of_another_version_is_refused(clone: Path, tmp_path: Path) -> None:
    folder = cloned(clone, tmp_path / "tagged")
    git(folder, "tag", "v9.8.7")
    run = release(folder)
    assert (run.returncode, run.stderr) == (
        1,
        f"release: the commit is tagged v9.8.7, but its version is {VERSION}\n",
    )
