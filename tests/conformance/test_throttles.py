"""The throttles of a namespace, with the platform's defaults: 60 invocations a minute, 30 activations at once.

They need a host of their own, for a namespace that is throttled is of no use to other tests.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.serving import Served, eventually, serving

ACTIONS = "/api/v1/namespaces/_/actions"
WEB = "/api/v1/web/guest/default/web"
SOURCE = "import time\ndef main(args):\n    time.sleep(args.get('seconds', 0))\n    return {'body': 'done'}\n"
PER_MINUTE = "Too many requests in the last minute (count: {}, allowed: 60)."
AT_ONCE = "Too many concurrent requests in flight (count: 30, allowed: 30)."


@pytest.fixture(name="throttled", scope="module")
def _throttled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if "CONFORMANCE_CONFIG" in os.environ:
        pytest.skip("the throttles of a deployment are not used up")
    folder = tmp_path_factory.mktemp("throttled")
    with serving(folder, "--limit-per-minute", "60", "--limit-concurrent", "30") as host:
        host.put("web", SOURCE, annotations=[{"key": "web-export", "value": True}])
        sequence = {"exec": {"kind": "sequence", "components": ["/_/web"] * 3}}
        host.http.put(f"{ACTIONS}/three", json=sequence).raise_for_status()
        yield host


@pytest.fixture
def new_minute(throttled: Served) -> Served:
    """The host at the beginning of a minute, nothing used up."""
    left_s = 60 - time.time() % 60
    was_used = throttled.records("", limit=1) != []
    if was_used or left_s < 50:
        time.sleep(left_s + 0.1)
    return throttled


def check_refused(answer: httpx.Response, error: str) -> None:
    """As the platform refuses: a body that the tools read, no CORS headers, and no activation."""
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"error": error, "code": answer.headers["x-request-id"]}
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "x-openwhisk-activation-id" not in answer.headers


def ids(host: Served, name: str) -> list[Any]:
    return [record["activationId"] for record in host.records(name)]


def test_sixty_a_minute(new_minute: Served) -> None:
    # GIVEN 60 requests: sequences count once, and what an action or its arguments are refused for counts, too
    http = new_minute.http
    for _ in range(20):
        assert http.post(f"{ACTIONS}/three?blocking=true", json={}).status_code == 200
    for _ in range(10):
        assert http.post(f"{ACTIONS}/none", json={}).status_code == 404
        assert http.post(f"{ACTIONS}/web?blocking=true", content=b"{").status_code == 415
        assert httpx.options(f"{new_minute.url}{WEB}").status_code == 200
        assert httpx.get(f"{new_minute.url}{WEB}").status_code == 200

    # THEN the next are refused, and count
    check_refused(http.post(f"{ACTIONS}/web?blocking=true", json={}), PER_MINUTE.format(61))
    check_refused(http.post(f"{ACTIONS}/none", json={}), PER_MINUTE.format(62))
    check_refused(httpx.get(f"{new_minute.url}{WEB}"), PER_MINUTE.format(63))
    check_refused(httpx.options(f"{new_minute.url}{WEB}"), PER_MINUTE.format(64))

    # AND everything else is answered
    assert httpx.get(f"{new_minute.url}/api/v1/web/guest/default/none").status_code == 404
    assert http.get(f"{ACTIONS}/web").status_code == 200
    assert len(ids(new_minute, "three")) == 20
    assert len(ids(new_minute, "web")) == 70


def test_thirty_at_once(new_minute: Served) -> None:
    http = new_minute.http
    before = len(ids(new_minute, "web"))
    with ThreadPoolExecutor(40) as callers:
        # GIVEN 40 requests at once
        asked = [callers.submit(http.post, f"{ACTIONS}/web?blocking=true", json={"seconds": 1}) for _ in range(40)]
        answers = [one.result() for one in asked]
    # THEN 30 are accepted, and the others refused
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 10
    for answer in refused:
        check_refused(answer, AT_ONCE)
    # AND every accepted one has its record
    assert eventually(lambda: len(ids(new_minute, "web")) == before + 30)
    assert http.post(f"{ACTIONS}/web?blocking=true", json={}).status_code == 200


def test_the_platform_says_what_its_limits_are(throttled: Served) -> None:
    said = throttled.http.get("/", headers={"Accept": "application/json"}).json()["limits"]
    assert (said["actions_per_minute"], said["concurrent_actions"]) == (60, 30)
