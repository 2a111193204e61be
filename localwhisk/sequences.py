"""Sequences: which are allowed, and how one runs (SequenceActions.scala)."""

from collections.abc import Awaitable, Callable
from typing import Any

from localwhisk import Json, activation
from localwhisk.activation import APPLICATION_ERROR, Call, failure
from localwhisk.entities import as_dict, identifier
from localwhisk.limits import SEQUENCE_ACTIONS
from localwhisk.rejection import Rejected

NO_COMPONENT = "Sequence component does not exist."


def atomic_actions(document: Json, lookup: Callable[[str], Json | None], above: set[str]) -> int:
    """How many actions run when ``document`` does, nested sequences counted through; ``above`` are those it is part of.
    400 for a sequence that is too long, refers to itself, or has a component that does not exist."""
    if "components" not in document.get("exec", {}):
        return 1
    total = 0
    for component in map(identifier, document["exec"]["components"]):
        if component in above:
            raise Rejected(400, "Sequence may not refer to itself.")
        if (found := lookup(component)) is None:
            raise Rejected(400, NO_COMPONENT)
        total += atomic_actions(found, lookup, {*above, component})
        if total > SEQUENCE_ACTIONS:
            raise Rejected(400, "Too many actions in the sequence.")
    return total


async def run(document: Json, payload: Any, invoke: Callable[[str, Any], Awaitable[Json]]) -> tuple[list[Json], Json]:
    """The records of the components that ran, in order, up to the first result with ``error``; and the response."""
    records: list[Json] = []
    for component in document["exec"]["components"]:
        try:
            records.append(await invoke(identifier(component), payload))
        except Rejected:
            return records, failure(APPLICATION_ERROR, NO_COMPONENT).response()
        payload = records[-1]["response"]["result"]
        if isinstance(payload, dict) and "error" in payload:
            break
    return records, records[-1]["response"]


def record(document: Json, call: Call, records: list[Json], response: Json, times: tuple[float, float]) -> Json:
    """The record of a sequence whose ``run`` gave ``records`` and ``response``: it has their ids as logs."""
    annotations: Json = {} if call.cause else {"topmost": True}
    if records:
        known = [as_dict(component["annotations"]).get("limits", {"memory": 0}) for component in records]
        annotations["limits"] = {**document["limits"], "memory": max(limits["memory"] for limits in known)}
    return {
        **activation.record(document, call, response, times, annotations),
        "duration": sum(component["duration"] for component in records),
        "logs": [component["activationId"] for component in records],
    }
