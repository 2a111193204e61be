"""Part 2: from nothing to the first answer; the naive function against ``classify`` and against the whole sequence."""

import base64
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

import pixels
from bench import container, host, pictures
from bench.container import Container
from bench.measurement import Measurement, Recorder, gathered
from bench.platform import NAIVE, NAIVE_MEMORY_MB, Platform
from bench.progress import say
from differences import differences
from manifest import ROOT
from network import SIDE

WARM_CALLS = 5
CLASSIFY_MEMORY_MB = 128
FIRST_CALL = """
import json, sys, time
started = time.perf_counter()
sys.path.insert(0, sys.argv[1])
import importlib.util
spec = importlib.util.spec_from_file_location("main__", sys.argv[1] + "/__main__.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
imported = time.perf_counter()
args = json.load(open(sys.argv[2]))
before = time.perf_counter()
first = module.main(args)
answered = time.perf_counter()
module.main(args)
again = time.perf_counter()
assert "error" not in first, first
print(json.dumps([imported - started, answered - before, again - answered]), file=sys.stderr)
"""

Start = Any  # opens a Container


def measure(folders: dict[str, Path], rounds: int, docker: bool) -> tuple[Measurement, ...]:
    """Processes, the first calls of the zipped actions, a localwhisk; with ``docker`` containers, too."""
    recorders = [one_process(folders, rounds), first_calls(folders[host.CLASSIFY], rounds)]
    with host.localwhisk(folders) as platform, naive_on(platform, host.NAIVE):
        recorders.append(on_platform(platform, "cold start on localwhisk, processes", rounds))
    if docker:
        recorders.append(containers(rounds))
        with host.localwhisk(folders, docker=True) as platform, naive_on(platform, host.NAIVE):
            recorders.append(on_platform(platform, "cold start on localwhisk, containers", rounds))
    return gathered(recorders)


@contextmanager
def naive_on(platform: Platform, image: str) -> Iterator[None]:
    platform.put_naive(image)
    try:
        yield
    finally:
        platform.delete_naive()


def requests() -> dict[str, dict[str, Any]]:
    """What the naive function and ``classify`` are asked: the same photo."""
    photo = pictures.photos()[0]
    tensor = {"name": "image", "shape": [1, SIDE, SIDE, 3], "datatype": "UINT8"}
    picture = Image.frombytes("RGB", (SIDE, SIDE), pictures.pixels(photo))
    source = {"width": 500, "height": 375, "bytes": 1, "sha256": "0" * 64, "orientation": 1, "coding": "baseline"}
    return {
        "naive function": {"image": base64.b64encode(photo).decode()},
        "classify": {
            "tensor": {**tensor, **pixels.packed(differences(picture).tobytes())},
            "source": source,
            "options": {"top_k": 5, "fit": "crop", "explain": False, "format": "json"},
            "view": {"left": 0.0625, "top": 0.0625, "width": 0.875, "height": 0.875},
        },
    }


def one_process(folders: dict[str, Path], rounds: int) -> Recorder:
    """The start of one action's process, without a host."""
    recorder = Recorder("cold start of one action, as a process")
    starts = {
        "naive function": partial(container.process, folders[host.NAIVE]),
        "classify": partial(container.process, folders[host.CLASSIFY]),
    }
    return started(recorder, starts, rounds)


def containers(rounds: int) -> Recorder:
    """The start of one action's container, without a host."""
    recorder = Recorder("cold start of one action, as a container")
    starts = {
        "naive function": partial(container.docker, host.NAIVE, NAIVE_MEMORY_MB),
        "classify": partial(container.docker, host.CLASSIFY, CLASSIFY_MEMORY_MB),
    }
    for subject, image in (("naive function", host.NAIVE), ("classify", host.CLASSIFY)):
        recorder.add(subject, "image", "MB", int(container.run("inspect", "--format", "{{.Size}}", image)) / 1e6)
    return started(recorder, starts, rounds)


def started(recorder: Recorder, starts: dict[str, Start], rounds: int) -> Recorder:
    asked = requests()
    for number in range(rounds):
        for subject, start in starts.items():
            say(f"{recorder.table}, {subject}, round {number + 1} of {rounds}")
            once(recorder, subject, start(), asked[subject])
    return recorder


def once(recorder: Recorder, subject: str, start: AbstractContextManager[Container], args: dict[str, Any]) -> None:
    before = time.perf_counter()
    with start as running:
        running.init()
        initialized = time.perf_counter()
        running.run(args)
        answered = time.perf_counter()
        recorder.add(subject, "start to first answer", "ms", (answered - before) * 1000)
        recorder.add(subject, "of it, until initialized", "ms", (initialized - before) * 1000)
        for _ in range(WARM_CALLS):
            called = time.perf_counter()
            running.run(args)
            recorder.add(subject, "warm call", "ms", (time.perf_counter() - called) * 1000)
        held = running.memory()
        recorder.add(subject, "own memory", "MiB", held.own)
        recorder.add(subject, "peak memory", "MiB", held.peak)


def first_calls(folder: Path, rounds: int) -> Recorder:
    """Imports and first call of the zipped actions, in a fresh process and a fresh folder, as on the platform.

    The start of the interpreter and the unpacking of the zip are the platform's and not counted.
    """
    recorder = Recorder("imports and first call of the zipped actions")
    with host.localwhisk({host.CLASSIFY: folder}) as platform:
        asked = platform.edges(pictures.photos()[0])
    for number in range(rounds):
        say(f"{recorder.table}, round {number + 1} of {rounds}")
        for action in ("decode", "preprocess", "metrics"):
            imports, first, again = first_call(action, asked[action])
            recorder.add(action, "imports", "ms", imports)
            recorder.add(action, "first call", "ms", first)
            recorder.add(action, "imports and first call", "ms", imports + first)
            recorder.add(action, "second call", "ms", again)
    return recorder


def first_call(action: str, args: dict[str, Any]) -> list[float]:
    """Milliseconds of the imports, the first call and the second."""
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w") as file:
        zipfile.ZipFile(ROOT / "build" / "package" / "host" / f"{action}.zip").extractall(folder)
        json.dump(args, file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-S", "-c", FIRST_CALL, folder, file.name], capture_output=True, check=True, cwd=folder
        )
    return [1000 * seconds for seconds in json.loads(done.stderr.splitlines()[-1])]


def on_platform(platform: Platform, table: str, rounds: int) -> Recorder:
    """The first answer after every container has gone, through the gateway, and what the records say of it."""
    recorder = Recorder(table)
    photo = pictures.photos()[0]
    for number in range(rounds):
        say(f"{table}, round {number + 1} of {rounds}")
        platform.renew_sequence()
        answer = platform.ask(photo)
        recorder.add("sequence of four", "first answer", "ms", answer.ms)
        for step in platform.steps(answer.activation_id):
            add_record(recorder, step.name, step.wait, step.init, step.duration)

        if platform.has_naive():
            platform.renew(NAIVE)
            answer = platform.ask(photo, platform.naive_url)
            recorder.add("naive function", "first answer", "ms", answer.ms)
            for step in platform.steps(answer.activation_id):
                add_record(recorder, "naive function", step.wait, step.init, step.duration)
    return recorder


def add_record(recorder: Recorder, subject: str, wait: float, init: float, duration: float) -> None:
    recorder.add(subject, "wait time", "ms", wait)
    recorder.add(subject, "init time", "ms", init)
    recorder.add(subject, "run time", "ms", duration - init)
