"""All routes of this host in one Starlette application."""

from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from localwhisk.controller import Controller
from localwhisk.credentials import Credentials
from localwhisk.http.errors import EXCEPTION_HANDLERS
from localwhisk.http.gateway import Gateway
from localwhisk.http.management import Management
from localwhisk.http.middleware import AnsweredAtShutdown, RequestId
from localwhisk.http.platform_info import API
from localwhisk.http.rest import RestApi
from localwhisk.http.site import Site
from localwhisk.http.web import METHODS, WebActions
from localwhisk.rejection import NOT_FOUND, Rejected

LOCAL_NAMES = ("localhost", "127.0.0.1", "host.docker.internal")


def application(controller: Controller, credentials: Credentials, site: Path | None, url: str) -> Starlette:
    """The application that answers at ``url``, with the pages in the folder ``site``, if any."""
    web = WebActions(controller, credentials).routes()
    space = credentials.uuid
    routes = [
        *RestApi(controller, credentials).routes(),
        *Management(controller, credentials).routes(),
        *web,
        Route(f"{API}/{{path:path}}", not_found, methods=METHODS),
        *Gateway(controller, space, backend=Router(web)).routes(),
        *Site(controller, space, site).routes(),
    ]
    middleware = [
        Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(url)),
        Middleware(RequestId),
        Middleware(AnsweredAtShutdown),
    ]
    return Starlette(routes=routes, middleware=middleware, exception_handlers=EXCEPTION_HANDLERS)


async def not_found(_request: Request) -> Response:
    raise Rejected(404, NOT_FOUND)


def allowed_hosts(url: str) -> tuple[str, ...]:
    """On a loopback address only local names: a foreign page could otherwise have its own name point here."""
    return LOCAL_NAMES if is_local(urlsplit(url).hostname) else ("*",)


def is_local(host: str | None) -> bool:
    return host in LOCAL_NAMES
