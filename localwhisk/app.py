"""The host put together: one ASGI application, with the store and the containers behind it."""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import NamedTuple
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

from localwhisk import docker, manifest
from localwhisk.container import Container, ProcessContainer, Spec
from localwhisk.controller import Controller
from localwhisk.exchange import answered, as_json, refusal
from localwhisk.invoker import Invoker
from localwhisk.pool import Pool
from localwhisk.rejection import Rejected
from localwhisk.rest import Rest, platform_info
from localwhisk.store import Store
from localwhisk.web import Web

# The well-known guest of OpenWhisk's standalone server (core/standalone/README.md).
GUEST = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
SITE_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
LOCAL = ("localhost", "127.0.0.1", "host.docker.internal")


class Settings(NamedTuple):
    """``url`` is where actions find this host; ``images`` says which unpacked action stands for which image."""

    url: str
    data: Path
    manifest: Path | None
    site: Path | None
    auth: str
    images: Mapping[str, Path]
    docker: bool
    memory_mb: int


@asynccontextmanager
async def containers(settings: Settings) -> AsyncIterator[Callable[[Spec], Container]]:
    """What makes this host's containers: a Docker engine or, by default, this machine's Python."""
    if settings.docker:
        env = {"__OW_API_HOST": f"http://host.docker.internal:{urlsplit(settings.url).port}"}
        async with docker.guarded(settings.data) as label:
            yield partial(docker.DockerContainer, label, env, settings.memory_mb, time.time)
        return
    env, homes = {"__OW_API_HOST": settings.url}, settings.data.resolve() / "containers"
    shutil.rmtree(homes, ignore_errors=True)  # what an earlier host left when it was killed
    homes.mkdir()
    yield partial(ProcessContainer, homes, settings.images, env, time.time)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Starlette]:
    """The application, its manifest deployed. When the context ends, so do all containers."""
    settings.data.mkdir(parents=True, exist_ok=True)
    every = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    # No time limit here: each request has that of its action.
    client = httpx.AsyncClient(timeout=None, trust_env=False, limits=every)  # noqa: S113
    with closing(Store(settings.data / "localwhisk.sqlite3")) as store:
        async with client as http, containers(settings) as factory:
            pool = Pool(factory, settings.memory_mb, max(2, os.cpu_count() or 1), time.monotonic)
            controller = Controller(store, Invoker(pool, http, settings.auth, time.time), time.time)
            reaping = asyncio.create_task(pool.reap_for_ever())
            try:
                deploy(settings.manifest, controller)
                yield application(settings, controller)
            finally:
                reaping.cancel()
                await controller.close()
                await pool.close()


def deploy(file: Path | None, controller: Controller) -> None:
    """The PUTs of wskdeploy, in its order (deployers/servicedeployer.go). What is there unchanged keeps its version."""
    for package in manifest.load(file, os.environ) if file else []:
        controller.put("package", package.name, package.body, overwrite=True, keep_same=True)
        for ident, body in package.actions.items():
            controller.put("action", ident, body, overwrite=True, keep_same=True)
        for apidoc, response_type in package.apis:
            controller.create_api(apidoc, response_type)


class Site(StaticFiles):
    """The pages, revalidated on each visit."""

    def file_response(self, *args: object, **options: object) -> Response:
        response = super().file_response(*args, **options)  # type: ignore[arg-type]
        response.headers.update(SITE_HEADERS)
        return response


def application(settings: Settings, controller: Controller) -> Starlette:
    web = Web(controller, settings.auth)

    async def root(request: Request) -> Response:
        """The page for a browser, the platform's description for the tools."""
        if settings.site and "text/html" in request.headers.get("accept", ""):
            return FileResponse(settings.site / "index.html", headers={**SITE_HEADERS, "Vary": "Accept"})
        return as_json(platform_info(), headers={"Vary": "Accept"})

    async def config(request: Request) -> Response:
        """What the page needs to know: where the API is, seen from where the page came from."""
        urls = [f"{request.base_url}api/{web.space}{api['basePath']}" for api in controller.apis()]
        return as_json({"apiUrl": urls[0] if urls else None}, headers={"Cache-Control": "no-store"})

    async def unrouted(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for no other
        return refusal(Rejected(error.status_code, error.detail), secrets.token_hex(16))

    routes = [Route("/", answered(root)), Route("/config.json", answered(config))]
    routes += [*Rest(controller, settings.auth).routes(), *web.routes()]
    compressed = [Middleware(GZipMiddleware, minimum_size=1024)]
    site = [Mount("/", Site(directory=settings.site, html=True), middleware=compressed)] if settings.site else []
    # On a loopback address only local names: a foreign page could otherwise have its own name point here.
    name = str(urlsplit(settings.url).hostname)
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, name] if name in LOCAL else ["*"])
    return Starlette(routes=[*routes, *site], middleware=[hosts], exception_handlers={HTTPException: unrouted})
