"""Part 3: what a photo costs, warm, one after the other, through the gateway; and where the time goes."""

import json
import time
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from typing import Any

import decoder
from bench import codings, pictures
from bench.measurement import Measurement, Recorder, gathered
from bench.platform import Answer, Platform
from bench.progress import say
from distribution import RANKS, percentile
from manifest import STEPS

WARM_UP = 5
SEQUENCE, NAIVE = "sequence of four", "naive function"


def measure(platform: Platform, calls: int) -> tuple[Measurement, ...]:
    recorders = [*warm(platform, calls), edges(platform, calls), sizes(platform, max(3, calls // 10))]
    return gathered([*recorders, *codings.compare(), decoding(max(3, calls // 10))])


def warm(platform: Platform, calls: int) -> list[Recorder]:
    """One caller, the sequence and the naive function taking turns on the same photos."""
    whole, parts = Recorder("chain, warm, one caller"), Recorder("chain, where the time of one photo goes")
    urls = {SEQUENCE: platform.classify_url, **({NAIVE: platform.naive_url} if platform.has_naive() else {})}
    photos = list(islice(cycle(pictures.photos()), calls))
    for url in urls.values():
        for photo in photos[:WARM_UP]:
            platform.ask(photo, url)

    samples: dict[str, list[float]] = {subject: [] for subject in urls}
    for number, photo in enumerate(photos):
        if number % 20 == 0:
            say(f"{whole.table}, photo {number + 1} of {calls}")
        for subject, url in urls.items():
            answer = platform.ask(photo, url)
            samples[subject].append(answer.ms)
            record(parts, platform, answer, subject)

    for subject, values in samples.items():
        whole.add(subject, "answer", "ms", *values)
        for name, percent in RANKS.items():
            whole.add(subject, name, "ms", percentile(sorted(values), percent))
    return [whole, parts]


def record(parts: Recorder, platform: Platform, answer: Answer, subject: str) -> None:
    """Split one answer: the work of the actions, what their containers add, and what the host adds."""
    steps = platform.steps(answer.activation_id)
    inside = sum(step.duration for step in steps)
    if subject == SEQUENCE:
        own = {step: answer.body["timings_ms"][step] for step in STEPS}
        for step, ms in own.items():
            parts.add(step, SEQUENCE, "ms", ms)
        parts.add("all actions' own work", SEQUENCE, "ms", sum(own.values()))
        parts.add("JSON and HTTP of the containers", SEQUENCE, "ms", inside - sum(own.values()))
    else:
        parts.add("all actions' own work", NAIVE, "ms", inside)
    parts.add("host and gateway", subject, "ms", answer.ms - inside)


def edges(platform: Platform, calls: int) -> Recorder:
    """The bytes between the actions for one photo of 500 x 375, and what writing and reading them costs."""
    recorder = Recorder("chain, edges for one photo")
    for step, content in platform.edges(pictures.photos()[0]).items():
        subject = f"to {step}"
        text = json.dumps(content)
        recorder.add(subject, "size", "kB", len(text) / 1e3)
        recorder.add(subject, "JSON, write and read", "ms", *timed(partial(rewritten, content), calls))
        recorder.add(subject, "price of carrying it on a real OpenWhisk", "ms", codings.price_ms(len(text) / 1e3))
    return recorder


def rewritten(content: Any) -> Any:
    return json.loads(json.dumps(content))


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Milliseconds that each of so many calls takes."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def sizes(platform: Platform, calls: int) -> Recorder:
    """Photos from a thumbnail to the largest that is decoded."""
    recorder = Recorder("chain, warm, by the size of the photo")
    for name, photo in pictures.of_every_size():
        subject = f"{name} megapixels"
        say(f"{recorder.table}, {subject}")
        recorder.add(subject, "JPG", "kB", len(photo) / 1e3)
        answers = [platform.ask(photo) for _ in range(calls + 1)][1:]
        recorder.add(subject, "answer", "ms", *(answer.ms for answer in answers))
        for step in STEPS[:2]:
            recorder.add(subject, step, "ms", *(answer.body["timings_ms"][step] for answer in answers))
    return recorder


def decoding(times: int) -> Recorder:
    """A 12-megapixel JPG decoded in full, and through the DCT scaling that ``decode`` uses."""
    recorder = Recorder("chain, decoding 12 megapixels")
    photo = dict(pictures.of_every_size())["12"]
    recorder.add("as decode does", "time", "ms", *timed(partial(decoder.decode, photo, "crop"), times))
    recorder.add("in full", "time", "ms", *timed(partial(pictures.decoded, photo), times))
    return recorder
