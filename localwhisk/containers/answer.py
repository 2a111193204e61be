"""What the answers of a container mean for the activation (ActivationResult.scala)."""

from typing import NamedTuple

from localwhisk.activation import ActivationResponse, Status, failure
from localwhisk.limits import PAYLOAD_BYTES
from localwhisk.rejection import Rejected
from localwhisk.strict_json import JsonValue, parse

# Messages.scala
INIT_FAILED = "The action failed during initialization"
NO_INIT = "The action did not initialize and exited unexpectedly."
NO_RUN = "The action did not produce a valid response and exited unexpectedly."
NOT_JSON = "The action did not produce a valid JSON or JSON Array response"
OUT_OF_MEMORY = "The action exhausted its memory and was aborted."
TOO_LONG = (
    "The action produced a response that exceeded the allowed length: {length} > {limit} bytes."
    " The truncated response was: {text}"
)


# What the Go proxy of the Python runtime answers when the process behind it ended (openwhisk/runHandler.go).
COMMAND_EXITED = "command exited"
NOT_STARTED = "Cannot start action. Check logs for details."


class Answer(NamedTuple):
    """An HTTP answer of a container: ``text`` is as much of the body as the limit allows, ``length`` all its bytes."""

    status: int
    text: str
    length: int

    @property
    def size(self) -> int:
        """The length of the text as Java counts it."""
        return len(self.text.encode("utf-16-le")) // 2

    @property
    def too_long(self) -> bool:
        return self.length > PAYLOAD_BYTES

    def json(self) -> JsonValue:
        """The body's JSON; null if it is none, which is no valid result either."""
        try:
            return parse(self.text.encode())
        except Rejected:
            return None


def of_init(answer: Answer) -> ActivationResponse:
    """The response of an activation whose ``/init`` was answered with another status than 200."""
    if answer.too_long:
        return failure(Status.DEVELOPER_ERROR, too_long(answer), answer.length)

    result = answer.json()
    if isinstance(result, dict) and "error" in result:
        return ActivationResponse(Status.DEVELOPER_ERROR, {"error": result["error"]}, answer.size)
    return failure(Status.DEVELOPER_ERROR, with_text(INIT_FAILED, answer), answer.size)


def of_run(answer: Answer) -> ActivationResponse:
    """The response of an activation whose ``/run`` got this ``answer``."""
    if answer.too_long:
        return failure(Status.APPLICATION_ERROR, too_long(answer), answer.length)

    succeeded = answer.status == 200
    result = answer.json()
    if isinstance(result, dict) and "error" in result:
        status = Status.APPLICATION_ERROR if succeeded else Status.DEVELOPER_ERROR
        return ActivationResponse(status, {"error": result["error"]}, answer.size)

    if succeeded and isinstance(result, dict | list):
        return ActivationResponse(Status.SUCCESS, result, answer.size)
    return failure(Status.DEVELOPER_ERROR, with_text(NOT_JSON, answer), answer.size)


def of_end(message: str) -> ActivationResponse:
    """The response of an activation whose process ended, as the proxy that is left tells it."""
    return of_run(Answer(502, text := f'{{"error":"{message}"}}\n', len(text)))


def timed_out(limit_ms: int, during_init: bool = False) -> ActivationResponse:
    suffix = " during initialization" if during_init else ""
    message = f"The action exceeded its time limits of {limit_ms} milliseconds{suffix}."
    return failure(Status.DEVELOPER_ERROR, message, timed_out=True)


def too_long(answer: Answer) -> str:
    return TOO_LONG.format(length=answer.length, limit=PAYLOAD_BYTES, text=answer.text)


def with_text(message: str, answer: Answer) -> str:
    return f"{message}: {answer.text}" if answer.text else f"{message}."
