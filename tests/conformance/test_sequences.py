"""Sequences: what flows, what stops them, and what the records say (SequenceActions.scala, docs/actions.md)."""

from typing import Any

import pytest

from tests.conformance.openwhisk import OpenWhisk, annotations

PROBLEM = {"statusCode": 418, "headers": {"X-Kind": "teapot"}, "body": {"title": "I'm a teapot"}}


def components(openwhisk: OpenWhisk, sequence: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of what ran in a sequence: its ``logs`` are their ids, in the order of the calls."""
    return [openwhisk.activation(identifier) for identifier in sequence["logs"]]


def test_a_result_is_the_next_input(specimens: OpenWhisk) -> None:
    answer = specimens.invoke("conformance/twice", {"n": 1, "kept": "yes"}, result="true")

    assert answer.json() == {"n": 3, "kept": "yes", "salutation": "Hello", "punctuation": "."}


def test_the_record_of_a_sequence(specimens: OpenWhisk) -> None:
    reply = specimens.invoke("conformance/twice").json()
    sequence = specimens.activation(reply["activationId"])
    parts = components(specimens, sequence)

    assert reply["logs"] == sequence["logs"]  # a blocking reply has them already (Actions.scala)
    assert [part["name"] for part in parts] == ["increment", "increment"]
    assert sequence["duration"] == sum(part["duration"] for part in parts)
    assert "cause" not in sequence
    found = annotations(sequence)
    assert found["topmost"] is True
    assert found["kind"] == "sequence"
    assert found["path"] == f"{specimens.namespace}/conformance/twice"
    assert found["limits"]["memory"] == 128  # the largest of its components
    assert "initTime" not in found


def test_the_records_of_the_components(specimens: OpenWhisk) -> None:
    sequence = specimens.activation(specimens.invoke("conformance/twice").json()["activationId"])

    for part in components(specimens, sequence):
        assert part["cause"] == sequence["activationId"]
        assert annotations(part)["causedBy"] == "sequence"
        assert annotations(part)["path"] == f"{specimens.namespace}/conformance/increment"


def test_a_sequence_of_sequences(specimens: OpenWhisk) -> None:
    answer = specimens.invoke("conformance_nested/four_times", {"n": 0}).json()
    inner = components(specimens, specimens.activation(answer["activationId"]))

    assert answer["response"]["result"]["n"] == 4
    assert [part["name"] for part in inner] == ["twice", "twice"]
    for part in inner:
        assert part["cause"] == answer["activationId"]
        assert annotations(part)["causedBy"] == "sequence"
        assert annotations(part)["topmost"] is False
        assert {leaf["cause"] for leaf in components(specimens, part)} == {part["activationId"]}


@pytest.mark.parametrize(
    ("way", "status", "result"),
    [
        ("error", "application error", {"error": PROBLEM}),
        ("text", "application error", {"error": "nothing but a sentence"}),
        ("raise", "application error", {"error": "raised on purpose"}),
        ("exit", "action developer error", None),
        ("nan", "action developer error", None),
        ("sleep", "action developer error", None),
    ],
)
def test_a_failing_step_stops_the_sequence(specimens: OpenWhisk, way: str, status: str, result: Any) -> None:
    """The response of the sequence is that of the step, whatever went wrong there; the next step does not run."""
    record = specimens.failed("conformance/interrupted", {"way": way, "seconds": 30})
    parts = components(specimens, record)

    assert [part["name"] for part in parts] == ["increment", "misbehave"]
    assert record["response"]["status"] == status
    assert record["response"]["result"] == (result or parts[-1]["response"]["result"])
    assert parts[0]["response"]["status"] == "success"


def test_a_failure_goes_through_every_level(specimens: OpenWhisk) -> None:
    record = specimens.failed("conformance_nested/interrupted_within", {"way": "error"})
    parts = components(specimens, record)

    assert [part["name"] for part in parts] == ["twice", "interrupted"]
    assert record["response"]["result"] == {"error": PROBLEM}


def test_an_oversized_result_between_two_steps_stops_the_sequence(specimens: OpenWhisk) -> None:
    """docs/reference.md, "System limits": of every component the result is limited."""
    record = specimens.failed("conformance/interrupted", {"way": "oversized", "size": specimens.payload_limit})

    assert len(record["logs"]) == 2
    assert record["response"]["result"]["error"].startswith("The action produced a response that exceeded")


def test_an_error_in_the_input_does_not_stop_a_sequence(specimens: OpenWhisk) -> None:
    """Only a result does: the first component gets the arguments as they are. Its result then has ``error``, too."""
    record = specimens.failed("conformance/twice", {"error": "given"})

    assert len(record["logs"]) == 1


def test_a_component_that_is_gone_is_an_error_of_the_sequence(specimens: OpenWhisk) -> None:
    """SequenceActions.scala resolves a component when its turn comes."""
    action = {"exec": {"kind": "python:3.11", "code": "def main(args):\n    return args\n"}}
    sequence = {"exec": {"kind": "sequence", "components": ["/_/conformance/increment", "/_/conformance_brief"]}}
    specimens.api("PUT", "actions/conformance_brief", json=action)
    specimens.api("PUT", "actions/conformance_sequence", json=sequence)
    specimens.api("DELETE", "actions/conformance_brief")
    record = specimens.failed("conformance_sequence", {})
    specimens.api("DELETE", "actions/conformance_sequence")

    assert record["response"]["result"]["error"] == "Sequence component does not exist."
    assert record["response"]["status"] == "application error"


def test_a_list_is_the_whole_input_of_the_next_step(specimens: OpenWhisk) -> None:
    """Since 1.1 an array is a result (docs/actions.md); the next action then gets no object to read from."""
    record = specimens.failed("conformance/interrupted", {"way": "list"})

    assert [part["name"] for part in components(specimens, record)] == ["increment", "misbehave", "increment"]


def test_a_sequence_shows_its_components(specimens: OpenWhisk) -> None:
    """The underscore becomes the namespace when the sequence is stored (SequenceActions.scala, Actions.scala)."""
    sequence = specimens.api("GET", "actions/conformance/twice").json()

    path = f"/{specimens.namespace}/conformance/increment"
    assert sequence["exec"]["components"] == [path, path]
    assert {"key": "_actions", "value": [path, path]} in sequence["parameters"]
    assert annotations(sequence)["exec"] == "sequence"
