"""localwhisk as a package of its own: its wheel serves a manifest where there is nothing of this repository."""

import os
import re
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from tests.serving import GUEST_KEY, GUEST_UUID, answers, free_port, running

LOCK = (ROOT / "requirements/host.txt").read_text()

# As somebody might write it who never saw this repository, with what the examples of wskdeploy use.
FILES = {
    "greet.py": """
def main(args):
    return {"text": "{greeting}, {name}".format(**args)}
""",
    "shout/__main__.py": """
from marks import MARKS
def main(args):
    return {"text": args["text"].upper() + MARKS[args["mark"]]}
""",
    "shout/marks.py": "MARKS = {'call': '!'}",
    "manifest.yaml": """
packages:
  greetings:
    version: 1.0
    license: Apache-2.0
    inputs:
      greeting: { type: string, value: $GREETING }
    actions:
      greet:
        function: greet.py
        runtime: python
        inputs:
          name: { type: string, description: of a person, default: nobody }
        outputs:
          text: { type: string, description: a greeting }
      shout:
        function: shout
        runtime: "python:3"
        annotations: { web-export: true }
        inputs: { mark: call, text: string }
    sequences:
      greet-loudly: { actions: "greet, shout", web: true }
    triggers:
      someone-came:
    rules:
      greet-who-came: { trigger: someone-came, action: greet-loudly }
    apis:
      greetings-api: { greetings: { loud: { greet-loudly: { method: GET, response: json } } } }
""",
}


def built(folder: Path, umask: int = 0o022) -> Path:
    folder.mkdir()
    subprocess.run([ROOT / "scripts/wheel", folder], check=True, umask=umask)
    [wheel] = folder.iterdir()
    return wheel


@pytest.fixture(name="wheel", scope="module")
def _wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel") / "dist")


@pytest.fixture(name="bin_folder", scope="module")
def _bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a fresh environment with the wheel and what it needs, in the locked versions."""
    folder = tmp_path_factory.mktemp("environment")
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(re.findall(r"^\S+==[^ \n]+", LOCK, re.MULTILINE)))
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    install = [str(folder / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*install, "--constraint", constraints, wheel], check=True)
    return folder / "venv/bin"


@pytest.fixture(name="host", scope="module")
def _host(bin_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the installed localwhisk, serving the manifest in a folder outside of the repository."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    serve = ["serve", "--manifest", "manifest.yaml", "--without-triggers", "--port", str(port)]
    environment = {"GREETING": "Hello", "PYTHONPATH": "", "PATH": os.defpath}
    with running([bin_folder / "localwhisk", *serve], folder / "log", lambda: answers(url), environment, folder):
        yield url


def test_the_same_sources_give_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert built(tmp_path / "again", umask=0o077).read_bytes() == wheel.read_bytes()


def test_it_holds_the_host_and_its_action_server_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "localwhisk/runtime/actionserver.py" in names
    foreign = [name for name in names if not re.match(r"localwhisk/.*\.py$|localwhisk-[\d.]+\.dist-info/", name)]
    assert foreign == []


def test_its_version_is_that_of_the_repository(bin_folder: Path) -> None:
    said = subprocess.run([bin_folder / "localwhisk", "--version"], capture_output=True, text=True, check=True).stdout
    version = subprocess.run([ROOT / "scripts/version"], capture_output=True, text=True, check=True).stdout
    assert said == f"localwhisk {version}"


def test_it_needs_only_what_it_declares(bin_folder: Path) -> None:
    subprocess.run([bin_folder / "python", "-m", "pip", "check"], check=True)
    listing = ["-c", "import localwhisk.cli, sys; print(*sys.modules)"]
    modules = subprocess.run(
        [bin_folder / "python", *listing], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"setuptools", "pkg_resources", "pytest"} & {*modules}


def test_it_serves_the_manifest_to_browsers_callers_and_tools(host: str) -> None:
    web = httpx.get(f"{host}/api/v1/web/guest/greetings/greet-loudly.json", params={"name": "stranger"})
    assert web.json() == {"text": "HELLO, STRANGER!"}
    route = httpx.get(f"{host}/api/{GUEST_UUID}/greetings/loud", params={"name": "stranger"})
    assert route.json() == web.json()
    credentials = b64encode(f"{GUEST_UUID}:{GUEST_KEY}".encode()).decode()
    invoked = httpx.post(
        f"{host}/api/v1/namespaces/_/actions/greetings/greet?blocking=true&result=true",
        headers={"Authorization": f"Basic {credentials}"},
        json={},
    )
    assert invoked.json() == {"text": "Hello, nobody"}
