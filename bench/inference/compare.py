"""Measures every candidate, round after round, so that a busy minute of the machine hits all of them."""

import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from packaging.requirements import Requirement

from bench import memory, pictures
from bench.inference.candidate import CANDIDATES
from bench.measurement import Measurement, Recorder, gathered
from bench.progress import say
from bench.sample import median
from manifest import ROOT
from network import SIDE

IMAGES = 10
MULTIPLY_ADDS = 564e6  # of NASNetMobile (Zoph et al., table 2)
MATRIX = 2048  # rows and columns: large enough for the processor's full rate
THREADS = (1, 2)
REFERENCE = "Keras predict"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONWARNINGS": "ignore"}


def measure(models: Path, rounds: int, calls: int) -> tuple[Measurement, ...]:
    """Every candidate with every number of threads, ``rounds`` processes each, ``calls`` warm photos in each."""
    recorders = {threads: Recorder(f"inference, {named(threads)}") for threads in THREADS}
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images.npy"
        np.save(images, photos())
        for number in range(rounds):
            for threads, recorder in recorders.items():
                for name in CANDIDATES:
                    say(f"inference, {name}, {named(threads)}, round {number + 1} of {rounds}")
                    once(recorder, name, models, threads, calls, images)
                machine_limit(recorder, threads)
        for recorder in recorders.values():
            agreement(recorder, Path(folder))
    for name in CANDIDATES:
        sizes(recorders[1], name, models)
    return gathered(recorders.values())


def named(threads: int) -> str:
    return "one thread" if threads == 1 else f"{threads} threads"


def photos() -> NDArray[np.uint8]:
    """Tensors [n, 224, 224, 3] of the first photos."""
    rows = [np.frombuffer(pictures.pixels(photo), np.uint8) for photo in pictures.photos()[:IMAGES]]
    return np.stack(rows).reshape(-1, SIDE, SIDE, 3)


def once(recorder: Recorder, name: str, models: Path, threads: int, calls: int, images: Path) -> None:
    """One process of one candidate. ``-S``: what other packages do at the start of Python is not its fault."""
    answers = images.with_name(f"{name}.npy")
    arguments = [name, models, threads, calls, images, answers]
    environment = {**os.environ, **QUIET, "PYTHONPATH": sysconfig_paths(), "OPENBLAS_NUM_THREADS": str(threads)}

    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-S", ROOT / "bench" / "inference" / "candidate.py", *map(str, arguments)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        first = answered(process)
        recorder.add(name, "start to first answer", "ms", (time.perf_counter() - started) * 1000)
        for quantity, value in first.items():
            recorder.add(name, quantity, "ms", value)
        recorder.add(name, "warm", "ms", *answered(process)["warm"])
        held = memory.of_process(process.pid)
        recorder.add(name, "own memory", "MiB", held.own)
        recorder.add(name, "mapped", "MiB", held.mapped)
        process.communicate()


def sysconfig_paths() -> str:
    import sysconfig

    return sysconfig.get_path("purelib")


def answered(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next JSON line; runtimes also print what nobody asked for."""
    assert process.stdout is not None  # noqa: S101 - it is piped
    for line in process.stdout:
        if line.startswith(b"{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise RuntimeError(f"{process.args!r} ended with status {process.wait()} and no answer")


def machine_limit(recorder: Recorder, threads: int) -> None:
    """The time that the network's multiply-adds take at the rate of a large matrix product, in a process of its own."""
    script = (
        "import json, time; import numpy as np\n"
        f"a = np.ones(({MATRIX}, {MATRIX}), np.float32); b = a.copy(); a @ b; times = []\n"
        "for _ in range(5):\n"
        "    started = time.perf_counter(); a @ b; times.append(time.perf_counter() - started)\n"
        "print(json.dumps(min(times)))"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
    rate = MATRIX**3 / json.loads(done.stdout)  # multiply-adds a second
    recorder.add("the machine's limit (sgemm)", "warm", "ms", MULTIPLY_ADDS / rate * 1000)


def agreement(recorder: Recorder, folder: Path) -> None:
    """How far each candidate's probabilities are from Keras's, over the photos."""
    expected = np.load(folder / f"{REFERENCE}.npy")
    for name in CANDIDATES:
        found = np.load(folder / f"{name}.npy")
        same = float((found.argmax(axis=1) == expected.argmax(axis=1)).mean())
        recorder.add(name, "largest difference from Keras", "", float(abs(found - expected).max()))
        recorder.add(name, "same label", "%", 100 * same)


def sizes(recorder: Recorder, name: str, models: Path) -> None:
    """The model file, and the packages that the candidate needs, as they are installed."""
    candidate = CANDIDATES[name]
    file = models / candidate.file
    size = sum(part.stat().st_size for part in (file, file.with_suffix(".bin")) if part.exists())
    recorder.add(name, "model file", "MB", size / 1e6)
    recorder.add(name, "packages", "MB", installed_bytes({one.partition(".")[0] for one in candidate.modules}) / 1e6)


def installed_bytes(modules: set[str]) -> int:
    """The size of the distributions that bring ``modules`` and all that these require."""
    bringing = packages_distributions()
    waiting, known = {bringing[module][0] for module in modules}, set[str]()
    total = 0
    while waiting:
        name = waiting.pop()
        known.add(name)
        found = distribution(name)
        total += sum(path.stat().st_size for file in found.files or () if (path := Path(str(file.locate()))).exists())
        required = map(Requirement, found.requires or ())
        needed = {one.name for one in required if one.marker is None or one.marker.evaluate({"extra": ""})}
        waiting |= needed - known
    return total


def fastest_that_fits(measurements: tuple[Measurement, ...], limit_mib: float) -> str:
    """The candidate with the lowest warm time on one thread whose own memory stays below ``limit_mib``."""
    found = {(one.subject, one.quantity): median(one.samples) for one in measurements if "one thread" in one.table}
    fitting = [name for name in CANDIDATES if found[name, "own memory"] < limit_mib]
    return min(fitting, key=lambda name: found[name, "warm"])
