"""scripts/deployment.py on a localwhisk: only what changed is deployed, a rollback, a canary."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import packages
import routes
import target
from deployment import Deployment, Stopped, digest
from manifest import PACKAGE, package_name, rendered
from tests.conformance.localwhisk import AUTH, localwhisk

VARIABLES = {"CLASSIFY_IMAGE": "classify:1", "CLASSIFIER_ADMIN_TOKEN": "token", "PACKAGE_TARGET": ""}


@dataclass(frozen=True)
class Host:
    """A localwhisk, and what the scripts know of it."""

    here: target.Target
    http: httpx.Client

    def of(self, environment: str = "") -> Deployment:
        return Deployment(self.http, self.here, package_name(environment))

    def installs(self, deployment: Deployment, version: str, *more: str) -> Callable[[], None]:
        """What stands for wskdeploy: a package whose web action answers ``version``, and its routes."""

        def install() -> None:
            name = deployment.package
            put(self.http, f"packages/{name}", {})
            code = f"def main(args):\n    return {{'body': '{version}'}}\n"
            web = packages.as_pairs({"web-export": True, "final": True})
            for action in ("answer", *more):
                body = {"exec": {"kind": "python:3.11", "code": code}, "annotations": web}
                put(self.http, f"actions/{name}/{action}", body)
            put(self.http, f"actions/{name}/classify", {"exec": {"kind": "blackbox", "image": f"classify:{version}"}})
            steps = {"kind": "sequence", "components": [f"/_/{name}/answer"]}
            put(self.http, f"actions/{name}/classify_image", {"exec": steps, "annotations": web})
            for route in routes.declared(rendered(name, Path())):
                routes.make(self.http, self.here, route)

        return install

    def deploys(self, deployment: Deployment, version: str, *more: str) -> str:
        return deployment.deploy(version, self.installs(deployment, version, *more))

    def versions(self, name: str) -> dict[str, str]:
        document = packages.describe(self.http, name)
        assert document is not None
        return {row["name"]: row["version"] for row in document["actions"]}

    def image(self, name: str) -> str:
        return str(self.http.get(f"actions/{name}/classify").json()["exec"]["image"])

    def web(self, name: str) -> httpx.Response:
        return httpx.get(f"{self.here.url}/api/v1/web/guest/{name}/classify_image.http", timeout=60)

    def gateway(self) -> str:
        """What the route of the package without environment answers."""
        return httpx.post(f"{self.here.url}/api/{self.here.uuid}/classifier/classify", timeout=60).text


def put(http: httpx.Client, path: str, body: packages.Json) -> None:
    http.put(path, params={"overwrite": "true"}, json=body).raise_for_status()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with localwhisk(tmp_path_factory.mktemp("localwhisk")) as url:
        here = target.find({"APIHOST": url, "AUTH": AUTH})
        with target.client(base_url=here.api, auth=(here.uuid, here.key)) as http:
            yield Host(here, http)


@pytest.fixture
def host(running: Host) -> Host:
    """With nothing installed."""
    for row in running.http.get("packages").json():
        packages.remove(running.http, row["name"])
    return running


def test_what_is_there_already_is_not_deployed_again(host: Host) -> None:
    deployment = host.of()

    assert "new version" in host.deploys(deployment, "one")
    versions = host.versions("classifier")
    assert "nothing changed" in host.deploys(deployment, "one")
    assert host.versions("classifier") == versions
    assert "new version" in host.deploys(deployment, "two")


def test_an_action_that_was_changed_by_hand_is_deployed_again(host: Host) -> None:
    host.deploys(host.of(), "one")
    put(host.http, "actions/classifier/classify", {"exec": {"kind": "blackbox", "image": "classify:by-hand"}})

    assert "new version" in host.deploys(host.of(), "one")
    assert host.image("classifier") == "classify:one"


def test_a_deployment_that_broke_off_is_not_taken_for_a_version(host: Host) -> None:
    """GIVEN two versions WHEN the installation of a third breaks off THEN the next one goes on, and the version before
    is not half of the third."""
    deployment = host.of()
    host.deploys(deployment, "one")
    host.deploys(deployment, "two")

    def broken() -> None:
        put(host.http, "actions/classifier/classify", {"exec": {"kind": "blackbox", "image": "classify:three"}})
        raise ConnectionError

    with pytest.raises(ConnectionError):
        deployment.deploy("three", broken)
    assert "new version" in host.deploys(deployment, "three")
    deployment.rollback()

    assert host.image("classifier") == "classify:two"


def test_a_rollback_brings_the_version_before_and_a_second_one_takes_it_back(host: Host) -> None:
    deployment = host.of()
    host.deploys(deployment, "one")
    host.deploys(deployment, "two", "added")
    hidden = host.web("classifier-previous").status_code

    deployment.rollback()
    before = (host.image("classifier"), host.web("classifier").text, "added" in host.versions("classifier"))
    known = host.deploys(deployment, "one")
    deployment.rollback()
    after = (host.image("classifier"), host.web("classifier").text, "added" in host.versions("classifier"))

    assert hidden == 404
    assert before == ("classify:one", "one", False)
    assert "nothing changed" in known
    assert after == ("classify:two", "two", True)


def test_a_rollback_needs_a_version_before(host: Host) -> None:
    host.deploys(host.of(), "one")

    with pytest.raises(Stopped, match="no version before of classifier"):
        host.of().rollback()


def test_a_canary_takes_the_calls_and_is_promoted(host: Host) -> None:
    """GIVEN two environments WHEN the routes of the one are led to the other THEN its callers get that, until they are
    led back; a promotion makes it the version of the one, from which a rollback leads back."""
    deployment, canary = host.of(), host.of("canary")
    host.deploys(deployment, "one")
    host.deploys(canary, "two")
    told = [host.gateway()]

    deployment.route("classifier-canary")
    told.append(host.gateway())
    with pytest.raises(Stopped, match="POST /classifier/classify"):
        canary.undeploy(lambda: None)
    deployment.route("classifier")
    told.append(host.gateway())
    deployment.promote("classifier-canary")
    told.append(host.gateway())
    deployment.rollback()
    told.append(host.gateway())

    assert told == ["one", "two", "one", "two", "one"]
    assert "removed" in canary.undeploy(lambda: packages.remove(host.http, "classifier-canary"))


def test_nobody_is_led_to_what_is_not_there(host: Host) -> None:
    host.deploys(host.of(), "one")

    with pytest.raises(Stopped, match="classifier-canary is not deployed"):
        host.of().route("classifier-canary")
    with pytest.raises(Stopped, match="classifier-canary is not deployed"):
        host.of().promote("classifier-canary")


def test_everything_that_is_deployed_is_in_the_digest(tmp_path: Path) -> None:
    """Image, token, and each zip; nothing else of the environment."""
    zips = [
        tmp_path / f"build/package/{name}.zip" for name, action in PACKAGE["actions"].items() if "function" in action
    ]
    zips[0].parent.mkdir(parents=True)
    for path in zips:
        path.write_bytes(b"code")
    first = digest(VARIABLES, tmp_path)
    same = digest({**VARIABLES, "HOME": "elsewhere", "CLASSIFIER_API_INSECURE": ""}, tmp_path)
    others = [digest({**VARIABLES, name: "another"}, tmp_path) for name in ("CLASSIFY_IMAGE", "CLASSIFIER_ADMIN_TOKEN")]
    for path in zips:
        path.write_bytes(b"other code")
        others.append(digest(VARIABLES, tmp_path))

    assert same == first
    assert len({first, *others}) == 1 + len(others) == 7
