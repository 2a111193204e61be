"""All routes of this host in one Starlette application."""

from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from localwhisk.controller import Controller
from localwhisk.credentials import Credentials
from localwhisk.http.errors import EXCEPTION_HANDLERS
from localwhisk.http.gateway import Gateway
from localwhisk.http.management import Management
from localwhisk.http.middleware import AnsweredAtShutdown, AuthenticatedNamespace, NoSniff, RequestId
from localwhisk.http.platform_info import API
from localwhisk.http.protocol import PlatformHttp
from localwhisk.http.rest import RestApi
from localwhisk.http.site import Site
from localwhisk.http.web import WebActions, check_method
from localwhisk.rejection import NO_ROUTE, Rejected

LOCAL_NAMES = ("localhost", "127.0.0.1", "host.docker.internal")


def application(controller: Controller, credentials: Credentials, site: Path | None, url: str) -> Starlette:
    """The application that answers at ``url``, with the pages in the folder ``site``, if any."""
    web = WebActions(controller, credentials).routes()
    of_user = Middleware(AuthenticatedNamespace, credentials=credentials)
    space = credentials.uuid
    routes = [
        *RestApi(controller, credentials).routes(),
        *Management(controller, credentials).routes(),
        *web,
        *(Route(path, Nowhere(), middleware=[of_user]) for path in (API, f"{API}/{{path:path}}")),
        *Gateway(controller, space, backend=Router(web, default=only_options)).routes(),
        Route("/ping", ping),
        *Site(controller, space, site).routes(),
    ]
    middleware = [
        Middleware(NoSniff),
        Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(url)),
        Middleware(PlatformHttp),
        Middleware(RequestId),
        Middleware(AnsweredAtShutdown),
    ]
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=EXCEPTION_HANDLERS)
    app.router.redirect_slashes = False
    return app


class Nowhere:
    """What is none of the platform's routes, whatever the method."""

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        raise Rejected(404, NO_ROUTE)


async def only_options(scope: Scope, _receive: Receive, _send: Send) -> None:
    """What the controller answers beside its routes."""
    check_method(Request(scope), ["OPTIONS"])


async def ping(_request: Request) -> Response:
    return PlainTextResponse("pong", media_type="text/plain; charset=UTF-8")


def allowed_hosts(url: str) -> tuple[str, ...]:
    """On a loopback address only local names: a foreign page could otherwise have its own name point here."""
    return LOCAL_NAMES if is_local(urlsplit(url).hostname) else ("*",)


def is_local(host: str | None) -> bool:
    return host in LOCAL_NAMES
