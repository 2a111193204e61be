"""The container side of OpenWhisk's action protocol: ``POST /init`` once, then ``POST /run`` for each activation.

    python actionserver.py [--host 0.0.0.0] [--port 8080] [--listen-fd FD] [ACTION_DIR]

With ``ACTION_DIR`` the action is built in, as in a Docker image: its ``__main__.py`` is imported at process start,
while the platform's ``/init`` already waits in the queue of the listening socket. Without it ``/init`` must bring the
code.
With ``--listen-fd`` it inherits a listening socket instead of making one: whoever started it knows the port at once,
and what is sent before the server is up waits in the same queue.

One thread serves one request at a time, because the platform sends a container no second ``/run`` before the first
is answered; other connections wait their turn. Standard library only, and no ``http.server``: a cold start would wait
40 ms for its import.
"""

import argparse
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, NamedTuple

Main = Callable[[Any], Any]

# Written to both log streams after each activation (OpenWhisk docs/actions-new.md, "Activation logs").
SENTINEL = b"XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n"
# How the Go proxy tells what is already an archive or a program (openwhisk/extractor.go, filetype.go).
ZIP = b"PK"
EXECUTABLE = (b"#!", b"\x7fELF")
# What it answers to /init, whatever went wrong (openwhisk/initHandler.go); the log says what it was.
NOT_COMPILED = "The action failed to generate or locate a binary. See logs for details."
NOT_STARTED = "Cannot start action. Check logs for details."
READ_TIMEOUT_SECONDS = 30.0  # for the rest of a request that has begun
BODY_BYTES = 64 * 1024 * 1024  # an /init may bring 48 MiB of code (OpenWhisk docs/reference.md, "System limits")
REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class Refused(Exception):
    """An answer other than 200: the platform takes it for a developer error and shows ``message``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class ActionExited(Exception):
    """The action has done what ends its process on the platform."""


# --- the action -----------------------------------------------------------------------------------------------------


class Action:
    """The one action of this container: loaded once, initialized once, run many times."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: the unpacked action of an image that has it built in; it is loaded here."""
        self.main: Main | None = None
        self.load_error: str | None = None
        self.built_in = folder is not None
        self.initialized = False
        self.exited = False

        if folder is not None:
            self.load_built_in(folder)

    def load_built_in(self, folder: Path) -> None:
        """Import the action of the image; a failure is logged, and kept for the answer to ``/init``."""
        try:
            self.main = import_function(folder, "main")
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            self.load_error = f"The action cannot be loaded: {type(error).__name__}: {error}"

    def load_code(self, value: dict[str, Any]) -> None:
        """Import the action from the code of an ``/init``. What fails is logged; the answers are the Go proxy's."""
        with refused_as(NOT_COMPILED):
            folder = unpack(value)
            check_source(folder)
        with refused_as(NOT_STARTED):
            activate_virtualenv(folder)
            self.main = import_function(folder, value.get("main") or "main")

    def init(self, message: Any) -> bytes:
        """The body that answers ``/init``. As in the Go proxy a failed init may be repeated, a successful one not."""
        if self.initialized:
            raise Refused(403, "Cannot initialize the action more than once.")

        value = message.get("value") if isinstance(message, dict) else None
        if not isinstance(value, dict):
            raise Refused(400, f'Expected {{"value": {{...}}}}, got {excerpt(message)}')

        set_environment(value.get("env") or {})
        if self.built_in and value.get("code"):
            raise Refused(403, "This image has its action built in and takes no code.")
        if not self.built_in:
            self.load_code(value)
        if self.load_error is not None:
            raise Refused(502, self.load_error)

        self.initialized = True
        return proxy_line({"ok": True})

    def run(self, message: Any) -> bytes:
        """The body that answers ``/run``, as the platform's launcher.py and Go proxy do it together."""
        if not self.initialized or self.main is None:
            raise Refused(500, "no action defined yet")
        if self.exited:
            raise Refused(500, "command exited")
        if not isinstance(message, dict):
            raise Refused(400, f'Expected {{"value": ..., "activation_id": ..., ...}}, got {excerpt(message)}')

        set_environment({f"__OW_{name.upper()}": message[name] for name in message if name != "value"})
        try:
            result = call(self.main, message.get("value", {}))
            return encode(result)
        except ActionExited as exited:
            traceback.print_exception(exited.__cause__)
            self.exited = True
            raise Refused(400, "command exited") from exited


def set_environment(variables: Any) -> None:
    """Add ``variables`` to the environment, each value as text."""
    try:
        os.environ.update({name: str(value) for name, value in variables.items()})
    except (AttributeError, ValueError, OSError) as error:
        raise Refused(400, f"Expected an object of environment variables, got {excerpt(variables)}") from error


def import_function(folder: Path, name: str) -> Main:
    """The function ``name`` of ``folder/__main__.py``, imported as launcher.py does: as a module called ``main__``,
    with ``folder`` as working directory and first on the path, so that sibling modules import by their names."""
    import importlib.util

    path = folder.resolve() / "__main__.py"
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))

    spec = importlib.util.spec_from_file_location("main__", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules["main__"] = module
    spec.loader.exec_module(module)

    return getattr(module, name)  # type: ignore[no-any-return] # what cannot be called fails at each run


@contextmanager
def refused_as(message: str) -> Iterator[None]:
    """Answer ``message`` to whatever fails within, and log what it was."""
    try:
        yield
    except Refused:
        raise
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        raise Refused(502, message) from error


def unpack(value: dict[str, Any]) -> Path:
    """The code of an ``/init`` as a fresh folder, gone when the process ends: a zip, or a single file (Go proxy,
    openwhisk/extractor.go). With ``binary`` either is in base64."""
    import atexit
    import base64
    import io
    import shutil
    import tempfile
    import zipfile

    code = value.get("code")
    if not isinstance(code, str) or not code:
        raise Refused(403, "Missing main/no code to execute.")

    content = base64.b64decode(code, validate=True) if value.get("binary") else code.encode()
    folder = Path(tempfile.mkdtemp(prefix="action-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    if content.startswith(ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(folder)  # drops "..", drives and leading slashes from the names
    else:
        (folder / ("exec" if content.startswith(EXECUTABLE) else "__main__.py")).write_bytes(content)
    return folder


def check_source(folder: Path) -> None:
    """Raise for what the compiler of the platform's Python runtime refuses (openwhisk-runtime-python bin/compile)."""
    import ast

    # The Go proxy takes a file ``exec`` that could be run for the compiler's work; it then cannot start it.
    compiled = folder / "exec"
    if compiled.is_file() and compiled.read_bytes().startswith(EXECUTABLE):
        return

    if (folder / "requirements.txt").exists() and not (folder / "virtualenv").exists():
        raise NotImplementedError("requirements.txt: nothing is installed here; pack the packages into the zip")

    path = folder / "__main__.py"
    if not path.is_file():
        raise FileNotFoundError(f"expected __main__.py at the top level of the action, found {file_names(folder)}")
    ast.parse(path.read_text("utf-8"), str(path))


def activate_virtualenv(folder: Path) -> None:
    """Put the packages of a ``virtualenv/`` in the zip on the path, as launcher.py does: by its own script."""
    if (folder / "virtualenv").exists():
        script = folder / "virtualenv" / "bin" / "activate_this.py"
        exec(script.read_text("utf-8"), {"__file__": str(script)})  # noqa: S102


def call(main: Main, argument: Any) -> Any:
    """The result of ``main``; an exception becomes an application error, as launcher.py makes one."""
    try:
        return main(argument)
    except Exception as error:
        traceback.print_exc()
        return {"error": str(error)}
    except BaseException as exit_request:
        raise ActionExited from exit_request


def encode(result: Any) -> bytes:
    """``result`` as the body of the answer.

    Raises ``ActionExited`` where launcher.py cannot write it as JSON, and ``Refused`` where the Go proxy takes what was
    written for no object: a scalar, or NaN and Infinity, which are not JSON. ``None`` passes: the Go proxy decodes null
    into a map, and only the invoker rejects it.
    """
    try:
        body = json_line(result)
    except (TypeError, ValueError, RecursionError) as unwritable:
        raise ActionExited from unwritable

    if not isinstance(result, dict | list | tuple | None) or not is_finite(result, body):
        raise Refused(502, "The action did not return a dictionary or array.")
    return body


def is_finite(result: Any, body: bytes) -> bool:
    """Whether ``result``, written as ``body``, holds no NaN and no Infinity."""
    if b"NaN" not in body and b"Infinity" not in body:  # pictures are long: one pass over them is enough
        return True
    try:
        json.dumps(result, allow_nan=False)
    except ValueError:
        return False
    return True


def json_line(value: Any) -> bytes:
    """``value`` as launcher.py writes it: the size that the platform measures is the size of this."""
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()


def proxy_line(value: Any) -> bytes:
    """``value`` as the Go proxy itself writes it."""
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def excerpt(value: Any) -> str:
    """The beginning of ``value`` as JSON, for a message."""
    return json.dumps(value, ensure_ascii=False)[:60]


def file_names(folder: Path) -> str:
    """What lies in ``folder``, for a message."""
    return ", ".join(sorted(entry.name for entry in folder.iterdir())[:10]) or "nothing"


# --- HTTP -----------------------------------------------------------------------------------------------------------


class Request(NamedTuple):
    method: str
    path: str
    body: bytes
    keep_alive: bool


class Connection:
    """One client's connection: HTTP/1.1, a Content-Length on every message, never chunked (the invoker takes an answer
    without a length for none at all)."""

    def __init__(self, client: socket.socket) -> None:
        client.settimeout(READ_TIMEOUT_SECONDS)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = client
        self.reader: BinaryIO = client.makefile("rb")

    def receive(self) -> Request | None:
        """The next request, or ``None`` when the client has hung up."""
        line = self.reader.readline(8192)
        if not line.strip():
            return None

        try:
            method, path, version = line.decode("ascii").split()
        except ValueError as error:
            raise Refused(400, "Expected an HTTP/1.1 request.") from error

        headers = self.headers()
        keep_alive = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        if headers.get("expect", "").lower() == "100-continue":
            self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        return Request(method, path, self.body(headers), keep_alive)

    def headers(self) -> dict[str, str]:
        """The header fields up to the empty line, by lower-case name."""
        fields = {}
        while line := self.reader.readline(65536).strip():
            name, _, value = line.decode("latin-1").partition(":")
            fields[name.strip().lower()] = value.strip()
        return fields

    def body(self, headers: dict[str, str]) -> bytes:
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal():
            raise Refused(411, "Expected a body with a Content-Length.")

        if len(length) > len(str(BODY_BYTES)) or int(length) > BODY_BYTES:
            raise Refused(413, f"Expected a body of at most {BODY_BYTES} bytes.")

        size = int(length)
        body = self.reader.read(size)
        if len(body) < size:
            raise ConnectionAbortedError(f"the body ended after {len(body)} of {size} bytes")
        return body

    def answer(self, status: int, body: bytes, *, keep_alive: bool) -> None:
        lines = [
            f"HTTP/1.1 {status} {REASONS[status]}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *([] if keep_alive else ["Connection: close"]),
        ]
        head = "\r\n".join([*lines, "", ""])
        self.socket.sendall(head.encode() + body)

    def close(self) -> None:
        self.reader.close()
        self.socket.close()


class ActionServer:
    """Answers ``/init`` and ``/run`` until it is told to stop; a run in flight is finished first."""

    def __init__(self, action: Action, listener: socket.socket) -> None:
        self.action = action
        self.listener = listener
        self.busy = False
        self.stopping = False

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """The signal handler: leave at once when idle, else after the request in hand."""
        self.stopping = True
        if not self.busy:
            raise SystemExit(0)

    def serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.listener, selectors.EVENT_READ)
            while not self.stopping:
                for key, _ in selector.select():
                    if key.fileobj is self.listener:
                        self.accept(selector)
                    elif not self.serve_request(key.data):
                        selector.unregister(key.fileobj)
                        key.data.close()

    def accept(self, selector: selectors.BaseSelector) -> None:
        client, _address = self.listener.accept()
        selector.register(client, selectors.EVENT_READ, Connection(client))

    def serve_request(self, connection: Connection) -> bool:
        """Answer the next request of ``connection``; whether the connection stays open."""
        self.busy = True
        try:
            keep_alive = self.exchange(connection)
        except OSError as broken:
            print(f"connection lost: {broken}", file=sys.stderr, flush=True)
            keep_alive = False
        self.busy = False

        if self.stopping:
            raise SystemExit(0)
        return keep_alive

    def exchange(self, connection: Connection) -> bool:
        try:
            request = connection.receive()
        except Refused as refused:
            connection.answer(refused.status, proxy_line({"error": refused.message}), keep_alive=False)
            return False

        if request is None:
            return False

        status, body = self.handle(request)
        connection.answer(status, body, keep_alive=request.keep_alive)
        return request.keep_alive

    def handle(self, request: Request) -> tuple[int, bytes]:
        """The status and body that answer ``request``. The logs of the activation end before the answer starts."""
        try:
            status, body = 200, self.dispatch(request)
        except Refused as refused:
            status, body = refused.status, proxy_line({"error": refused.message})
        except RecursionError:  # it could just be read, but not be written
            status, body = 400, proxy_line({"error": "Expected a body that is nested less deeply."})

        if request.path == "/run" or (request.path == "/init" and status != 200):
            end_logs()
        return status, body

    def dispatch(self, request: Request) -> bytes:
        endpoints = {"/init": self.action.init, "/run": self.action.run}
        if request.path not in endpoints:
            raise Refused(404, f"Expected POST /init or POST /run, got {request.method} {request.path}")
        if request.method != "POST":
            raise Refused(405, f"Expected POST {request.path}, got {request.method}")

        return endpoints[request.path](parse(request.body))


def parse(body: bytes) -> Any:
    """The JSON in ``body``. Half of a surrogate pair is refused: JSON can spell it, but nothing could write it."""
    try:
        message = json.loads(body.decode())
        if b"\\u" in body:
            json_line(message)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"Expected a JSON body: {error}") from error
    return message


def end_logs() -> None:
    """Flush what the action printed, then mark the end of its logs, past whatever it made of ``sys.stdout``."""
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        try:
            getattr(sys, name).flush()
        except ValueError:  # the action closed it; the next run finds another, as in a new process
            setattr(sys, name, open(descriptor, "w", buffering=1, closefd=False))  # noqa: SIM115
        with suppress(OSError):
            os.write(descriptor, SENTINEL)


# --- the process ----------------------------------------------------------------------------------------------------


def listen(options: argparse.Namespace) -> socket.socket:
    if options.listen_fd is not None:
        return socket.socket(fileno=options.listen_fd)
    return socket.create_server((options.host, options.port), backlog=128)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The container side of OpenWhisk's action protocol")
    parser.add_argument("folder", nargs="?", type=Path, metavar="ACTION_DIR", help="an unpacked action to build in")
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104 - a container's own
    parser.add_argument("--port", type=int, default=8080, help="port to listen on")
    parser.add_argument("--listen-fd", type=int, metavar="FD", help="file descriptor of a socket that listens already")
    return parser.parse_args()


def main() -> None:
    options = parse_arguments()
    del sys.argv[1:]  # they are no action's
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr] # what a killed action printed is not lost

    with listen(options) as listener:
        server = ActionServer(Action(), listener)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, server.stop)  # a process 1 ignores signals that it does not handle

        if options.folder is not None:
            server.action = Action(options.folder)
        server.serve()


if __name__ == "__main__":
    main()
