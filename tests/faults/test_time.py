"""The clock jumps: records keep their order in time, and nothing waits for the time that was."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.faults.conftest import ECHO, check_records
from tests.serving import Served, serving

# Runs the command that follows with a clock that is wrong by the seconds in a file.
WITH_CLOCK = """
import pathlib, sys, time
offset, right = pathlib.Path(sys.argv[1]), time.time
time.time = lambda: right() + float(offset.read_text())
sys.argv = sys.argv[2:]
from localwhisk.cli import main
sys.exit(main())
"""
DAY_S = 86_400
NAP = "import time\ndef main(args):\n    time.sleep(1)\n    return args\n"


@pytest.fixture(name="offset", scope="module")
def _offset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("clock") / "offset"
    file.write_text("0")
    return file


@pytest.fixture(name="jumping_host", scope="module")
def _jumping_host(tmp_path_factory: pytest.TempPathFactory, offset: Path) -> Iterator[Served]:
    within = (sys.executable, "-c", WITH_CLOCK, str(offset))
    with serving(tmp_path_factory.mktemp("jumping"), "--memory", "512", within=within) as host:
        host.put("echo", ECHO)
        host.put("nap", NAP)
        yield host


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
@pytest.mark.parametrize("warm", [False, True])
def test_the_clock_jumps_in_mid_request(jumping_host: Served, offset: Path, jump_s: int, warm: bool) -> None:
    # GIVEN an activation, cold or warm
    offset.write_text("0")
    jumping_host.put("nap", NAP)
    if warm:
        jumping_host.invoke("nap")
    with ThreadPoolExecutor() as callers:
        began = monotonic()
        call = callers.submit(jumping_host.invoke, "nap", {"n": 1})
        sleep(0.5)
        # WHEN the clock jumps meanwhile
        offset.write_text(str(jump_s))
        record = call.result(timeout=20)
    # THEN its caller does not notice
    assert record["response"]["result"] == {"n": 1}
    assert monotonic() - began < 15
    # AND the records are sound, and the next activation is one of the new time
    assert 0 <= record["duration"] < 2 * DAY_S * 1000
    assert all(pair["value"] >= 0 for pair in record["annotations"] if pair["key"] in ("waitTime", "initTime"))
    assert jumping_host.invoke("echo", {"n": 2})["response"]["result"] == {"n": 2}
    check_records(jumping_host)
