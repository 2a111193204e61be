"""Reads what the statistics need from an activation record of the platform.

A record comes in two forms (OpenWhisk apiv1swagger.json): the row of a list, with ``statusCode`` and without
response, and the full document, with ``response`` and ``logs``. Either may lack fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from problem import Json

OUTCOMES = ("success", "application_error", "action_developer_error", "whisk_internal_error")
SUCCESS = OUTCOMES[0]
SHOWN_CHARACTERS = 300  # of an error's sentence: where a result was too large, the sentence holds its first megabyte
PLATFORM_FAILURES = {
    # A record tells these only by the sentence of its error (ActivationResult.scala, Messages.scala).
    "exceeded its time limits": "time-out",
    "exhausted its memory": "out-of-memory",
    "exceeded the allowed length": "result-too-large",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an activation answered, without the answer itself."""

    characters: int | None = None
    http_status: int | None = None
    error_code: str | None = None
    error_detail: str | None = None
    label: str | None = None
    probability: float | None = None
    weights: str | None = None
    image_bytes: int | None = None
    warm_up: bool = False  # not a user's photo: the page only starts the functions, while the user is still choosing


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation. ``init_ms`` is absent on a warm start; ``cause`` is the id of the sequence's activation."""

    id: str
    name: str
    kind: str
    namespace: str
    initiator: str
    start_ms: int
    duration_ms: int
    wait_ms: int | None
    init_ms: int | None
    outcome: str
    cause: str | None
    timed_out: bool
    memory_mb: int | None
    skewed: bool
    reply: Reply | None = None

    @property
    def package(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def is_sequence(self) -> bool:
        return self.kind == "sequence"

    @property
    def cold(self) -> bool:
        """An initialization time is recorded on cold starts only (OpenWhisk docs/annotations.md)."""
        return self.init_ms is not None

    @property
    def run_ms(self) -> int:
        """The duration of a cold start includes the initialization (ContainerProxy.scala)."""
        return max(0, self.duration_ms - (self.init_ms or 0))


def activation(record: Mapping[str, Any]) -> Activation | None:
    """The activation of ``record``, or None if it lacks what identifies one (triggers, rules, damaged records)."""
    annotations = {item.get("key"): item.get("value") for item in record.get("annotations") or []}
    path, outcome, start = annotations.get("path"), outcome_of(record), record.get("start")
    if not (isinstance(path, str) and outcome and isinstance(start, int) and record.get("activationId")):
        return None
    namespace, _, name = path.partition("/")
    duration = duration_of(record, start, annotations.get("kind") == "sequence")
    wait, init = annotations.get("waitTime"), annotations.get("initTime")
    return Activation(
        id=record["activationId"],
        name=intern(name),
        kind=intern(str(annotations.get("kind", "unknown"))),
        namespace=intern(namespace),
        initiator=intern(str(record.get("namespace", namespace))),
        start_ms=start,
        duration_ms=max(0, duration),
        wait_ms=max(0, wait) if isinstance(wait, int) else None,
        init_ms=max(0, init) if isinstance(init, int) else None,
        outcome=outcome,
        cause=record.get("cause"),
        timed_out=annotations.get("timeout") is True,
        memory_mb=(annotations.get("limits") or {}).get("memory"),
        skewed=duration < 0 or (isinstance(wait, int) and wait < 0),
        reply=reply(record["response"], outcome) if "response" in record else None,
    )


def duration_of(record: Mapping[str, Any], start: int, is_sequence: bool) -> int:
    """Milliseconds. A sequence's is the time between its ends: its own field is that in a list and, in a document,
    the sum of its components' durations without the time between them (SequenceActions.scala)."""
    between = record.get("end", start) - start
    return int(between if is_sequence else record.get("duration", between))


def outcome_of(record: Mapping[str, Any]) -> str | None:
    """One of OUTCOMES, from the number in a row or the text in a document."""
    response = record.get("response") or {}
    code = record.get("statusCode", response.get("statusCode"))
    if isinstance(code, int) and 0 <= code < len(OUTCOMES):
        return OUTCOMES[code]
    text = str(response.get("status", "")).replace(" ", "_")
    return text if text in OUTCOMES else None


def reply(response: Json, outcome: str) -> Reply:
    """What ``response`` says. The HTTP status is the one that a web action's caller gets (WebActions.scala)."""
    result, size = response.get("result"), response.get("size")
    result = result if isinstance(result, dict) else {}
    if outcome != SUCCESS:
        return failure(result.get("error"), outcome, size)
    body, status = result.get("body"), result.get("statusCode", 200)
    return Reply(size, status if isinstance(status, int) else None, **classification(body))


def failure(error: object, outcome: str, size: int | None) -> Reply:
    """An error: the code of our problem document, or without one a code for the platform's sentence."""
    answer = error if isinstance(error, dict) else {}
    body, status = answer.get("body"), answer.get("statusCode")
    http_status = status if isinstance(status, int) else 400
    if isinstance(body, dict) and isinstance(body.get("code"), str):
        return Reply(size, http_status, body["code"], str(body.get("detail", ""))[:SHOWN_CHARACTERS])
    text = error if isinstance(error, str) else "" if error is None else str(answer or error)
    return Reply(size, http_status, platform_code(text, outcome), text[:SHOWN_CHARACTERS])


def platform_code(text: str, outcome: str) -> str:
    """A code for a failure that is the platform's, not the action's own answer."""
    known = (code for sentence, code in PLATFORM_FAILURES.items() if sentence in text)
    return next(known, outcome.replace("_", "-"))


def classification(body: object) -> dict[str, Any]:
    """The fields of ``Reply`` out of a reply of the sequence, in either format (json, hf); of a warm-up, only that."""
    if isinstance(body, list):
        first = body[0] if body and isinstance(body[0], dict) else {}
        return {"label": first.get("label"), "probability": first.get("score")}
    if not isinstance(body, dict) or not body.get("predictions"):
        return {}
    if body.get("options", {}).get("warm_up") is True:
        return {"warm_up": True}
    first = body["predictions"][0]
    return {
        "label": first.get("label"),
        "probability": first.get("probability"),
        "weights": body.get("model", {}).get("weights"),
        "image_bytes": body.get("image", {}).get("bytes"),
    }
