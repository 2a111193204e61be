"""Callers that go away, or come all at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.serving import Served, eventually

# Fills the whole host, and notes each run.
NOTED = """
import time
def main(args):
    with open(args["notes"], "a") as notes:
        notes.write(args["name"] + " ")
    time.sleep(args.get("seconds", 0))
    return args
"""
WHOLE = {"memory": 512, "timeout": 20_000}


@pytest.mark.parametrize("sequence", [False, True])
def test_callers_that_went_away_while_they_waited_cost_no_work(host: Served, tmp_path: Path, sequence: bool) -> None:
    # GIVEN an action that is busy, and two callers who wait for it
    name, notes = ("noted_sequence" if sequence else "noted"), tmp_path / "notes"
    actions = "/api/v1/namespaces/_/actions"
    host.put("noted", NOTED, limits=WHOLE)
    exec_ = {"kind": "sequence", "components": ["/_/noted", "/_/echo"]}
    host.http.put(f"{actions}/noted_sequence?overwrite=true", json={"exec": exec_}).raise_for_status()
    busy = {"name": "busy", "notes": str(notes), "seconds": 3}
    busy_id = host.http.post(f"{actions}/noted", json=busy).json()["activationId"]
    assert eventually(lambda: notes.exists() and notes.read_text() == "busy ")

    # WHEN they hang up
    def leave_early(_: int) -> None:
        body = {"name": "left", "notes": str(notes)}
        with pytest.raises(httpx.ReadTimeout):
            host.http.post(f"{actions}/{name}?blocking=true", json=body, timeout=0.5)

    with ThreadPoolExecutor() as callers:
        list(callers.map(leave_early, range(2)))

    # THEN their records say so, the action does not run for them, and what had begun is not broken off
    record = host.invoke("noted", {"name": "last", "notes": str(notes)})
    assert record["response"]["success"]
    assert notes.read_text() == "busy last "
    assert host.http.get(f"/api/v1/namespaces/_/activations/{busy_id}").json()["response"]["success"]
    left = [record["response"] for record in host.records(name) if not record["response"]["success"]][:2]
    assert [response["status"] for response in left] == ["whisk internal error"] * 2
    assert {response["result"]["error"] for response in left} == {"The caller went away before the action was started."}


def test_what_nobody_waits_for_runs_even_if_its_caller_is_gone(host: Served, tmp_path: Path) -> None:
    host.put("noted", NOTED, limits=WHOLE)
    notes = tmp_path / "notes"
    url = "/api/v1/namespaces/_/actions/noted"
    for name in ("first", "second"):
        with httpx.Client(base_url=host.url, auth=host.http.auth) as client:
            client.post(url, json={"name": name, "notes": str(notes), "seconds": 0.5})
    assert eventually(lambda: notes.exists() and notes.read_text() == "first second ")


def test_a_long_list_is_not_held_in_memory_for_a_caller_who_does_not_read_it(host: Served) -> None:
    # GIVEN 50 MB of records
    host.put("long", "def main(args):\n    return {'text': 'x' * 1_000_000}\n")
    for _ in range(50):
        assert host.invoke("long")["response"]["success"]
    # WHEN somebody asks for all of them
    process = psutil.Process(host.process.pid)
    before = process.memory_info().rss
    url = "/api/v1/namespaces/_/activations?name=long&docs=true&limit=200"
    with host.http.stream("GET", url) as answer:
        # THEN the host reads no more of them than it can send, and serves others
        for _ in range(10):
            assert host.invoke("echo", {"n": 1})["response"]["success"]
        assert process.memory_info().rss - before < 16 * 2**20
        # AND they get them all
        assert len(json.loads(answer.read())) == 50
