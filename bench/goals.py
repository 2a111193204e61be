"""What is aimed at, and whether the last run holds it."""

from collections.abc import Callable
from typing import NamedTuple

from bench import table
from bench.measurement import Run
from bench.sample import median

Runs = dict[str, Run]
ONE_THREAD = "inference, one thread"
PROCESS, CONTAINER = "cold start of one action, as a process", "cold start of one action, as a container"
FIRST_CALLS = "imports and first call of the zipped actions"
HOST = "cold start on localwhisk, processes"
WARM, PARTS, EDGES = "chain, warm, one caller", "chain, where the time of one photo goes", "chain, edges for one photo"
CARRYING = "coding, carrying and decoding"
FITTING_MIB = 128
KERAS, OURS = "Keras predict", "LiteRT float32"
NAIVE, SEQUENCE = "naive function", "sequence of four"
RUNTIMES = ("LiteRT float32", "ONNX Runtime", "ONNX Runtime, optimized beforehand", "OpenVINO")


class Goal(NamedTuple):
    """``value`` of the last runs must be at most ``limit``, or at least where ``more`` is better."""

    name: str
    value: Callable[[Runs], float]
    limit: float
    unit: str
    more: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.more else value <= self.limit


def of(runs: Runs, part: str, name: str, subject: str, quantity: str) -> float:
    return median(runs[part].samples(name, subject, quantity))


def against_fastest(runs: Runs) -> float:
    """Our warm time against that of the fastest exact runtime whose own memory fits, in per cent more."""
    warm = {
        name: of(runs, "inference", ONE_THREAD, name, "warm")
        for name in RUNTIMES
        if of(runs, "inference", ONE_THREAD, name, "own memory") < FITTING_MIB
    }
    return 100 * (warm[OURS] / min(warm.values()) - 1)


def times(part: str, name: str, quantity: str, more: str, less: str) -> Callable[[Runs], float]:
    """How many times the ``quantity`` of ``less`` goes into that of ``more``."""
    return lambda runs: of(runs, part, name, more, quantity) / of(runs, part, name, less, quantity)


def single(part: str, name: str, subject: str, quantity: str) -> Callable[[Runs], float]:
    return lambda runs: of(runs, part, name, subject, quantity)


def first_calls(runs: Runs) -> float:
    steps = ("decode", "preprocess", "metrics")
    return sum(of(runs, "coldstart", FIRST_CALLS, step, "imports and first call") for step in steps)


def between_actions(runs: Runs) -> float:
    return sum(of(runs, "chain", EDGES, f"to {step}", "size") for step in ("preprocess", "classify", "metrics"))


def saved(runs: Runs) -> float:
    """What the two edges with pixels cost less than before, on a real OpenWhisk."""
    found = [median(one.samples) for one in runs["chain"].measurements if one.quantity == CARRYING]
    if len(found) != 2:
        raise KeyError(CARRYING)
    return found[0] - found[1]


def overhead(runs: Runs) -> float:
    """What localwhisk adds to the actions' own work."""
    work = of(runs, "chain", PARTS, "all actions' own work", SEQUENCE)
    return of(runs, "chain", WARM, SEQUENCE, "answer") - work


START, FIRST, PEAK = "start to first answer", "first answer", "peak memory"
GOALS = (
    Goal("warm inference, more than the fastest exact runtime that fits into 128 MB", against_fastest, 15, "%"),
    Goal("warm inference, against Keras `predict`", times("inference", ONE_THREAD, "warm", KERAS, OURS), 4, "×", True),
    Goal("`classify`, process, start to first answer", single("coldstart", PROCESS, "classify", START), 150, "ms"),
    Goal("`classify`, container, start to first answer", single("coldstart", CONTAINER, "classify", START), 450, "ms"),
    Goal("imports and first calls of decode, preprocess and metrics", first_calls, 150, "ms"),
    Goal("bytes between the actions for a photo of 500 x 375", between_actions, 350, "kB"),
    Goal("coding, carrying and decoding both edges: less than before", saved, 25, "ms", True),
    Goal("localwhisk, warm: what it adds to the actions' own work", overhead, 15, "ms"),
    Goal("localwhisk, cold: the sequence's first answer", single("coldstart", HOST, SEQUENCE, FIRST), 800, "ms"),
    Goal("cold start, against `classify`", times("coldstart", PROCESS, START, NAIVE, "classify"), 25, "×", True),
    Goal("cold start, against the sequence", times("coldstart", HOST, FIRST, NAIVE, SEQUENCE), 25, "×", True),
    Goal(
        "peak memory, against `classify`", times("coldstart", PROCESS, "peak memory", NAIVE, "classify"), 5, "×", True
    ),
)


def markdown(runs: Runs) -> str:
    rows = [["goal", "limit", "measured", ""], ["---", "---:", "---:", "---"], *(row(goal, runs) for goal in GOALS)]
    return table.lines(rows)


def row(goal: Goal, runs: Runs) -> list[str]:
    limit = f"at {'least' if goal.more else 'most'} {table.shown(goal.limit)} {goal.unit}"
    try:
        value = goal.value(runs)
    except KeyError:
        return [goal.name, limit, "–", "not measured"]
    return [
        goal.name,
        limit,
        f"{table.shown(value)} {goal.unit}",
        "holds" if goal.holds(value) else "**does not hold**",
    ]
