"""The answers to requests whose handler raised: the exception handlers of the application."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from localwhisk.http.exchange import refusal, transaction_id
from localwhisk.rejection import Rejected, malformed

INTERNAL_ERROR = "There was an internal server error."


def as_rejected(error: Exception) -> Rejected:
    """What ``error`` means for the caller."""
    match error:
        case Rejected():
            return error
        case HTTPException():  # of Starlette's router: no such route, no such method
            return Rejected(error.status_code, error.detail)
        case UnicodeEncodeError():  # half a surrogate pair, which JSON can spell and SQLite cannot keep
            return malformed(error)
    return Rejected(500, INTERNAL_ERROR)


async def refuse(request: Request, error: Exception) -> Response:
    return refusal(as_rejected(error), transaction_id(request))


async def answer_nobody(_request: Request, _error: Exception) -> Response:
    """The caller went away."""
    return Response()


EXCEPTION_HANDLERS: Mapping[Any, ExceptionHandler] = {
    Rejected: refuse,
    HTTPException: refuse,
    UnicodeEncodeError: refuse,
    ClientDisconnect: answer_nobody,
    Exception: refuse,  # and the traceback goes to the log
}
