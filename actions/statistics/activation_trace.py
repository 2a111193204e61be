"""One activation with its steps, its logs and its error."""

from activations import Activation, activation
from calls import Calls, detailed
from problem import Json, NoSuchActivation, StatisticsUnavailable
from rest import Get, NotFound, TooLarge

MOST_LOG_LINES = 200
MOST_LOG_CHARACTERS = 20_000


def trace(get: Get, package: str, activation_id: str) -> Json:
    """The activation of that id, if ``package`` has it, with its steps and their logs."""
    root, record = whole(get, package, activation_id)
    # The logs of a sequence are the activation ids of its components (SequenceActions.scala).
    ids = [line for line in record.get("logs", []) if isinstance(line, str)] if root.is_sequence else []
    documents = {each: pair for each in ids if (pair := component(get, each))}
    steps = [step for step, _ in documents.values()]
    logged = list(documents.values()) if root.is_sequence else [(root, record)]
    return {
        "activation": detailed(root, Calls([root, *steps])),
        "logs": [{"activation_id": each.id, "lines": lines(document)} for each, document in logged],
        "missing": [each for each in ids if each not in documents],
    }


def whole(get: Get, package: str, activation_id: str) -> tuple[Activation, Json]:
    """The activation and its record. One of another package is answered like one that does not exist."""
    try:
        record = get(f"activations/{activation_id}", {})
    except NotFound:
        record = {}
    except TooLarge as error:
        raise StatisticsUnavailable(f"The record of {activation_id} is too large to read.") from error
    root = activation(record)
    if root is None or root.package != package:
        raise NoSuchActivation(f"The package {package} has no activation {activation_id}. Records are kept for a time.")
    return root, record


def component(get: Get, activation_id: str) -> tuple[Activation, Json] | None:
    """The activation of a step and its record, unless it was deleted, is too large to read, or is damaged."""
    try:
        record = get(f"activations/{activation_id}", {})
    except (NotFound, TooLarge):
        return None
    step = activation(record)
    return (step, record) if step else None


def lines(record: Json) -> list[str]:
    """The end of the logs, because that is where a failure is."""
    kept: list[str] = []
    room = MOST_LOG_CHARACTERS
    for line in reversed(record.get("logs", [])[-MOST_LOG_LINES:]):
        room -= len(line)
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]
