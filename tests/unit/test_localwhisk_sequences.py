"""Sequences: which are allowed, how one runs, what its record says (SequenceActions.scala)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from localwhisk import sequences
from localwhisk.activation import ActivationRecord, ActivationResponse, Call, Status, failure
from localwhisk.entities import Action, Exec, Limits, from_key_values
from localwhisk.rejection import Rejected

LIMITS = Limits(timeout_ms=60_000, memory_mb=256, logs_mb=10, concurrency=1)


def sequence(*components: str) -> Action:
    names = [f"/guest/{component}" for component in components]
    return action("s", Exec("sequence", components=tuple(names)))


def action(name: str, executable: Exec) -> Action:
    return Action("p", name, "0.0.1", False, 0, executable, LIMITS)


def component(name: str, result: Any, memory_mb: int = 128) -> ActivationRecord:
    """The record of an action that gave ``result`` after 100 ms."""
    status = Status.APPLICATION_ERROR if "error" in result else Status.SUCCESS
    return ActivationRecord(
        action(name, Exec("python:3.11")),
        Call(name * 32, "t", 1000, "s" * 32),
        ActivationResponse(status, result, 2),
        start_ms=1000,
        end_ms=1100,
        duration_ms=100,
        limits=replace(LIMITS, memory_mb=memory_mb),
    )


def run(results: dict[str, Any], payload: Any = None) -> tuple[list[ActivationRecord], ActivationResponse, list[Any]]:
    """What a sequence of actions with these results makes of ``payload``, and what each of them was given."""
    given = []

    async def invoke(ident: str, args: Any) -> ActivationRecord:
        given.append(args)
        if results[ident] is None:
            raise Rejected(404, "gone")
        return component(ident, results[ident])

    records, response = asyncio.run(sequences.run(sequence(*results), payload or {}, invoke))
    return records, response, given


def test_each_component_gets_the_result_before() -> None:
    records, response, given = run({"a": {"x": 1}, "b": [2], "c": {"z": 3}}, {"w": 0})
    assert given == [{"w": 0}, {"x": 1}, [2]]
    assert response.result == {"z": 3}
    assert len(records) == 3


def test_an_error_stops_it_and_is_its_response() -> None:
    records, response, _ = run({"a": {"x": 1}, "b": {"error": "boom"}, "c": {}})
    assert [record.action.name for record in records] == ["a", "b"]
    assert (response.status, response.result) == (Status.APPLICATION_ERROR, {"error": "boom"})


def test_an_error_in_the_payload_does_not() -> None:
    assert len(run({"a": {"x": 1}}, {"error": "given"})[0]) == 1


def test_a_component_that_is_gone_is_an_application_error() -> None:
    records, response, _ = run({"a": {"x": 1}, "b": None})
    assert len(records) == 1
    assert response == failure(Status.APPLICATION_ERROR, "Sequence component does not exist.")


def test_the_record_of_a_sequence() -> None:
    components = [component("a", {}, memory_mb=128), component("b", {"x": 1}, memory_mb=512)]
    call = Call("s" * 32, "t", 990)
    record = sequences.record(sequence("a", "b"), call, components, components[-1].response, 1000, 1500)
    document = record.as_json()
    assert document["logs"] == ["a" * 32, "b" * 32]
    assert (document["start"], document["end"], document["duration"]) == (1000, 1500, 200)
    assert record.as_row()["duration"] == 500
    assert "cause" not in document
    assert from_key_values(document["annotations"]) == {
        "path": "guest/p/s",
        "waitTime": 10,
        "kind": "sequence",
        "topmost": True,
        "limits": {"concurrency": 1, "logs": 10, "memory": 512, "timeout": 60_000},
    }


def test_an_inner_sequence_is_caused_by_its_outer_one() -> None:
    response = failure(Status.APPLICATION_ERROR, "gone")
    inner = sequences.record(sequence("a"), Call("i" * 32, "t", 1000, "o" * 32), [], response, 1000, 1000)
    document = inner.as_json()
    annotations = from_key_values(document["annotations"])
    assert document["cause"] == "o" * 32
    assert annotations["causedBy"] == "sequence"
    assert annotations["topmost"] is False
    assert "limits" not in annotations
    # A sequence of nothing but such ones has no memory to tell.
    outer = sequences.record(sequence("inner"), Call("o" * 32, "t", 1000), [inner], response, 1000, 1000)
    assert from_key_values(outer.as_json()["annotations"])["limits"]["memory"] == 0


# --- what may be put


PLAIN = action("a", Exec("python:3.11"))
KNOWN = {"a": PLAIN, "inner": sequence(*["a"] * 25), "deep": sequence("inner", "inner"), "loop": sequence("s")}


@pytest.mark.parametrize("components", [["a"], ["a"] * 50, ["inner", "inner"], ["deep"]])
def test_up_to_50_actions_counted_through_nested_sequences(components: list[str]) -> None:
    assert sequences.count_actions(sequence(*components), KNOWN.get, {"s"}) <= 50


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
        sequences.count_actions(sequence(*components), KNOWN.get, {"s"})
    assert (refused.value.status, refused.value.message) == (400, message)
