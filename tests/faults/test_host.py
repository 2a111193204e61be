"""The host is killed: what its actions did ends with it, and the next host goes on with its data."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import ECHO, check_next_request, check_no_orphans, check_records, processes_in
from tests.serving import eventually, serving

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
