"""Which activations belong together, and what they say about each other: a step about its sequence, and the reverse."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from activations import OUTCOMES, SUCCESS, Activation, Reply
from problem import Json
from window import iso

MOST_CALLS, MOST_FAILURES, MOST_COLD, MOST_SLOWEST = 800, 500, 200, 50
DETAIL_CHARACTERS = 80  # of a failure's sentence in the list; its trace has the whole
CALLER, SERVICE = "caller", "service"


class Calls:
    """A set of activations; ``roots`` are the calls from outside of any sequence."""

    def __init__(self, activations: Iterable[Activation]) -> None:
        self.all = sorted(activations, key=lambda each: (each.start_ms, each.id))
        self.steps = components(self.all)
        self.roots = [each for each in self.all if not each.cause]
        self.replies = {each.id: each.reply for each in self.all if each.reply}

    def is_warm_up(self, each: Activation) -> bool:
        """Whether ``each``, or the sequence that it is a step of, only started the functions."""
        reply = self.replies.get(each.cause or each.id)
        return bool(reply and reply.warm_up)

    def is_cold(self, each: Activation) -> bool:
        """A sequence starts no container itself: it counts as cold if one of its steps was."""
        return each.cold or any(step.cold for step in self.steps.get(each.id, ()))

    def error_code(self, each: Activation) -> str | None:
        """Why ``each`` failed. A step has the code of its sequence, which answers with the failure of its step."""
        if each.outcome == SUCCESS:
            return None
        unread = "time-out" if each.timed_out else each.outcome.replace("_", "-")
        return self.failure(each).error_code or unread

    def fault(self, each: Activation) -> str | None:
        """Whose fault a failure was: a 4xx that the action answered with is the caller's, all else the service's.

        The platform's own 400 for a crash is none (WebActions.scala); where the answer was not read, an error in
        the action's own words is taken for a refusal.
        """
        if each.outcome == SUCCESS:
            return None
        status = self.failure(each).http_status or 400
        return CALLER if each.outcome == OUTCOMES[1] and status < 500 else SERVICE

    def failure(self, each: Activation) -> Reply:
        """What ``each`` answered in its failure, itself or through its sequence; nothing if that was not read."""
        replies = (self.replies.get(each.id), self.replies.get(each.cause or ""))
        return next((reply for reply in replies if reply and reply.error_code), Reply())


def components(activations: Iterable[Activation]) -> dict[str, list[Activation]]:
    """The steps of each sequence activation, by its id, in the order they ran."""
    steps: dict[str, list[Activation]] = defaultdict(list)
    for each in sorted(activations, key=lambda each: (each.start_ms, each.id)):
        if each.cause:
            steps[each.cause].append(each)
    return steps


def listing(calls: Calls, roots: Sequence[Activation]) -> Json:
    """The calls ``roots`` as rows, newest first: all, or where they are too many, those that are looked for."""
    newest = sorted(roots, key=lambda each: (-each.start_ms, each.id))
    failures = [each for each in newest if each.outcome != SUCCESS]
    cold = [each for each in newest if calls.is_cold(each)]
    slowest = sorted(newest, key=lambda each: -each.duration_ms)
    wanted = [*failures[:MOST_FAILURES], *cold[:MOST_COLD], *slowest[:MOST_SLOWEST], *newest]
    listed = set(list(dict.fromkeys(each.id for each in wanted))[:MOST_CALLS])

    rows = [row(each, calls) for each in newest if each.id in listed]
    return {
        "listing": {
            "calls": len(roots),
            "listed": len(rows),
            "failures": len(failures),
            "failures_listed": sum(each["outcome"] != SUCCESS for each in rows),
        },
        "calls": rows,
    }


def row(each: Activation, calls: Calls) -> Json:
    """One call, its steps by name only."""
    steps = calls.steps.get(each.id, [])
    return {
        "activation_id": each.id,
        "name": each.name,
        "start": iso(each.start_ms),
        "duration_ms": each.duration_ms,
        "cold": calls.is_cold(each),
        "outcome": each.outcome,
        "fault": calls.fault(each),
        "error_code": calls.error_code(each),
        **said(each.reply or Reply(), DETAIL_CHARACTERS),
        "steps": [step.name for step in steps],
        "cold_steps": [step.name for step in steps if step.cold],
    }


def detailed(each: Activation, calls: Calls) -> Json:
    """One activation with all of its steps."""
    return {
        **span(each, each, calls),
        "cold": calls.is_cold(each),
        "cause": each.cause,
        "fault": calls.fault(each),
        **said(each.reply or Reply()),
        "components": [span(step, each, calls) for step in calls.steps.get(each.id, ())],
    }


def said(reply: Reply, characters: int | None = None) -> Json:
    """What a reply tells in any list; of an error's sentence so many ``characters``, and three dots for the rest."""
    detail = reply.error_detail
    if detail and characters and len(detail) > characters:
        detail = f"{detail[:characters]}…"
    return {
        "error_detail": detail,
        "http_status": reply.http_status,
        "label": reply.label,
        "probability": reply.probability,
        "warm_up": reply.warm_up,
    }


def span(each: Activation, root: Activation, calls: Calls) -> Json:
    """One activation on the time axis: it waits before its start, and initializes after it."""
    return {
        "activation_id": each.id,
        "name": each.name,
        "start": iso(each.start_ms),
        "offset_ms": each.start_ms - root.start_ms,
        "duration_ms": each.duration_ms,
        "wait_ms": each.wait_ms,
        "init_ms": each.init_ms,
        "run_ms": each.run_ms,
        "cold": each.cold,
        "outcome": each.outcome,
        "error_code": calls.error_code(each),
    }
