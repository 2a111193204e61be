"""Put the model of the action classify into build/model: the model file and its model.json.

    scripts/model.py                 build it from the weights (make model); status 3: they cannot be fetched
    scripts/model.py --or-stand-in   keep what is there, and rather take the stand-in than fail (make run)

The weights are the file that NASNET_WEIGHTS names, else the one that Keras publishes, fetched once to build/weights
(NASNET_WEIGHTS_URL names a mirror). WEIGHTS=stand-in takes the committed stand-in and asks nobody.
The weights come first, TensorFlow is installed only then, into build/venv-model. Standard library only.
"""

import argparse
import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / "actions" / "shared"
sys.path.append(str(SHARED))

import network  # noqa: E402

BUILD = ROOT / "build"
STAND_IN = ROOT / "tests" / "data" / "model"
BUILDER = ROOT / "actions" / "classify" / "build_model.py"
CONVERSION = BUILDER.with_name("conversion.py")
LOCK = ROOT / "requirements" / "model.txt"
ENVIRONMENT = BUILD / "venv-model"
PUBLISHED = BUILD / "weights" / Path(network.FILE).with_suffix(".h5")
FILES = (network.FILE, "model.json")  # the description last: it never names a model that is not there

CONNECT_SECONDS = 5
READ_SECONDS = 30
CHUNK = 1 << 16

PYTHONS = ((3, 11), (3, 12), (3, 13))  # for which the locked TensorFlow has wheels
NOT_FETCHED = 3
NOTICE = (
    "model: ATTENTION: these are STAND-IN weights, not trained on ImageNet: what they say about most photos is "
    "meaningless. For the real model run `make model` where {host} can be reached, or name Keras's weights file "
    "in NASNET_WEIGHTS."
)


class NotFetched(Exception):
    """The published weights cannot be had from here."""


def say(text: str) -> None:
    print(f"model: {text}", flush=True)


def digest(file: Path, algorithm: str) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, algorithm).hexdigest()


# --- the weights ---


def published_weights() -> Path:
    """Keras's own file, fetched if it is not here yet or damaged."""
    if PUBLISHED.exists() and digest(PUBLISHED, "md5") == network.WEIGHTS_MD5:
        return PUBLISHED
    fetch(os.environ.get("NASNET_WEIGHTS_URL", network.WEIGHTS_URL), network.WEIGHTS_MD5, PUBLISHED)
    return PUBLISHED


def fetch(url: str, md5: str, target: Path) -> None:
    """Download ``url`` to ``target``; only a file with this MD5 gets there. Otherwise ``NotFetched``."""
    import http.client

    say(f"fetching {url}")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        with answer(url) as response, part.open("wb") as file:
            total = int(response.headers.get("Content-Length") or 0)
            for chunk in with_progress(iter(lambda: response.read(CHUNK), b""), total, sys.stdout):
                file.write(chunk)
        size, actual = part.stat().st_size, digest(part, "md5")
        if actual != md5:
            raise NotFetched(f"{url} gave {size} of {total} bytes with the MD5 {actual}, not {md5}; they were removed")
        part.replace(target)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotFetched(f"{url} cannot be fetched: {getattr(error, 'reason', error)}") from error
    finally:
        part.unlink(missing_ok=True)


def answer(url: str, seconds: float = CONNECT_SECONDS) -> Any:
    """``urlopen``, but with one time limit for everything up to the answer: resolving the name and every address."""
    import urllib.error
    import urllib.request

    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def attempt() -> None:
        try:
            answers.put(urllib.request.urlopen(url, timeout=READ_SECONDS))  # noqa: S310 - ours, or the user's own mirror
        except Exception as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            answers.put(error)

    threading.Thread(target=attempt, daemon=True).start()
    try:
        result = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds} seconds") from None
    if isinstance(result, Exception):
        raise result
    return result


def with_progress(chunks: Iterator[bytes], total: int, stream: TextIO) -> Iterator[bytes]:
    """``chunks``, with a bar on a terminal and a line every tenth elsewhere."""
    steps, start, end = (100, "\r", "") if stream.isatty() else (10, "", "\n")
    done, last = 0, -1
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        step = done * steps // total if total else 0
        if step > last:
            last = step
            bar = "#" * (30 * step // steps)
            print(
                f"{start}model: [{bar:<30}] {done / 1e6:.1f} of {total / 1e6:.1f} MB", end=end, file=stream, flush=True
            )
    print(end="" if end else "\n", file=stream, flush=True)


# --- building ---


def environment() -> Path:
    """The Python of the build environment, installed anew if the lock changed since."""
    python = suitable_python()
    wanted = f"{digest(LOCK, 'sha256')} {python}"
    stamp, inside = ENVIRONMENT / "lock.stamp", ENVIRONMENT / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        say("installing TensorFlow into build/venv-model, only to build the model (about 1.6 GB, some minutes)")
        subprocess.run([python, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        pip = [str(inside), "-m", "pip", "--disable-pip-version-check", "install", "--require-hashes"]
        subprocess.run([*pip, "-r", str(LOCK)], check=True)
        stamp.write_text(wanted)
    return inside


def suitable_python() -> str:
    """A Python that TensorFlow has wheels for: this one, or another that is installed."""
    if sys.version_info[:2] in PYTHONS:
        return sys.executable
    names = [f"python{major}.{minor}" for major, minor in PYTHONS]
    pythons = [path for name in names if (path := shutil.which(name))]
    if not pythons:
        sys.exit(
            f"model: TensorFlow needs {', '.join(names)}; here is only {sys.version.split()[0]}. Install one of them."
        )
    return pythons[-1]


def build(weights: Path, out: Path, precision: str) -> None:
    """Convert ``weights``. What TensorFlow prints is shown only if it fails."""
    command = [environment(), BUILDER, "--weights", weights, "--out", out, "--precision", precision]
    quiet = {**os.environ, "PYTHONPATH": str(SHARED), "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(list(map(str, command)), env=quiet, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stderr)


# --- what is there ---


def description(folder: Path) -> dict[str, Any]:
    """model.json of a whole model in ``folder``; empty if there is none."""
    try:
        model: dict[str, Any] = json.loads((folder / "model.json").read_text())
        return model if (folder / FILES[0]).stat().st_size == model["bytes"] else {}
    except (OSError, ValueError, KeyError):
        return {}


def is_newer_than_its_sources(folder: Path) -> bool:
    """Whether what describes the model, builds it or stands in for it has not changed since it was put there."""
    sources = (BUILDER, CONVERSION, SHARED / "network.py", STAND_IN / "model.json")
    return (folder / "model.json").stat().st_mtime >= max(source.stat().st_mtime for source in sources)


def is_current(folder: Path, accepts: Callable[[dict[str, Any]], bool]) -> bool:
    model = description(folder)
    return bool(model) and accepts(model) and is_newer_than_its_sources(folder)


def take_stand_in(folder: Path) -> None:
    """Copy the committed stand-in, unless it is there already: with new dates, everything would be packaged anew."""
    expected = description(STAND_IN)
    if is_current(folder, lambda model: model == expected):
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        part = folder / f"{name}.part"
        shutil.copyfile(STAND_IN / name, part)
        part.replace(folder / name)


# --- the verb ---


def build_from_weights(out: Path, precision: str) -> None:
    """Build the model from the weights that are asked for, unless it is there."""
    named = os.environ.get("NASNET_WEIGHTS")
    if named and not Path(named).is_file():
        sys.exit(f"model: NASNET_WEIGHTS names {named}, but there is no such file")
    weights = Path(named) if named else published_weights()
    wanted = {"weights_sha256": digest(weights, "sha256"), "precision": precision}
    if not is_current(out, lambda model: wanted.items() <= model.items()):
        build(weights, out, precision)


def provide(out: Path, precision: str, or_stand_in: bool) -> int:
    """Do the verb; the exit status."""
    wish = os.environ.get("WEIGHTS")
    if wish not in (None, "", "stand-in"):
        sys.exit(f"model: WEIGHTS={wish} is not known; expected stand-in, or nothing for the real weights")
    if wish:
        take_stand_in(out)
        return 0
    settled = not os.environ.get("NASNET_WEIGHTS") and is_current(out, keeps)
    if or_stand_in and settled:
        return 0
    try:
        build_from_weights(out, precision)
    except NotFetched as error:
        print(f"model: {error}", file=sys.stderr)
        if not or_stand_in:
            advice = "Name Keras's weights file in NASNET_WEIGHTS, or accept the stand-in with WEIGHTS=stand-in."
            print(f"model: nothing was built. {advice}", file=sys.stderr)
            return NOT_FETCHED
        if description(out).get("weights") == "imagenet":
            say(f"{out} is kept as it is, though older than what builds it")
        else:
            take_stand_in(out)
    except subprocess.CalledProcessError as error:
        sys.exit(f"model: the build environment could not be made: {error}")
    return 0


def keeps(model: dict[str, Any]) -> bool:
    """Whether a model may stay if no weights are named: a stand-in only as long as the real weights are not here."""
    return model["weights"] == "imagenet" or not PUBLISHED.exists()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--or-stand-in", action="store_true", help="take the stand-in where weights cannot be fetched")
    parser.add_argument("--precision", choices=["float32", "int8"], default="float32", help="of the stored weights")
    parser.add_argument("--out", type=Path, default=BUILD / "model", help="where the model goes")
    args = parser.parse_args()
    status = provide(args.out, args.precision, args.or_stand_in)
    if status == 0 and description(args.out).get("weights") != "imagenet":
        print(NOTICE.format(host=network.WEIGHTS_URL.split("/")[2]), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
