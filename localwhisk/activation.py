"""What a container's answer means, and the record of an activation (ActivationResult.scala, WhiskActivation.scala)."""

import json
from typing import Any, NamedTuple

from localwhisk import Json
from localwhisk.entities import NAMESPACE, as_dict, key_values
from localwhisk.limits import PAYLOAD_BYTES
from localwhisk.rejection import Rejected, json_of

SUCCESS, APPLICATION_ERROR, DEVELOPER_ERROR, INTERNAL_ERROR = range(4)
STATUS = ("success", "application error", "action developer error", "whisk internal error")
NO_INIT = "The action did not initialize and exited unexpectedly."
NO_RUN = "The action did not produce a valid response and exited unexpectedly."
NOT_JSON = "The action did not produce a valid JSON or JSON Array response"
OUT_OF_MEMORY = "The action exhausted its memory and was aborted."
DEEPEST = 250


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


def failure(code: int, message: str, timed_out: bool = False) -> Outcome:
    return Outcome(code, {"error": message}, len(json.dumps({"error": message})), timed_out)


def parsed(text: str) -> Any:
    """The JSON of a container, None if it is none, or nested so deeply that its record could not be read again."""
    try:
        found = json_of(text.encode())
        return found if depth(found) <= DEEPEST else None
    except (Rejected, RecursionError):
        return None


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inner), default=0)


def of_init(status: int, text: str, _: int = 0) -> Outcome | None:
    """None if the container is ready, else how that activation ended."""
    if status == 200:
        return None
    stated = parsed(text)
    if isinstance(stated, dict) and "error" in stated:
        return Outcome(DEVELOPER_ERROR, {"error": stated["error"]}, len(text))
    return failure(DEVELOPER_ERROR, f"The action failed during initialization{f': {text}' if text else '.'}")


def of_run(status: int, text: str, length: int) -> Outcome:
    """How the activation ended that was answered with ``length`` bytes, of which ``text`` is what the limit allows."""
    if length > PAYLOAD_BYTES:
        told = f"exceeded the allowed length: {length} > {PAYLOAD_BYTES} bytes."
        full = f"The action produced a response that {told} The truncated response was: {text}"
        return failure(APPLICATION_ERROR, full)
    result = parsed(text)
    if isinstance(result, dict) and "error" in result:
        return Outcome(APPLICATION_ERROR if status == 200 else DEVELOPER_ERROR, {"error": result["error"]}, len(text))
    if status == 200 and isinstance(result, dict | list):
        return Outcome(SUCCESS, result, len(text))
    return failure(DEVELOPER_ERROR, f"{NOT_JSON}{f': {text}' if text else '.'}")


def record(action: Json, call: Call, response: Json, times: tuple[float, float], annotations: Json) -> Json:
    """The activation record of ``action`` that ran from one of the ``times`` (seconds since 1970) to the other.

    ``annotations`` join those that every record has.
    """
    start, end, received = (round(time * 1000) for time in (*times, call.received))
    path, cause = f"{action['namespace']}/{action['name']}", {"cause": call.cause} if call.cause else {}
    entity = {"namespace": NAMESPACE, "name": action["name"], "version": action["version"], "publish": False}
    ran = {"start": start, "end": end, "duration": max(0, end - start), "response": response, "logs": []}
    waited = {"path": path, "waitTime": max(0, start - received), "kind": action["exec"]["kind"]}
    every = {**waited, **annotations, **({"causedBy": "sequence"} if call.cause else {})}
    who = {"subject": NAMESPACE, "activationId": call.activation_id, **cause}
    return {**entity, **who, **ran, "annotations": key_values(every)}


def annotation(record: Json, key: str) -> Any:
    return as_dict(record["annotations"]).get(key)


def row(record: Json) -> Json:
    """The record as a listing without docs shows it."""
    kept = ("namespace", "name", "version", "publish", "annotations", "activationId", "start", "end", "cause")
    # The views compute the duration from the times (SequenceActions.scala keeps another one in the record itself).
    computed = {"duration": record["end"] - record["start"], "statusCode": STATUS.index(record["response"]["status"])}
    return {**{key: record[key] for key in kept if key in record}, **computed}
