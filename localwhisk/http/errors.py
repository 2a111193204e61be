"""The answers to requests whose handler raised: the exception handlers of the application."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ExceptionHandler

from localwhisk.http.exchange import refusal, transaction_id
from localwhisk.http.web_response import NotAnObject
from localwhisk.rejection import NO_ROUTE, Rejected, malformed

INTERNAL_ERROR = "There was an internal server error."


def as_rejected(error: Exception) -> Rejected:
    """What ``error`` means for the caller."""
    match error:
        case Rejected():
            return error
        case HTTPException(status_code=404 | 405):  # of Starlette's router
            return Rejected(404, NO_ROUTE)
        case HTTPException():
            return Rejected(error.status_code, error.detail)
        case UnicodeEncodeError():  # half a surrogate pair, which JSON can spell and SQLite cannot keep
            return malformed(error)
    return Rejected(500, INTERNAL_ERROR)


async def refuse(request: Request, error: Exception) -> Response:
    return refusal(as_rejected(error), transaction_id(request))


async def answer_nobody(_request: Request, _error: Exception) -> Response:
    """The caller went away."""
    return Response()


async def answer_plainly(_request: Request, _error: Exception) -> Response:
    """As Pekko does where the controller itself raises."""
    return PlainTextResponse(INTERNAL_ERROR, 500, media_type="text/plain; charset=UTF-8")


EXCEPTION_HANDLERS: Mapping[Any, ExceptionHandler] = {
    Rejected: refuse,
    HTTPException: refuse,
    UnicodeEncodeError: refuse,
    NotAnObject: answer_plainly,
    ClientDisconnect: answer_nobody,
    Exception: refuse,  # and the traceback goes to the log
}
