"""How often the deployed chain is right on labelled photos, beside Keras: what make accuracy does.

    python -m accuracy FOLDER [--list FILE] [--fit crop]… [--limit N] [--callers N] [--no-keras]

Photos are <wnid>/photo.jpg or <wnid>_name.jpg, or FILE has lines `photo.jpg <wnid or index>`; indices count from 0 to
999 in the order of the WordNet ids (Caffe's val.txt), not as in ILSVRC's development kit. With APIHOST and AUTH (or
WSK_CONFIG_FILE; ENVIRONMENT as for make deploy) that OpenWhisk is asked, else a localwhisk for this run. Answers are
kept in build/accuracy: the same command again asks for those that are missing. Ctrl-C ends the asking, and what is
there becomes the report.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

import target
from accuracy import answers, chain, dataset, page, plot, reference, report, results, scores
from accuracy.answers import Answer
from accuracy.chain import Chain, Deployed
from accuracy.dataset import Dataset, Photo
from accuracy.reference import Reference
from accuracy.results import CHAIN, KERAS
from bench import machine
from fit import SHOWN
from manifest import ROOT

BUILD = ROOT / "build" / "accuracy"
MISTAKES = 48
GIVES_UP_AFTER = 20  # photos without an answer, one after the other: nothing answers there any more
GO_ON = "The same command goes on from here."
INTERRUPTED = 130  # the exit status, as shells have it


class Lost(Exception):
    """Whoever is asked does not answer any more."""


class Asked(NamedTuple):
    """Who is asked: their name, where their answers are kept, and how to get those to some photos with a ``fit``."""

    name: str
    key: str
    answers: Callable[[Sequence[Photo], str], Iterable[tuple[Photo, Answer | chain.Unanswered]]]


def main() -> int:
    options = parsed()
    try:
        data = dataset.read(options.folder, options.list, dataset.labels())
        data = data._replace(photos=data.photos[: options.limit])
        return run(data, options)
    except (dataset.Unusable, target.Unusable, chain.ModelChanged, chain.Unanswered) as problem:
        sys.exit(f"accuracy: {problem}")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=folder, help="of labelled photos")
    parser.add_argument("--list", type=Path, help="a file with the labels")
    parser.add_argument("--fit", action="append", choices=list(SHOWN), help="only this one; may be repeated")
    parser.add_argument("--limit", type=positive, metavar="N", help="only so many photos, a random sample")
    parser.add_argument("--callers", type=positive, default=4, metavar="N", help="at the same time (4)")
    parser.add_argument("--no-keras", action="store_true", help="ask the chain only")
    parser.add_argument("--out", type=Path, help="folder of answers and reports (build/accuracy/…)")
    return parser.parse_args()


def folder(name: str) -> Path:
    if not name:
        raise argparse.ArgumentTypeError("expected a folder: make accuracy DATA=folder")
    return Path(name).expanduser()


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, but got {text!r}")
    return int(text)


def say(text: str) -> None:
    print(f"accuracy: {text}", flush=True)


def run(data: Dataset, options: argparse.Namespace) -> int:
    out = options.out or BUILD / name_of(options.folder, options.list)
    fits = list(dict.fromkeys(options.fit or SHOWN))
    say(f"{len(data.photos):,} labelled photos" + "".join(f"; {len(n):,}: {why}" for why, n in data.left_out.items()))
    keras = None if options.no_keras else keras_or_reason()

    with chain.deployed() as deployed, chain.client() as client:
        one = Chain(deployed.url, client)
        model = one.model()
        say(f"asking {deployed.where}: {results.model_name(model)}")
        who = [chain_asked(one, deployed, options.callers)]
        if isinstance(keras, Reference):
            who.append(keras_asked(keras))
        status = ask_all(data.photos, who, fits, out)

    facts = facts_of(data, options, deployed, model, keras)
    found = write(results.Run(facts, model, data.left_out, {}), data.photos, who, fits, out)
    say(f"{out}/accuracy.md, accuracy.json and mistakes.html are written\n")
    print(report.summary(found))
    return status or incomplete(found)


def name_of(folder: Path, listed: Path | None) -> str:
    """Of the folder of answers: other photos or other labels have another one."""
    where = f"{folder.resolve()}\n{listed.resolve() if listed else ''}"
    return f"{folder.resolve().name}-{hashlib.sha256(os.fsencode(where)).hexdigest()[:8]}"


def keras_or_reason() -> Reference | str:
    try:
        return reference.available()
    except reference.Unavailable as reason:
        say(f"Keras is left out: {reason}")
        return str(reason)


# Asking


def chain_asked(one: Chain, deployed: Deployed, callers: int) -> Asked:
    key = chain.key(deployed.version, json.dumps(one.model(), sort_keys=True))
    return Asked(CHAIN, key, lambda photos, fit: chain.asked(photos, lambda photo: one.ask(photo, fit), callers))


def keras_asked(keras: Reference) -> Asked:
    return Asked(KERAS, chain.key(keras.sha256, reference.SCRIPT.read_text()), keras.answers)


def ask_all(photos: Sequence[Photo], who: Iterable[Asked], fits: Iterable[str], out: Path) -> int:
    """Ask for what is missing; the exit status."""
    who = list(who)
    try:
        for fit in fits:
            for one in who:
                ask(photos, one, fit, file_of(out, one, fit))
    except KeyboardInterrupt:
        say(f"interrupted. {GO_ON}")
        return INTERRUPTED
    except (Lost, reference.Unavailable) as problem:
        say(f"{problem}")
        return 1
    return 0


def file_of(out: Path, who: Asked, fit: str) -> Path:
    return out / "answers" / f"{who.name.lower()}-{who.key}-{fit}.jsonl"


def ask(photos: Sequence[Photo], who: Asked, fit: str, file: Path) -> None:
    """Append the missing answers to ``file``. Raises ``Lost``."""
    there = answers.current(photos, answers.read(file))
    missing = [photo for photo in photos if photo.name not in there]
    failed_in_a_row = 0
    with answers.appending(file) as append, progress(f"{fit}, {who.name}", len(photos), len(there)) as bar:
        for _, outcome in who.answers(missing, fit) if missing else ():
            bar.update()
            if isinstance(outcome, Answer):
                append(outcome)
                failed_in_a_row = 0
                continue
            tqdm.write(f"accuracy: no answer to {outcome}", file=sys.stderr)
            failed_in_a_row += 1
            if failed_in_a_row == GIVES_UP_AFTER:
                raise Lost(f"no answer to {GIVES_UP_AFTER} photos, one after the other. {GO_ON}")


@contextmanager
def progress(name: str, total: int, done: int) -> Iterator["tqdm[Any]"]:
    """A bar; where nobody watches it, a line now and then."""
    often_s = 0.2 if sys.stderr.isatty() else 30
    with tqdm(total=total, initial=done, desc=f"{name:<14}", unit=" photos", mininterval=often_s) as bar:
        yield bar


# Writing


def facts_of(
    data: Dataset, options: argparse.Namespace, deployed: Deployed, model: dict[str, Any], keras: Reference | str | None
) -> dict[str, Any]:
    made = machine.facts()
    return {
        "made_at": made["made_at"],
        "commit": made["commit"],
        "chain": deployed.where,
        "keras": keras_fact(keras, model),
        "folder": str(options.folder),
        **({"list": str(options.list)} if options.list else {}),
        "photos": len(data.photos),
        "classes": len({photo.class_index for photo in data.photos}),
    }


def keras_fact(keras: Reference | str | None, model: dict[str, Any]) -> str:
    if keras is None:
        return "left out, as asked for"
    if isinstance(keras, str):
        return f"left out: {keras}"
    same = "those of the chain" if keras.is_of(model["version"]) else "OTHER weights than the chain's"
    return f"{keras.weights.name}, SHA-256 {keras.sha256[:12]}…: {same}"


def write(
    run: results.Run, photos: Sequence[Photo], who: Sequence[Asked], fits: Iterable[str], out: Path
) -> results.Run:
    """``run`` with what was found with each of ``fits``, and all documents in ``out``; one ``fit`` after the other, so
    that no more than its answers are in memory."""
    labels = dataset.labels()
    mistakes, of_keras = {}, {}
    for fit in fits:
        given = {one.name: answers.current(photos, answers.read(file_of(out, one, fit))) for one in who}
        run.fits[fit] = found = results.fit(photos, given)
        mistakes[fit] = scores.surest_mistakes(photos, given[CHAIN], MISTAKES)
        keras = given.get(KERAS, {})
        of_keras[fit] = {one.photo.name: keras[one.photo.name] for one in mistakes[fit] if one.photo.name in keras}
        calibrations = {name: one.calibration for name, one in found.found.items()}
        plot.reliability(calibrations, f"fit={fit}", out / f"reliability-{fit}.svg")

    (out / "accuracy.json").write_text(json.dumps(results.document(run, labels), indent=1) + "\n", "utf-8")
    (out / "accuracy.md").write_text(report.markdown(run, labels), "utf-8", errors="replace")
    introduction = f"{run.facts['photos']:,} photos, {results.model_name(run.model)}"
    (out / "mistakes.html").write_text(page.html(mistakes, of_keras, labels, introduction), "utf-8")
    return run


def incomplete(run: results.Run) -> int:
    """The exit status: 1 if anything was not answered."""
    count = sum(len(one.unanswered) for fit in run.fits.values() for one in fit.found.values())
    if count:
        say(f"{count:,} photos were not answered; the same command asks for them again")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
