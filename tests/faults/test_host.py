"""The host is killed: what its actions did ends with it, and the next host goes on with its data."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import sleep

import httpx
import pytest

from tests.faults.conftest import ECHO, check_next_request, check_no_orphans, check_records, processes_in
from tests.serving import Served, eventually, serving

BUSY = "import time\ndef main(args):\n    time.sleep(600)\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills the children of a killed process")
def test_a_host_that_is_killed_in_mid_request(tmp_path: Path) -> None:
    # GIVEN a host with one activation that has ended, and some that have not
    options = ("--memory", "512")
    with serving(tmp_path, *options) as host, ThreadPoolExecutor() as callers:
        host.put("echo", ECHO)
        host.put("busy", BUSY)
        ended = host.invoke("echo", {"a": 1})
        calls = [callers.submit(host.invoke, "busy") for _ in range(4)]
        assert eventually(lambda: len(host.children()) == 3)

        # WHEN it is killed
        host.process.send_signal(signal.SIGKILL)

        # THEN its callers know, and no process is left
        for call in calls:
            assert isinstance(call.exception(timeout=10), httpx.TransportError)
        assert eventually(lambda: not processes_in(tmp_path / "data" / "containers"))

    # AND the next host has the records of what had ended, no folder of the other's, and works
    with serving(tmp_path, *options) as host:
        assert [record["activationId"] for record in host.records("echo")] == [ended["activationId"]]
        assert host.records("busy") == []
        check_next_request(host)
        check_records(host)
        check_no_orphans(host)


@pytest.mark.parametrize("killed_after_s", [0.5, 1.3])
def test_a_host_that_is_killed_in_mid_write(tmp_path: Path, killed_after_s: float) -> None:
    """Records of what was answered just before may be missing: they are stored afterwards. What is there is whole."""
    options = ("--memory", "512")
    answered: list[str] = []

    def call_for_ever(host: Served) -> None:
        with suppress(httpx.TransportError):
            while True:
                answered.append(host.invoke("twice", {"text": "x" * 100_000})["activationId"])

    # GIVEN a host that writes records all the time
    with serving(tmp_path, *options) as host, ThreadPoolExecutor() as callers:
        host.put("echo", ECHO)
        sequence = {"exec": {"kind": "sequence", "components": ["/_/echo", "/_/echo"]}}
        host.http.put("/api/v1/namespaces/_/actions/twice", json=sequence).raise_for_status()
        calls = [callers.submit(call_for_ever, host) for _ in range(4)]
        assert eventually(lambda: len(answered) > 4)
        sleep(killed_after_s)

        # WHEN it is killed
        host.process.send_signal(signal.SIGKILL)
        for call in calls:
            call.result(timeout=30)

    # THEN the next one has what was answered, but for the last moment, each record once and with its components
    with serving(tmp_path, *options) as host:
        kept = {record["activationId"]: record["logs"] for record in host.records("twice")}
        assert set(answered[-200:]) - kept.keys() <= set(answered[-8:])
        components = {record["activationId"] for record in host.records("echo")}
        assert all(set(logs) <= components for logs in list(kept.values())[:50])
        check_next_request(host)
