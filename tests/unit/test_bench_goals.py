"""What the report says of the goals."""

from bench import goals
from bench.goals import CONTAINER, GOALS, ONE_THREAD, PROCESS
from bench.measurement import Measurement, Run


def run(part: str, *rows: tuple[str, str, str, float]) -> dict[str, Run]:
    return {
        part: Run(
            part, {}, tuple(Measurement(table, name, quantity, "", (value,)) for table, name, quantity, value in rows)
        )
    }


def verdict(runs: dict[str, Run], name: str) -> list[str]:
    [goal] = [goal for goal in GOALS if goal.name.startswith(name)]
    return goals.row(goal, runs)[2:]


def inference(ours: float, fast: float, fast_memory: float) -> dict[str, Run]:
    rows = [(name, "warm", 100.0) for name in ("Keras predict", *goals.RUNTIMES)]
    values = {(name, quantity): value for name, quantity, value in rows}
    values |= {(goals.OURS, "warm"): ours, ("OpenVINO", "warm"): fast, ("OpenVINO", "own memory"): fast_memory}
    memory = {(name, "own memory"): 60.0 for name in goals.RUNTIMES}
    return run("inference", *((ONE_THREAD, *names, value) for names, value in {**memory, **values}.items()))


def test_the_fastest_runtime_counts_only_where_it_fits() -> None:
    name = "warm inference, more than the fastest"
    assert verdict(inference(ours=22, fast=20, fast_memory=100), name) == ["10.0 %", "holds"]
    assert verdict(inference(ours=30, fast=20, fast_memory=100), name) == ["50.0 %", "**does not hold**"]
    assert verdict(inference(ours=30, fast=20, fast_memory=200), name) == ["0 %", "holds"]


def test_a_goal_of_at_least_is_held_by_more() -> None:
    name = "warm inference, against Keras"
    assert verdict(inference(ours=25, fast=20, fast_memory=60), name) == ["4.00 ×", "holds"]
    assert verdict(inference(ours=26, fast=20, fast_memory=60), name) == ["3.85 ×", "**does not hold**"]


def test_what_was_not_measured_holds_nothing() -> None:
    runs = run("coldstart", (PROCESS, "classify", "start to first answer", 140.0))
    assert verdict(runs, "`classify`, process") == ["140 ms", "holds"]
    assert verdict(runs, "`classify`, container") == ["–", "not measured"]
    assert CONTAINER not in {row.table for row in runs["coldstart"].measurements}


def test_every_goal_has_a_row() -> None:
    assert len(goals.markdown({}).splitlines()) == 2 + len(GOALS)


def test_what_was_saved_is_before_less_now() -> None:
    rows = [
        ("chain, both edges that carry pixels", name, goals.CARRYING, ms) for name, ms in (("a", 46.0), ("b", 19.0))
    ]
    assert verdict(run("chain", *rows), "coding, carrying") == ["27.0 ms", "holds"]


def test_what_lies_between_the_actions_is_added_up() -> None:
    rows = [(goals.EDGES, f"to {step}", "size", 100.0) for step in ("decode", "preprocess", "classify", "metrics")]
    assert verdict(run("chain", *rows), "bytes between") == ["300 kB", "holds"]
