"""Starlette's requests and responses, and what every route of the API does with them."""

import asyncio
import base64
import json
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from localwhisk import Json, limits
from localwhisk.rejection import Rejected, malformed, too_large
from localwhisk.strict_json import parse_object

Handler = Callable[[Request], Awaitable[Response]]
ACTIVATION_ID = "x-openwhisk-activation-id"


def answered(handler: Handler) -> Handler:
    """``handler`` with refusals as JSON, a transaction id on each answer, and the headers ``added`` to the scope."""

    async def endpoint(request: Request) -> Response:
        given = request.headers.get("x-request-id") or secrets.token_hex(16)
        transaction = request.scope.setdefault("transaction", given)
        try:
            response = await handler(request)
        except Rejected as refused:
            response = refusal(refused, transaction)
        except UnicodeEncodeError as error:  # half a surrogate pair, which JSON can spell
            response = refusal(malformed(error), transaction)
        except ClientDisconnect:
            response = Response()  # nobody reads it
        except asyncio.CancelledError:
            response = refusal(Rejected(503, "The server is shutting down."), transaction)
        except Exception:
            traceback.print_exc()
            response = refusal(Rejected(500, "There was an internal server error."), transaction)
        response.raw_headers += Headers(request.scope.pop("added", {})).raw
        response.headers["X-Request-ID"] = transaction
        return response

    return endpoint


def refusal(refused: Rejected, transaction: str) -> Response:
    """Both fields are needed: without them the official tools tell only that the connection failed (client.go)."""
    return as_json({"error": refused.message, "code": transaction}, refused.status, {"X-Request-ID": transaction})


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON with the bare media type: wskdeploy ignores platform information that comes with a charset (runtimes.go)."""
    return Response(json.dumps(content), status, headers, "application/json")


async def body_of(request: Request, limit: int) -> bytes:
    """The body. One above ``limit`` is read to its end, so that the caller hears the 413."""
    if (size := int(request.headers.get("content-length", 0))) <= limits.BODY_BYTES:
        size = len(body := await request.body())
    if size > limit:
        raise too_large("Request", size, limit)
    return body


async def object_of(request: Request, limit: int) -> Json:
    """The JSON object in the body; an empty body counts as an empty one."""
    return parse_object(await body_of(request, limit))


def authenticated(request: Request, auth: str) -> bool:
    """Whether the caller has the credentials ``auth``, ``uuid:key``."""
    expected = b"Basic " + base64.b64encode(auth.encode())
    return secrets.compare_digest(request.headers.get("authorization", "").encode(), expected)
