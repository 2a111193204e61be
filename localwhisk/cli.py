"""The command line: ``localwhisk serve`` and ``localwhisk invoke``."""

import argparse
import asyncio
import base64
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from localwhisk import Json, limits
from localwhisk.app import GUEST, LOCAL, Settings, running
from localwhisk.docker import EngineFailed, bridge_listeners
from localwhisk.manifest import ManifestError
from localwhisk.rejection import Rejected


class Failed(Exception):
    """What the user is told in one sentence before the command ends with status 1."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="localwhisk", description="An embedded host for OpenWhisk packages.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    serve_ = commands.add_parser("serve", help="run the host until Ctrl-C")
    serve_.set_defaults(command=serve, data=Path("build/localwhisk"))
    add = serve_.add_argument
    add("--port", type=int, default=3233, help="0 takes a free one (default: 3233)")
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--site", type=folder, help="folder of static pages for /")
    add("--data", type=Path, help="folder of the store (default: build/localwhisk)")
    invoke_ = commands.add_parser("invoke", help="invoke one action and print its result as JSON")
    invoke_.set_defaults(command=invoke, manifest=Path("manifest.yaml"), site=None)
    add = invoke_.add_argument
    add("action", help="[package/]name")
    add("-p", dest="params", action="append", default=[], metavar="KEY=VALUE", help="JSON or text; @FILE is its base64")
    add("-P", dest="file", metavar="FILE", help="all parameters as one JSON object; - reads standard input")
    add("--apihost", default="http://127.0.0.1:3233", help="a host; where none runs, the manifest is deployed for once")
    for command in (serve_, invoke_):
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


def settings(options: argparse.Namespace, api_host: str, data: Path) -> Settings:
    files = {"manifest": options.manifest, "env": os.environ, "site": options.site, "images": dict(options.image)}
    return Settings(api_host, data, **files, auth=options.auth, docker=options.docker, memory_mb=options.memory)


class Server(uvicorn.Server):
    """Uvicorn that leaves the signals to us: its own handling would end the process before the containers are gone."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


async def serve(options: argparse.Namespace) -> None:
    """Run the host until SIGINT or SIGTERM."""
    try:
        listener = socket.create_server((options.host, options.port), backlog=2048)
    except OSError as error:
        told = f"cannot listen on {options.host}:{options.port} ({os.strerror(error.errno or 0)})"
        raise Failed(f"{told}; --port takes another port, 0 a free one") from error
    # asyncio does so only for sockets that it made itself; without it each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    url = f"http://{options.host}:{listener.getsockname()[1]}"
    if options.auth == GUEST and options.host not in LOCAL:
        warning = "warning: whoever reaches this port can run code here; --auth sets other credentials"
        print(f"localwhisk: {warning}", file=sys.stderr)
    told = f"localwhisk: the page is on {url}/, the API on {url}/api/{options.auth.partition(':')[0]}"
    with listener:
        async with running(settings(options, url, options.data)) as app:
            config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
            server = Server(config, lambda: print(told, flush=True))
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
            others = await bridge_listeners(listener.getsockname()[1]) if options.docker else []
            await server.serve([listener, *others])


def arguments(params: list[str], file: str | None) -> Json:
    """The parameters of the command line: those of the file, overlaid by the single ones."""
    text = "{}" if file is None else sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    try:
        given = json.loads(text)
    except ValueError:
        given = text
    if not isinstance(given, dict):
        raise Failed(f"-P {file}: expected a JSON object, but got {str(given)[:60]!r}")
    return given | dict(map(parameter, params))


def parameter(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise Failed(f"-p {text}: expected KEY=VALUE")
    if value.startswith("@"):
        return key, base64.b64encode(Path(value[1:]).read_bytes()).decode()
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


async def invoke(options: argparse.Namespace) -> None:
    """Print the result that the running host gives or, where none listens, one that lives for this call alone."""
    args = arguments(options.params, options.file)
    try:
        async with httpx.AsyncClient(base_url=options.apihost, trust_env=False) as client:
            await ask(client, options, args)
            return
    except httpx.ConnectError:
        print(f"localwhisk: no host answers on {options.apihost}: deploying {options.manifest}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as data:
        async with running(settings(options, options.apihost, Path(data))) as app:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(base_url=options.apihost, transport=transport) as client:
                await ask(client, options, args)


async def ask(client: httpx.AsyncClient, options: argparse.Namespace, args: Json) -> None:
    uuid, _, key = options.auth.partition(":")
    url = f"/api/v1/namespaces/_/actions/{options.action}?blocking=true"
    answer = await client.post(url, json=args, auth=(uuid, key), timeout=limits.BLOCKING_S + 10)
    record = answer.json()
    print(json.dumps(record["response"]["result"] if "response" in record else record, ensure_ascii=False), flush=True)
    if "activationId" in record:
        logs = await client.get(f"/api/v1/namespaces/_/activations/{record['activationId']}/logs", auth=(uuid, key))
        for line in logs.json().get("logs", []):
            print(line, file=sys.stderr)
    if answer.status_code != 200:
        raise Failed(f"{options.action} did not succeed (HTTP status {answer.status_code})")


def main() -> int:
    options = parser().parse_args()
    try:
        asyncio.run(options.command(options))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: nothing left to flush
        return 1
    except (Failed, ManifestError, Rejected, OSError, ValueError, httpx.HTTPError, EngineFailed) as error:
        print(f"localwhisk: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
