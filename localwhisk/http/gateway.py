"""The API gateway: ``/api/<space>/<base path>/<path>`` leads to a web action (openwhisk-apigateway)."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localwhisk.apis import Operation, find_operation
from localwhisk.controller import Controller
from localwhisk.http.exchange import as_json
from localwhisk.http.web import WEB
from localwhisk.rejection import Rejected

ALLOWED_METHODS = "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS"


class Gateway:
    """Finds the operation for a request and hands the request on to the ``backend``, the routes of web actions. CORS is
    the gateway's own: it answers OPTIONS itself, and puts its headers in place of the backend's."""

    def __init__(self, controller: Controller, space: str, backend: ASGIApp) -> None:
        self._controller = controller
        self._space = space
        self._backend = backend

    def routes(self) -> list[Route]:
        return [Route("/api/{space}/{path:path}", self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(Request(scope))
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> ASGIApp:
        """The gateway's own response, or the way to the backend."""
        path = f"/{request.path_params['path']}"
        try:
            operation, below = self._operation(request, path)
        except Rejected as rejected:
            return as_json({"status": rejected.status, "message": rejected.message}, rejected.status)

        cors = cors_headers(request.headers)
        if request.method == "OPTIONS":
            return Response(headers=cors)

        headers = forwarded_headers(request, operation)
        target = backend_path(operation, path, below)

        async def forward(scope: Scope, receive: Receive, send: Send) -> None:
            await self._backend(backend_scope(scope, target, headers), receive, with_headers(send, cors))

        return forward

    def _operation(self, request: Request, path: str) -> tuple[Operation, str]:
        apis = self._controller.apis() if request.path_params["space"] == self._space else []
        return find_operation(apis, path, request.method)


def backend_path(operation: Operation, path: str, below: str) -> str:
    """Where the backend has the web action. Only the type http hands on the whole ``path`` (``$(request.path)`` in
    createApi's swagger), the others what lies ``below`` the declared one."""
    rest = path if operation.response_type == "http" else below
    return f"{WEB}/{operation.web_path}{rest}"


def forwarded_headers(request: Request, operation: Operation) -> dict[str, str]:
    """What the gateway tells the backend about the request, and the secret of the operation if it has one."""
    client = request.client.host if request.client else ""
    headers = {
        "X-Forwarded-Host": request.url.netloc,
        "X-Forwarded-Proto": request.url.scheme,
        "X-Forwarded-Url": str(request.url),
        "X-Forwarded-For": client,
        "X-Real-IP": client,
    }
    if operation.secure_key is not None:
        headers["X-Require-Whisk-Auth"] = str(operation.secure_key)
    return headers


def backend_scope(scope: Scope, path: str, headers: dict[str, str]) -> Scope:
    """The request as the backend gets it: at another path, with ``headers`` in place of those of the same names."""
    forwarded = {**scope, "path": path, "raw_path": path.encode(), "headers": list(scope["headers"])}
    MutableHeaders(scope=forwarded).update(headers)
    return forwarded


def with_headers(send: Send, headers: dict[str, str]) -> Send:
    """``send``, with ``headers`` in place of those of the same names."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with_headers


def cors_headers(request_headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of every answer but the gateway's own 404."""
    headers = {
        "Access-Control-Allow-Origin": request_headers.get("origin", "*"),
        "Access-Control-Allow-Methods": ALLOWED_METHODS,
        "Access-Control-Allow-Credentials": "true",
    }
    asked = request_headers.get("access-control-request-headers")
    if asked:
        headers["Access-Control-Allow-Headers"] = asked
    return headers
