"""Web actions: the routes (docs/webactions.md, WebActions.scala)."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import limits
from localwhisk.controller import Controller
from localwhisk.credentials import Credentials
from localwhisk.entities import NAMESPACE, Action
from localwhisk.http import protocol
from localwhisk.http.exchange import ACTIVATION_ID, body_of, transaction_id, while_connected
from localwhisk.http.media_types import ContentType, of_request
from localwhisk.http.middleware import HeadersOfEveryAnswer, Negotiated, no_route
from localwhisk.http.platform_info import API
from localwhisk.http.web_request import (
    Address,
    Body,
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
METHODS = ("GET", "DELETE", "POST", "PUT", "HEAD", "OPTIONS", "PATCH")
ALLOWED_METHODS = "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"
ALLOWED_HEADERS = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"


class WebActions:
    def __init__(self, controller: Controller, credentials: Credentials) -> None:
        self._controller = controller
        self._credentials = credentials

    def routes(self) -> list[Route]:
        middleware = [Middleware(Negotiated), Middleware(HeadersOfEveryAnswer)]
        return [Route(f"{WEB}/{{path:path}}", self.answer, methods=[*METHODS, "TRACE"], middleware=middleware)]

    async def answer(self, request: Request) -> Response:
        """What is refused before the CORS headers are added goes without them, as on the platform: a body that is too
        large or no JSON, what is no web action, and what is too much in a minute or at once."""
        check_method(request, METHODS)
        address = Address.parse(protocol.raw_path(request.scope).removeprefix(f"{WEB}/"))
        if address is None:
            raise no_route(request, self._credentials)
        action = self._action(address)
        self._controller.check_throttle()
        content = await body_of(request, limits.PAYLOAD_BYTES)
        cors = {} if delegates_cors(action) else cors_headers(request)
        if request.method == "OPTIONS" and cors:
            return Response(headers=cors)

        web_request = self._web_request(request, content, address)
        allowed = request.method == "OPTIONS" or is_allowed(action.annotations, web_request)
        body = decoded_body(web_request) if allowed and not is_raw(action) else Body()

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
            content_type=content_type(request, content),
            path=address.rest,
            user=NAMESPACE if has_user else None,
        )

    async def _run(self, request: Request, address: Address, args: dict[str, JsonValue]) -> Response:
        started = self._controller.start(address.identifier, args, transaction_id(request))
        record = await while_connected(request, started.ended_within(limits.BLOCKING_S))
        request.state.headers[ACTIVATION_ID] = started.call.activation_id
        if record is None:
            raise Rejected(202, "Response not yet ready.")
        if isinstance(record.response.result, list):
            request.state.headers.clear()
        if address.extension == "text":
            request.state.offered = "text/plain"  # the platform would write other charsets, too
        return render(record.response, address.extension)


def check_method(request: Request, allowed: Sequence[str]) -> None:
    if request.method not in allowed:
        methods = ", ".join(allowed)
        raise Rejected(405, f"HTTP method not allowed, supported methods: {methods}", {"Allow": methods})


def content_type(request: Request, content: bytes) -> ContentType | None:
    """The type of the body; None where there is no sign of one."""
    header = request.headers.get("content-type")
    return None if header is None and not content else of_request(header)


def delegates_cors(action: Action) -> bool:
    """Whether the action answers for itself what the controller would say to browsers."""
    return action.annotations.get("web-custom-options") is True


def cors_headers(request: Request) -> dict[str, str]:
    """The headers that the controller adds."""
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": ALLOWED_METHODS,
        "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", ALLOWED_HEADERS),
    }
