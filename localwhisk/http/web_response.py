"""Web actions: a result as HTTP answer (docs/webactions.md, WebActions.scala)."""

import base64
import json
import re
from collections.abc import Iterator
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import Response

from localwhisk.activation import ActivationResponse, Status
from localwhisk.http.exchange import as_json
from localwhisk.http.media_types import ContentType
from localwhisk.put import is_base64
from localwhisk.rejection import Rejected
from localwhisk.strict_json import JsonValue

MEDIA_TYPES = {
    "json": "application/json",
    "html": "text/html; charset=UTF-8",
    "text": "text/plain; charset=UTF-8",
    "svg": "image/svg+xml",
}
HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
HEADER_VALUE = re.compile(r"[\t -~\xa0-\xff]*")
STATUS = re.compile(r"[+-]?\d{1,10}(\.0)?", re.ASCII)
WITHOUT_CONTENT = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
# What the HTTP server writes itself, whatever an action says (Pekko's HttpResponseRendererFactory).
OF_THE_SERVER = (
    "x-openwhisk-activation-id",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
    "date",
    "server",
)
UNKNOWN_TYPE = "Response did not specify a known content-type."
WRONG_TYPE = "Response type in header did not match generated content type."


class NotAnObject(Exception):
    """The result is an array, which the platform can serve to nobody."""


def render(response: ActivationResponse, extension: str) -> Response:
    """The HTTP answer for the ``response`` of an activation, asked for with ``extension``."""
    if response.status not in (Status.SUCCESS, Status.APPLICATION_ERROR):
        raise Rejected(400, "There was an error processing your request.")
    if not isinstance(response.result, dict):
        raise NotAnObject

    result = response.result if response.status is Status.SUCCESS else response.result["error"]
    match extension:
        case "http":
            return http_response(result)
        case "json":
            return json_response(result)
        case "text":
            return text_response(result)
        case _:
            return markup_response(result, extension)


def json_response(result: JsonValue) -> Response:
    if not isinstance(result, dict | list):
        raise not_valid("application/json")
    return as_json(result)


def text_response(result: JsonValue) -> Response:
    """The property ``body`` or ``text``, as JSON if it is no text."""
    if isinstance(result, dict):
        if not {"body", "text"} & result.keys():
            raise Rejected(404, "Response does not include requested property.")
        result = result.get("body", result.get("text"))

    text = result if isinstance(result, str) else as_text(result)
    return Response(utf8(text), media_type=MEDIA_TYPES["text"])


def markup_response(result: JsonValue, extension: str) -> Response:
    """The property ``body``, or the one named like the ``extension``: ``html`` or ``svg``."""
    if isinstance(result, dict):
        result = result.get("body", result.get(extension))
    if not isinstance(result, str):
        raise not_valid(MEDIA_TYPES[extension].partition(";")[0])
    return Response(utf8(result), media_type=MEDIA_TYPES[extension])


def http_response(result: JsonValue) -> Response:
    """The answer that an action describes by ``statusCode``, ``headers`` and ``body``."""
    if not isinstance(result, dict):
        raise not_valid("message/http")
    body = result.get("body")
    is_empty = body in (None, "")
    try:
        headers = headers_of(result.get("headers", {}))
        status = status_of(result.get("statusCode", 204 if is_empty else 200))
    except ValueError as error:
        raise not_valid("message/http") from error

    content_type = headers.get("content-type", default_type(body))
    for name in OF_THE_SERVER:
        del headers[name]
    if is_empty:
        return Response(None, status, headers)

    content, sent_type = encoded(body, ContentType.parse(content_type))
    if status in WITHOUT_CONTENT:
        return Response(None, status, headers)
    headers["content-type"] = str(sent_type)
    return Response(content, status, headers)


def status_of(code: JsonValue) -> int:
    """The status of a whole number or its text. ValueError for what is none, and for those that end no request."""
    if isinstance(code, bool) or not isinstance(code, int | float | str) or not STATUS.fullmatch(str(code)):
        raise ValueError(f"statusCode: {code!r}")

    status = int(float(code))
    if not 200 <= status < 600 or status == HTTPStatus.RESET_CONTENT:
        raise ValueError(f"statusCode: {code!r}")
    return status


def headers_of(given: JsonValue) -> MutableHeaders:
    """The headers that an action gives, sorted; a list is several of one name. ValueError for what cannot be one."""
    if not isinstance(given, dict):
        raise ValueError(f"headers: {given!r}")

    headers = MutableHeaders()
    for name, value in sorted(given.items()):
        if name and not HEADER_NAME.fullmatch(name):
            raise ValueError(f"headers: {name!r}")
        for text in header_texts(value):
            if name and HEADER_VALUE.fullmatch(text):  # the server leaves out what it cannot write
                headers.append(name, text.strip(" \t"))
    return headers


def header_texts(value: JsonValue) -> Iterator[str]:
    """A text, number or boolean, or those in a list."""
    if isinstance(value, list):
        for item in value:
            yield from header_texts(item)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float):
        yield json.dumps(value)
    else:
        raise ValueError(f"headers: {value!r}")


def default_type(body: JsonValue) -> str:
    return "text/html" if isinstance(body, str) else "application/json"


def encoded(body: JsonValue, content_type: ContentType | None) -> tuple[bytes, ContentType]:
    """``body`` as it is sent, and its type. What is base64 is decoded for a binary type, and even for a JSON type."""
    if not isinstance(body, str):
        if content_type is None or not content_type.is_json:
            raise Rejected(400, WRONG_TYPE)
        return utf8(as_text(body)), ContentType(content_type.essence)

    if content_type is None:
        raise Rejected(400, UNKNOWN_TYPE)
    if content_type.is_binary or (content_type.is_json and is_base64(body)):
        return from_base64(body), content_type
    return utf8(body), content_type.in_utf8()


def from_base64(text: str) -> bytes:
    """``text`` decoded; it may lack its padding, as for Java."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise Rejected(400, WRONG_TYPE) from error


def as_text(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def utf8(text: str) -> bytes:
    """As Java encodes it: half of a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace")


def not_valid(kind: str) -> Rejected:
    return Rejected(400, f"Response is not valid '{kind}'.")
