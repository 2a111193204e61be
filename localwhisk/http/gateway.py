"""The API gateway: ``/api/<space>/<base path>/<path>`` leads to a web action (openwhisk-apigateway)."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localwhisk.apis import Operation, find_operations
from localwhisk.controller import Controller
from localwhisk.http import protocol, targets
from localwhisk.http.exchange import transaction_id
from localwhisk.http.web import WEB
from localwhisk.limits import MIB
from localwhisk.rejection import Rejected

ALLOWED_METHODS = "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS"
BODY_BYTES = 5 * MIB  # client_max_body_size


class Gateway:
    """Finds the operation for a request and hands the request on to the ``backend``, the routes of web actions. CORS is
    the gateway's own: it answers OPTIONS itself, and puts its headers in place of the backend's."""

    def __init__(self, controller: Controller, space: str, backend: ASGIApp) -> None:
        self._controller = controller
        self._space = space
        self._backend = backend

    def routes(self) -> list[Route]:
        return [Route("/api/{space}", nowhere), Route("/api/{space}/{path:path}", self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(Request(scope))
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> ASGIApp:
        """The gateway's own response, or the way to the backend."""
        refused = refusal_of_nginx(request)
        if refused is not None:
            return refused

        path, cors = api_path(request), cors_headers(request.headers)
        apis = self._controller.apis() if request.path_params["space"] == self._space else []
        try:
            verbs, below = find_operations(apis, path)
        except Rejected as rejected:
            return own_refusal(rejected, {})
        if request.method == "OPTIONS":
            return Response(headers={**cors, "Content-Type": "text/plain"})
        if request.method.lower() not in verbs:
            return own_refusal(Rejected(404, "Error: Whoops. Verb not supported."), cors)

        operation = verbs[request.method.lower()]
        headers = forwarded_headers(request, operation)
        target = backend_path(operation, path, below)

        async def forward(scope: Scope, receive: Receive, send: Send) -> None:
            await self._backend(backend_scope(scope, target, headers), receive, with_headers(send, cors))

        return forward


def refusal_of_nginx(request: Request) -> Response | None:
    """What the HTTP server around the gateway refuses by itself."""
    if request.method == "TRACE":
        return page_of_nginx(405, "Not Allowed")
    if int(request.headers.get("content-length", 0)) > BODY_BYTES:
        return page_of_nginx(413, "Request Entity Too Large")
    return None if request.path_params["path"] else page_of_nginx(404, "Not Found")


async def nowhere(_request: Request) -> Response:
    return page_of_nginx(404, "Not Found")


def page_of_nginx(status: int, reason: str) -> Response:
    title = f"{status} {reason}"
    lines = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>",
        f"<center><h1>{title}</h1></center>",
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    )
    response = HTMLResponse("\r\n".join(lines), status)
    response.headers["content-type"] = "text/html"
    return response


def own_refusal(rejected: Rejected, headers: dict[str, str]) -> Response:
    content = f'{{"status":{rejected.status},"message":"{rejected.message}"}}'
    return Response(content, rejected.status, headers, "application/json; charset=utf-8")


def api_path(request: Request) -> str:
    """The path below the space, without escapes, dots, repeated slashes and what follows a semicolon or hash."""
    path = targets.decoded(protocol.raw_path(request.scope).partition("#")[0]).partition(";")[0]
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    slash = "/" if path.endswith("/") else ""
    return "/" + "/".join(kept[2:]) + slash


def backend_path(operation: Operation, path: str, below: str) -> str:
    """Where the backend has the web action: what the URL of createApi has behind its host, which is the only backend
    (``BACKEND_HOST``). A URL that is none, such as https://http://host/path, leads to a path that is none either.

    Only the type http hands on the whole ``path`` (``$(request.path)`` in createApi's swagger), the others what lies
    ``below`` the declared one. It is escaped twice: by the gateway, then by nginx.
    """
    base = f"{WEB}/{operation.web_path}" if operation.backend_url is None else urlsplit(operation.backend_url).path
    rest = path if operation.response_type == "http" else below.rstrip("/")
    return base + quote(quote(rest))


def forwarded_headers(request: Request, operation: Operation) -> dict[str, str]:
    """What the gateway tells the backend about the request, and the secret of the operation if it has one."""
    given = request.headers
    client = request.client.host if request.client else ""
    host = given.get("x-forwarded-host", request.url.netloc)
    scheme = given.get("x-forwarded-proto", request.url.scheme)
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {
        "Connection": "close",
        "X-Forwarded-Host": host,
        "X-Forwarded-Port": str(request.url.port or 80),
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-Url": f"{scheme}://{host}{protocol.raw_path(request.scope)}{query}",
        "X-Forwarded-For": ", ".join(filter(None, (given.get("x-forwarded-for"), client))),
        "X-Real-IP": client,
        "X-Request-ID": transaction_id(request),
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
