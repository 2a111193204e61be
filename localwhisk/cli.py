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
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from localwhisk import Json, limits
from localwhisk.app import GUEST, LOCAL, Settings, running
from localwhisk.container import CannotStart
from localwhisk.docker import bridge_listeners
from localwhisk.rejection import Rejected


class Failed(Exception):
    """What the user is told in one sentence before the command ends with status 1."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="localwhisk", description="An embedded host for OpenWhisk packages.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="run the host until Ctrl-C")
    serving.set_defaults(command=serve, data=Path("build/localwhisk"))
    add = serving.add_argument
    add("--port", type=int, default=3233, help="0 takes a free one (default: 3233)")
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--site", type=folder, help="folder of static pages for /")
    add("--data", type=Path, help="folder of the store (default: build/localwhisk)")
    invoking = commands.add_parser("invoke", help="invoke one action and print its result as JSON")
    invoking.set_defaults(command=invoke, manifest=Path("manifest.yaml"), site=None)
    add = invoking.add_argument
    add("action", help="[package/]name")
    add("-p", dest="params", action="append", default=[], metavar="KEY=VALUE", help="JSON or text; @FILE is its base64")
    add("-P", dest="file", metavar="FILE", help="all parameters as one JSON object; - reads standard input")
    add("--apihost", default="http://127.0.0.1:3233", help="a host; where none runs, the manifest is deployed for once")
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


def settings(given: argparse.Namespace, url: str, data: Path) -> Settings:
    images = dict(given.image)
    return Settings(url, data, given.manifest, given.site, given.auth, images, given.docker, given.memory)


class Server(uvicorn.Server):
    """Uvicorn that leaves the signals to us: its own handling would end the process before the containers are gone."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve(given: argparse.Namespace) -> None:
    """Run the host until SIGINT or SIGTERM."""
    try:
        listener = socket.create_server((given.host, given.port), backlog=2048)
    except OSError as error:
        told = f"cannot listen on {given.host}:{given.port} ({os.strerror(error.errno or 0)})"
        raise Failed(f"{told}; --port takes another port, 0 a free one") from error
    # asyncio does so only for sockets that it made itself; without it each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    port, space = listener.getsockname()[1], given.auth.partition(":")[0]
    url = f"http://{given.host}:{port}"
    if given.auth == GUEST and given.host not in LOCAL:
        warning = "warning: whoever reaches this port can run code here; --auth sets other credentials"
        print(f"localwhisk: {warning}", file=sys.stderr)
    async with running(settings(given, url, given.data)) as app:
        server = Server(uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
        others = await bridge_listeners(port) if given.docker else []
        print(f"localwhisk: the page is on {url}/, the API on {url}/api/{space}", flush=True)
        await server.serve([listener, *others])


def arguments(params: list[str], file: str | None) -> Json:
    """The parameters of the command line: those of the file, overlaid by the single ones."""
    text = "{}" if file is None else sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    if not isinstance(args := json_or_text(text), dict):
        raise Failed(f"-P {file}: expected a JSON object, but got {str(args)[:60]!r}")
    for param in params:
        key, equals, value = param.partition("=")
        if not equals:
            raise Failed(f"-p {param}: expected KEY=VALUE")
        content = Path(value[1:]).read_bytes() if value.startswith("@") else None
        args[key] = json_or_text(value) if content is None else base64.b64encode(content).decode()
    return args


def json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


async def invoke(given: argparse.Namespace) -> None:
    """Print the result that the running host gives or, where none listens, one that lives for this call alone."""
    args = arguments(given.params, given.file)
    try:
        return await ask(given, args, httpx.AsyncHTTPTransport())
    except httpx.ConnectError:
        print(f"localwhisk: no host answers on {given.apihost}: deploying {given.manifest}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as data:
        async with running(settings(given, given.apihost, Path(data))) as app:
            return await ask(given, args, httpx.ASGITransport(app))


async def ask(given: argparse.Namespace, args: Json, transport: httpx.AsyncBaseTransport) -> None:
    auth, base, seconds = given.auth.split(":"), f"{given.apihost}/api/v1/namespaces/_", limits.BLOCKING_S + 10
    async with httpx.AsyncClient(auth=(auth[0], auth[-1]), base_url=base, timeout=seconds, transport=transport) as http:
        answer = await http.post(f"/actions/{given.action}?blocking=true", json=args)
        record = answer.json()
        result = record["response"]["result"] if "response" in record else record
        print(json.dumps(result, ensure_ascii=False), flush=True)
        if "activationId" in record:
            logs = await http.get(f"/activations/{record['activationId']}/logs")
            sys.stderr.writelines(f"{line}\n" for line in logs.json().get("logs", []))
    if answer.status_code != 200:
        raise Failed(f"{given.action} did not succeed (HTTP status {answer.status_code})")


def main() -> int:
    given = parser().parse_args()
    try:
        asyncio.run(given.command(given))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: nothing left to flush
        return 1
    except (Failed, Rejected, CannotStart, OSError, ValueError, httpx.HTTPError) as error:
        print(f"localwhisk: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
