"""Web actions: an HTTP request as arguments, a result as HTTP answer (docs/webactions.md, WebActions.scala)."""

import base64
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from localwhisk import Json
from localwhisk.entities import as_dict, is_base64
from localwhisk.rejection import NOT_FOUND, PARAMETERS_NOT_ALLOWED, Rejected, malformed

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
WRONG_TYPE = "Response type in header did not match generated content type."


class Address(NamedTuple):
    """What a path below ``/api/v1/web/`` means. ``ident`` is the action, ``rest`` what follows it, with its slash."""

    namespace: str
    ident: str
    extension: str
    rest: str


class Request(NamedTuple):
    """An HTTP request; the header names are lower case, ``query`` is as it was sent. ``user`` only if authenticated."""

    method: str
    headers: Mapping[str, str]
    query: str = ""
    body: bytes = b""
    user: str | None = None


class Reply(NamedTuple):
    status: int
    body: bytes = b""
    headers: Headers = []  # noqa: RUF012 - nobody adds to it


def address(path: str) -> Address:
    """``namespace/package/action[.extension][/rest]``; the package is ``default`` for an action without one."""
    namespace, package, name, rest = ([*path.split("/", 3), "", "", ""])[:4]
    base, _, extension = name.rpartition(".")
    name, extension = (base, extension) if base and extension in EXTENSIONS else (name, "http")
    slash = "/" if path.count("/") > 2 else ""
    return Address(namespace, name if package == "default" else f"{package}/{name}", extension, slash + rest)


def exported(document: Json) -> Json:
    """The annotations of a web action by name; 404 for an action that is none."""
    annotations = as_dict(document["annotations"])
    if annotations.get("web-export") is not True:
        raise Rejected(404, NOT_FOUND)
    return annotations


def authorized(annotations: Json, request: Request) -> bool:
    """Whether ``require-whisk-auth`` lets this request through."""
    wanted = annotations.get("require-whisk-auth", False)
    if isinstance(wanted, bool):
        return not wanted or request.user is not None
    return request.headers.get("x-require-whisk-auth") == str(wanted)


def cors(request: Request) -> Headers:
    """The headers that the controller adds unless the action has ``web-custom-options``."""
    asked = request.headers.get("access-control-request-headers", CORS_HEADERS)
    allowed = {"Origin": "*", "Methods": CORS_METHODS, "Headers": asked}
    return [(f"Access-Control-Allow-{name}", value) for name, value in allowed.items()]


def arguments(request: Request, body: Any, rest: str, annotations: Json, protected: set[str]) -> Json:
    """The arguments of the action, with the ``decoded`` body. 400 for keys that are reserved or ``protected``."""
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    context: Json = {"__ow_method": request.method.lower(), "__ow_headers": dict(request.headers), "__ow_path": rest}
    context |= {} if request.user is None else {"__ow_user": request.user}
    if annotations.get("raw-http") is True:
        return {**context, "__ow_query": request.query, "__ow_body": body or ""}
    merged = body if isinstance(body, dict) else {}
    if (query.keys() | merged.keys()) & (RESERVED | protected):
        raise Rejected(400, PARAMETERS_NOT_ALLOWED)
    opaque = {} if body is None or isinstance(body, dict) else {"__ow_body": body}
    return {**context, **query, **merged, **opaque}


def decoded(request: Request, raw: bool) -> Any:
    """The body: an object to be merged, else what goes under ``__ow_body``, or None if there is none."""
    content_type, body = request.headers.get("content-type", ""), request.body
    if not body:
        return None
    if is_json(content_type) and not raw:
        try:
            return json.loads(body)
        except ValueError as error:
            raise malformed(error) from error
    if media_type(content_type) == FORM and not raw:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    binary = is_binary(content_type) or media_type(content_type) == "application/json"
    return base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace")


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    return media_type(content_type) == "application/json" or media_type(content_type).endswith("+json")


def is_binary(content_type: str) -> bool:
    kind = media_type(content_type)
    return bool(BINARY.fullmatch(kind)) or not (TEXT.fullmatch(kind) or "charset=" in content_type.lower())


def reply(response: Json, extension: str) -> Reply:
    """The HTTP answer for the ``response`` of an activation record."""
    result = response["result"]
    if response["status"] not in ("success", "application error"):
        raise Rejected(400, "There was an error processing your request.")
    if not isinstance(result, dict):
        raise Rejected(500, "There was an internal server error.")
    shown = result if response["success"] else result["error"]
    return as_http(shown) if extension == "http" else as_media(shown, extension)


def as_media(result: Any, extension: str) -> Reply:
    """The answer of every extension but ``.http``: always 200."""
    kind, whole = EXTENSIONS[extension], extension == "json"
    if isinstance(result, dict) and not whole:
        if extension == "text" and not {"body", "text"} & result.keys():
            raise Rejected(404, "Response does not include requested property.")
        result = result.get("body", result.get(extension))
    if extension != "text" and not isinstance(result, dict | list if whole else str):
        raise Rejected(400, f"Response is not valid '{kind}'.")
    return typed(200, result, f"{kind}; charset=UTF-8" if kind.startswith("text/") else kind)


def as_http(result: Any) -> Reply:
    """The answer that an action describes by ``statusCode``, ``headers`` and ``body``."""
    try:
        body, code = result.get("body"), result.get("statusCode")
        headers = [pair for name, value in result.get("headers", {}).items() for pair in header(name, value)]
        status = None if "statusCode" not in result else HTTPStatus(int(code if isinstance(code, str | int) else ""))
    except (AttributeError, TypeError, ValueError) as error:
        raise Rejected(400, "Response is not valid 'message/http'.") from error
    kept = [(name, value) for name, value in headers if name.lower() != "content-type"]
    if body is None or body == "":
        return Reply(status or 204, b"", kept)
    content_type = next((value for name, value in headers if name.lower() == "content-type"), None)
    answer = (as_text if isinstance(body, str) else as_object)(status or 200, body, content_type)
    return answer._replace(headers=[*kept, *answer.headers])


def header(name: str, value: Any) -> Headers:
    """One header, or several of one name for a list. ValueError for what cannot be one."""
    if isinstance(value, list):
        return [pair for item in value for pair in header(name, item)]
    text = json.dumps(value) if isinstance(value, bool | int | float) else value
    if not isinstance(text, str) or not HEADER.fullmatch(f"{name}:{text}"):
        raise ValueError(f"{name}: {value}")
    return [(name, text)]


def as_object(status: int, body: Any, content_type: str | None) -> Reply:
    if content_type and not is_json(content_type):
        raise Rejected(400, WRONG_TYPE)
    return typed(status, body, media_type(content_type or "application/json"))


def as_text(status: int, body: str, content_type: str | None) -> Reply:
    """A string is text, or base64 of a binary type. A JSON type with a string that is base64 counts as binary, too."""
    kind = content_type or "text/html"
    if is_binary(kind) or (is_json(kind) and is_base64(body)):
        try:
            return typed(status, base64.b64decode(body, validate=True), kind)
        except ValueError as error:
            raise Rejected(400, WRONG_TYPE) from error
    plain = is_json(kind) or "charset=" in kind.lower()
    return typed(status, body, kind if plain else f"{kind}; charset=UTF-8")


def typed(status: int, body: Any, content_type: str) -> Reply:
    """Bytes and strings as they are, anything else as JSON."""
    if not isinstance(body, str | bytes):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Reply(status, body.encode() if isinstance(body, str) else body, [("Content-Type", content_type)])
