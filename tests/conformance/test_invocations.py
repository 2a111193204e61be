"""What an invocation answers and what its record says, for every way in which an action can end."""

import re
import time
from typing import Any

import pytest

from tests.conformance.openwhisk import OpenWhisk, annotations, until

PROBLEM = {"statusCode": 418, "headers": {"X-Kind": "teapot"}, "body": {"title": "I'm a teapot"}}


def test_a_blocking_invocation_answers_with_the_record(specimens: OpenWhisk) -> None:
    """Actions.scala; the logs are collected later, so a blocking reply has none (docs/actions.md)."""
    answer = specimens.invoke("conformance/greet", {"name": "Ada"})
    record = answer.json()

    assert answer.status_code == 200
    assert answer.headers["x-openwhisk-activation-id"] == record["activationId"]
    assert record["response"]["result"] == {"greeting": "Hello, Ada!"}
    assert (record["response"]["status"], record["response"]["success"]) == ("success", True)
    assert "statusCode" not in record["response"]  # only the stored form has it (WhiskActivation.scala)
    assert record["logs"] == []


def test_a_blocking_invocation_answers_with_the_result_only_on_request(specimens: OpenWhisk) -> None:
    answer = specimens.invoke("conformance/greet", {"salutation": "Bonjour"}, result="true")

    assert (answer.status_code, answer.json()) == (200, {"greeting": "Bonjour, World!"})


def test_a_non_blocking_invocation_answers_with_the_id(specimens: OpenWhisk) -> None:
    answer = specimens.invoke("conformance/greet", blocking="false")

    assert answer.status_code == 202
    identifier = answer.json()["activationId"]
    assert len(identifier) == 32
    assert answer.headers["x-openwhisk-activation-id"] == identifier
    assert specimens.activation(identifier)["response"]["result"] == {"greeting": "Hello, World!"}


@pytest.mark.parametrize("timeout", ["0", "-1", "60001", "soon"])
def test_the_time_to_wait_is_from_a_millisecond_to_a_minute(specimens: OpenWhisk, timeout: str) -> None:
    assert specimens.invoke("conformance/greet", timeout=timeout).status_code == 400


def test_an_invocation_that_takes_too_long_to_wait_for_is_202(specimens: OpenWhisk) -> None:
    """Parameter ``timeout`` in Actions.scala; the activation goes on."""
    answer = specimens.invoke("conformance/misbehave", {"way": "sleep", "seconds": 1}, timeout=200)

    assert answer.status_code == 202
    assert specimens.activation(answer.json()["activationId"])["response"]["status"] == "success"


def test_the_record_of_an_activation(specimens: OpenWhisk) -> None:
    """WhiskActivation.scala."""
    identifier = specimens.invoke("conformance/greet").json()["activationId"]
    record = specimens.activation(identifier)

    assert record["activationId"] == identifier
    assert (record["name"], record["namespace"]) == ("greet", specimens.namespace)
    assert record["version"] == specimens.api("GET", "actions/conformance/greet").json()["version"]
    assert record["start"] <= record["end"]
    assert 0 <= record["duration"] <= record["end"] - record["start"] + 1000
    assert record["subject"]
    assert record["publish"] is False
    assert "cause" not in record
    found = annotations(record)
    assert found["path"] == f"{specimens.namespace}/conformance/greet"
    assert found["kind"] == "python:3.11"
    assert found["timeout"] is False
    assert {"memory": 128, "timeout": 10000, "logs": 1}.items() <= found["limits"].items()
    assert found["waitTime"] >= 0


def test_the_logs_of_an_activation(specimens: OpenWhisk) -> None:
    """docs/actions.md: a line is a time, the stream and the text. A standalone leaves the stream out and has only what
    went to stdout (StandaloneDockerSupport.scala). They may arrive after the record."""
    identifier = specimens.invoke("conformance/greet").json()["activationId"]
    complete = ({("stdout", "to stdout"), ("stderr", "to stderr")}, {(None, "to stdout")})
    until(
        lambda: specimens.api("GET", f"activations/{identifier}/logs"),
        lambda seen: {log_line(line) for line in seen.json().get("logs", [])} in complete,
    )


def test_the_last_line_of_the_logs_may_be_unfinished(openwhisk: OpenWhisk) -> None:
    code = "def main(args):\n    print('first')\n    print('last', end='', flush=True)\n    return {}\n"
    body = {"exec": {"kind": "python:3.11", "code": code}, "limits": {"memory": 128}}
    openwhisk.api("PUT", "actions/conformance_unfinished", json=body)
    identifier = openwhisk.invoke("conformance_unfinished").json()["activationId"]
    until(
        lambda: openwhisk.api("GET", f"activations/{identifier}/logs"),
        lambda seen: [log_line(line)[1] for line in seen.json().get("logs", [])] == ["first", "last"],
    )
    openwhisk.api("DELETE", "actions/conformance_unfinished")


def log_line(line: str) -> tuple[str | None, str]:
    """Stream, if it is told, and text of a line of the logs."""
    found = re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z +(?:(stdout|stderr): )?(.*)", line)
    assert found, line
    return found[1], found[2]


def test_the_result_of_an_activation(specimens: OpenWhisk) -> None:
    """Activations.scala: the response, with the status in words."""
    identifier = specimens.invoke("conformance/greet").json()["activationId"]
    until(lambda: specimens.api("GET", f"activations/{identifier}"), lambda answer: answer.status_code == 200)
    response = specimens.api("GET", f"activations/{identifier}/result").json()

    assert response["result"] == {"greeting": "Hello, World!"}
    assert (response["success"], response["status"]) == (True, "success")


def test_cold_and_warm(specimens: OpenWhisk) -> None:
    """initTime is there on a cold start only (docs/annotations.md). A new version never runs in an old container."""
    specimens.api("PUT", "actions/conformance/increment", params={"overwrite": "true"}, json={"publish": False})
    first, second = (
        specimens.activation(specimens.invoke("conformance/increment").json()["activationId"]) for _ in range(2)
    )

    assert annotations(first)["initTime"] > 0
    assert annotations(first)["initTime"] <= first["duration"]
    assert "initTime" not in annotations(second)


def test_an_action_of_several_files(specimens: OpenWhisk) -> None:
    """docs/actions-python.md, "Packaging Python actions in zip files", with files beside the code."""
    result = specimens.invoke("conformance/zipped", {"n": 1}, result="true").json()

    assert result["read"] == "beside the code"
    assert result["args"] == {"n": 1, "salutation": "Hello", "punctuation": "."}


def test_the_context_of_an_action(specimens: OpenWhisk) -> None:
    """docs/actions.md, "Accessing action metadata within the action body". No API key unless annotated."""
    answer = specimens.invoke("conformance/zipped").json()
    context = answer["response"]["result"]["context"]

    assert context["__OW_ACTIVATION_ID"] == answer["activationId"]
    assert context["__OW_NAMESPACE"] == specimens.namespace
    assert context["__OW_ACTION_NAME"] == f"/{specimens.namespace}/conformance/zipped"
    assert context["__OW_ACTION_VERSION"] == answer["version"]
    assert int(context["__OW_DEADLINE"]) > time.time() * 1000 - 60_000
    assert context["__OW_TRANSACTION_ID"]
    assert "__OW_API_KEY" not in context


def test_the_environment_of_an_action_is_made_from_scratch(specimens: OpenWhisk) -> None:
    """openwhisk-runtime-go, executor.go: nothing of image or host reaches the action, though a shell may add."""
    variables = specimens.invoke("conformance/zipped", result="true").json()["variables"]

    assert {"HOME", "USER", "PYTHONPATH", "LD_LIBRARY_PATH"} & set(variables) == set()


@pytest.mark.parametrize(
    ("args", "result"),
    [
        ({"way": "error"}, {"error": PROBLEM}),
        ({"way": "text"}, {"error": "nothing but a sentence"}),
        ({"way": "raise"}, {"error": "raised on purpose"}),
    ],
)  # fmt: skip
def test_an_error_is_an_application_error(specimens: OpenWhisk, args: dict[str, Any], result: dict[str, Any]) -> None:
    """ActivationResult.scala: a result with ``error`` is that alone; an exception is one too (python launcher.py)."""
    record = specimens.failed("conformance/misbehave", args)

    assert (record["response"]["status"], record["response"]["success"]) == ("application error", False)
    assert record["response"]["result"] == result


def test_an_error_is_the_whole_answer_where_only_the_result_is_wanted(specimens: OpenWhisk) -> None:
    answer = specimens.invoke("conformance/misbehave", {"way": "error"}, result="true")

    assert (answer.status_code, answer.json()) == (502, {"error": PROBLEM})


@pytest.mark.parametrize("way", ["nan", "bytes", "none", "scalar", "exit"])
def test_what_is_no_json_object_is_a_developer_error(specimens: OpenWhisk, way: str) -> None:
    """ActivationResult.scala and proxy.go: also NaN, which is no JSON, and the end of the process."""
    record = specimens.failed("conformance/misbehave", {"way": way})

    assert record["response"]["status"] == "action developer error"
    assert isinstance(record["response"]["result"]["error"], str)


def test_after_a_developer_error_the_next_start_is_cold(specimens: OpenWhisk) -> None:
    """ContainerProxy.scala destroys the container; after an application error it keeps it."""
    specimens.failed("conformance/misbehave", {"way": "exit"})
    after_exit = specimens.failed("conformance/misbehave", {"way": "raise"})
    after_exception = specimens.invoke("conformance/misbehave", {"way": "fine"}).json()

    assert "initTime" in annotations(after_exit)
    assert "initTime" not in annotations(after_exception)


def test_a_list_is_a_result(specimens: OpenWhisk) -> None:
    """Since 1.1 (docs/actions.md); the reply to a blocking invocation is the list itself."""
    answer = specimens.invoke("conformance/misbehave", {"way": "list"}, result="true")

    assert (answer.status_code, answer.json()) == (200, [1, 2])


def test_a_run_beyond_its_time_is_ended(specimens: OpenWhisk) -> None:
    """ContainerProxy.scala: developer error, annotation ``timeout``."""
    record = specimens.failed("conformance/misbehave", {"way": "sleep", "seconds": 30})

    assert record["response"]["status"] == "action developer error"
    assert record["response"]["result"]["error"].startswith("The action exceeded its time limits of 3000 milliseconds")
    assert annotations(record)["timeout"] is True
    assert record["duration"] >= 3000


def test_an_oversized_result_is_cut(specimens: OpenWhisk) -> None:
    """ActivationResult.scala: an application error that quotes the beginning, and the sizes."""
    record = specimens.failed("conformance/misbehave", {"way": "oversized", "size": specimens.payload_limit + 1})

    assert record["response"]["status"] == "application error"
    words = record["response"]["result"]["error"][:200]
    assert words.startswith("The action produced a response that exceeded the allowed length:")
    assert f"> {specimens.payload_limit} bytes" in words


def test_a_request_above_the_limit_is_refused(specimens: OpenWhisk) -> None:
    """docs/reference.md, "System limits": payload.max."""
    answer = specimens.invoke("conformance/greet", {"name": "x" * (specimens.payload_limit + 1)})

    assert answer.status_code == 413
    assert "larger than allowed" in answer.json()["error"]


def test_large_input_and_large_output_pass(specimens: OpenWhisk) -> None:
    """Just below: what goes between two actions of the classifier stays below 400 kB."""
    answer = specimens.invoke("conformance/inspect", {"data": "x" * 400_000}, result="true")

    assert len(answer.json()["body"]["data"]) == 400_000


@pytest.mark.parametrize("content", [b'"text"', b"{broken"])
def test_arguments_are_json_and_no_scalar(specimens: OpenWhisk, content: bytes) -> None:
    """docs/rest_api.md."""
    answer = specimens.api(
        "POST", "actions/conformance/greet", params={"blocking": "true"}, content=content,
        headers={"Content-Type": "application/json"},
    )  # fmt: skip

    assert answer.status_code == 400


def test_no_body_is_no_arguments(specimens: OpenWhisk) -> None:
    answer = specimens.api("POST", "actions/conformance/greet", params={"blocking": "true", "result": "true"})

    assert answer.json() == {"greeting": "Hello, World!"}


def test_a_parameter_that_is_final_cannot_be_overridden(specimens: OpenWhisk) -> None:
    """docs/webactions.md, "Protected parameters": annotation ``final``, which both tools set on a web action."""
    answer = specimens.invoke("conformance/inspect", {"fixed": "by the caller"})

    assert answer.status_code == 400
