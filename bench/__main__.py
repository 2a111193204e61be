"""Measure the chain as a caller sees it, on this machine, and print one table (also as build/bench.json).

    python -m bench [--calls 200] [--cold 5] [--image classifier-classify:VERSION]

With --image, also how that image starts in a container; it needs Docker.

Everything runs in one go on the same server and the same pictures, so that the ratios compare like with like. The load
goes to 127.0.0.1 only, and each part ends after a fixed number of calls.
"""

import argparse
import base64
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
from PIL import Image

import decoder
from distribution import percentile
from manifest import STEPS
from tests.action_modules import ACTIONS, load
from tests.conftest import DATA
from tests.containers import PLATFORM, ActionContainer, init, run
from tests.records import store_ten_thousand
from tests.serving import ROOT, Served, serving

PHOTOS = DATA / "photos"
Row = dict[str, str | float | int]


def pictures() -> list[bytes]:
    """The test photos; without them gradients of photo size."""
    photos = [file.read_bytes() for file in sorted(PHOTOS.glob("*.jpg"))]
    return photos or [jpeg(500, 375)]


def jpeg(width: int, height: int) -> bytes:
    output = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((width, height)).save(output, "JPEG", quality=80)
    return output.getvalue()


def timed(call: Callable[[], object]) -> float:
    """Milliseconds that ``call`` takes."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def row(name: str, milliseconds: Iterable[float], **facts: str | float | int) -> Row:
    """The distribution of ``milliseconds``, nearest-rank percentiles."""
    ordered = sorted(milliseconds)
    return {
        "name": name,
        "n": len(ordered),
        "p50_ms": round(percentile(ordered, 50), 2),
        "p95_ms": round(percentile(ordered, 95), 2),
        "max_ms": round(ordered[-1], 2),
        **facts,
    }


def classify(served: Served, client: httpx.Client, picture: bytes) -> dict[str, float]:
    """One call through the gateway: the caller's wait (``total``) and each step's own time, in milliseconds."""
    started = time.perf_counter()
    answer = client.post(served.classify_url, content=picture, headers={"Content-Type": "image/jpeg"}, timeout=60)
    total = (time.perf_counter() - started) * 1000
    answer.raise_for_status()
    return {"total": total, **answer.json()["timings_ms"]}


def warm(served: Served, calls: int) -> list[Row]:
    """One caller, warm containers."""
    photos = pictures()
    with httpx.Client() as client:
        for picture in photos[:5]:
            classify(served, client, picture)
        measured = [classify(served, client, photos[number % len(photos)]) for number in range(calls)]
    rows = [row(f"warm, {step} alone", [one[step] for one in measured]) for step in STEPS]
    outside = [one["total"] - sum(one[step] for step in STEPS) for one in measured]
    whole = row("warm, whole sequence", [one["total"] for one in measured])
    return [whole, *rows, row("warm, outside the actions", outside)]


def burst(served: Served, calls: int, callers: int) -> Row:
    """``callers`` at once, as many containers as the host starts for them."""
    photos = pictures()
    with httpx.Client() as client, ThreadPoolExecutor(callers) as threads:
        list(threads.map(lambda picture: classify(served, client, picture), photos[: callers * 2]))
        started = time.perf_counter()
        chosen = [photos[number % len(photos)] for number in range(calls)]
        measured = list(threads.map(lambda picture: classify(served, client, picture)["total"], chosen))
        seconds = time.perf_counter() - started
    return row(f"warm, {callers} callers at once", measured, calls_per_s=round(calls / seconds, 1))


def cold(times: int) -> list[Row]:
    """First call on a fresh host: every container starts for it."""
    picture = pictures()[0]
    firsts: list[float] = []
    inits: dict[str, list[float]] = {step: [] for step in STEPS}
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served, httpx.Client() as client:
            firsts.append(classify(served, client, picture)["total"])
            for step in STEPS:
                annotations = served.records(f"classifier/{step}")[0]["annotations"]
                inits[step] += [one["value"] for one in annotations if one["key"] == "initTime"]
    return [row("cold, whole sequence", firsts), *(row(f"cold, init of {step}", inits[step]) for step in STEPS)]


def starts_in_containers(image: str, times: int) -> list[Row]:
    """A container of ``image``: from `docker run` to its first answer, from the start of its process to its model."""
    picture = {"image": base64.b64encode(pictures()[0]).decode()}
    tensor = load(ACTIONS / "preprocess")(load(ACTIONS / "decode")(picture))
    measured = [first_answer(image, tensor) for _ in range(times)]
    names = ("docker run to first answer", "process start to model ready", "warm call")
    return [
        row(f"container, {name}", [seconds * 1000 for seconds in column])
        for name, column in zip(names, zip(*measured, strict=True), strict=True)
    ]


def first_answer(image: str, tensor: dict[str, object]) -> tuple[float, float, float]:
    """Seconds from `docker run` to the first answered /run, from the start of the process to the loaded model, and of
    the fastest of five warm calls."""
    asked = time.time()
    command = ("-c", "date +%s.%N; exec python -m actionserver /action")
    container = ActionContainer(image, options=(*PLATFORM, "--entrypoint", "sh"), command=command)
    try:
        init(container).raise_for_status()
        loaded = time.time()
        run(container, tensor).raise_for_status()
        answered = time.time()
        warm = min(run(container, tensor).json()["timings_ms"]["classify"] for _ in range(5)) / 1000
        return answered - asked, loaded - float(container.stdout.split()[0]), warm
    finally:
        container.remove()


def statistics_of_many_records(times: int = 5) -> Row:
    """The admin page's question for a day of 10,000 records."""
    query = {"window": "24h"}
    with tempfile.TemporaryDirectory() as folder:
        store_ten_thousand(Path(folder) / "data")
        with serving(Path(folder)) as served, httpx.Client(headers={"Authorization": "Bearer test-token"}) as client:
            url = served.classify_url.replace("/classify", "/metrics")
            client.get(url, params=query, timeout=60).raise_for_status()  # the container starts
            measured = [timed(lambda: client.get(url, params=query, timeout=60)) for _ in range(times)]
    return row("statistics of 10,000 records", measured)


def memory(served: Served) -> list[Row]:
    """Resident memory of each action process after all these calls, the largest first."""
    children = psutil.Process(served.process.pid).children(recursive=True)
    sizes = sorted((child.memory_info().rss / 2**20 for child in children), reverse=True)
    return [{"name": f"memory, process {number}", "rss_mib": round(size, 1)} for number, size in enumerate(sizes, 1)]


def scaled_decoding(times: int = 10) -> list[Row]:
    """A 12-megapixel JPG decoded in full, and through the DCT scaling that decode uses; same picture, same run."""
    picture = jpeg(4000, 3000)

    def full() -> None:
        with Image.open(io.BytesIO(picture)) as opened:
            opened.convert("RGB")

    scaled = [timed(lambda: decoder.decode(picture)) for _ in range(times)]
    whole = [timed(full) for _ in range(times)]
    ratio = round(statistics.median(whole) / statistics.median(scaled), 1)
    return [
        row("12 megapixels, decoded in full", whole),
        row("12 megapixels, as decode does", scaled, times_faster=ratio),
    ]


def printed(rows: Iterable[Row]) -> None:
    for one in rows:
        facts = "  ".join(f"{key}={value}" for key, value in one.items() if key != "name")
        print(f"{one['name']:<34}{facts}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--cold", type=int, default=5)
    parser.add_argument("--image", help="measure how a container of this image of classify starts, too")
    options = parser.parse_args()
    rows = scaled_decoding()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served:
        rows += [*warm(served, options.calls), burst(served, options.calls, 4), *memory(served)]
    rows += [*cold(options.cold), statistics_of_many_records()]
    if options.image:
        rows += starts_in_containers(options.image, 2 * options.cold)
    printed(rows)
    (ROOT / "build" / "bench.json").write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
