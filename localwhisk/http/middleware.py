"""What is done around the routes: transaction ids, headers of refusals too, credentials, the end of the host."""

import asyncio
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localwhisk.credentials import Credentials
from localwhisk.entities import NAMESPACE
from localwhisk.http.exchange import refusal, transaction_id
from localwhisk.rejection import Rejected

SHUTTING_DOWN = "The server is shutting down."


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


class AuthenticatedNamespace:
    """Lets only this host's user through, and only to the one namespace (BasicAuthenticationDirective.scala)."""

    def __init__(self, app: ASGIApp, credentials: Credentials) -> None:
        self._app = app
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        authorization = request.headers.get("authorization")
        if authorization is None:
            raise Rejected(401, "The resource requires authentication, which was not supplied with the request")
        if not self._credentials.allow(authorization):
            raise Rejected(401, "The supplied authentication is invalid")
        if request.path_params.get("namespace", "_") not in ("_", NAMESPACE):
            raise Rejected(403, "The supplied authentication is not authorized to access this resource.")

        await self._app(scope, receive, send)
