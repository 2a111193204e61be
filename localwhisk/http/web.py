"""Web actions: the routes (docs/webactions.md, WebActions.scala)."""

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import limits
from localwhisk.controller import Controller
from localwhisk.credentials import Credentials
from localwhisk.entities import NAMESPACE, Action
from localwhisk.http.exchange import ACTIVATION_ID, body_of, transaction_id, while_connected
from localwhisk.http.middleware import HeadersOfEveryAnswer
from localwhisk.http.platform_info import API
from localwhisk.http.web_request import (
    Address,
    WebRequest,
    arguments,
    check_exported,
    decoded_body,
    is_allowed,
    is_raw,
    raw_arguments,
)
from localwhisk.http.web_response import render
from localwhisk.rejection import NOT_FOUND, UNAUTHORIZED, Rejected
from localwhisk.strict_json import JsonValue

WEB = f"{API}/web"
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
ALLOWED_METHODS = "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"
ALLOWED_HEADERS = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"


class WebActions:
    def __init__(self, controller: Controller, credentials: Credentials) -> None:
        self._controller = controller
        self._credentials = credentials

    def routes(self) -> list[Route]:
        middleware = [Middleware(HeadersOfEveryAnswer)]
        return [Route(f"{WEB}/{{path:path}}", self.answer, methods=METHODS, middleware=middleware)]

    async def answer(self, request: Request) -> Response:
        """What is refused before the CORS headers are added goes without them, as on the platform: a body that is too
        large or no JSON, and what is no web action."""
        content = await body_of(request, limits.PAYLOAD_BYTES)
        address = Address.parse(request.path_params["path"])
        action = self._action(address)
        cors = cors_headers(request, action)
        if request.method == "OPTIONS" and cors:
            return Response(headers=cors)

        web_request = self._web_request(request, content, address)
        allowed = request.method == "OPTIONS" or is_allowed(action.annotations, web_request)
        body = decoded_body(web_request.content_type, content) if allowed and not is_raw(action) else None

        request.state.headers.update(cors)
        if not allowed:
            raise Rejected(401, UNAUTHORIZED)
        args = raw_arguments(web_request) if is_raw(action) else arguments(web_request, body, action.protected)
        return await self._run(request, address, args)

    def _action(self, address: Address) -> Action:
        if address.namespace != NAMESPACE:
            raise Rejected(404, NOT_FOUND)
        action = self._controller.action(address.identifier)
        check_exported(action)
        return action

    def _web_request(self, request: Request, content: bytes, address: Address) -> WebRequest:
        has_user = self._credentials.allow(request.headers.get("authorization", ""))
        return WebRequest(
            method=request.method,
            headers=dict(request.headers),
            query=request.url.query,
            content=content,
            path=address.rest,
            user=NAMESPACE if has_user else None,
        )

    async def _run(self, request: Request, address: Address, args: dict[str, JsonValue]) -> Response:
        start = self._controller.start(address.identifier, args, transaction_id(request), wait_s=limits.BLOCKING_S)
        started = await while_connected(request, start)
        request.state.headers[ACTIVATION_ID] = started.activation_id
        if started.record is None:
            raise Rejected(202, "Response not yet ready.")
        return render(started.record.response, address.extension)


def cors_headers(request: Request, action: Action) -> dict[str, str]:
    """The headers that the controller adds, unless the action answers for itself (``web-custom-options``)."""
    if action.annotations.get("web-custom-options") is True:
        return {}
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": ALLOWED_METHODS,
        "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", ALLOWED_HEADERS),
    }
