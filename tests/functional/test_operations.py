"""What docs/operations.md tells operators to do, done."""

import io
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.serving import GUEST_UUID, Served, serving

TOKEN = "an-admin-token-for-tests"  # of tests/serving.py
NEW_TOKEN = "the-token-after-it-24-characters"
STATISTICS = "/api/v1/namespaces/_/actions/classifier/statistics"


@pytest.fixture(name="host", scope="module")
def _host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("operations")) as host:
        yield host


def statistics(host: Served, token: str) -> httpx.Response:
    url = f"{host.url}/api/{GUEST_UUID}/classifier/metrics?window=15m"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


def test_a_warm_up_starts_every_action_and_is_counted_apart(host: Served) -> None:
    tiny = io.BytesIO()
    Image.new("RGB", (8, 8)).save(tiny, "JPEG")
    headers = {"Content-Type": "image/jpeg"}
    url = f"{host.classify_url}?top_k=1&warm_up=true"
    replies = [httpx.post(url, content=tiny.getvalue(), headers=headers, timeout=60).json() for _ in range(2)]
    assert [reply["cold"] for reply in replies] == [replies[0]["steps"], []]
    told = statistics(host, TOKEN).json()
    assert {each["name"] for each in told["actions"]} <= {"classifier/statistics"}
    assert told["warm_ups"]["calls"] == 2


def test_another_token_is_one_request_and_the_next_call_needs_it(host: Served) -> None:
    assert [statistics(host, token).status_code for token in (TOKEN, NEW_TOKEN)] == [200, 401]
    before = host.http.get(STATISTICS).json()

    names = ("admin_token", "prometheus_url", "insecure")
    parameters = [{"key": name, "value": value} for name, value in zip(names, (NEW_TOKEN, "", ""), strict=True)]
    host.http.put(f"{STATISTICS}?overwrite=true", json={"parameters": parameters}).raise_for_status()

    assert [statistics(host, token).status_code for token in (TOKEN, NEW_TOKEN)] == [401, 200]
    after = host.http.get(STATISTICS).json()
    assert [each["key"] for each in after["parameters"]] == [each["key"] for each in before["parameters"]]
    assert after["annotations"] == before["annotations"]


def test_the_store_is_copied_while_its_host_is_stopped_for_a_moment(host: Served, tmp_path: Path) -> None:
    for number in range(20):
        host.invoke("classifier/metrics", {"n": number})
    ids = [record["activationId"] for record in host.records("classifier/metrics")]

    backup = tmp_path / "data"
    backup.mkdir()
    host.process.send_signal(signal.SIGSTOP)
    for file in (host.log.parent / "data").glob("localwhisk.sqlite3*"):
        shutil.copy2(file, backup)
    host.process.send_signal(signal.SIGCONT)

    host.invoke("classifier/metrics")
    with serving(tmp_path) as restored:
        assert [record["activationId"] for record in restored.records("classifier/metrics")] == ids
