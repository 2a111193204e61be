"""Part 5: many callers, what they cost, and on paper a cluster."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

from bench import host, pictures
from bench.cluster import Cluster, Function, burst
from bench.coldstart import naive_on
from bench.cost import gb_seconds
from bench.measurement import Measurement, Recorder, gathered
from bench.platform import Platform
from bench.progress import say
from bench.sample import median
from distribution import percentile
from tests.records import store_ten_thousand

CALLERS = (1, 2, 4, 8)
MEMORY_MB = (512, 1024, 2048)
PHOTOS_AT_ONCE = 1000
CLUSTERS = (Cluster(1, 8, 16_384), Cluster(4, 16, 65_536), Cluster(16, 16, 65_536))
SEQUENCE, NAIVE = "sequence of four", "naive function"


def measure(folders: dict[str, Path], calls: int) -> tuple[Measurement, ...]:
    recorders = [throughput(folders, memory_mb, calls) for memory_mb in MEMORY_MB]
    with host.localwhisk(folders) as platform, naive_on(platform, host.NAIVE):
        costs, functions = cost(platform, calls // 4)
    return gathered([*recorders, costs, on_paper(functions), statistics(folders, max(3, calls // 20))])


def throughput(folders: dict[str, Path], memory_mb: int, calls: int) -> Recorder:
    """Photos a second against callers: first all at once on a host that has just started, then warm."""
    recorder = Recorder(f"scale, {memory_mb} MB for all containers")
    for callers in CALLERS:
        say(f"{recorder.table}, {callers} callers")
        subject = f"{callers} at once"
        with host.localwhisk(folders, memory_mb) as platform, ThreadPoolExecutor(callers) as threads:
            photos = list(islice(cycle(pictures.photos()), calls))
            cold = list(threads.map(platform.ask, photos[:callers]))
            recorder.add(subject, "slowest of the cold burst", "ms", max(answer.ms for answer in cold))

            list(threads.map(platform.ask, photos[: 2 * callers]))
            started = time.perf_counter()
            answers = list(threads.map(platform.ask, photos))
            seconds = time.perf_counter() - started
            recorder.add(subject, "photos a second, warm", "", calls / seconds)
            recorder.add(subject, "answer", "ms", *(answer.ms for answer in answers))
            recorder.add(subject, "p95", "ms", percentile(sorted(answer.ms for answer in answers), 95))
    return recorder


def cost(platform: Platform, calls: int) -> tuple[Recorder, dict[str, Function]]:
    """What the records say that a photo costs, cold and warm, one caller; and what a burst is worked out from."""
    recorder = Recorder("scale, cost as memory times duration")
    functions = {}
    photos = pictures.photos()
    for subject, url, renew in (
        (SEQUENCE, platform.classify_url, platform.renew_sequence),
        (NAIVE, platform.naive_url, platform.renew_naive),
    ):
        say(f"{recorder.table}, {subject}")
        renew()
        cold = platform.steps(platform.ask(photos[0], url).activation_id)
        warm = [platform.steps(platform.ask(photo, url).activation_id) for photo in islice(cycle(photos), calls)]

        each = [1000 * gb_seconds(step.billed() for step in steps) for steps in warm]
        recorder.add(subject, "a thousand photos, warm", "GB s", *each)
        recorder.add(subject, "one cold photo", "GB s", gb_seconds(step.billed() for step in cold))
        work_ms = median([sum(step.duration for step in steps) for steps in warm])
        lane_mb = sum(step.memory_mb for step in cold)
        functions[subject] = Function(work_ms, sum(step.duration for step in cold), lane_mb)
    return recorder, functions


def on_paper(functions: dict[str, Function]) -> Recorder:
    """Worked out, not measured."""
    recorder = Recorder(f"scale, worked out: {PHOTOS_AT_ONCE:,} photos at the same time on an idle cluster")
    for cluster in CLUSTERS:
        machines = f"{cluster.machines} machine{'s' if cluster.machines > 1 else ''}"
        for name, function in functions.items():
            subject = f"{name}, {machines} with {cluster.cores} cores and {cluster.memory_mb // 1024} GB"
            found = burst(PHOTOS_AT_ONCE, function, cluster)
            recorder.add(subject, "containers' lanes", "", found.lanes)
            recorder.add(subject, "until the last answer", "s", found.seconds)
    return recorder


def statistics(folders: dict[str, Path], calls: int) -> Recorder:
    """The admin page's question for a day of 10,000 records, warm."""
    recorder = Recorder("scale, statistics of 10,000 records")
    say(recorder.table)
    with host.localwhisk(folders, prepare=store_ten_thousand) as platform:
        answers = [platform.statistics_ms(host.TOKEN) for _ in range(calls + 1)]
    recorder.add("admin page, one day", "answer", "ms", *answers[1:])
    return recorder
