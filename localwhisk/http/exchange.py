"""What the routes read from a request, and how they answer: bodies, query parameters, JSON."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from localwhisk import Json, limits
from localwhisk.rejection import Rejected, too_large
from localwhisk.strict_json import parse_object

ACTIVATION_ID = "X-OpenWhisk-Activation-Id"
LARGEST_NUMBER = 2**62

T = TypeVar("T")


async def body_of(request: Request, limit: int) -> bytes:
    """The body. One above ``limit`` bytes is read to its end, so that the caller hears the 413."""
    announced = int(request.headers.get("content-length", 0))
    if announced > limits.BODY_BYTES:
        raise too_large("Request", announced, limit)

    body = await request.body()
    if len(body) > limit:
        raise too_large("Request", len(body), limit)
    return body


async def object_of(request: Request, limit: int) -> Json:
    """The JSON object in the body; an empty body counts as an empty one."""
    return parse_object(await body_of(request, limit))


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``, which is cancelled if the client hangs up. The body has to be read before."""
    working = asyncio.create_task(work)
    listening = asyncio.create_task(disconnected(request))
    try:
        await asyncio.wait({working, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return await working
    finally:
        working.cancel()
        listening.cancel()


async def disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def flag(request: Request, name: str, default: bool = False) -> bool:
    """Whether the query parameter ``name`` is ``true``."""
    text = request.query_params.get(name)
    return default if text is None else text.lower() == "true"


def number(request: Request, name: str, default: int, maximum: int = LARGEST_NUMBER) -> int:
    """A whole number in the query, from 0 to ``maximum``."""
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or len(text) > 19 or int(text) > maximum:
        raise Rejected(400, f"The value '{text}' is not in the range of 0 to {maximum} for {name}.")
    return int(text)


def skip_and_limit(request: Request) -> tuple[int, int]:
    """How many entries of a listing are left out, and how many of the others are asked for; 0 asks for the most."""
    limit = number(request, "limit", limits.LIST_DEFAULT, limits.LIST_MAX)
    return number(request, "skip", 0), limit or limits.LIST_MAX


def transaction_id(request: Request) -> str:
    """What the middleware ``RequestId`` gave the request."""
    return str(request.state.transaction_id)


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON with the bare media type: wskdeploy ignores platform information that comes with a charset (runtimes.go)."""
    return Response(json.dumps(content), status, headers, "application/json")


def refusal(rejected: Rejected, transaction: str) -> Response:
    """Both fields are needed: without them the official tools say only that the connection failed (client.go)."""
    body: Json = {"error": rejected.message, "code": transaction}
    return as_json(body, rejected.status, {"X-Request-ID": transaction})
