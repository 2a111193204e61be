"""`make run DOCKER=1`: every action in a container of its own, and what happens when one is killed."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from manifest import STEPS
from tests.containers import docker
from tests.serving import GUEST_UUID, Served, eventually, serving

SLEEPER = "import time\ndef main(args):\n    time.sleep(args.get('seconds', 0))\n    return {'awake': True}\n"
GREEDY = "def main(args):\n    return {'length': len(bytearray(300_000_000))}\n"


@pytest.fixture(scope="module")
def served(classify_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    assert classify_image
    with serving(tmp_path_factory.mktemp("containers"), DOCKER="1") as running:
        yield running


def names(served: Served, part: str = "") -> list[str]:
    label = f"label=localwhisk.data={(served.log.parent / 'data').resolve()}"
    return docker("ps", "--all", "--filter", label, "--filter", f"name={part}", "--format", "{{.Names}}").split()


def test_a_photo_goes_through_four_containers(served: Served, photos: Path) -> None:
    photo = min(photos.glob("*.jpg"))
    for _ in range(2):
        headers = {"Content-Type": "image/jpeg"}
        answer = httpx.post(served.classify_url, content=photo.read_bytes(), headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.json()["predictions"][0]["wnid"] == photo.name.split("_")[0]
    assert answer.json()["cold"] == []
    assert {name.rpartition("classifier-")[2] for name in names(served)} == set(STEPS)


def test_an_action_reaches_the_hosts_api(served: Served) -> None:
    """statistics asks the platform for the activations: from inside a container."""
    url = f"{served.url}/api/{GUEST_UUID}/classifier/metrics"
    answer = httpx.get(
        url, params={"window": "1h"}, headers={"Authorization": "Bearer an-admin-token-for-tests"}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["coverage"]["complete"]


def test_a_container_killed_in_mid_run_is_an_error_and_the_next_call_works(served: Served) -> None:
    # GIVEN a run that has begun
    served.put("sleeper", SLEEPER)
    assert served.invoke("sleeper", {})["response"]["success"]
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(served.invoke("sleeper", {"seconds": 30})))
    thread.start()
    time.sleep(1)
    # WHEN its container is killed
    [name] = names(served, "sleeper")
    docker("kill", name)
    thread.join()
    # THEN the caller is told, and the next call has a new container
    assert answers[0]["response"]["status"] == "action developer error"
    assert answers[0]["response"]["result"] == {"error": "command exited"}
    assert served.invoke("sleeper", {})["response"]["result"] == {"awake": True}
    assert names(served, "sleeper") != [name]


def test_an_action_that_takes_too_much_memory_ends_and_the_host_says_why(served: Served) -> None:
    served.put("greedy", GREEDY)
    response = served.invoke("greedy", {})["response"]
    assert response["status"] == "action developer error"
    assert response["result"] == {"error": "command exited"}
    assert "localwhisk: guest/greedy was killed: it held more than 128 MB" in served.log.read_text()


def test_an_image_that_ends_before_it_listens_is_told_so(served: Served) -> None:
    served.put("hasty", "", exec={"kind": "blackbox", "image": "python:3.11-slim-bookworm"})
    told = served.invoke("hasty", {})["response"]
    assert told["status"] == "action developer error"
    assert told["result"] == {"error": "The action did not initialize and exited unexpectedly."}
    assert eventually(lambda: names(served, "hasty") == [])  # it is removed by and by


def test_the_end_of_the_host_is_the_end_of_its_containers(classify_image: str, tmp_path: Path) -> None:
    assert classify_image
    with serving(tmp_path, DOCKER="1") as served:
        served.put("sleeper", SLEEPER)
        served.invoke("sleeper", {})
        assert len(names(served)) == 1
    assert names(served) == []
