"""One activation with its steps, its logs and its error."""

from typing import Any

from activations import Activation, activation
from problem import Json, NoSuchActivation
from rest import Get, NotFound, TooLarge
from summary import call, components

MOST_LOG_LINES = 200
MOST_LOG_CHARACTERS = 20_000


def trace(get: Get, package: str, activation_id: str) -> Json:
    """The activation of that id, if ``package`` has it, in the form of the recent ones; and the logs of its steps."""
    root, record = document(get, activation_id)
    if root is None or root.package != package:
        raise NoSuchActivation(f"The package {package} has no activation {activation_id}. Records are kept for a time.")
    # The logs of a sequence are the activation ids of its components (SequenceActions.scala).
    ids = [line for line in record.get("logs", []) if isinstance(line, str)] if root.is_sequence else []
    documents = {each: document(get, each) for each in ids}
    steps = [step for step, _ in documents.values() if step is not None]
    codes = {each.id: each.reply.error_code for each in [root, *steps] if each.reply and each.reply.error_code}
    logs = {root.id: [] if root.is_sequence else lines(record)}
    logs |= {each: lines(found) for each, (step, found) in documents.items() if step}
    return {
        "activation": call(root, components([root, *steps]), codes),
        "logs": [{"activation_id": each, "lines": text} for each, text in logs.items() if each != root.id or text],
        "missing": [each for each, (step, _) in documents.items() if step is None],
    }


def document(get: Get, activation_id: str) -> tuple[Activation | None, dict[str, Any]]:
    """The activation and its record; neither if it was deleted, is too large to read, or is not one."""
    try:
        record = get(f"activations/{activation_id}", {})
    except (NotFound, TooLarge):
        return None, {}
    return activation(record), record


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
