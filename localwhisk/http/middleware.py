"""What is done around the routes: transaction ids, headers of refusals too, credentials, the end of the host."""

import asyncio
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localwhisk.credentials import Credentials, basic_credentials
from localwhisk.entities import NAMESPACE
from localwhisk.http.accept import accepts_charset, accepts_type
from localwhisk.http.exchange import refusal, transaction_id
from localwhisk.http.media_types import ContentType
from localwhisk.rejection import NO_ROUTE, Rejected

SHUTTING_DOWN = "The server is shutting down."
NO_CREDENTIALS = "The resource requires authentication, which was not supplied with the request"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="OpenWhisk secure realm",charset=UTF-8'}


class RequestId:
    """Gives each request a transaction id, its own X-Request-ID if it has one, and the answer the same header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = Headers(scope=scope).get("x-request-id") or secrets.token_hex(16)
        scope.setdefault("state", {})["transaction_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)


class NoSniff:
    """Lets browsers take each answer for what its type says, not for what it looks like."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self._app(scope, receive, send_marked)


class AnsweredAtShutdown:
    """Answers 503 where the end of the host breaks a request off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = False

        async def send_and_note(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except asyncio.CancelledError:
            if not answered:
                response = refusal(Rejected(503, SHUTTING_DOWN), transaction_id(Request(scope)))
                await response(scope, receive, send)


class HeadersOfEveryAnswer:
    """Adds what a handler has put into ``request.state.headers`` to its answer, even if that is a refusal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        added: dict[str, str] = {}
        scope["state"]["headers"] = added

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.append(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Negotiated:
    """Answers 406 where the caller does not take what a success would bring (Pekko's ContentNegotiator.scala).
    ``request.state.offered`` may hold what the refusal says, in place of the type of the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def send_if_accepted(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and not is_accepted(scope, message):
                refused = True
                request = Request(scope)
                offered = getattr(request.state, "offered", Headers(scope=message)["content-type"])
                await refusal(not_acceptable(offered), transaction_id(request))(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, send_if_accepted)


def is_accepted(request: Scope, answer: Message) -> bool:
    """Whether the request's Accept and Accept-Charset admit the answer. They say nothing of refusals."""
    content_type = ContentType.parse(Headers(scope=answer).get("content-type", ""))
    if content_type is None or not 200 <= answer["status"] < 300:
        return True

    asked = Headers(scope=request)
    charset = content_type.charset
    is_readable = charset is None or accepts_charset(asked.get("accept-charset"), charset)
    return is_readable and accepts_type(asked.get("accept"), content_type.essence)


def not_acceptable(offered: str) -> Rejected:
    return Rejected(406, f"Resource representation is only available with these types:\n{offered}")


class AuthenticatedNamespace:
    """Lets only this host's user through, and only to the one namespace (BasicAuthenticationDirective.scala). OPTIONS
    needs no user."""

    def __init__(self, app: ASGIApp, credentials: Credentials) -> None:
        self._app = app
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method == "OPTIONS":
            return await PlainTextResponse("OK", media_type="text/plain; charset=UTF-8")(scope, receive, send)

        check_user(request, self._credentials)
        namespace = request.path_params.get("namespace", "_")
        if namespace not in ("_", NAMESPACE):
            entity = scope["path"].partition(f"/namespaces/{namespace}/")[2].partition("/")[2]
            resource = f"{namespace}/{entity}".rstrip("/")
            raise Rejected(403, f"The supplied authentication is not authorized to access '{resource}'.")

        return await self._app(scope, receive, send)


def check_user(request: Request, credentials: Credentials) -> None:
    """Raise ``Rejected`` (401) for a request that does not come from the user."""
    authorization = request.headers.get("authorization", "")
    if basic_credentials(authorization) is None:
        raise Rejected(401, NO_CREDENTIALS, CHALLENGE)
    if not credentials.allow(authorization):
        raise Rejected(401, "The supplied authentication is invalid", CHALLENGE)


def no_route(request: Request, credentials: Credentials) -> Rejected:
    """What is nowhere on the platform: a stranger is not told."""
    check_user(request, credentials)
    return Rejected(404, NO_ROUTE)
