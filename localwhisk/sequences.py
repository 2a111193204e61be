"""Sequences: which are allowed, and how one runs (SequenceActions.scala)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from localwhisk.activation import ActivationRecord, ActivationResponse, Call, Status, failure
from localwhisk.entities import Action, Limits, identifier
from localwhisk.limits import SEQUENCE_ACTIONS
from localwhisk.rejection import Rejected
from localwhisk.strict_json import JsonValue

NO_COMPONENT = "Sequence component does not exist."
REFERS_TO_ITSELF = "Sequence may not refer to itself."
TOO_LONG = "Too many actions in the sequence."

Invoke = Callable[[str, JsonValue], Awaitable[ActivationRecord]]


def count_actions(action: Action, lookup: Callable[[str], Action | None], ancestors: set[str]) -> int:
    """How many actions run when ``action`` does, nested sequences counted through.

    ``ancestors`` are the sequences that it is part of, itself included. ``Rejected`` (400) for a sequence that is too
    long, refers to itself, or has a component that does not exist.
    """
    if not action.exec.is_sequence:
        return 1

    total = 0
    for name in map(identifier, action.exec.components):
        if name in ancestors:
            raise Rejected(400, REFERS_TO_ITSELF)

        component = lookup(name)
        if component is None:
            raise Rejected(400, NO_COMPONENT)

        total += count_actions(component, lookup, {*ancestors, name})
        if total > SEQUENCE_ACTIONS:
            raise Rejected(400, TOO_LONG)
    return total


async def run(action: Action, payload: JsonValue, invoke: Invoke) -> tuple[list[ActivationRecord], ActivationResponse]:
    """Give ``payload`` to the first component, and each result to the next one, up to the first with ``error``.

    The records of the components that ran, in order, and the response of the sequence, which is that of the last one.
    """
    records: list[ActivationRecord] = []

    for component in action.exec.components:
        try:
            record = await invoke(identifier(component), payload)
        except Rejected:
            return records, failure(Status.APPLICATION_ERROR, NO_COMPONENT)

        records.append(record)
        if record.response.has_error:
            break
        payload = record.response.result

    return records, records[-1].response


def record(
    action: Action,
    call: Call,
    components: list[ActivationRecord],
    response: ActivationResponse,
    start_ms: int,
    end_ms: int,
) -> ActivationRecord:
    """The record of a sequence whose ``run`` gave the records ``components`` and ``response``."""
    return ActivationRecord(
        action,
        call,
        response,
        start_ms,
        end_ms,
        duration_ms=sum(component.duration_ms for component in components),
        limits=limits_of(action, components),
        logs=tuple(component.call.activation_id for component in components),
    )


def limits_of(action: Action, components: list[ActivationRecord]) -> Limits | None:
    """The limits of the sequence, with the memory of its largest component."""
    if not components:
        return None

    memory_mb = max((component.limits.memory_mb for component in components if component.limits), default=0)
    return replace(action.limits, memory_mb=memory_mb)
