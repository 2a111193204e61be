"""The record of an activation, and what a listing shows of it (WhiskActivation.scala)."""

from localwhisk.activation import ActivationRecord, ActivationResponse, Call, Status
from localwhisk.entities import Action, Exec, Limits, from_key_values

LIMITS = Limits(60_000, 128, 10, 1)
ACTION = Action("pkg", "a", "0.0.3", False, 0, Exec("python:3.11"), LIMITS)
CALL = Call("a" * 32, "t" * 32, received_ms=1000, cause="b" * 32)
RECORD = ActivationRecord(
    ACTION,
    CALL,
    ActivationResponse(Status.SUCCESS, {"x": 1}, 8),
    1007,
    1050,
    43,
    LIMITS,
    init_time_ms=3,
    logs=("line",),
)


def test_record() -> None:
    document = RECORD.as_json()
    assert from_key_values(document.pop("annotations")) == {
        "path": "guest/pkg/a",
        "waitTime": 7,
        "kind": "python:3.11",
        "timeout": False,
        "limits": {"timeout": 60_000, "memory": 128, "logs": 10, "concurrency": 1},
        "initTime": 3,
        "causedBy": "sequence",
    }
    assert document == {
        "namespace": "guest",
        "name": "a",
        "subject": "guest",
        "activationId": "a" * 32,
        "cause": "b" * 32,
        "start": 1007,
        "end": 1050,
        "duration": 43,
        "version": "0.0.3",
        "publish": False,
        "response": {"status": "success", "success": True, "result": {"x": 1}, "size": 8},
        "logs": ["line"],
    }


def test_row() -> None:
    row = RECORD.as_row()
    assert (row["statusCode"], row["start"], row["end"], row["duration"]) == (0, 1007, 1050, 43)
    assert row.keys() == RECORD.as_json().keys() - {"response", "logs", "subject"} | {"statusCode"}
