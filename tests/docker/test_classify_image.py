"""The image of classify, run as OpenWhisk runs it, on a read-only file system."""

import base64
import itertools
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from problem import Json
from tests.action_modules import ACTIONS, assert_problem, load
from tests.containers import PLATFORM, ROOT, ActionContainer, ActionProcess, docker, init, run
from tests.docker.conftest import built

ACTIVATIONS = 1000
WARM_UP = 100
MAX_GROWTH_KIB = 1024
MAX_ADDED_BYTES = 120_000_000

Start = Callable[..., ActionContainer]


@pytest.fixture
def start(classify_image: str) -> Iterator[Start]:
    """Starts containers of classify under the platform's limits, and removes them at the end."""
    started: list[ActionContainer] = []

    def starting(*options: str) -> ActionContainer:
        started.append(ActionContainer(classify_image, options=(*PLATFORM, *options)))
        return started[-1]

    yield starting
    for container in started:
        container.remove()


@pytest.fixture
def model() -> Json:
    """The identity of the model that is built."""
    identity: Json = json.loads((ROOT / "build" / "model" / "model.json").read_text())
    return identity


@pytest.fixture(scope="module")
def tensors(photos: Path) -> dict[str, Json]:
    """What preprocess hands to classify for each photo."""
    decode, preprocess = load(ACTIONS / "decode"), load(ACTIONS / "preprocess")
    pictures = {path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(photos.glob("*.jpg"))}
    return {name: preprocess(decode({"image": picture, "explain": True})) for name, picture in pictures.items()}


@pytest.fixture(scope="module")
def tensor(tensors: dict[str, Json]) -> Json:
    return next(iter(tensors.values()))


def answer(result: Json) -> Json:
    """What must not depend on the place or the time of the call."""
    return {key: value for key, value in result.items() if key not in ("timings_ms", "cold")}


def inspect(name: str, path: str) -> Any:
    return json.loads(docker("inspect", "--format", f"{{{{json {path}}}}}", name))


def memory_kib(container: ActionContainer) -> dict[str, int]:
    """What the kernel counts for process 1: RssAnon, VmRSS, VmHWM, …"""
    lines = docker("exec", container.name, "cat", "/proc/1/status").splitlines()
    return {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith(" kB")}


def peak_mib(container: ActionContainer) -> float:
    """The most that the control group was ever charged with, mapped files included."""
    version_1, version_2 = "/sys/fs/cgroup/memory/memory.max_usage_in_bytes", "/sys/fs/cgroup/memory.peak"
    return int(docker("exec", container.name, "sh", "-c", f"cat {version_2} 2>&- || cat {version_1}")) / 2**20


def test_a_thousand_activations_at_128_mb(
    start: Start, tensors: dict[str, Json], record_property: Callable[[str, object], None]
) -> None:
    # GIVEN the answers of the same action as a process
    process = ActionProcess(ROOT / "build" / "package" / "host" / "classify")
    try:
        started = init(process)
        assert started.status_code == 200, started.text
        expected = {name: answer(run(process, tensor).json()) for name, tensor in tensors.items()}
    finally:
        process.remove()
    # WHEN the container is asked a thousand times
    container = start()
    assert init(container).status_code == 200
    before = inspect(container.name, ".State")
    warm: dict[str, int] = {}
    for number, name in enumerate(itertools.islice(itertools.cycle(tensors), ACTIVATIONS), start=1):
        assert answer(run(container, tensors[name]).json()) == expected[name], f"{name}, activation {number}"
        if number == WARM_UP:
            warm = memory_kib(container)
    # THEN nothing was killed or started again, and memory stayed where it was
    after, last = inspect(container.name, ".State"), memory_kib(container)
    record_property(
        "measured",
        f"classify at 128 MB, {ACTIVATIONS} activations: peak of the process {last['VmHWM'] / 1024:.0f} MiB"
        f" (its own memory {last['RssAnon'] / 1024:.0f}, the rest is mapped files), of the control group"
        f" {peak_mib(container):.0f} MiB; growth since the {WARM_UP}th {last['RssAnon'] - warm['RssAnon']} KiB",
    )
    assert (after["OOMKilled"], after["Running"], after["Pid"]) == (False, True, before["Pid"])
    assert inspect(container.name, ".RestartCount") == 0
    assert last["RssAnon"] - warm["RssAnon"] <= MAX_GROWTH_KIB


def test_the_first_activation_is_cold_and_the_next_is_warm(start: Start, tensor: Json) -> None:
    container = start()
    assert init(container).status_code == 200
    first, second = (run(container, tensor).json() for _ in range(2))
    assert (first["cold"][-1:], second["cold"].count("classify")) == (["classify"], 0)
    assert answer(first) == answer(second)


def test_the_image_adds_little_to_its_base(classify_image: str, record_property: Callable[[str, object], None]) -> None:
    base = "python:3.11-slim-bookworm"
    added = inspect(classify_image, ".Size") - inspect(base, ".Size")
    record_property("measured", f"classify adds {added / 1e6:.0f} MB to {base} (limit {MAX_ADDED_BYTES / 1e6:.0f})")
    assert added <= MAX_ADDED_BYTES


def test_a_missing_model_is_told_to_the_log_and_the_caller(start: Start, tensor: Json, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    container = start("--volume", f"{tmp_path}:/action/model:ro")
    assert init(container).status_code == 200
    problem = assert_problem(run(container, tensor).json(), "model-unavailable")
    assert problem["detail"] in container.stderr


def test_a_damaged_model_is_told_to_the_log_and_the_caller(start: Start, tensor: Json, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.tflite"
    content = bytearray((ROOT / "build" / "model" / "nasnet_mobile.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    container = start("--volume", f"{damaged}:/action/model/nasnet_mobile.tflite:ro")
    assert init(container).status_code == 200
    problem = assert_problem(run(container, tensor).json(), "model-unavailable")
    assert "damaged: expected the SHA-256" in problem["detail"]
    assert problem["detail"] in container.stderr


def test_it_writes_no_file(classify_image: str, tensor: Json) -> None:
    container = ActionContainer(classify_image)
    try:
        init(container)
        assert "predictions" in run(container, tensor).json()
        assert docker("diff", container.name) == ""
    finally:
        container.remove()


def inside(image: str, script: str) -> str:
    """What the shell ``script`` prints in a container of ``image``."""
    return docker("run", "--rm", "--entrypoint", "sh", image, "-c", script)


def test_it_is_no_root_and_holds_no_tools(classify_image: str) -> None:
    assert inside(classify_image, "id -u") == "65534"
    assert inside(classify_image, "command -v gcc cc c++ make || true") == ""
    assert inside(classify_image, "find / -xdev -name 'tensorflow*' -o -xdev -path '*/.cache/pip' 2>&-; true") == ""


def test_it_says_what_it_is(classify_image: str, model: Json) -> None:
    labels, prefix = inspect(classify_image, ".Config.Labels"), "org.opencontainers.image."
    version = subprocess.run([ROOT / "scripts" / "version"], capture_output=True, text=True, check=True).stdout.strip()
    assert re.fullmatch(rf"classifier-classify-test:{re.escape(version)}-[0-9a-f]{{12}}", classify_image)
    assert labels[prefix + "version"] == version
    assert labels[prefix + "source"] == "https://example.org/sources"
    assert labels[prefix + "licenses"] == "Apache-2.0"
    assert labels["classifier.model.sha256"] == model["sha256"]
    assert labels["classifier.model.weights"] == model["weights"]


def test_another_content_has_another_tag(classify_image: str) -> None:
    """OpenWhisk pulls a tag once, and make deploy compares names."""
    other = built("https://example.org/other-sources")
    again = built()

    assert other.rpartition("-")[0] == classify_image.rpartition("-")[0]
    assert other != classify_image
    assert again == classify_image


def test_its_bill_of_materials_lists_what_is_inside(classify_image: str, model: Json) -> None:
    name, _, tag = classify_image.rpartition(":")
    bill = json.loads((ROOT / "build" / "image" / f"{name}-{tag.rpartition('-')[0]}.cdx.json").read_text())
    listed = {component["name"]: component for component in bill["components"]}
    for package, expression in (
        ("python", "import platform; print(platform.python_version())"),
        ("numpy", "import numpy; print(numpy.__version__)"),
        ("ai-edge-litert", "import ai_edge_litert; print(ai_edge_litert.__version__)"),
    ):
        assert listed[package]["version"] == inside(classify_image, f"cd /action && python -c '{expression}'")
    assert listed["NASNetMobile"]["hashes"] == [{"alg": "SHA-256", "content": model["sha256"]}]
    assert "libc6" in listed


@pytest.mark.parametrize("weights", ["", "imagenet"])
def test_stand_in_weights_get_into_an_image_only_when_asked_for(model: Json, weights: str) -> None:
    if model["weights"] != "stand-in":
        pytest.skip(f"build/model has the weights {model['weights']}")
    command = ["env", f"WEIGHTS={weights}", str(ROOT / "scripts" / "image")]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "WEIGHTS=stand-in accepts this one" in refused.stderr
