"""What the platform's HTTP server refuses before anything of the platform sees it (Pekko's HttpRequestParser.scala)."""

import re

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from localwhisk.http import targets
from localwhisk.http.platform_info import API

# pekko.http.parsing: max-uri-length, max-header-value-length, max-header-count
MAX_TARGET_LENGTH = 8192
MAX_HEADER_VALUE_LENGTH = 8192
MAX_HEADERS = 64
METHODS = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]")


class PlatformHttp:
    """Lets only those requests to the platform pass that its server takes, with their path as that server writes it.
    Pages and the gateway have another server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if not path.startswith(API):
            return await self._app(scope, receive, send)

        refused = refusal(scope)
        if refused is not None:
            return await refused(scope, receive, send)

        path = targets.normalized(raw_path(scope))
        decoded = targets.decoded(path.replace("%2F", "%252F"))  # an escaped slash separates nothing
        return await self._app({**scope, "path": decoded, "raw_path": path.encode()}, receive, send)


def raw_path(scope: Scope) -> str:
    """The path as it was sent."""
    return bytes(scope["raw_path"]).decode("latin-1")


def refusal(scope: Scope) -> Response | None:
    """The answer to a request that the server does not take."""
    query = bytes(scope["query_string"]).decode("latin-1")
    target = raw_path(scope) + (f"?{query}" if query else "")
    headers = [(name, value.decode("latin-1")) for name, value in scope["headers"]]

    if scope["method"] not in METHODS:
        return refused(501, "Unsupported HTTP method")
    if len(target) > MAX_TARGET_LENGTH:
        return refused(414, f"URI length exceeds the configured limit of {MAX_TARGET_LENGTH} characters")
    if wrong := targets.illegal(target):
        return refused(400, f"Illegal request-target: {wrong}")
    return refused_headers(scope["method"], headers)


def refused_headers(method: str, headers: list[tuple[bytes, str]]) -> Response | None:
    if len(headers) > MAX_HEADERS:
        return refused(400, f"HTTP message contains more than the configured limit of {MAX_HEADERS} headers")
    for _, value in headers:
        if len(value) > MAX_HEADER_VALUE_LENGTH:
            limit = f"the configured limit of {MAX_HEADER_VALUE_LENGTH} characters"
            return refused(431, f"HTTP header value exceeds {limit}")
        if character := OUTSIDE_ASCII.search(value):
            return refused(400, f"Illegal character '{character[0]}' in header value")
    if method == "HEAD" and any(name == b"content-length" and value != "0" for name, value in headers):
        return refused(422, "HEAD requests must not have an entity")
    return None


def refused(status: int, text: str) -> Response:
    return PlainTextResponse(text, status, media_type="text/plain; charset=UTF-8")
