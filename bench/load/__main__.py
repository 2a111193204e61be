"""Ask a deployment from many sides, and print what it bore as a Markdown table.

    python -m bench.load [--call photo|echo] [--seconds N] [--at-once N] [--soak SECONDS] [--host-options "…"]

With APIHOST and AUTH (or WSK_CONFIG_FILE) it asks that OpenWhisk, else a localwhisk of its own, which gets the host
options. Closed model: 1 to 256 callers, each asks again once it is answered. Open model: requests at a fixed rate, from
half to three times of what the closed one reached. Then as many requests as --at-once by 30 callers, and all at once.
A soak is written into docs/load.md, too.
"""

import argparse
import asyncio
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

import target
from bench import machine
from bench.load import arrivals, report
from bench.load.arrivals import Answer, Ask
from bench.load.deployment import Deployment, most_memory
from bench.load.report import Phase, Soak
from bench.progress import say
from bench.report import replaced
from manifest import ROOT
from tests.serving import GUEST_KEY, GUEST_UUID, serving

CALLERS = (1, 4, 16, 64, 256)
RATES = (0.5, 1, 2, 3)
STEADY_CALLERS = 30
SOAK_CALLERS = 4
SOAK_SAMPLES = 120
DOCUMENT = ROOT / "docs" / "load.md"
MOST = 10_000  # requests of a phase; a localwhisk keeps 12,000 records
RECORDS_OF_A_PHOTO = 5
CLASSIFY = "classifier-classify:load"

Model = Callable[[Ask], Awaitable[list[Answer]]]


def main() -> None:
    options = parser().parse_args()
    allow_connections()
    with deployment(options.host_options.split()) as deployed:
        deployed.install_echo()
        try:
            said = asyncio.run(soak(deployed, options) if options.soak else load(deployed, options))
        finally:
            deployed.remove_echo()
    print(said)
    if options.soak:
        write(said)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="make load", description="How a deployment bears many callers.")
    top.add_argument("--call", choices=("photo", "echo"), default="photo", help="what is asked (default: photo)")
    top.add_argument("--seconds", type=float, default=10, help="of each phase (default: 10)")
    top.add_argument("--at-once", type=int, default=2400, help="requests at once, at last (default: 2400)")
    top.add_argument("--soak", type=float, default=0, metavar="SECONDS", help="instead: some callers for so long")
    top.add_argument("--host-options", default="", help="of the localwhisk that is started, as one text")
    return top


def allow_connections() -> None:
    """Each request at once is a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000 if hard == resource.RLIM_INFINITY else min(hard, 10_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


@contextmanager
def deployment(host_options: list[str]) -> Iterator[Deployment]:
    """What APIHOST or WSK_CONFIG_FILE names, else a localwhisk for this run."""
    if {"APIHOST", "WSK_CONFIG_FILE"} & os.environ.keys():
        yield Deployment(target.find(os.environ), None)
        return
    image = f"--image={CLASSIFY}={ROOT / 'build/package/host/classify'}"
    environment = {
        "PACKAGE_TARGET": "host",
        "CLASSIFY_IMAGE": CLASSIFY,
        "CLASSIFIER_ADMIN_TOKEN": "for-this-run-alone",
    }
    with (
        TemporaryDirectory() as folder,
        serving(Path(folder), "--manifest", "manifest.yaml", image, *host_options, **environment) as served,
    ):
        yield Deployment(target.Target(served.url, GUEST_UUID, GUEST_KEY), psutil.Process(served.process.pid))


async def load(deployed: Deployment, options: argparse.Namespace) -> str:
    ask, most = what_is_asked(deployed, options)
    made = conditions(options)
    seconds = options.seconds
    phases: list[Phase] = []

    async def measure(name: str, callers: int, by_caller: bool, model: Model) -> None:
        say(name)
        phases.append(await measured(deployed, ask, name, callers, by_caller, model))

    await arrivals.closed(ask, 4, 3, most)  # the containers start
    for callers in CALLERS:
        name = f"closed: {callers} caller{'s' if callers > 1 else ''}"
        await measure(name, callers, True, lambda ask, n=callers: arrivals.closed(ask, n, seconds, most))  # type: ignore[misc]

    capacity = max(phase.per_second for phase in phases)
    for share in RATES:
        rate = share * capacity
        name = f"open: {share:g} times the most, {rate:.3g} a second"
        await measure(name, 0, False, lambda ask, r=rate: arrivals.open_(ask, r, seconds, most))  # type: ignore[misc]

    requests = min(options.at_once, most)
    for callers in (STEADY_CALLERS, requests):
        name = f"{requests:,} requests, {callers:,} at once"
        await measure(name, callers, False, lambda ask, n=callers: arrivals.shared(ask, requests, n))  # type: ignore[misc]

    return f"{made}\n\n{report.markdown(phases)}"


async def measured(deployed: Deployment, ask: Ask, name: str, callers: int, by_caller: bool, model: Model) -> Phase:
    since_ms = deployed.newest_start()
    await deployed.prepare(callers)
    ended = asyncio.Event()
    memory = asyncio.create_task(most_memory(deployed, ended))
    before_s, began = deployed.processor_s(), time.monotonic()
    answers = await model(ask)
    seconds = max(answer.ended_s for answer in answers) - began
    processor_s = None if before_s is None else (deployed.processor_s() or 0) - before_s
    ended.set()
    wrong = await asyncio.to_thread(deployed.without_one_record, answers, since_ms)
    return Phase(name, answers, seconds, by_caller, callers, wrong, await memory, processor_s)


async def soak(deployed: Deployment, options: argparse.Namespace) -> str:
    """Some callers for a long time, and the memory of the host and of its containers meanwhile. A localwhisk does not
    keep all records of that, so only those of the newest answers are looked for."""
    ask, most = what_is_asked(deployed, options)
    name = f"{SOAK_CALLERS} callers for {options.soak:g} s, {conditions(options)}"
    say(name)
    since_ms = deployed.newest_start()
    calls = asyncio.create_task(arrivals.closed(ask, SOAK_CALLERS, options.soak, sys.maxsize))
    memory: list[tuple[float, float]] = []
    while not calls.done():
        await asyncio.wait({calls}, timeout=options.soak / SOAK_SAMPLES)
        host_mb, containers_mb = deployed.memory_mb(), deployed.containers_mb()
        if host_mb is not None and containers_mb is not None:
            memory.append((host_mb, containers_mb))

    answers = await calls
    newest = sorted(answers, key=lambda answer: answer.ended_s)[-most:]
    wrong = await asyncio.to_thread(deployed.without_one_record, newest, since_ms)
    return report.soaked(Soak(name, answers, len(newest), wrong, memory))


def what_is_asked(deployed: Deployment, options: argparse.Namespace) -> tuple[Ask, int]:
    """And how many of it leave no more records than are kept."""
    return (deployed.photo, MOST // RECORDS_OF_A_PHOTO) if options.call == "photo" else (deployed.echo, MOST)


def conditions(options: argparse.Namespace) -> str:
    """What was asked, of what, and on which machine."""
    facts = machine.facts()
    made = f"{facts['processor']}, {facts['cores']} cores, load before {facts['load_before']}, {facts['commit']}"
    return f"{options.call}, {options.host_options or 'as it comes'}; {made}"


def write(section: str) -> None:
    """Put what the soak gave into its document."""
    text = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(replaced(text, "soak", section, "make load"), encoding="utf-8")


if __name__ == "__main__":
    main()
