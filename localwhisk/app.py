"""The host put together: one ASGI application, with the store and the containers behind it."""

import asyncio
import os
import secrets
import shutil
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from localwhisk import docker, manifest
from localwhisk.api import Api, platform_info
from localwhisk.container import Container, ProcessContainer, Spec
from localwhisk.controller import Controller
from localwhisk.exchange import answered, as_json, refusal
from localwhisk.invoker import Invoker
from localwhisk.pool import Pool
from localwhisk.rejection import Rejected
from localwhisk.store import Store

# The well-known guest of OpenWhisk's standalone server (core/standalone/README.md).
GUEST = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
SITE_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
LOCAL = ("localhost", "127.0.0.1", "host.docker.internal")


class Settings(Namespace):
    url: str  # where actions find this host
    data: Path
    manifest: Path | None
    site: Path | None
    auth: str
    image: list[tuple[str, Path]]  # and the unpacked action that stands for it
    docker: bool
    memory: int  # MB for all containers together


def containers(settings: Settings, label: str | None) -> Callable[[Spec], Container]:
    """What makes this host's containers: a Docker engine, under ``label``, or by default this machine's Python."""
    if label is not None:
        env = {"__OW_API_HOST": f"http://host.docker.internal:{urlsplit(settings.url).port}"}
        return partial(docker.DockerContainer, label, env, settings.memory, time.time)
    env, homes = {"__OW_API_HOST": settings.url}, settings.data.resolve() / "containers"
    shutil.rmtree(homes, ignore_errors=True)  # what an earlier host left when it was killed
    homes.mkdir()
    return partial(ProcessContainer, homes, dict(settings.image), env, time.time)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The application, its manifest deployed. When the context ends, so do all containers."""
    settings.data.mkdir(parents=True, exist_ok=True)
    # Without limits: each request has the time of its action, and the pool says how many there are.
    client = httpx.AsyncClient(timeout=None, trust_env=False, limits=httpx.Limits())  # noqa: S113
    async with AsyncExitStack() as ending:
        store = ending.enter_context(closing(Store(settings.data / "localwhisk.sqlite3")))
        http = await ending.enter_async_context(client)
        label = await ending.enter_async_context(docker.guarded(settings.data)) if settings.docker else None
        pool = Pool(containers(settings, label), settings.memory, max(2, os.cpu_count() or 1), time.monotonic)
        ending.push_async_callback(pool.close)
        controller = Controller(store, Invoker(pool, http, settings.auth, time.time), time.time)
        ending.push_async_callback(controller.close)
        ending.callback(asyncio.create_task(pool.reap_for_ever()).cancel)
        # The PUTs of wskdeploy, in its order (deployers/servicedeployer.go).
        for package in manifest.load(settings.manifest, os.environ) if settings.manifest else []:
            controller.put("package", package.name, package.body, overwrite=True)
            for ident, body in package.actions.items():
                controller.put("action", ident, body, overwrite=True)
            for apidoc, response_type in package.apis:
                controller.create_api(apidoc, response_type)
        yield application(settings, controller)


class Site(StaticFiles):
    def file_response(self, *args: object, **options: object) -> Response:
        response = super().file_response(*args, **options)  # type: ignore[arg-type]
        response.headers.update(SITE_HEADERS)  # revalidated on each visit
        return response


def application(settings: Settings, controller: Controller) -> ASGIApp:
    api = Api(controller, settings.auth)

    async def root(request: Request) -> Response:
        """The page for a browser, the platform's description for the tools."""
        if settings.site and "text/html" in request.headers.get("accept", ""):
            return FileResponse(settings.site / "index.html", headers={**SITE_HEADERS, "Vary": "Accept"})
        return as_json(platform_info(), headers={"Vary": "Accept"})

    async def config(request: Request) -> Response:
        """What the page needs to know: where the API is, seen from where the page came from."""
        urls = [f"{request.base_url}api/{api.space}{known['basePath']}" for known in controller.apis()]
        return as_json({"apiUrl": urls[0] if urls else None}, headers={"Cache-Control": "no-store"})

    async def unrouted(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for no other
        return refusal(Rejected(error.status_code, error.detail), secrets.token_hex(16))

    routes = [Route("/", answered(root)), Route("/config.json", answered(config)), *api.routes()]
    app = Starlette(routes=routes, exception_handlers={HTTPException: unrouted})
    if settings.site:
        app.mount("/", GZipMiddleware(Site(directory=settings.site, html=True), minimum_size=1024))
    # On a loopback address only local names: a foreign page could otherwise have its own name point here.
    names = LOCAL if urlsplit(settings.url).hostname in LOCAL else ("*",)
    return TrustedHostMiddleware(app, allowed_hosts=names)
