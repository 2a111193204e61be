"""localwhisk's containers in a real engine: the platform's limits, pausing, memory, and nothing left behind."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from localwhisk.containers.container import CannotStart, Spec
from localwhisk.containers.docker import PAUSE_AFTER_S, PYTHON_IMAGE, DockerContainer, guarded
from tests.containers import ROOT, docker

PYTHON = Spec("guest/p/act one", "1", None, 128, 1)
GREEDY = "def main(args):\n    return {'length': len(bytearray(300_000_000))}\n"
HOST = """
import asyncio, sys, time
from pathlib import Path
from localwhisk.containers.docker import DockerContainer, guarded
from tests.docker.test_localwhisk_containers import PYTHON

async def main():
    async with guarded(Path(sys.argv[1])) as label:
        await DockerContainer(label, {}, 1024, time.time, PYTHON).start()
        print("started", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""

pytestmark = pytest.mark.usefixtures("python_image")


@pytest.fixture(scope="session")
def python_image(classify_image: str) -> str:
    """scripts/image builds both."""
    assert classify_image
    return PYTHON_IMAGE


def names(data: Path, *options: str) -> list[str]:
    """The containers of the host whose data is in ``data``."""
    label = f"label=localwhisk.data={data.resolve()}"
    return docker("ps", "--all", *options, "--filter", label, "--format", "{{.Names}}").split()


def state(name: str) -> Any:
    return json.loads(docker("inspect", "--format", "{{json .State}}", name))


@asynccontextmanager
async def started(data: Path, spec: Spec = PYTHON) -> AsyncIterator[DockerContainer]:
    """A container whose server answers."""
    async with guarded(data) as label:
        container = DockerContainer(label, {"__OW_API_HOST": "http://host"}, 1024, time.time, spec)
        await container.start()
        await until_it_answers(container.url)
        yield container
        await container.destroy()


async def until_it_answers(url: str) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(url)
                return
            except httpx.TransportError:
                await asyncio.sleep(0.01)


async def post(container: DockerContainer, path: str, value: Any) -> httpx.Response:
    async with httpx.AsyncClient(timeout=30) as client:
        return await client.post(container.url + path, json={"value": value})


def running(test: Callable[[Path], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    """An asynchronous test as one that pytest runs."""

    def run(tmp_path: Path) -> None:
        asyncio.run(test(tmp_path))

    return run


@running
async def test_a_container_has_the_limits_of_the_platform(data: Path) -> None:
    async with started(data):
        [name] = names(data)
        config = json.loads(docker("inspect", "--format", "{{json .HostConfig}}", name))
        environment = json.loads(docker("inspect", "--format", "{{json .Config.Env}}", name))
    assert "act-one" in name
    assert config["Memory"] == config["MemorySwap"] == 128 * 2**20
    assert config["CpuShares"] == 1024 // (1024 // 128)
    assert config["PidsLimit"] == 1024
    assert config["Ulimits"] == [{"Name": "nofile", "Hard": 1024, "Soft": 1024}]
    assert sorted(cap.removeprefix("CAP_") for cap in config["CapDrop"]) == ["NET_ADMIN", "NET_RAW"]
    assert config["NetworkMode"] == "bridge"
    assert "__OW_API_HOST=http://host" in environment


@running
async def test_it_runs_an_action_and_gives_its_log(data: Path) -> None:
    code = "import sys\ndef main(args):\n    print('ü')\n    print('e', file=sys.stderr)\n    return args\n"
    async with started(data) as container:
        assert (await post(container, "/init", {"code": code})).status_code == 200
        for number in range(2):
            assert (await post(container, "/run", {"n": number})).json() == {"n": number}
            lines = await container.logs(complete=True)
            assert sorted(line.split(" ", 1)[1] for line in lines) == ["stderr: e", "stdout: ü"]
        assert container.alive


@running
async def test_an_idle_one_is_paused_until_it_is_needed(data: Path) -> None:
    async with started(data) as container:
        await post(container, "/init", {"code": "def main(args):\n    return args\n"})
        # GIVEN an activation that has ended
        await post(container, "/run", {})
        await container.logs(complete=True)
        assert not state(names(data)[0])["Paused"]
        # WHEN the platform's grace is over THEN it is paused
        await asyncio.sleep(PAUSE_AFTER_S + 1)
        assert state(names(data)[0])["Paused"]
        # WHEN it is asked again THEN it answers
        await container.resume()
        assert (await post(container, "/run", {"a": 1})).json() == {"a": 1}
        assert not state(names(data)[0])["Paused"]
    assert names(data) == []


@running
async def test_a_paused_one_is_removed_with_its_host(data: Path) -> None:
    async with started(data):
        docker("pause", names(data)[0])
    assert names(data) == []


@running
async def test_one_that_uses_too_much_memory_is_known_for_it(data: Path) -> None:
    async with started(data) as container:
        await post(container, "/init", {"code": GREEDY})
        with pytest.raises(httpx.TransportError):
            await post(container, "/run", {})
        await container.wait_until_ended()
        assert container.out_of_memory
        assert not container.alive


@running
async def test_one_that_is_killed_is_not(data: Path) -> None:
    async with started(data) as container:
        docker("kill", names(data)[0])
        await container.wait_until_ended()
        assert not container.out_of_memory
        assert not container.alive


@running
async def test_an_image_that_is_not_there_is_named(data: Path) -> None:
    with pytest.raises(CannotStart, match=r"image 'classifier-absent:0\.0\.0'"):
        async with started(data, PYTHON._replace(image="classifier-absent:0.0.0")):
            pass
    assert names(data) == []


@running
async def test_what_an_earlier_host_left_is_removed_and_nothing_else(data: Path) -> None:
    # GIVEN containers with the labels of this host and of another one
    other = data / "other"
    for folder in (data, other):
        docker("create", "--label", f"localwhisk.data={folder.resolve()}", PYTHON_IMAGE)
    # WHEN this host starts and ends
    async with guarded(data):
        assert names(data) == []
    # THEN the other's is still there
    [left] = names(other)
    docker("rm", left)


def test_no_container_outlives_a_killed_host(tmp_path: Path) -> None:
    host = subprocess.Popen([sys.executable, "-c", HOST, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert host.stdout is not None
    assert host.stdout.readline() == b"started\n"
    assert len(names(tmp_path)) == 1
    host.send_signal(signal.SIGKILL)
    host.wait()
    host.stdout.close()
    give_up = time.monotonic() + 30
    while names(tmp_path):
        assert time.monotonic() < give_up, "the container is still there"
        time.sleep(0.1)
