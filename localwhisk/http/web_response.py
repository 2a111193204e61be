"""Web actions: a result as HTTP answer (docs/webactions.md, WebActions.scala)."""

import base64
import json
import re
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response

from localwhisk.activation import ActivationResponse, Status
from localwhisk.http.errors import INTERNAL_ERROR
from localwhisk.http.media_types import has_charset, is_binary, is_json, media_type
from localwhisk.put import is_base64
from localwhisk.rejection import Rejected
from localwhisk.strict_json import JsonValue

MEDIA_TYPES = {
    "json": "application/json",
    "html": "text/html; charset=UTF-8",
    "text": "text/plain; charset=UTF-8",
    "svg": "image/svg+xml",
}
HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+:[\t -~\xa0-\xff]*", re.ASCII)
# What the HTTP server writes itself, whatever an action says (Pekko's HttpResponseRendererFactory).
OF_THE_SERVER = ("content-type", "content-length", "transfer-encoding", "connection", "date", "server")
WRONG_TYPE = "Response type in header did not match generated content type."


def render(response: ActivationResponse, extension: str) -> Response:
    """The HTTP answer for the ``response`` of an activation, asked for with ``extension``."""
    if response.status not in (Status.SUCCESS, Status.APPLICATION_ERROR):
        raise Rejected(400, "There was an error processing your request.")
    if not isinstance(response.result, dict):
        raise Rejected(500, INTERNAL_ERROR)

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
    return JSONResponse(result)


def text_response(result: JsonValue) -> Response:
    """The property ``body`` or ``text``, as JSON if it is no text."""
    if isinstance(result, dict):
        if not {"body", "text"} & result.keys():
            raise Rejected(404, "Response does not include requested property.")
        result = result.get("body", result.get("text"))

    answer = Response if isinstance(result, str) else JSONResponse
    return answer(result, media_type=MEDIA_TYPES["text"])


def markup_response(result: JsonValue, extension: str) -> Response:
    """The property ``body``, or the one named like the ``extension``: ``html`` or ``svg``."""
    if isinstance(result, dict):
        result = result.get("body", result.get(extension))
    if not isinstance(result, str):
        raise not_valid(media_type(MEDIA_TYPES[extension]))
    return Response(result, media_type=MEDIA_TYPES[extension])


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

    content_type = headers.get("content-type") or default_type(body)
    for name in OF_THE_SERVER:
        del headers[name]
    if is_empty:
        return Response(None, status, headers)

    content, content_type = encoded(body, content_type)
    if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        content = b""
    return Response(content, status, headers, content_type)


def status_of(code: JsonValue) -> HTTPStatus:
    """The status of a number or its text. ValueError for what is none, and for those that end no request."""
    status = HTTPStatus(int(str(code)))
    if status < 200:
        raise ValueError(f"{status} ends no request")
    return status


def headers_of(given: JsonValue) -> MutableHeaders:
    """The headers that an action gives; a list is several of one name. ValueError for what cannot be one."""
    if not isinstance(given, dict):
        raise ValueError(f"headers: {given!r}")

    headers = MutableHeaders()
    for name, value in given.items():
        for item in value if isinstance(value, list) else [value]:
            headers.append(name, header_value(name, item))
    return headers


def header_value(name: str, value: JsonValue) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if not isinstance(value, str | int | float) or not HEADER.fullmatch(f"{name}:{text}"):
        raise ValueError(f"{name}: {value!r}")
    return text


def default_type(body: JsonValue) -> str:
    return "text/html" if isinstance(body, str) else "application/json"


def encoded(body: JsonValue, content_type: str) -> tuple[str | bytes, str]:
    """``body`` as it is sent, and its type. What is base64 is decoded for a binary type, and even for a JSON type."""
    if not isinstance(body, str):
        if not is_json(content_type):
            raise Rejected(400, WRONG_TYPE)
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")), media_type(content_type)

    if is_binary(content_type) or (is_json(content_type) and is_base64(body)):
        return from_base64(body), content_type
    if is_json(content_type) or has_charset(content_type):
        return body, content_type
    return body, f"{content_type}; charset=UTF-8"


def from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Rejected(400, WRONG_TYPE) from error


def not_valid(kind: str) -> Rejected:
    return Rejected(400, f"Response is not valid '{kind}'.")
