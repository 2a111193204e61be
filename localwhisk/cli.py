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
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from localwhisk import Json, limits
from localwhisk.app import GUEST, LOCAL, Settings, running
from localwhisk.container import CannotStart
from localwhisk.docker import bridge_listeners
from localwhisk.exchange import ACTIVATION_ID
from localwhisk.rejection import Rejected


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
        others = await bridge_listeners(port) if settings.docker else []
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
    except (CannotStart, Rejected, OSError, ValueError, httpx.HTTPError) as error:
        sys.exit(f"localwhisk: {error}")
    except KeyboardInterrupt:
        return 130
    return 0
