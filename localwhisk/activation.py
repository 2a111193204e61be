"""What a container's answer means, and the record of an activation (ActivationResult.scala, WhiskActivation.scala)."""

import json
from contextlib import suppress
from typing import Any, NamedTuple

from localwhisk import Json
from localwhisk.entities import NAMESPACE, Action, key_values
from localwhisk.limits import PAYLOAD_BYTES
from localwhisk.rejection import Rejected
from localwhisk.strict_json import parse

SUCCESS, APPLICATION_ERROR, DEVELOPER_ERROR, INTERNAL_ERROR = range(4)
STATUS = ("success", "application error", "action developer error", "whisk internal error")
NO_INIT = "The action did not initialize and exited unexpectedly."
FAILED_INIT = "The action failed during initialization"
NO_RUN = "The action did not produce a valid response and exited unexpectedly."
NOT_JSON = "The action did not produce a valid JSON or JSON Array response"
OUT_OF_MEMORY = "The action exhausted its memory and was aborted."


class Outcome(NamedTuple):
    """How an activation ended: its status, its result, and the size of the result in characters."""

    code: int
    result: Any
    size: int
    timed_out: bool = False

    def response(self) -> Json:
        success = self.code == SUCCESS
        return {"status": STATUS[self.code], "success": success, "result": self.result, "size": self.size}


class Call(NamedTuple):
    """One request for one activation. ``cause`` is the activation of the sequence it is part of."""

    activation_id: str
    transaction_id: str
    received: float  # seconds since 1970
    cause: str | None = None


def failure(code: int, message: str, timed_out: bool = False) -> Outcome:
    return Outcome(code, {"error": message}, len(json.dumps({"error": message})), timed_out)


def of_run(status: int, text: str, length: int, complaint: str = NOT_JSON) -> Outcome:
    """How the activation ended that was answered with ``length`` bytes, of which ``text`` is what the limit allows. So
    do activations end whose ``/init`` was not answered with 200, with another complaint."""
    if length > PAYLOAD_BYTES:
        told = f"The action produced a response that exceeded the allowed length: {length} > {PAYLOAD_BYTES} bytes."
        return failure(APPLICATION_ERROR, f"{told} The truncated response was: {text}")
    result = None
    with suppress(Rejected):
        result = parse(text.encode())
    if isinstance(result, dict) and "error" in result:
        return Outcome(APPLICATION_ERROR if status == 200 else DEVELOPER_ERROR, {"error": result["error"]}, len(text))
    if status == 200 and isinstance(result, dict | list):
        return Outcome(SUCCESS, result, len(text))
    return failure(DEVELOPER_ERROR, f"{complaint}{f': {text}' if text else '.'}")


def record(action: Action, call: Call, response: Json, times: tuple[float, float], annotations: Json) -> Json:
    """The record of an activation of ``action`` from one of the ``times`` (seconds since 1970) to the other."""
    start, end, received = (round(time * 1000) for time in (*times, call.received))
    entity = {"namespace": NAMESPACE, "name": action.name, "version": action.version, "publish": False}
    ran = {"start": start, "end": end, "duration": max(0, end - start), "response": response, "logs": []}
    who = {"subject": NAMESPACE, "activationId": call.activation_id}
    waited = {"path": action.path, "waitTime": max(0, start - received)}
    told = {**waited, "kind": action.exec.kind, **annotations}
    if call.cause:
        who["cause"] = call.cause
        told["causedBy"] = "sequence"
    return {**entity, **who, **ran, "annotations": key_values(told)}


def row(record: Json) -> Json:
    """The record as a listing without docs shows it."""
    kept = ("namespace", "name", "version", "publish", "annotations", "activationId", "start", "end", "cause")
    # The views compute the duration from the times (SequenceActions.scala keeps another one in the record itself).
    computed = {"duration": record["end"] - record["start"], "statusCode": STATUS.index(record["response"]["status"])}
    return {**{key: record[key] for key in kept if key in record}, **computed}
