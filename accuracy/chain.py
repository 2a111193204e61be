"""The chain that is asked: a localwhisk for this run, or the OpenWhisk that APIHOST and AUTH name."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

import httpx

import target
from accuracy.answers import TOP, Answer
from accuracy.dataset import Photo
from bench.host import CLASSIFY, localwhisk
from bench.pictures import encoded, generated
from bench.platform import ANSWER_S, JPEG, Platform
from manifest import ROOT, STEPS, package_name

HOST = ROOT / "build" / "package" / "host"
PAUSES_S = (1, 5, 20)  # before what went wrong is tried again
PROBLEM = "application/problem+json"


class Unanswered(Exception):
    """No answer to a photo, which says nothing about the photo: it may be asked again later."""


class ModelChanged(Exception):
    """Another model answers than at the beginning."""


class Deployed(NamedTuple):
    """Where the chain is: a name for people, and what changes whenever its actions do."""

    url: str
    where: str
    version: str


@contextmanager
def deployed() -> Iterator[Deployed]:
    """Raises ``target.Unusable``."""
    if {"APIHOST", "WSK_CONFIG_FILE"} & os.environ.keys():
        yield found(target.find(os.environ))
        return
    with localwhisk({CLASSIFY: HOST / "classify"}) as platform:
        packed = [(HOST / f"{step}.stamp").read_text() for step in STEPS]
        yield Deployed(platform.classify_url, "a localwhisk for this run", " ".join(packed))


def found(here: target.Target) -> Deployed:
    """The chain on the OpenWhisk ``here``, in the environment that ENVIRONMENT names. Raises ``target.Unusable``."""
    try:
        package = package_name(os.environ.get("ENVIRONMENT", ""))
    except ValueError as error:
        raise target.Unusable(str(error)) from error
    try:
        platform = Platform(here, package)
        version = f"{platform.classify_url} {platform.serving} {platform.versions()}"
    except (httpx.HTTPError, ValueError, LookupError) as error:  # nobody there, or somebody else
        raise target.Unusable(f"{here.url} does not answer as an OpenWhisk: {error}") from error
    return Deployed(platform.classify_url, f"{platform.serving} on {here.url}", version)


class Chain:
    """Asks for photos. ``model`` is what the chain says of its model; it has to stay the same."""

    def __init__(self, url: str, client: httpx.Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._url = url
        self._client = client
        self._sleep = sleep
        self._model: dict[str, Any] = {}

    def model(self) -> dict[str, Any]:
        """The field ``model`` of its replies."""
        if not self._model:
            response = self._response("a generated picture", encoded(generated(), 85), {"top_k": 1, "warm_up": "true"})
            self._model = reply_of(response)["model"]
        return self._model

    def ask(self, photo: Photo, fit: str) -> Answer:
        """Raises ``Unanswered``, or ``ModelChanged``."""
        response = self._response(photo.name, photo.path.read_bytes(), {"top_k": TOP, "fit": fit})
        if response.status_code != httpx.codes.OK:
            return Answer(photo.name, photo.version, refused=refusal(response))
        reply = reply_of(response)
        if reply["model"] != self.model():
            raise ModelChanged(f"The model changed from {self.model()} to {reply['model']}. Run it again.")
        rows = reply["predictions"]
        indices, probabilities = ([row[field] for row in rows] for field in ("class_index", "probability"))
        return Answer(photo.name, photo.version, tuple(indices), tuple(probabilities))

    def _response(self, name: str, content: bytes, options: dict[str, Any]) -> httpx.Response:
        """Labels or a refusal; after some attempts ``Unanswered``. A rate limit is waited for."""
        pauses = iter(PAUSES_S)
        while True:
            try:
                response = self._client.post(self._url, content=content, params=options, headers=JPEG)
                if is_final(response):
                    return response
                reason = f"{response.status_code} {response.text[:200]}"
                if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    self._sleep(60 - time.time() % 60)
                    continue
            except httpx.TransportError as error:
                reason = f"{type(error).__name__} {error}"
            pause = next(pauses, None)
            if pause is None:
                raise Unanswered(f"{name}: {reason}")
            self._sleep(pause)


def client() -> httpx.Client:
    return httpx.Client(timeout=ANSWER_S, trust_env=False)


def is_final(response: httpx.Response) -> bool:
    """Whether it is the chain's word on the photo: labels, an error of the caller in our shape, or 413, with which the
    platform refuses more than it carries. On a crash the platform answers 400 without our shape."""
    ours = response.headers.get("content-type", "").startswith(PROBLEM) and response.is_client_error
    return response.status_code in (httpx.codes.OK, httpx.codes.REQUEST_ENTITY_TOO_LARGE) or ours


def refusal(response: httpx.Response) -> str:
    if not response.headers.get("content-type", "").startswith(PROBLEM):
        return f"{response.status_code}: the platform carries no photo of this size"
    problem = response.json()
    return f"{problem['code']}: {problem['detail']}"


def reply_of(response: httpx.Response) -> dict[str, Any]:
    """The body of an answer with labels. Raises ``Unanswered`` where it is none."""
    try:
        reply: dict[str, Any] = response.json()
        return {"model": reply["model"], "predictions": reply["predictions"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Unanswered(f"expected labels of {response.url}, but got: {response.text[:200]}") from error


Outcome = tuple[Photo, Answer | Unanswered]


def asked(photos: Iterable[Photo], ask: Callable[[Photo], Answer], callers: int) -> Iterator[Outcome]:
    """What became of each photo, as it comes, with ``callers`` at the same time; it holds no more than they need."""

    def outcome(photo: Photo) -> Outcome:
        try:
            return photo, ask(photo)
        except Unanswered as error:
            return photo, error
        except OSError as error:
            return photo, Unanswered(f"{photo.name} cannot be read: {error}")

    remaining = iter(photos)
    with ThreadPoolExecutor(callers) as pool:
        waiting: set[Future[Outcome]] = {pool.submit(outcome, photo) for photo in islice(remaining, callers)}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            waiting |= {pool.submit(outcome, photo) for photo in islice(remaining, len(done))}
            yield from (one.result() for one in done)


def key(*parts: str) -> str:
    """A short name for the file of answers: another one when any of ``parts`` changes."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
