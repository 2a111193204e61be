"""The host: what it is made of, from the settings to the application that answers, and its life as a server."""

import asyncio
import os
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette

from localwhisk import limits, manifest
from localwhisk.apis import Route
from localwhisk.containers import docker
from localwhisk.containers.container import Container, Spec
from localwhisk.containers.invoker import Invoker
from localwhisk.containers.pool import Pool
from localwhisk.containers.process import ProcessContainer
from localwhisk.controller import Controller
from localwhisk.credentials import GUEST, Credentials
from localwhisk.http.application import application, is_local
from localwhisk.http.server import Server, possible_connections
from localwhisk.notice import warn
from localwhisk.store import Store

BACKLOG = 2048  # connections that wait to be accepted


class CannotListen(Exception):
    """The address is taken, or is none of this machine."""


@dataclass(frozen=True)
class Settings:
    """Of a host, wherever it listens."""

    data: Path  # the folder of the store and of the containers' files
    manifest: Path | None = None  # deployed at the start
    without_triggers: bool = False  # whether its triggers and rules are left out
    site: Path | None = None  # the folder of the page
    credentials: Credentials = GUEST
    images: Mapping[str, Path] = field(default_factory=dict)  # the unpacked action that stands for an image
    docker: bool = False  # whether every action runs in a container of Docker
    memory_mb: int = limits.POOL_MEMORY_MB  # for all containers together
    quota: limits.Quota = limits.GENEROUS_QUOTA


async def serve(settings: Settings, host: str, port: int) -> None:
    """Run the host until SIGINT or SIGTERM. Port 0 takes a free one."""
    listener = listen(host, port)
    port = listener.getsockname()[1]
    url = f"http://{host}:{port}"
    if settings.credentials == GUEST and not is_local(host):
        warn("whoever reaches this port can run code here; see --auth")

    async with running(settings, url) as app:
        server = stoppable_server(app, settings.memory_mb)
        others = await docker.bridge_listeners(port) if settings.docker else []
        print(f"localwhisk: the page is on {url}/, the API on {url}/api/{settings.credentials.uuid}", flush=True)
        await server.serve([listener, *others])


def listen(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        advice = "--port takes another port, 0 a free one"
        raise CannotListen(f"cannot listen on {host}:{port} ({reason}); {advice}") from error

    # asyncio does so only for sockets that it made itself; without it each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def stoppable_server(app: Starlette, memory_mb: int) -> uvicorn.Server:
    """A server that SIGINT and SIGTERM end. Its own handling of signals would end the process before the containers
    are gone."""
    config = uvicorn.Config(app, log_level="error", lifespan="off", proxy_headers=False, timeout_graceful_shutdown=1)
    server = Server(config, possible_connections(descriptors_for_work(memory_mb)))
    server.capture_signals = nullcontext  # type: ignore[assignment, method-assign]
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
    return server


def descriptors_for_work(memory_mb: int) -> int:
    """Of the store and of what else the host has open, and of as many containers as there can be."""
    return 64 + 16 * (memory_mb // limits.OF_AN_ACTION["memory"].lowest)


@asynccontextmanager
async def running(settings: Settings, url: str) -> AsyncIterator[Starlette]:
    """The application of a host that listens on ``url``, its manifest deployed. When the context ends, so do all
    containers."""
    settings.data.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        store = stack.enter_context(closing(Store(settings.data / "localwhisk.sqlite3")))
        factory = await stack.enter_async_context(containers(settings, url))
        pool = Pool(factory, settings.memory_mb, max(2, os.cpu_count() or 1), time.monotonic)
        stack.push_async_callback(pool.close)
        stack.callback(asyncio.create_task(pool.reap_for_ever()).cancel)

        http = await stack.enter_async_context(container_client())
        invoker = Invoker(pool, http, str(settings.credentials), time.time)
        controller = Controller(store, invoker, time.time, settings.quota)
        stack.push_async_callback(controller.close)

        if settings.manifest:
            deploy(controller, manifest.load(settings.manifest, os.environ, settings.without_triggers))
        yield application(controller, settings.credentials, settings.site, url)


@asynccontextmanager
async def containers(settings: Settings, url: str) -> AsyncIterator[Callable[[Spec], Container]]:
    """What makes this host's containers: a Docker engine, or by default this machine's Python."""
    if settings.docker:
        env = {"__OW_API_HOST": f"http://host.docker.internal:{urlsplit(url).port}"}
        async with docker.guarded(settings.data) as label:
            yield partial(docker.DockerContainer, label, env, settings.memory_mb, time.time)
    else:
        homes = settings.data.resolve() / "containers"
        shutil.rmtree(homes, ignore_errors=True)  # what an earlier host left when it was killed
        homes.mkdir()
        yield partial(ProcessContainer, homes, settings.images, {"__OW_API_HOST": url}, time.time)


def container_client() -> httpx.AsyncClient:
    """Without limits: each request has the time of its action, and the pool says how many there are."""
    return httpx.AsyncClient(timeout=None, trust_env=False, limits=httpx.Limits())  # noqa: S113


def deploy(controller: Controller, packages: list[manifest.Package]) -> None:
    """Make the requests of wskdeploy, in its order (deployers/servicedeployer.go)."""
    for package in packages:
        controller.put_package(package.name, package.body, overwrite=True)
        for identifier, body in package.actions.items():
            controller.put_action(identifier, body, overwrite=True)
        for apidoc, response_type in package.apis:
            controller.create_api(Route.from_apidoc(apidoc, response_type))
