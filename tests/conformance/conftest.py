"""The platform under test: the one in CONFORMANCE_CONFIG, a file like .wskprops, else a localwhisk of our own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

import routes
import target
from tests.conformance.localwhisk import AUTH, localwhisk
from tests.conformance.openwhisk import ANSWERED_WITHIN_S, OpenWhisk
from tests.tools import installed

SPECIMENS = Path(__file__).parent / "specimens"


@pytest.fixture(scope="session")
def openwhisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenWhisk]:
    """The platform under test."""
    with ExitStack() as cleanup:
        # wskdeploy verifies no certificate either; a platform under test may have one of its own making.
        http = cleanup.enter_context(httpx.Client(timeout=ANSWERED_WITHIN_S, verify=False))  # noqa: S501
        if config := os.environ.get("CONFORMANCE_CONFIG"):
            yield OpenWhisk(target.find({"WSK_CONFIG_FILE": config}), False, http)
            return
        url = cleanup.enter_context(localwhisk(tmp_path_factory.mktemp("localwhisk")))
        yield OpenWhisk(target.find({"APIHOST": url, "AUTH": AUTH}), True, http)


@dataclass(frozen=True)
class Wskdeploy:
    """The real wskdeploy, configured for the platform under test."""

    program: Path
    config: Path
    openwhisk: OpenWhisk

    def __call__(self, *arguments: str | Path, **environment: str) -> str:
        """What ``wskdeploy arguments`` prints. It must end with exit status 0."""
        command = [str(self.program), *map(str, arguments), "--config", str(self.config)]
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=180)
        output = done.stdout + done.stderr
        assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{output}"
        return output

    def deploy(self, manifest: Path, **environment: str) -> None:
        """As scripts/deploy does it."""
        self("-m", manifest, **environment)
        self.correct_routes(manifest)

    def correct_routes(self, manifest: Path) -> None:
        """Where the API host has a scheme, wskdeploy makes routes that lead nowhere."""
        list(routes.correct(yaml.safe_load(manifest.read_text()), self.openwhisk.target, self.openwhisk.http))


@pytest.fixture(scope="session")
def wskdeploy(openwhisk: OpenWhisk, tmp_path_factory: pytest.TempPathFactory) -> Wskdeploy:
    """Installed by scripts/tools, which needs Go."""
    if shutil.which("go") is None:
        pytest.skip("wskdeploy is installed with Go, and there is none")
    program = installed("wskdeploy") / "wskdeploy"
    config = tmp_path_factory.mktemp("wskdeploy") / ".wskprops"
    config.write_text(openwhisk.target.wskprops())
    return Wskdeploy(program, config, openwhisk)


@pytest.fixture(scope="session")
def gateway(openwhisk: OpenWhisk) -> None:
    """What needs the API gateway asks for it by this."""
    answer = openwhisk.routes()
    if answer.status_code != 200:
        openwhisk.lacks(f"no API gateway: getApi answers {answer.status_code}")


def without_routes(path: Path) -> None:
    """Take the APIs out of a manifest: without a gateway, wskdeploy could not deploy it."""
    manifest = yaml.safe_load(path.read_text())
    del manifest["packages"]["conformance"]["apis"]
    path.write_text(yaml.safe_dump(manifest))


@pytest.fixture(scope="session")
def specimens(
    openwhisk: OpenWhisk, wskdeploy: Wskdeploy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenWhisk]:
    """The platform with the packages of specimens/ on it, and afterwards without them."""
    there = openwhisk.api("GET", "packages/conformance").status_code != 404
    assert not there, "a package conformance is there, perhaps from a run that was broken off; delete it first"
    folder = tmp_path_factory.mktemp("specimens")
    shutil.copytree(SPECIMENS, folder, dirs_exist_ok=True)
    manifests = [folder / "manifest.yaml", folder / "nested.yaml"]
    if openwhisk.routes().status_code != 200:
        without_routes(manifests[0])
    for manifest in manifests:
        wskdeploy.deploy(manifest)
    yield openwhisk
    for manifest in reversed(manifests):
        wskdeploy("undeploy", "-m", manifest)
