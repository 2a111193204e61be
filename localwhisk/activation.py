"""What a container's answer means, and the record of an activation (ActivationResult.scala, WhiskActivation.scala)."""

import json
from typing import Any, NamedTuple, NoReturn

from localwhisk import Json
from localwhisk.entities import NAMESPACE, as_dict, key_values
from localwhisk.limits import PAYLOAD_BYTES

SUCCESS, APPLICATION_ERROR, DEVELOPER_ERROR, INTERNAL_ERROR = range(4)
STATUS = ("success", "application error", "action developer error", "whisk internal error")
NO_INIT = "The action did not initialize and exited unexpectedly."
NO_RUN = "The action did not produce a valid response and exited unexpectedly."
NOT_JSON = "The action did not produce a valid JSON or JSON Array response"
OUT_OF_MEMORY = "The action exhausted its memory and was aborted."


class Answer(NamedTuple):
    """What a container answered. ``body`` is cut at the limit of results, ``length`` is its Content-Length."""

    status: int
    body: bytes
    length: int


class Outcome(NamedTuple):
    """How an activation ended: its status, its result, and the size of the result in characters."""

    code: int
    result: Any
    size: int
    timed_out: bool = False

    def response(self) -> Json:
        """The outcome as records show it."""
        status = {"status": STATUS[self.code], "success": self.code == SUCCESS}
        return {**status, "result": self.result, "size": self.size}


class Call(NamedTuple):
    """One request for one activation. ``cause`` is the activation of the sequence it is part of."""

    activation_id: str
    transaction_id: str
    received: float  # seconds since 1970
    cause: str | None = None


class Timing(NamedTuple):
    """When an activation started and ended, in seconds since 1970, and how long ``/init`` took if it was cold."""

    start: float
    end: float
    init_s: float | None = None


def failure(code: int, message: str) -> Outcome:
    return Outcome(code, {"error": message}, len(json.dumps({"error": message})))


def timed_out(limit_ms: int, when: str) -> Outcome:
    told = f"The action exceeded its time limits of {limit_ms} milliseconds{when}."
    return failure(DEVELOPER_ERROR, told)._replace(timed_out=True)


def parsed(body: bytes) -> Any:
    """The JSON of a container, None if it is none. Unlike Python's, it has no NaN and no Infinity."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(body, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None


def of_init(answer: Answer) -> Outcome | None:
    """None if the container is ready, else how that activation ended."""
    if answer.status == 200:
        return None
    text, stated = answer.body.decode("utf-8", "replace"), parsed(answer.body)
    if isinstance(stated, dict) and "error" in stated:
        return Outcome(DEVELOPER_ERROR, {"error": stated["error"]}, len(text))
    return failure(DEVELOPER_ERROR, f"The action failed during initialization{f': {text}' if text else '.'}")


def of_run(answer: Answer) -> Outcome:
    """How the activation ended that was answered so."""
    text, result = answer.body.decode("utf-8", "replace"), parsed(answer.body)
    if answer.length > PAYLOAD_BYTES:
        told = f"exceeded the allowed length: {answer.length} > {PAYLOAD_BYTES} bytes."
        full = f"The action produced a response that {told} The truncated response was: {text}"
        return failure(APPLICATION_ERROR, full)
    if isinstance(result, dict) and "error" in result:
        code = APPLICATION_ERROR if answer.status == 200 else DEVELOPER_ERROR
        return Outcome(code, {"error": result["error"]}, len(text))
    if answer.status == 200 and isinstance(result, dict | list):
        return Outcome(SUCCESS, result, len(text))
    return failure(DEVELOPER_ERROR, f"{NOT_JSON}{f': {text}' if text else '.'}")


def record(action: Json, call: Call, response: Json, timing: Timing, annotations: Json) -> Json:
    """The activation record of ``action``; ``annotations`` join those that every record has."""
    start, end, received = (round(time * 1000) for time in (timing.start, timing.end, call.received))
    path, cause = f"{action['namespace']}/{action['name']}", {"cause": call.cause} if call.cause else {}
    waited = {"path": path, "waitTime": max(0, start - received), "kind": action["exec"]["kind"]}
    every = {**waited, **annotations, **({"causedBy": "sequence"} if call.cause else {})}
    return {
        "namespace": NAMESPACE,
        "name": action["name"],
        "version": action["version"],
        "publish": False,
        "subject": NAMESPACE,
        "activationId": call.activation_id,
        **cause,
        "start": start,
        "end": end,
        "duration": max(0, end - start),
        "response": response,
        "logs": [],
        "annotations": key_values(every),
    }


def code_of(record: Json) -> int:
    """0 to 3: the status of a record, as listings show it."""
    return STATUS.index(record["response"]["status"])


def annotation(record: Json, key: str) -> Any:
    return as_dict(record["annotations"]).get(key)


def row(record: Json) -> Json:
    """The record as a listing without docs shows it."""
    kept = ("namespace", "name", "version", "publish", "annotations", "activationId", "start", "end", "cause")
    # The views compute the duration from the times (SequenceActions.scala keeps another one in the record itself).
    computed = {"duration": record["end"] - record["start"], "statusCode": code_of(record)}
    return {**{key: record[key] for key in kept if key in record}, **computed}
