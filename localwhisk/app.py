"""The host put together: one ASGI application, with the store and the containers behind it."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from localwhisk import docker, limits, manifest
from localwhisk.container import Factory, ProcessContainer
from localwhisk.controller import Controller
from localwhisk.exchange import Credentials, answered, as_json
from localwhisk.invoker import Invoker
from localwhisk.pool import Pool
from localwhisk.rejection import Rejected
from localwhisk.rest import Rest, platform_info
from localwhisk.store import Store
from localwhisk.web import Web

# The well-known guest of OpenWhisk's standalone server (core/standalone/README.md).
GUEST = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
ACTION_SERVER = Path(__file__).resolve().parents[1] / "runtime" / "actionserver.py"
SITE_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
LOCAL = ("localhost", "127.0.0.1", "host.docker.internal")


@dataclass(frozen=True)
class Settings:
    """``api_host`` is where actions find this host; ``images`` says which unpacked action stands for which image."""

    api_host: str
    data: Path
    manifest: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    site: Path | None = None
    auth: str = GUEST
    images: Mapping[str, Path] = field(default_factory=dict)
    docker: bool = False
    memory_mb: int = limits.POOL_MEMORY_MB


@asynccontextmanager
async def containers(settings: Settings) -> AsyncIterator[Factory]:
    """What makes this host's containers: a Docker engine or, by default, this machine's Python."""
    if not settings.docker:
        env, homes = {"__OW_API_HOST": settings.api_host}, settings.data.resolve() / "containers"
        shutil.rmtree(homes, ignore_errors=True)  # what an earlier host left when it was killed
        homes.mkdir()
        yield lambda spec: ProcessContainer(spec, ACTION_SERVER, homes, settings.images, env, time.time)
        return
    env = {"__OW_API_HOST": f"http://host.docker.internal:{urlsplit(settings.api_host).port}"}
    async with docker.engine(settings.data, env, settings.memory_mb, time.time) as factory:
        yield factory


def deploy(packages: Iterable[manifest.Package], controller: Controller) -> None:
    """The PUTs of wskdeploy, in its order (deployers/servicedeployer.go). What is there unchanged keeps its version."""
    for package in packages:
        controller.put_package(package.name, package.body, overwrite=True)
        for ident, body in package.actions.items():
            controller.put_action(ident, body, overwrite=True, keep_same=True)
        for apidoc, response_type in package.apis:
            controller.create_api(apidoc, response_type)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Starlette]:
    """The application, its manifest deployed. When the context ends, so do all containers."""
    settings.data.mkdir(parents=True, exist_ok=True)
    store = Store(settings.data / "localwhisk.sqlite3")
    every = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    # No time limit here: each request has that of its action.
    client = httpx.AsyncClient(timeout=None, trust_env=False, limits=every)  # noqa: S113
    async with client as http, containers(settings) as factory:
        pool = Pool(factory, settings.memory_mb, max(2, os.cpu_count() or 1), time.monotonic)
        controller = Controller(store, Invoker(pool, http, settings.auth, time.time), time.time)
        reaping = asyncio.create_task(reap(pool))
        try:
            if settings.manifest:
                deploy(manifest.load(settings.manifest, settings.env), controller)
            yield application(settings, controller)
        finally:
            reaping.cancel()
            await controller.close()
            await pool.close()
            store.close()


async def reap(pool: Pool) -> None:
    while True:
        await asyncio.sleep(1)
        await pool.reap()


class Site(StaticFiles):
    """The pages, revalidated on each visit."""

    def file_response(self, *args: object, **options: object) -> Response:
        response = super().file_response(*args, **options)  # type: ignore[arg-type]
        response.headers.update(SITE_HEADERS)
        return response


def application(settings: Settings, controller: Controller) -> Starlette:
    credentials = Credentials(settings.auth)

    async def root(request: Request) -> Response:
        """The page for a browser, the platform's description for the tools."""
        if settings.site and "text/html" in request.headers.get("accept", ""):
            return FileResponse(settings.site / "index.html", headers={**SITE_HEADERS, "Vary": "Accept"})
        return as_json(platform_info(), headers={"Vary": "Accept"})

    async def config(request: Request) -> Response:
        """What the page needs to know: where the API is, seen from where the page came from."""
        base = f"{str(request.base_url).rstrip('/')}/api/{credentials.space}"
        urls = [base + api["basePath"] for api in controller.apis()]
        return as_json({"apiUrl": urls[0] if urls else None}, headers={"Cache-Control": "no-store"})

    async def unrouted(request: Request, error: Exception) -> Response:
        async def refuse(_: Request) -> Response:
            status = getattr(error, "status_code", 500)
            raise Rejected(status, str(getattr(error, "detail", error)))

        return await answered(refuse)(request)

    own = [Route("/", answered(root)), Route("/config.json", answered(config))]
    compressed = [Middleware(GZipMiddleware, minimum_size=1024)]
    site = [Mount("/", Site(directory=settings.site, html=True), middleware=compressed)] if settings.site else []
    routes = [*own, *Rest(controller, credentials).routes(), *Web(controller, credentials).routes(), *site]
    # On a loopback address only local names: a foreign page could otherwise have its own name point here.
    name = str(urlsplit(settings.api_host).hostname)
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, name] if name in LOCAL else ["*"])
    return Starlette(routes=routes, middleware=[hosts], exception_handlers={HTTPException: unrouted})
