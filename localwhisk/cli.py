"""The command line: ``localwhisk serve`` and ``localwhisk invoke``."""

import argparse
import asyncio
import os
import sys
from importlib.metadata import version
from pathlib import Path

import httpx

from localwhisk import limits
from localwhisk.app import CannotListen, Settings, serve
from localwhisk.containers.container import CannotStart
from localwhisk.credentials import GUEST, Credentials
from localwhisk.invoke import Invocation, InvocationFailed, arguments, invoke
from localwhisk.rejection import Rejected
from localwhisk.store import StoreError

DATA = Path("build/localwhisk")
PORT = 3233  # of OpenWhisk's standalone server
HIGHEST_PORT = 65_535
QUOTA = limits.GENEROUS_QUOTA
EXPECTED = (CannotListen, CannotStart, InvocationFailed, Rejected, StoreError, ValueError, httpx.HTTPError)


def main() -> int:
    options = parser().parse_args()
    try:
        asyncio.run(run(options))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: nothing left to flush
        return 1
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        sys.exit(f"localwhisk: {what}")
    except EXPECTED as error:
        sys.exit(f"localwhisk: {error}")
    except KeyboardInterrupt:
        return 130
    return 0


async def run(options: argparse.Namespace) -> None:
    settings = Settings(
        data=options.data,
        manifest=options.manifest,
        without_triggers=options.without_triggers,
        site=options.site,
        credentials=options.auth,
        images=dict(options.image),
        docker=options.docker,
        memory_mb=options.memory,
        quota=limits.Quota(options.limit_per_minute, options.limit_concurrent),
    )
    if options.command == "serve":
        await serve(settings, options.host, options.port)
    else:
        args = arguments(options.params, options.file)
        await invoke(Invocation(options.action, args, options.apihost), settings)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="localwhisk", description="An embedded host for OpenWhisk packages.")
    top.add_argument("--version", action="version", version=f"localwhisk {version('localwhisk')}")
    commands = top.add_subparsers(required=True, dest="command", metavar="COMMAND")
    serving = commands.add_parser("serve", help="run the host until Ctrl-C")
    add_serve_options(serving)
    add_host_options(serving)

    invoking = commands.add_parser("invoke", help="invoke one action and print its result as JSON")
    add_invoke_options(invoking)
    add_host_options(invoking)
    invoking.set_defaults(manifest=Path("manifest.yaml"), site=None, data=DATA)
    invoking.set_defaults(limit_per_minute=QUOTA.per_minute, limit_concurrent=QUOTA.concurrent)
    return top


def add_serve_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--port", type=port, default=PORT, help=f"0 takes a free one (default: {PORT})")
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--site", type=folder, help="folder of static pages for /")
    add("--data", type=Path, default=DATA, help=f"folder of the store (default: {DATA})")
    usual, default = limits.PLATFORM_QUOTA, QUOTA
    in_minute = f"invocations in a minute (default: {default.per_minute}; OpenWhisk's: {usual.per_minute})"
    at_once = f"activations at the same time (default: {default.concurrent}; OpenWhisk's: {usual.concurrent})"
    add("--limit-per-minute", type=positive, default=default.per_minute, metavar="N", help=in_minute)
    add("--limit-concurrent", type=positive, default=default.concurrent, metavar="N", help=at_once)


def add_invoke_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("action", help="[package/]name")
    add("-p", dest="params", action="append", default=[], metavar="KEY=VALUE", help="JSON or text; @FILE is its base64")
    add("-P", dest="file", metavar="FILE", help="all parameters as one JSON object; - reads standard input")
    add("--apihost", default=f"http://127.0.0.1:{PORT}", help="a host; if none runs, --manifest is deployed")


def add_host_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    auth_help = "credentials (default: the standalone server's guest)"
    add("--manifest", type=Path, help="what to deploy, as wskdeploy takes it")
    add("--without-triggers", action="store_true", help="leave out the manifest's triggers and rules")
    add("--auth", type=Credentials.parse, default=GUEST, metavar="UUID:KEY", help=auth_help)
    add("--image", action="append", default=[], type=image, metavar="IMAGE=FOLDER", help="its action, unpacked")
    add("--docker", action="store_true", help="run every action in a Docker container")
    add("--memory", type=int, default=limits.POOL_MEMORY_MB, metavar="MB", help="for all containers together")


def port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: expected a number from 0 to {HIGHEST_PORT}")
    return int(text)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return path


def image(text: str) -> tuple[str, Path]:
    """An image, and the folder of the unpacked action that stands for it."""
    name, _, path = text.partition("=")
    return name, folder(path)
