"""An OpenWhisk seen from the outside: the classifier through the API gateway, and the records of what ran."""

import base64
import time
from typing import Any, NamedTuple

import httpx

import routes
from bench.cost import Activation
from bench.progress import say
from manifest import STEPS
from target import Target

PACKAGE = "classifier"
ACTIONS = "namespaces/_/actions"
NAIVE = "bench-naive"
NAIVE_MEMORY_MB = 512  # at 256 it does not answer within a minute
ANSWER_S = 70  # the platform answers within 60
RECORD_S = 20  # records are stored after the answer
SLOW_S = 300  # for an activation that outlives the answer to its caller
JPEG = {"Content-Type": "image/jpeg"}


class Answer(NamedTuple):
    """What one caller got: how long it took, from the request to the last byte; the body; which activation it was."""

    ms: float
    body: dict[str, Any]
    activation_id: str


class Step(NamedTuple):
    """One activation record, in milliseconds. ``duration`` holds the ``init`` time, which is 0 where it was warm."""

    name: str
    duration: float
    wait: float
    init: float
    memory_mb: int

    def billed(self) -> Activation:
        return Activation(self.memory_mb, self.duration)


class Platform:
    """A deployed classifier, found by the route of its API: ``serving`` is the package to which that leads."""

    def __init__(self, target: Target, package: str = PACKAGE) -> None:
        self._url, self._auth = target.url, (target.uuid, target.key)
        self._client = httpx.Client(timeout=ANSWER_S, trust_env=False)
        api = self._routes(target, package)
        self.classify_url = f"{api['gwApiUrl']}/classify"
        self.serving = routes.package_of(api["apidoc"]["paths"]["/classify"]["post"]["x-openwhisk"]["url"])

    def _routes(self, target: Target, package: str) -> dict[str, Any]:
        """The API of ``package``."""
        values: list[dict[str, Any]] = [api["value"] for api in routes.listed(self._client, target)]
        found = [one for one in values if one["apidoc"]["basePath"] == f"/{package}"]
        if not found:
            raise SystemExit(f"{target.url} has no API /{package}; make deploy installs it")
        return found[0]

    def _api(self, method: str, path: str, **options: Any) -> Any:
        """The JSON that the REST API answers."""
        answer = self._client.request(method, f"{self._url}/api/v1/{path}", auth=self._auth, **options)
        answer.raise_for_status()
        return answer.json()

    def versions(self) -> list[str]:
        """Of the actions of the sequence: each changes whenever the action is put anew."""
        names = [f"{ACTIONS}/{self.serving}/{step}" for step in STEPS]
        return [self._api("GET", name, params={"code": "false"})["version"] for name in names]

    @property
    def naive_url(self) -> str:
        [namespace, *_] = self._api("GET", "namespaces")
        return f"{self._url}/api/v1/web/{namespace}/default/{NAIVE}"

    def ask(self, photo: bytes, url: str = "") -> Answer:
        """One photo; a request that a rate limit refuses is repeated once it may be, and only that counts."""
        while True:
            started = time.perf_counter()
            answer = self._client.post(url or self.classify_url, content=photo, headers=JPEG)
            ms = (time.perf_counter() - started) * 1000
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            say("the platform's rate limit is reached; waiting for the next minute")
            time.sleep(60 - time.time() % 60)

        if answer.status_code == httpx.codes.ACCEPTED:  # it takes longer than the platform lets a caller wait
            activation_id = answer.headers["x-openwhisk-activation-id"]
            self._record(activation_id, SLOW_S)
            return Answer((time.perf_counter() - started) * 1000, {}, activation_id)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}")
        return Answer(ms, answer.json(), answer.headers["x-openwhisk-activation-id"])

    def statistics_ms(self, token: str) -> float:
        """How long the admin page waits for the statistics of a day."""
        started = time.perf_counter()
        url = self.classify_url.removesuffix("classify") + "metrics"
        answer = self._client.get(url, params={"window": "24h"}, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return (time.perf_counter() - started) * 1000

    def invoke(self, action: str, args: dict[str, Any]) -> dict[str, Any]:
        """The result of one action of the package, invoked alone."""
        query = {"blocking": "true", "result": "true"}
        result: dict[str, Any] = self._api("POST", f"{ACTIONS}/{PACKAGE}/{action}", params=query, json=args)
        return result

    def edges(self, photo: bytes) -> dict[str, dict[str, Any]]:
        """What each action of the sequence is asked for ``photo``, by its name, and at last what the caller gets."""
        asked: dict[str, Any] = {"image": base64.b64encode(photo).decode()}
        found = {}
        for step in STEPS:
            found[step] = asked
            asked = self.invoke(step, asked)
        return {**found, "caller": asked}

    def renew(self, *names: str) -> None:
        """Update each action without a change: its version rises, and no container outlives that."""
        for name in names:
            limits = self._api("GET", f"{ACTIONS}/{name}", params={"code": "false"})["limits"]
            body = {"limits": {key: limits[key] for key in ("timeout", "memory", "logs")}}
            self._api("PUT", f"{ACTIONS}/{name}", params={"overwrite": "true"}, json=body)

    def renew_sequence(self) -> None:
        self.renew(*(f"{PACKAGE}/{step}" for step in STEPS))

    def renew_naive(self) -> None:
        self.renew(NAIVE)

    def put_naive(self, image: str) -> None:
        """Install the naive function, for comparison."""
        annotations = [{"key": "web-export", "value": True}, {"key": "final", "value": True}]
        limits = {"memory": NAIVE_MEMORY_MB, "timeout": 300_000}
        body = {"exec": {"kind": "blackbox", "image": image}, "limits": limits, "annotations": annotations}
        self._api("PUT", f"{ACTIONS}/{NAIVE}", params={"overwrite": "true"}, json=body)

    def has_naive(self) -> bool:
        return any(action["name"] == NAIVE for action in self._api("GET", ACTIONS, params={"limit": 200}))

    def delete_naive(self) -> None:
        self._api("DELETE", f"{ACTIONS}/{NAIVE}")

    def steps(self, activation_id: str) -> list[Step]:
        """The records behind one answer: of a sequence its components', else its own."""
        record = self._record(activation_id)
        step = step_of(record)
        return [step] if step.name == NAIVE else [step_of(self._record(component)) for component in record["logs"]]

    def _record(self, activation_id: str, patience_s: float = RECORD_S) -> dict[str, Any]:
        """One record, as soon as it is stored."""
        give_up = time.monotonic() + patience_s
        while True:
            try:
                record: dict[str, Any] = self._api("GET", f"namespaces/_/activations/{activation_id}")
                return record
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.NOT_FOUND or time.monotonic() > give_up:
                    raise
                time.sleep(0.05)


def step_of(record: dict[str, Any]) -> Step:
    known = {pair["key"]: pair["value"] for pair in record["annotations"]}
    wait, init = known.get("waitTime", 0), known.get("initTime", 0)
    return Step(record["name"], record["duration"], wait, init, known["limits"]["memory"])
