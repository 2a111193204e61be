"""The command line, ``localwhisk serve`` and ``localwhisk invoke``, and the host that both put together."""

import argparse
import asyncio
import base64
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from localwhisk import Json, apis, limits, manifest
from localwhisk.containers import docker
from localwhisk.containers.container import CannotStart, Container, Spec
from localwhisk.containers.invoker import Invoker
from localwhisk.containers.pool import Pool
from localwhisk.containers.process import ProcessContainer
from localwhisk.controller import Controller
from localwhisk.http.exchange import ACTIVATION_ID, answered, as_json, refusal
from localwhisk.http.rest import Api, platform_info
from localwhisk.rejection import Rejected
from localwhisk.store import Store, StoreError

# The well-known guest of OpenWhisk's standalone server (core/standalone/README.md).
GUEST = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
SITE_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
LOCAL = ("localhost", "127.0.0.1", "host.docker.internal")


class Settings(argparse.Namespace):
    url: str  # where actions find this host
    data: Path
    manifest: Path | None
    site: Path | None
    auth: str
    image: list[tuple[str, Path]]  # and the unpacked action that stands for it
    docker: bool
    memory: int  # MB for all containers together


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="localwhisk", description="An embedded host for OpenWhisk packages.")
    commands = top.add_subparsers(required=True, dest="command", metavar="COMMAND")
    serving = commands.add_parser("serve", help="run the host until Ctrl-C")
    add = serving.add_argument
    add("--port", type=int, default=3233, help="0 takes a free one (default: 3233)")
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--site", type=folder, help="folder of static pages for /")
    add("--data", type=Path, default=Path("build/localwhisk"), help="folder of the store (default: build/localwhisk)")
    invoking = commands.add_parser("invoke", help="invoke one action and print its result as JSON")
    invoking.set_defaults(manifest=Path("manifest.yaml"), site=None)
    add = invoking.add_argument
    add("action", help="[package/]name")
    add("-p", dest="params", action="append", default=[], metavar="KEY=VALUE", help="JSON or text; @FILE is its base64")
    add("-P", dest="file", metavar="FILE", help="all parameters as one JSON object; - reads standard input")
    add("--apihost", dest="url", default="http://127.0.0.1:3233", help="a host; if none runs, --manifest is deployed")
    for command in (serving, invoking):
        add = command.add_argument
        add("--manifest", type=Path, help="what to deploy, as wskdeploy takes it")
        add("--auth", default=GUEST, metavar="UUID:KEY", help="credentials (default: the standalone server's guest)")
        add("--image", action="append", default=[], type=image, metavar="IMAGE=FOLDER", help="its action, unpacked")
        add("--docker", action="store_true", help="run every action in a Docker container")
        add("--memory", type=int, default=limits.POOL_MEMORY_MB, metavar="MB", help="for all containers together")
    return top


def folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return Path(text)


def image(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    return name, folder(path)


async def serve(settings: Settings) -> None:
    """Run the host until SIGINT or SIGTERM."""
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        told = f"cannot listen on {settings.host}:{settings.port} ({os.strerror(error.errno or 0)})"
        raise CannotStart(f"{told}; --port takes another port, 0 a free one") from error
    # asyncio does so only for sockets that it made itself; without it each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    port, space = listener.getsockname()[1], settings.auth.partition(":")[0]
    settings.url = f"http://{settings.host}:{port}"
    if settings.auth == GUEST and settings.host not in LOCAL:
        print("localwhisk: warning: whoever reaches this port can run code here; see --auth", file=sys.stderr)
    async with running(settings) as app:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
        # Its own handling of signals would end the process before the containers are gone.
        server.capture_signals = nullcontext  # type: ignore[assignment, method-assign]
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
        others = await docker.bridge_listeners(port) if settings.docker else []
        print(f"localwhisk: the page is on {settings.url}/, the API on {settings.url}/api/{space}", flush=True)
        await server.serve([listener, *others])


async def invoke(settings: Settings) -> None:
    """Print the result that the running host gives or, where none listens, one that lives for this call alone."""
    args = arguments(settings.params, settings.file)
    try:
        return await ask(settings, args, httpx.AsyncHTTPTransport())
    except httpx.ConnectError:
        print(f"localwhisk: no host answers on {settings.url}: deploying {settings.manifest}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as data:
        settings.data = Path(data)
        async with running(settings) as app:
            return await ask(settings, args, httpx.ASGITransport(app))


def arguments(params: list[str], file: str | None) -> Json:
    """The parameters of the command line: those of the file, overlaid by the single ones."""
    text = "{}" if file is None else sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    if not isinstance(args := json_or_text(text), dict):
        raise ValueError(f"-P {file}: expected a JSON object, but got {str(args)[:60]!r}")
    for param in params:
        key, equals, value = param.partition("=")
        if not equals:
            raise ValueError(f"-p {param}: expected KEY=VALUE")
        content = Path(value[1:]).read_bytes() if value.startswith("@") else None
        args[key] = json_or_text(value) if content is None else base64.b64encode(content).decode()
    return args


def json_or_text(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return text


async def ask(settings: Settings, args: Json, transport: httpx.AsyncBaseTransport) -> None:
    (uuid, _, key), url = settings.auth.partition(":"), f"{settings.url}/api/v1/namespaces/_"
    async with httpx.AsyncClient(auth=(uuid, key), timeout=limits.BLOCKING_S + 10, transport=transport) as http:
        answer = await http.post(f"{url}/actions/{settings.action}?blocking=true&result=true", json=args)
        print(json.dumps(answer.json(), ensure_ascii=False), flush=True)
        if activation_id := answer.headers.get(ACTIVATION_ID):
            logs = await http.get(f"{url}/activations/{activation_id}/logs")
            sys.stderr.writelines(f"{line}\n" for line in logs.json().get("logs", []))
    if answer.status_code != 200:
        raise Rejected(answer.status_code, f"{settings.action} did not succeed (HTTP status {answer.status_code})")


def main() -> int:
    settings = parser().parse_args(namespace=Settings())
    try:
        asyncio.run(serve(settings) if settings.command == "serve" else invoke(settings))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: nothing left to flush
        return 1
    except (CannotStart, StoreError, Rejected, OSError, ValueError, httpx.HTTPError) as error:
        sys.exit(f"localwhisk: {error}")
    except KeyboardInterrupt:
        return 130
    return 0


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
            controller.put_package(package.name, package.body, overwrite=True)
            for ident, body in package.actions.items():
                controller.put_action(ident, body, overwrite=True)
            for apidoc, response_type in package.apis:
                controller.create_api(apis.Route.from_apidoc(apidoc, response_type))
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
        urls = [f"{request.base_url}api/{api.space}{known.base_path}" for known in controller.apis()]
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
