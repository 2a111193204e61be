"""A small client for JSON over HTTP with one connection, and a bound on what it reads into memory."""

import http.client
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from problem import StatisticsUnavailable

MOST_BYTES = 4 * 1024 * 1024  # decoded, this takes about 30 of the action's 128 MB
TIMEOUT_S = 10
Query = Mapping[str, str | int]
Get = Callable[[str, Query], Any]


class NotFound(Exception):
    """The server has nothing under this path (any more)."""


class TooLarge(Exception):
    """The answer has more than MOST_BYTES."""


@contextmanager
def client(base_url: str, headers: Mapping[str, str], insecure: bool = False) -> Iterator[Get]:
    """Gives ``get(path, query)``, which reads the JSON under ``base_url`` over one connection that is kept open.

    A host without a scheme is meant with https, as the OpenWhisk tools read it; ``insecure`` accepts any certificate.
    """
    parts = urlsplit(base_url if "://" in base_url else f"https://{base_url}")
    connection = connect(parts.scheme, parts.netloc, insecure)

    def get(path: str, query: Query) -> Any:
        target = f"{parts.path.rstrip('/')}/{path}?{urlencode(query)}"
        try:
            connection.request("GET", target, headers=dict(headers))
            response = connection.getresponse()
            content = response.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise StatisticsUnavailable(f"{parts.netloc} cannot be reached: {error!r}") from error
        if len(content) > MOST_BYTES:
            connection.close()  # or the rest of this answer would be read as the next one
            raise TooLarge(path)
        return decoded(response.status, content, f"{parts.netloc}/{path}")

    try:
        yield get
    finally:
        connection.close()


def connect(scheme: str, host: str, insecure: bool) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, timeout=TIMEOUT_S)
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, timeout=TIMEOUT_S, context=context)


def decoded(status: int, content: bytes, where: str) -> Any:
    """The JSON of an answer 200. The text of any other is not passed on: it may repeat the credentials."""
    if status == 404:
        raise NotFound(where)
    if status != 200:
        raise StatisticsUnavailable(f"{where} answered {status}; expected 200 with JSON.")
    try:
        return json.loads(content)
    except ValueError as error:
        raise StatisticsUnavailable(f"{where} answered something that is not JSON.") from error
