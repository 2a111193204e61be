"""An activation: who asked for it, how it ended, and the record that is kept of it (WhiskActivation.scala)."""

from dataclasses import dataclass, field
from enum import IntEnum

from localwhisk import Json
from localwhisk.caller import Caller
from localwhisk.entities import NAMESPACE, Action, Limits, key_values
from localwhisk.strict_json import JsonValue

FOREVER_MS = 2**62


class Status(IntEnum):
    """How an activation ended (ActivationResult.scala)."""

    SUCCESS = 0
    APPLICATION_ERROR = 1  # the action gave a result with ``error``
    DEVELOPER_ERROR = 2  # the action did not start, or not answer as it must
    INTERNAL_ERROR = 3  # the platform could not do its part

    @property
    def text(self) -> str:
        return STATUS_TEXTS[self]


STATUS_TEXTS = {
    Status.SUCCESS: "success",
    Status.APPLICATION_ERROR: "application error",
    Status.DEVELOPER_ERROR: "action developer error",
    Status.INTERNAL_ERROR: "whisk internal error",
}


@dataclass(frozen=True)
class Call:
    """One request for one activation. ``cause`` is the id of the activation of the sequence that it is part of."""

    activation_id: str
    transaction_id: str
    received_ms: int  # since 1970, as every time with this ending
    cause: str | None = None
    caller: Caller = field(default_factory=Caller)


@dataclass(frozen=True)
class ActivationResponse:
    """How an activation ended; ``size`` is the length of the answer that the container gave, if it gave one."""

    status: Status
    result: JsonValue
    size: int | None = None
    timed_out: bool = False

    @property
    def has_error(self) -> bool:
        """Whether the result is an object with ``error``: what ends a sequence, whatever the status."""
        return isinstance(self.result, dict) and "error" in self.result

    def as_json(self) -> Json:
        size = {} if self.size is None else {"size": self.size}
        return {
            "status": self.status.text,
            "success": self.status is Status.SUCCESS,
            "result": self.result,
            **size,
        }


def failure(status: Status, message: str, size: int | None = None, timed_out: bool = False) -> ActivationResponse:
    """A response that the platform writes, because the action gave no valid one."""
    return ActivationResponse(status, {"error": message}, size, timed_out)


@dataclass(frozen=True)
class ActivationRecord:
    """What is kept of an activation that ended."""

    action: Action
    call: Call
    response: ActivationResponse
    start_ms: int
    end_ms: int
    duration_ms: int
    limits: Limits | None  # None for a sequence of which no component ran
    init_time_ms: int | None = None  # of a cold start
    logs: tuple[str, ...] = ()  # lines; of a sequence, the ids of its components' activations

    def as_json(self) -> Json:
        record: Json = {
            "namespace": NAMESPACE,
            "name": self.action.name,
            "version": self.action.version,
            "publish": False,
            "subject": NAMESPACE,
            "activationId": self.call.activation_id,
            "start": self.start_ms,
            "end": self.end_ms,
            "duration": self.duration_ms,
            "response": self.response.as_json(),
            "logs": list(self.logs),
            "annotations": key_values(self._annotations()),
        }
        if self.call.cause:
            record["cause"] = self.call.cause
        return record

    def _annotations(self) -> Json:
        annotations: Json = {
            "path": self.action.path,
            "kind": self.action.exec.kind,
            "waitTime": max(0, self.start_ms - self.call.received_ms),
        }
        if self.limits is not None:
            annotations["limits"] = self.limits.as_json()
        if self.init_time_ms is not None:
            annotations["initTime"] = self.init_time_ms

        if not self.action.exec.is_sequence:
            annotations["timeout"] = self.response.timed_out
        else:
            annotations["topmost"] = self.call.cause is None
        if self.call.cause:
            annotations["causedBy"] = "sequence"
        return annotations

    def as_row(self) -> Json:
        """The record as a listing without docs shows it."""
        row = self.as_json()
        for name in ("subject", "response", "logs"):
            del row[name]

        # Listings compute the duration; the record of a sequence has another one (SequenceActions.scala).
        row["duration"] = self.end_ms - self.start_ms
        row["statusCode"] = int(self.response.status)
        return row


@dataclass(frozen=True)
class Period:
    """Which activations are asked for: those that started from ``since_ms`` to ``upto_ms``, of one action or of all."""

    since_ms: int = 0
    upto_ms: int = FOREVER_MS
    identifier: str | None = None
