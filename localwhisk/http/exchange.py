"""What the routes read from a request, and how they answer: bodies, query parameters, JSON."""

import asyncio
import json
import re
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from localwhisk import Json, limits
from localwhisk.http.media_types import of_request
from localwhisk.rejection import Rejected, too_large
from localwhisk.strict_json import parse_object

ACTIVATION_ID = "X-OpenWhisk-Activation-Id"
TRUE = {"true", "yes", "on", "1"}
FALSE = {"false", "no", "off", "0", ""}
WHOLE_NUMBER = re.compile(r"[+-]?\d+", re.ASCII)
LARGEST_INTEGER = 2**31 - 1

T = TypeVar("T")


async def body_of(request: Request, limit: int) -> bytes:
    """The body. Of one above ``limit`` bytes nothing is kept, but it is read to its end, so that the caller hears the
    413; unless it is longer than any request may be."""
    announced = int(request.headers.get("content-length", 0))
    if announced > limits.BODY_BYTES:
        raise too_large("Request", announced, limit)

    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limits.BODY_BYTES:
            break
        if size <= limit:
            body += chunk
        else:
            body.clear()

    if size > limit:
        raise too_large("Request", size, limit)
    return bytes(body)


async def object_of(request: Request, limit: int) -> Json:
    """The JSON object in the body; an empty body counts as an empty one."""
    return parse_object(await json_of(request, limit))


async def json_of(request: Request, limit: int) -> bytes:
    """The body, which must come as ``application/json``."""
    content = await body_of(request, limit)
    header = request.headers.get("content-type")
    if (header is not None or content) and not of_request(header).is_application_json:
        expected = "Expected:\napplication/json"
        raise Rejected(415, f"The request's Content-Type [{of_request(header)}] is not supported. {expected}")
    return content


def parameter(request: Request, name: str) -> str | None:
    """A query parameter; of those with the same name the first."""
    return next(iter(request.query_params.getlist(name)), None)


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
    """Whether the query parameter ``name`` says so (Pekko's PredefinedFromStringUnmarshallers.scala)."""
    text = parameter(request, name)
    if text is None:
        return default
    if text.lower() not in TRUE | FALSE:
        raise malformed_parameter(name, f"'{text}' is not a valid Boolean value")
    return text.lower() in TRUE


def skip_and_limit(request: Request, collection: str) -> tuple[int, int]:
    """How many entries of a listing are left out, and how many of the others are asked for; 0 asks for the most
    (ListLimit.scala, ListSkip.scala)."""
    skip = integer(request, "skip", 0, collection)
    if skip < 0:
        reason = f"The value '{skip}' is not greater than or equal to 0 for {collection}."
        raise malformed_parameter("skip", reason)

    limit = integer(request, "limit", limits.LIST_DEFAULT, collection)
    if not 0 <= limit <= limits.LIST_MAX:
        reason = f"The value '{limit}' is not in the range of 0 to {limits.LIST_MAX} for {collection}."
        raise malformed_parameter("limit", reason)
    return skip, limit or limits.LIST_MAX


def integer(request: Request, name: str, default: int, collection: str) -> int:
    text = parameter(request, name)
    if text is None:
        return default
    if not WHOLE_NUMBER.fullmatch(text) or abs(int(text)) > LARGEST_INTEGER:
        raise malformed_parameter(name, f"The value '{text}' is not an integer for {collection}.")
    return int(text)


def malformed_parameter(name: str, reason: str) -> Rejected:
    return Rejected(400, f"The query parameter '{name}' was malformed:\n{reason}")


def transaction_id(request: Request) -> str:
    """What the middleware ``RequestId`` gave the request."""
    return str(request.state.transaction_id)


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON with the bare media type: wskdeploy ignores platform information that comes with a charset (runtimes.go).

    The keys are sorted, as by spray-json: who relies on the order that an action gave them would be wrong there.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return Response(text, status, headers, "application/json")


def refusal(rejected: Rejected, transaction: str) -> Response:
    """Both fields are needed: without them the official tools say only that the connection failed (client.go)."""
    body: Json = {"error": rejected.message, "code": transaction}
    return as_json(body, rejected.status, {**rejected.headers, "X-Request-ID": transaction})
