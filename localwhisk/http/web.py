"""Web actions: an HTTP request as arguments, a result as HTTP answer (docs/webactions.md, WebActions.scala)."""

import base64
import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response

from localwhisk import Json
from localwhisk.entities import Action, Annotations
from localwhisk.put import is_base64
from localwhisk.rejection import NOT_FOUND, PARAMETERS_NOT_ALLOWED, Rejected
from localwhisk.strict_json import parse

EXTENSIONS = {"http": "message/http", "json": "application/json", "html": "text/html", "text": "text/plain"}
EXTENSIONS["svg"] = "image/svg+xml"
FORM = "application/x-www-form-urlencoded"
RESERVED = {f"__ow_{name}" for name in ("method", "headers", "path", "user", "query", "body")}
# Of the media types registered in Pekko; an unregistered one is text only with a charset.
JSON = re.compile(r"application/json|.*\+json")
BINARY = re.compile(r"(image|audio|video|font|multipart)/.*|application/(octet-stream|pdf|zip)")
TEXT = re.compile(rf"text/.*|application/(.*\+)?(json|xml|javascript)|{FORM}")
HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+:[\t -~\xa0-\xff]*", re.ASCII)
# The headers that the controller adds unless the action has ``web-custom-options``.
CORS = {"Access-Control-Allow-Origin": "*"}
CORS |= {"Access-Control-Allow-Methods": "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"}
CORS_HEADERS = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"
# What the HTTP server writes itself, whatever an action says (Pekko's HttpResponseRendererFactory).
OF_THE_SERVER = {"content-type", "content-length", "transfer-encoding", "connection", "date", "server"}
WRONG_TYPE = "Response type in header did not match generated content type."


def address(path: str) -> tuple[str, str, str, str]:
    """Namespace, action, extension and what follows, of ``namespace/package/action[.extension][/rest]``."""
    namespace, package, name, rest = ([*path.split("/", 3), "", "", ""])[:4]
    base, _, extension = name.rpartition(".")
    name, extension = (base, extension) if base and extension in EXTENSIONS else (name, "http")
    ident = name if package == "default" else f"{package}/{name}"
    return namespace, ident, extension, f"/{rest}" if path.count("/") > 2 else ""


def exported(action: Action) -> Annotations:
    """The annotations of a web action by name; 404 for an action that is none."""
    annotations = action.annotations
    if annotations.get("web-export") is not True:
        raise Rejected(404, NOT_FOUND)
    return annotations


def authorized(annotations: Annotations, secret: str | None, user: str | None) -> bool:
    """Whether ``require-whisk-auth`` lets a request through with this X-Require-Whisk-Auth, of this user if any."""
    wanted = annotations.get("require-whisk-auth", False)
    if isinstance(wanted, bool):
        return not wanted or user is not None
    return isinstance(wanted, str | int | float) and secret == str(wanted)


def arguments(context: Json, query: str, body: Any, raw: bool, protected: set[str]) -> Json:
    """``context`` and what the caller gave, its body ``decoded``. 400 for keys that are reserved or ``protected``."""
    if raw:
        return {**context, "__ow_query": query, "__ow_body": body or ""}
    given: Json = dict(parse_qsl(query, keep_blank_values=True)) | (body if isinstance(body, dict) else {})
    if given.keys() & (RESERVED | protected):
        raise Rejected(400, PARAMETERS_NOT_ALLOWED)
    return {**context, **given, **({} if body is None or isinstance(body, dict) else {"__ow_body": body})}


def decoded(content_type: str, body: bytes, raw: bool) -> Any:
    """The body: an object to be merged, else what goes under ``__ow_body``, or None if there is none."""
    if not body:
        return None
    kind = media_type(content_type)
    if JSON.fullmatch(kind) and not raw:
        return parse(body)
    if kind == FORM and not raw:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    binary = is_binary(content_type) or kind == "application/json"
    return base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace")


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def is_binary(content_type: str) -> bool:
    text = TEXT.fullmatch(media_type(content_type)) or "charset=" in content_type.lower()
    return bool(BINARY.fullmatch(media_type(content_type)) or not text)


def reply(response: Json, extension: str) -> Response:
    """The HTTP answer for the ``response`` of an activation record; of every extension but ``.http`` always 200."""
    result, kind = response["result"], EXTENSIONS[extension]
    if response["status"] not in ("success", "application error"):
        raise Rejected(400, "There was an error processing your request.")
    if not isinstance(result, dict):
        raise Rejected(500, "There was an internal server error.")
    shown = result if response["success"] else result["error"]
    if extension == "http":
        return as_http(shown)
    if isinstance(shown, dict) and extension != "json":
        if extension == "text" and not {"body", "text"} & shown.keys():
            raise Rejected(404, "Response does not include requested property.")
        shown = shown.get("body", shown.get(extension))
    if extension != "text" and not isinstance(shown, dict | list if extension == "json" else str):
        raise Rejected(400, f"Response is not valid '{kind}'.")
    kind = f"{kind}; charset=UTF-8" if kind.startswith("text/") else kind
    return (Response if isinstance(shown, str) else JSONResponse)(shown, media_type=kind)


def as_http(result: Any) -> Response:
    """The answer that an action describes by ``statusCode``, ``headers`` and ``body``."""
    try:
        body, headers = result.get("body"), headers_of(result.get("headers", {}))
        status = HTTPStatus(int(str(result.get("statusCode", 204 if body in (None, "") else 200))))
        if status < 200:
            raise ValueError(f"{status} ends no request")
    except (AttributeError, TypeError, ValueError) as error:
        raise Rejected(400, "Response is not valid 'message/http'.") from error
    kind = headers.get("content-type") or ("text/html" if isinstance(body, str) else "application/json")
    for name in OF_THE_SERVER:
        del headers[name]
    if body in (None, ""):
        return Response(None, status, headers)
    content, kind = encoded(body, kind)
    return Response(b"" if status in (204, 304) else content, status, headers, kind)


def headers_of(given: Json) -> MutableHeaders:
    """The headers that an action gives; a list is several of one name. ValueError for what cannot be one."""
    headers = MutableHeaders()
    for name, value in given.items():
        for item in value if isinstance(value, list) else [value]:
            text = item if isinstance(item, str) else json.dumps(item)
            if not isinstance(item, str | int | float) or not HEADER.fullmatch(f"{name}:{text}"):
                raise ValueError(f"{name}: {value}")
            headers.append(name, text)
    return headers


def encoded(body: Any, kind: str) -> tuple[str | bytes, str]:
    """``body`` as it is sent, and its type. What is base64 is decoded for a binary type, and even for a JSON type."""
    is_json = JSON.fullmatch(media_type(kind))
    if not isinstance(body, str) and is_json:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")), media_type(kind)
    if not isinstance(body, str) or is_binary(kind) or (is_json and is_base64(body)):
        try:
            return base64.b64decode(body, validate=True), kind
        except (TypeError, ValueError) as error:
            raise Rejected(400, WRONG_TYPE) from error
    return body, kind if is_json or "charset=" in kind.lower() else f"{kind}; charset=UTF-8"
