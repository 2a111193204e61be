"""The error catalogue (RFC 9457), and how an answer leaves an action.

Only this module builds the result that OpenWhisk turns into an HTTP answer: a web action answers with the
``statusCode``, ``headers`` and ``body`` of its result; under the key ``error`` the same object also stops a sequence
(OpenWhisk docs/webactions.md, "Error Handling").
"""

from typing import Any, ClassVar

Json = dict[str, Any]


class ActionError(Exception):
    """An error for the caller. ``detail`` is one or two sentences: what arrived, what was expected, what to do."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class InvalidRequest(ActionError):
    code, status, title = "invalid-request", 400, "The request is not valid"


class Unauthorized(ActionError):
    code, status, title = "unauthorized", 401, "A valid admin token is required"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class PayloadTooLarge(ActionError):
    code, status, title = "payload-too-large", 413, "The picture has too many bytes"


class NotAJpeg(ActionError):
    code, status, title = "not-a-jpeg", 415, "The picture is not a JPG"


class UnsupportedJpeg(ActionError):
    code, status, title = "unsupported-jpeg", 415, "This kind of JPG is not supported"


class TooManyPixels(ActionError):
    code, status, title = "too-many-pixels", 422, "The picture has too many pixels"


class CorruptJpeg(ActionError):
    code, status, title = "corrupt-jpeg", 422, "The JPG is damaged"


class NoSuchActivation(ActionError):
    code, status, title = "no-such-activation", 404, "There is no such activation"


class InternalError(ActionError):
    code, status, title = "internal", 500, "The classifier failed unexpectedly"


class ModelUnavailable(ActionError):
    code, status, title = "model-unavailable", 503, "The model cannot be loaded"


class StatisticsUnavailable(ActionError):
    code, status, title = "statistics-unavailable", 503, "The activation records cannot be read"


CATALOGUE: dict[str, type[ActionError]] = {kind.code: kind for kind in ActionError.__subclasses__()}

EXPOSED_HEADERS = {
    # A browser may read the activation id only if the action itself exposes it (WebActions.scala sends no such header).
    "Access-Control-Expose-Headers": "x-openwhisk-activation-id, x-request-id",
    "Cache-Control": "no-store",
}


def problem(error: ActionError) -> Json:
    """The problem document of ``error``: type, title, status, detail, code and the error's own facts."""
    return {
        "type": f"urn:classifier:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        **error.facts,
    }


def answer(body: Any, content_type: str = "application/json") -> Json:
    """The action result that becomes the HTTP answer 200."""
    return http_answer(200, body, {"Content-Type": content_type})


def error_result(error: ActionError) -> Json:
    """The action result that stops the sequence and becomes the HTTP answer."""
    headers = {"Content-Type": "application/problem+json", **error.headers}
    return {"error": http_answer(error.status, problem(error), headers)}


def is_error(result: Json) -> bool:
    """Whether ``result`` is an ``error_result``."""
    return "error" in result


def http_answer(status: int, body: Any, headers: dict[str, str]) -> Json:
    return {"statusCode": status, "headers": {**headers, **EXPOSED_HEADERS}, "body": body}
