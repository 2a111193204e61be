"""Sequences: which are allowed, how one runs, what its record says (SequenceActions.scala)."""

import asyncio
from typing import Any

import pytest

from localwhisk import activation, sequences
from localwhisk.activation import Call, Outcome
from localwhisk.entities import Action, Exec, Limits
from localwhisk.rejection import Rejected

Json = dict[str, Any]
LIMITS = {"concurrency": 1, "logs": 10, "memory": 256, "timeout": 60000}


def sequence(*components: str) -> Action:
    names = [f"/guest/{component}" for component in components]
    return action("s", Exec("sequence", components=tuple(names)))


def action(name: str, executable: Exec) -> Action:
    return Action("p", name, "0.0.1", False, 0, executable, Limits.from_json(LIMITS))


def component(name: str, result: Any, code: int = 0, memory: int = 128) -> Json:
    call, timing = Call(name * 32, "t", 1.0, "s" * 32), (1.0, 1.1)
    limits = {"limits": {**LIMITS, "memory": memory}}
    return activation.record(
        action(name, Exec("python:3.11")), call, Outcome(code, result, 2).response(), timing, limits
    )


def run(results: dict[str, Any], payload: Any = None) -> tuple[list[Json], Json, list[Any]]:
    """What a sequence of actions with these results makes of ``payload``, and what each of them was given."""
    given = []

    async def invoke(ident: str, args: Any) -> Json:
        given.append(args)
        if results[ident] is None:
            raise Rejected(404, "gone")
        return component(ident, results[ident], 1 if "error" in results[ident] else 0)

    records, response = asyncio.run(sequences.run(sequence(*results), payload or {}, invoke))
    return records, response, given


def test_each_component_gets_the_result_before() -> None:
    records, response, given = run({"a": {"x": 1}, "b": [2], "c": {"z": 3}}, {"w": 0})
    assert given == [{"w": 0}, {"x": 1}, [2]]
    assert response["result"] == {"z": 3}
    assert len(records) == 3


def test_an_error_stops_it_and_is_its_response() -> None:
    records, response, _ = run({"a": {"x": 1}, "b": {"error": "boom"}, "c": {}})
    assert [record["name"] for record in records] == ["a", "b"]
    assert (response["status"], response["result"]) == ("application error", {"error": "boom"})


def test_an_error_in_the_payload_does_not() -> None:
    assert len(run({"a": {"x": 1}}, {"error": "given"})[0]) == 1


def test_a_component_that_is_gone_is_an_application_error() -> None:
    records, response, _ = run({"a": {"x": 1}, "b": None})
    assert len(records) == 1
    assert (response["status"], response["result"]["error"]) == (
        "application error",
        "Sequence component does not exist.",
    )


def test_the_record_of_a_sequence() -> None:
    ran = [component("a", {}, memory=128), component("b", {"x": 1}, memory=512)]
    call = Call("s" * 32, "t", 0.99)
    made = sequences.record(sequence("a", "b"), call, ran, ran[-1]["response"], (1.0, 1.5))
    assert made["logs"] == ["a" * 32, "b" * 32]
    assert made["duration"] == sum(record["duration"] for record in ran)
    assert made["end"] - made["start"] == 500
    assert "cause" not in made
    annotations = {pair["key"]: pair["value"] for pair in made["annotations"]}
    assert annotations == {
        "path": "guest/p/s",
        "waitTime": 10,
        "kind": "sequence",
        "topmost": True,
        "limits": {**LIMITS, "memory": 512},
    }


def test_an_inner_sequence_is_caused_by_its_outer_one() -> None:
    made = sequences.record(sequence("a"), Call("i" * 32, "t", 1.0, "o" * 32), [], {}, (1.0, 1.0))
    annotations = {pair["key"]: pair["value"] for pair in made["annotations"]}
    assert made["cause"] == "o" * 32
    assert annotations["causedBy"] == "sequence"
    assert not {"topmost", "limits"} & annotations.keys()


# --- what may be put


PLAIN = action("a", Exec("python:3.11"))
KNOWN = {"a": PLAIN, "inner": sequence(*["a"] * 25), "deep": sequence("inner", "inner"), "loop": sequence("s")}


@pytest.mark.parametrize("components", [["a"], ["a"] * 50, ["inner", "inner"], ["deep"]])
def test_up_to_50_actions_counted_through_nested_sequences(components: list[str]) -> None:
    assert sequences.atomic_actions(sequence(*components), KNOWN.get, {"s"}) <= 50


@pytest.mark.parametrize(
    ("components", "message"),
    [
        (["a"] * 51, "Too many actions in the sequence."),
        (["deep", "a"], "Too many actions in the sequence."),
        (["a", "none"], "Sequence component does not exist."),
        (["s"], "Sequence may not refer to itself."),
        (["loop"], "Sequence may not refer to itself."),
    ],
)
def test_what_may_not_be_put(components: list[str], message: str) -> None:
    with pytest.raises(Rejected) as refused:
        sequences.atomic_actions(sequence(*components), KNOWN.get, {"s"})
    assert (refused.value.status, refused.value.message) == (400, message)
