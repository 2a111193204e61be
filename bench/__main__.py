"""Measure, side by side in one run, and write docs/benchmarks.md.

    python -m bench [--only PART] [--docker] [--rounds N] [--calls N] [--out FOLDER]

PART is inference, coldstart, chain or scale. With APIHOST and AUTH (or WSK_CONFIG_FILE) coldstart and chain are
measured on that OpenWhisk, from the outside and from its activation records; NAIVE_IMAGE names an image of the naive
function that it can pull, for comparison. There it is one caller at a time; on this machine a few.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import target
from bench import chain, coldstart, container, host, machine, report, scale
from bench.inference import compare
from bench.measurement import Measurement, Recorder, Run, gathered, write
from bench.platform import Platform
from bench.progress import say
from manifest import ROOT

BUILD = ROOT / "build" / "bench"
PUBLISHED = ROOT / "build" / "weights" / "nasnet_mobile.h5"


def main() -> None:
    options = parsed()
    folder = options.out / "benchmarks"
    parts = [options.only] if options.only else list(report.PARTS)

    if "APIHOST" in os.environ or "WSK_CONFIG_FILE" in os.environ:
        for run in deployed(options, [part for part in parts if part in ("coldstart", "chain")]):
            write(run, folder / f"{run.part}.json")
    else:
        folders = prepared(options.docker)
        for part in parts:
            facts = {**machine.facts(), **model_facts(), "rounds": options.rounds, "calls": options.calls}
            write(Run(part, facts, measured(part, folders, options)), folder / f"{part}.json")

    document = options.out / "benchmarks.md"
    if not document.exists():
        shutil.copyfile(report.DOCUMENT, document)
    report.write(document, folder)
    say(f"{document} is written")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=report.PARTS, help="one part")
    parser.add_argument("--docker", action="store_true", help="cold starts of containers, too")
    parser.add_argument("--rounds", type=int, default=5, help="starts of each process or container (5)")
    parser.add_argument("--calls", type=int, default=100, help="warm calls of each kind (100)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder of benchmarks.md (docs)")
    return parser.parse_args()


def measured(part: str, folders: dict[str, Path], options: argparse.Namespace) -> tuple[Measurement, ...]:
    match part:
        case "inference":
            return compare.measure(BUILD / "models", options.rounds, options.calls)
        case "coldstart":
            return coldstart.measure(folders, options.rounds, options.docker)
        case "chain":
            with host.localwhisk(folders) as platform, coldstart.naive_on(platform, host.NAIVE):
                return chain.measure(platform, options.calls)
        case _:
            return scale.measure(folders, options.calls)


def deployed(options: argparse.Namespace, parts: list[str]) -> list[Run]:
    """What can be measured on the OpenWhisk that the environment names."""
    platform = Platform(target.find(os.environ))
    image = os.environ.get("NAIVE_IMAGE")
    if image:
        platform.put_naive(image)
    try:
        return [Run(f"deployed-{part}", machine.facts(), on_deployment(part, platform, options)) for part in parts]
    finally:
        if image:
            platform.delete_naive()


def on_deployment(part: str, platform: Platform, options: argparse.Namespace) -> tuple[Measurement, ...]:
    if part == "chain":
        return chain.measure(platform, options.calls)
    recorder: Recorder = coldstart.on_platform(platform, "cold start on this OpenWhisk", options.rounds)
    return gathered([recorder])


def prepared(docker: bool) -> dict[str, Path]:
    """The models in every format, and the unpacked actions of both images, made anew where their sources changed."""
    weights = weights_file()
    stamp, wanted = BUILD / "stamp", f"{weights} {Path(weights).stat().st_mtime_ns if weights != 'random' else 0}"
    if not stamp.exists() or stamp.read_text() != wanted:
        prepare = [sys.executable, "-m", "bench.inference.prepare", weights, BUILD / "models"]
        subprocess.run(list(map(str, prepare)), check=True, stderr=subprocess.DEVNULL, cwd=ROOT)
        lay_out_naive()
        stamp.write_text(wanted)
    if docker:
        build_images()
    return {host.CLASSIFY: ROOT / "build" / "package" / "host" / "classify", host.NAIVE: BUILD / "naive"}


def weights_file() -> str:
    """The weights of all formats: those that NASNET_WEIGHTS names, those that Keras publishes, else random ones."""
    named = os.environ.get("NASNET_WEIGHTS")
    return named or (str(PUBLISHED) if PUBLISHED.exists() else "random")


def model_facts() -> dict[str, Any]:
    """Which model classify has; the others are made from the weights of ``weights_file``."""
    described = json.loads((ROOT / "build" / "model" / "model.json").read_text())
    return {"model of classify": f"{described['version']} ({described['weights']})"}


def lay_out_naive() -> None:
    """The naive function as an unpacked action: its module, the weights, and links to all packages."""
    import sysconfig

    folder = BUILD / "naive"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        (folder / package.name).symlink_to(package)
    (folder / "keras.weights.h5").symlink_to(BUILD / "models" / "keras.weights.h5")
    shutil.copyfile(ROOT / "bench" / "naive" / "__main__.py", folder / "__main__.py")


def build_images() -> None:
    """The images of both functions, under the names that the host deploys."""
    say("building the images; that of the naive function takes minutes")
    environment = {**os.environ, "WEIGHTS": "stand-in"}
    built = subprocess.run(
        [ROOT / "scripts" / "image"], env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()[-1]
    container.run("tag", built, host.CLASSIFY)

    context = BUILD / "naive-image"
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir()
    for source in ("bench/naive/Dockerfile", "bench/naive/__main__.py", "requirements/model.txt"):
        shutil.copyfile(ROOT / source, context / Path(source).name)
    shutil.copyfile(ROOT / "runtime" / "actionserver.py", context / "actionserver.py")
    shutil.copyfile(BUILD / "models" / "keras.weights.h5", context / "keras.weights.h5")
    certificate = "PIP_CERT=/etc/ssl/certs/ca-certificates.crt"
    container.run("build", "--network", "host", "--build-arg", certificate, "--tag", host.NAIVE, str(context))


if __name__ == "__main__":
    main()
