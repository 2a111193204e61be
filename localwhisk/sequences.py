"""Sequences: which are allowed, and how one runs (SequenceActions.scala)."""

from collections.abc import Awaitable, Callable
from typing import Any

from localwhisk import Json, activation
from localwhisk.activation import APPLICATION_ERROR, Call, failure
from localwhisk.entities import Action, from_key_values, identifier
from localwhisk.limits import SEQUENCE_ACTIONS
from localwhisk.rejection import Rejected

NO_COMPONENT = "Sequence component does not exist."


def atomic_actions(action: Action, lookup: Callable[[str], Action | None], above: set[str]) -> int:
    """How many actions run when ``action`` does, nested sequences counted through; ``above`` are those it is part of.
    400 for a sequence that is too long, refers to itself, or has a component that does not exist."""
    if not action.exec.is_sequence:
        return 1
    total = 0
    for component in map(identifier, action.exec.components):
        if component in above:
            raise Rejected(400, "Sequence may not refer to itself.")
        if (found := lookup(component)) is None:
            raise Rejected(400, NO_COMPONENT)
        total += atomic_actions(found, lookup, {*above, component})
        if total > SEQUENCE_ACTIONS:
            raise Rejected(400, "Too many actions in the sequence.")
    return total


async def run(action: Action, payload: Any, invoke: Callable[[str, Any], Awaitable[Json]]) -> tuple[list[Json], Json]:
    """The records of the components that ran, in order, up to the first result with ``error``; and the response."""
    records: list[Json] = []
    for component in action.exec.components:
        try:
            records.append(await invoke(identifier(component), payload))
        except Rejected:
            return records, failure(APPLICATION_ERROR, NO_COMPONENT).response()
        payload = records[-1]["response"]["result"]
        if isinstance(payload, dict) and "error" in payload:
            break
    return records, records[-1]["response"]


def record(action: Action, call: Call, records: list[Json], response: Json, times: tuple[float, float]) -> Json:
    """The record of a sequence whose ``run`` gave ``records`` and ``response``: it has their ids as logs."""
    annotations: Json = {} if call.cause else {"topmost": True}
    if records:
        known = [from_key_values(component["annotations"]).get("limits", {"memory": 0}) for component in records]
        annotations["limits"] = {**action.limits.as_json(), "memory": max(limits["memory"] for limits in known)}
    return {
        **activation.record(action, call, response, times, annotations),
        "duration": sum(component["duration"] for component in records),
        "logs": [component["activationId"] for component in records],
    }
