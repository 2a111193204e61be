"""One activation with its steps, its logs and its error."""

from activations import Activation, activation
from problem import Json, NoSuchActivation, StatisticsUnavailable
from rest import Get, NotFound, TooLarge
from summary import call, components

MOST_LOG_LINES = 200
MOST_LOG_CHARACTERS = 20_000


def trace(get: Get, package: str, activation_id: str) -> Json:
    """The activation of that id, if ``package`` has it, in the form of the recent ones; and the logs of its steps."""
    root, record = whole(get, package, activation_id)
    # The logs of a sequence are the activation ids of its components (SequenceActions.scala).
    ids = [line for line in record.get("logs", []) if isinstance(line, str)] if root.is_sequence else []
    found = {each: step for each in ids if (step := component(get, each))}
    steps = [step for step, _ in found.values()]
    codes = {each.id: each.reply.error_code for each in [root, *steps] if each.reply and each.reply.error_code}
    logged = [(step.id, lines(document)) for step, document in found.values()]
    return {
        "activation": call(root, components([root, *steps]), codes),
        "logs": [
            {"activation_id": each, "lines": text}
            for each, text in (logged if root.is_sequence else [(root.id, lines(record))])
        ],
        "missing": [each for each in ids if each not in found],
    }


def whole(get: Get, package: str, activation_id: str) -> tuple[Activation, Json]:
    """The activation and its record. Other packages' activations are not told from those that never were."""
    try:
        record = get(f"activations/{activation_id}", {})
    except NotFound:
        record = {}
    except TooLarge as error:
        raise StatisticsUnavailable(f"The record of {activation_id} is too large to read.") from error
    found = activation(record)
    if found is None or found.package != package:
        raise NoSuchActivation(f"The package {package} has no activation {activation_id}. Records are kept for a time.")
    return found, record


def component(get: Get, activation_id: str) -> tuple[Activation, Json] | None:
    """The activation of a step and its record, unless it was deleted, is too large to read, or is damaged."""
    try:
        record = get(f"activations/{activation_id}", {})
    except (NotFound, TooLarge):
        return None
    found = activation(record)
    return (found, record) if found else None


def lines(record: Json) -> list[str]:
    """The end of the logs: a failure is told last."""
    kept: list[str] = []
    room = MOST_LOG_CHARACTERS
    for line in reversed(record.get("logs", [])[-MOST_LOG_LINES:]):
        room -= len(line)
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]
