"""Web actions: an HTTP request as arguments, a result as HTTP answer (docs/webactions.md, WebActions.scala)."""

import base64
import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from localwhisk import Json
from localwhisk.entities import as_dict, is_base64
from localwhisk.rejection import NOT_FOUND, PARAMETERS_NOT_ALLOWED, Rejected, json_of

Headers = list[tuple[str, str]]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
EXTENSIONS = {"http": "message/http", "json": "application/json", "html": "text/html", "text": "text/plain"}
EXTENSIONS["svg"] = "image/svg+xml"
FORM = "application/x-www-form-urlencoded"
RESERVED = {f"__ow_{name}" for name in ("method", "headers", "path", "user", "query", "body")}
# Of the media types registered in Pekko; an unregistered one is text only with a charset.
BINARY = re.compile(r"(image|audio|video|font|multipart)/.*|application/(octet-stream|pdf|zip)")
TEXT = re.compile(rf"text/.*|application/(.*\+)?(json|xml|javascript)|{FORM}")
HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+:[\t -~\xa0-\xff]*", re.ASCII)
CORS_METHODS = "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"
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


def exported(document: Json) -> Json:
    """The annotations of a web action by name; 404 for an action that is none."""
    annotations = as_dict(document["annotations"])
    if annotations.get("web-export") is not True:
        raise Rejected(404, NOT_FOUND)
    return annotations


def authorized(annotations: Json, secret: str | None, user: str | None) -> bool:
    """Whether ``require-whisk-auth`` lets a request through with this X-Require-Whisk-Auth, of this user if any."""
    wanted = annotations.get("require-whisk-auth", False)
    if isinstance(wanted, bool):
        return not wanted or user is not None
    return isinstance(wanted, str | int | float) and secret == str(wanted)


def cors(request: Request) -> Headers:
    """The headers that the controller adds unless the action has ``web-custom-options``."""
    asked = request.headers.get("access-control-request-headers", CORS_HEADERS)
    allowed = {"Origin": "*", "Methods": CORS_METHODS, "Headers": asked}
    return [(f"Access-Control-Allow-{name}", value) for name, value in allowed.items()]


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
    if is_json(content_type) and not raw:
        return json_of(body)
    if media_type(content_type) == FORM and not raw:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    binary = is_binary(content_type) or media_type(content_type) == "application/json"
    return base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace")


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    return media_type(content_type) == "application/json" or media_type(content_type).endswith("+json")


def is_binary(content_type: str) -> bool:
    text = TEXT.fullmatch(media_type(content_type)) or "charset=" in content_type.lower()
    return bool(BINARY.fullmatch(media_type(content_type)) or not text)


def reply(response: Json, extension: str) -> Response:
    """The HTTP answer for the ``response`` of an activation record."""
    result = response["result"]
    if response["status"] not in ("success", "application error"):
        raise Rejected(400, "There was an error processing your request.")
    if not isinstance(result, dict):
        raise Rejected(500, "There was an internal server error.")
    shown = result if response["success"] else result["error"]
    return as_http(shown) if extension == "http" else as_media(shown, extension)


def as_media(result: Any, extension: str) -> Response:
    """The answer of every extension but ``.http``: always 200."""
    kind, whole = EXTENSIONS[extension], extension == "json"
    if isinstance(result, dict) and not whole:
        if extension == "text" and not {"body", "text"} & result.keys():
            raise Rejected(404, "Response does not include requested property.")
        result = result.get("body", result.get(extension))
    if extension != "text" and not isinstance(result, dict | list if whole else str):
        raise Rejected(400, f"Response is not valid '{kind}'.")
    return typed(200, result, f"{kind}; charset=UTF-8" if kind.startswith("text/") else kind)


def as_http(result: Any) -> Response:
    """The answer that an action describes by ``statusCode``, ``headers`` and ``body``."""
    try:
        body, code = result.get("body"), result.get("statusCode")
        headers = [pair for name, value in result.get("headers", {}).items() for pair in header(name, value)]
        status = None if "statusCode" not in result else HTTPStatus(int(code if isinstance(code, str | int) else ""))
        if status and status < 200:
            raise ValueError(f"{status} ends no request")
    except (AttributeError, TypeError, ValueError) as error:
        raise Rejected(400, "Response is not valid 'message/http'.") from error
    given = next((value for name, value in headers if name.lower() == "content-type"), None)
    if body is None or body == "":
        answer = Response(status_code=status or 204)
    elif isinstance(body, str):
        answer = as_text(status or 200, body, given)
    elif given and not is_json(given):
        raise Rejected(400, WRONG_TYPE)
    else:
        answer = typed(status or 200, body, media_type(given or "application/json"))
    return with_headers(answer, [pair for pair in headers if pair[0].lower() not in OF_THE_SERVER])


def with_headers(response: Response, headers: Headers) -> Response:
    for name, value in headers:
        response.headers.append(name, value)
    return response


def header(name: str, value: Any) -> Headers:
    """One header, or several of one name for a list. ValueError for what cannot be one."""
    if isinstance(value, list):
        return [pair for item in value for pair in header(name, item)]
    text = json.dumps(value) if isinstance(value, bool | int | float) else value
    if not isinstance(text, str) or not HEADER.fullmatch(f"{name}:{text}"):
        raise ValueError(f"{name}: {value}")
    return [(name, text)]


def as_text(status: int, body: str, content_type: str | None) -> Response:
    """A string is text, or base64 of a binary type. A JSON type with a string that is base64 counts as binary, too."""
    kind = content_type or "text/html"
    if is_binary(kind) or (is_json(kind) and is_base64(body)):
        try:
            return typed(status, base64.b64decode(body, validate=True), kind)
        except ValueError as error:
            raise Rejected(400, WRONG_TYPE) from error
    plain = is_json(kind) or "charset=" in kind.lower()
    return typed(status, body, kind if plain else f"{kind}; charset=UTF-8")


def typed(status: int, body: Any, content_type: str) -> Response:
    """Bytes and strings as they are, anything else as JSON."""
    if not isinstance(body, str | bytes):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(b"" if status in (204, 304) else body, status, {"Content-Type": content_type})
