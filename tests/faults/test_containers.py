"""What goes wrong in the container of an action: its caller is told, and nothing else is harmed."""

import os
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from localwhisk import Json
from tests.serving import Served, eventually

# Says which process it runs in, then goes on for longer than any test.
ENDLESS = """
import os, pathlib, time
def main(args):
    pathlib.Path(args["pid_file"]).write_text(str(os.getpid()))
    time.sleep(600)
"""
ENDLESS_INIT = """
import os, pathlib, time
pathlib.Path(os.environ["PID_FILE"]).write_text(str(os.getpid()))
time.sleep(600)
"""
WITH_CHILD = """
import pathlib, subprocess, time
def main(args):
    child = subprocess.Popen(["sleep", "600"])
    pathlib.Path(args["pid_file"]).write_text(str(child.pid))
    time.sleep(600)
"""

SHORT = {"memory": 128, "timeout": 3000}  # ms


def error_of(record: Json) -> tuple[str, str]:
    return record["response"]["status"], record["response"]["result"]["error"]


def broken_off(host: Served, name: str, pid_file: Path, end: Callable[[int], object]) -> Json:
    """The record of an activation of ``name`` whose process was treated with ``end`` in mid-request."""
    with ThreadPoolExecutor() as callers:
        call: Future[Json] = callers.submit(host.invoke, name, {"pid_file": str(pid_file)})
        assert eventually(lambda: pid_file.is_file() and pid_file.read_text() != "")
        end(int(pid_file.read_text()))
        return call.result(timeout=30)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


def test_an_action_that_is_killed_in_mid_request(host: Served, tmp_path: Path) -> None:
    host.put("endless", ENDLESS)
    record = broken_off(host, "endless", tmp_path / "pid", kill)
    assert error_of(record) == ("action developer error", "command exited")


def test_an_action_that_is_killed_in_mid_init(host: Served, tmp_path: Path) -> None:
    parameters = [{"key": "PID_FILE", "value": str(tmp_path / "pid"), "init": True}]
    host.put("endless_init", ENDLESS_INIT, parameters=parameters)
    record = broken_off(host, "endless_init", tmp_path / "pid", kill)
    assert error_of(record) == ("action developer error", "Cannot start action. Check logs for details.")


def test_an_action_that_takes_too_much_memory_ends_and_the_host_says_why(host: Served) -> None:
    host.put("greedy", "import time\ndef main(args):\n    kept = bytearray(300_000_000)\n    time.sleep(60)\n")
    assert error_of(host.invoke("greedy")) == ("action developer error", "command exited")
    assert "localwhisk: guest/greedy was killed: it held more than 128 MB" in host.log.read_text()


def test_an_action_that_is_stopped_ends_at_its_time_limit(host: Served, tmp_path: Path) -> None:
    host.put("stopped", ENDLESS, limits=SHORT)
    pid_file = tmp_path / "pid"
    record = broken_off(host, "stopped", pid_file, stop)
    assert error_of(record) == ("action developer error", "The action exceeded its time limits of 3000 milliseconds.")
    assert eventually(lambda: not psutil.pid_exists(int(pid_file.read_text())))


def test_a_container_that_is_stopped_while_idle_is_replaced_at_the_time_limit(host: Served) -> None:
    host.put("idle", "import os\ndef main(args):\n    return {'pid': os.getpid()}\n", limits=SHORT)
    pid = host.invoke("idle")["response"]["result"]["pid"]
    stop(pid)
    assert error_of(host.invoke("idle"))[0] == "action developer error"
    assert host.invoke("idle")["response"]["result"]["pid"] != pid


def test_the_processes_that_an_action_started_end_with_it(host: Served, tmp_path: Path) -> None:
    host.put("parent", WITH_CHILD, limits=SHORT)
    pid_file = tmp_path / "pid"
    broken_off(host, "parent", pid_file, lambda _: None)
    assert eventually(lambda: not psutil.pid_exists(int(pid_file.read_text())))


@pytest.mark.parametrize("line", ["x" * 1000 + "\\n", "x" * 1000, "\\n"])
def test_a_flood_of_logs_is_cut_and_harms_nobody(host: Served, line: str) -> None:
    # GIVEN an action that writes until its time is over
    host.put(
        "flood",
        f"import sys\ndef main(args):\n    while True:\n        sys.stdout.write('{line}' * 1000)\n",
        limits={**SHORT, "logs": 1},
    )
    before = psutil.Process(host.process.pid).memory_info().rss
    with ThreadPoolExecutor() as callers:
        call = callers.submit(host.invoke, "flood")
        # THEN others are served meanwhile
        assert host.invoke("echo", {"n": 1})["response"]["success"]
        record = call.result(timeout=30)
    assert psutil.Process(host.process.pid).memory_info().rss - before < 32 * 2**20
    # AND its log says that it is cut
    logs = host.http.get(f"/api/v1/namespaces/_/activations/{record['activationId']}/logs").json()["logs"]
    assert sum(map(len, logs)) < 3 * 2**20
    assert "Logs were truncated because the total bytes size exceeds the limit of 1048576 bytes." in logs[-1]


def test_results_of_2_mb(host: Served) -> None:
    host.put("large", "def main(args):\n    return {'text': 'x' * 2_000_000}\n")
    actions = "/api/v1/namespaces/_/actions"
    components = ["/_/echo", "/_/large", "/_/echo"]
    body = {"exec": {"kind": "sequence", "components": components}}
    host.http.put(f"{actions}/large_within?overwrite=true", json=body).raise_for_status()

    for name in ("large", "large_within", "large"):
        status, error = error_of(host.invoke(name))
        assert status == "application error"
        assert error.startswith("The action produced a response that exceeded the allowed length: 2000013 > 1048576")
    assert len(host.records("large_within")[0]["logs"]) == 2


def test_the_folder_of_the_containers_is_deleted(host: Served) -> None:
    host.put("reads", "def main(args):\n    return {'source': open('__main__.py').read()[:3]}\n")
    host.put("later", "def main(args):\n    return {'later': True}\n")
    assert host.invoke("reads")["response"]["result"] == {"source": "def"}
    shutil.rmtree(host.log.parent / "data" / "containers")
    # THEN warm containers are replaced, and new ones start
    assert host.invoke("reads")["response"]["result"] == {"source": "def"}
    assert host.invoke("later")["response"]["result"] == {"later": True}


def test_the_folder_of_the_containers_cannot_be_made(host: Served) -> None:
    host.put("later", "def main(args):\n    return {'later': True}\n")
    folder = host.log.parent / "data" / "containers"
    shutil.rmtree(folder)
    folder.touch()
    # THEN the caller is told, and all is well once there is room for it
    status, error = error_of(host.invoke("later"))
    assert status == "action developer error"
    assert error == f"no folder for a container can be made in {folder}: File exists"
    folder.unlink()
    assert host.invoke("later")["response"]["result"] == {"later": True}
