"""HTTP as it was recorded, byte for byte: no client library would send unescaped braces or a header twice as long."""

import contextlib
import http.client
import socket
from collections.abc import Mapping
from typing import NamedTuple

SECONDS = 30
CLIENT = "differ"  # the User-Agent of the recordings, which actions show


class Received(NamedTuple):
    status: int  # 0: the connection ended without an answer
    headers: list[tuple[str, str]]
    body: bytes


def exchange(
    host: str, port: int, method: str, target: str, headers: Mapping[str, str], body: bytes | None
) -> Received:
    """One request on a connection of its own."""
    fields = {"Host": f"{host}:{port}", "User-Agent": CLIENT, **headers}
    if body is not None and "Transfer-Encoding" not in headers:
        fields["Content-Length"] = str(len(body))
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    with socket.create_connection((host, port), timeout=SECONDS) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before the end of a long body
            connection.sendall(head.encode("latin-1") + b"\r\n" + (body or b""))
        return answer(connection, method)


def answer(connection: socket.socket, method: str) -> Received:
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        return Received(response.status, response.getheaders(), response.read())
    except (http.client.HTTPException, OSError):
        return Received(0, [], b"")
    finally:
        response.close()
