"""Web actions: where one is addressed, who may ask it, and a request as its arguments (WebActions.scala)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl

from localwhisk.apis import EXTENSIONS
from localwhisk.entities import Action, Annotations
from localwhisk.http.media_types import is_binary, is_form, is_json, media_type
from localwhisk.rejection import NOT_FOUND, PARAMETERS_NOT_ALLOWED, Rejected
from localwhisk.strict_json import JsonValue, parse

RESERVED = {f"__ow_{name}" for name in ("method", "headers", "path", "user", "query", "body")}


@dataclass(frozen=True)
class Address:
    """``namespace/package/action[.extension][/rest]``."""

    namespace: str
    identifier: str
    extension: str
    rest: str  # with its slash, or empty

    @classmethod
    def parse(cls, path: str) -> Self:
        """The address in what follows ``/api/v1/web/``. An extension that is none belongs to the name."""
        namespace, package, name, rest = [*path.split("/", 3), "", "", ""][:4]
        has_rest = path.count("/") > 2

        stem, _, extension = name.rpartition(".")
        if not stem or extension not in EXTENSIONS:
            stem, extension = name, "http"

        identifier = stem if package == "default" else f"{package}/{stem}"
        return cls(namespace, identifier, extension, f"/{rest}" if has_rest else "")


@dataclass(frozen=True)
class WebRequest:
    """A request to a web action, as the action may see it."""

    method: str
    headers: Mapping[str, str]  # names in lower case
    query: str  # as it stands in the URL
    content: bytes
    path: str  # what follows the action in the URL
    user: str | None  # the caller's namespace, if the caller gave credentials

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def context(self) -> dict[str, JsonValue]:
        """What every web action is given."""
        context: dict[str, JsonValue] = {
            "__ow_method": self.method.lower(),
            "__ow_headers": dict(self.headers),
            "__ow_path": self.path,
        }
        if self.user is not None:
            context["__ow_user"] = self.user
        return context


def check_exported(action: Action) -> None:
    """404 for an action that is no web action. Only the boolean counts."""
    if action.annotations.get("web-export") is not True:
        raise Rejected(404, NOT_FOUND)


def is_raw(action: Action) -> bool:
    """Whether the action takes query and body as they are."""
    return action.annotations.get("raw-http") is True


def is_allowed(annotations: Annotations, request: WebRequest) -> bool:
    """Whether ``require-whisk-auth`` lets ``request`` through: true asks for a user, a text or number for a secret."""
    required = annotations.get("require-whisk-auth", False)
    if isinstance(required, bool):
        return not required or request.user is not None
    if isinstance(required, str | int | float):
        return request.headers.get("x-require-whisk-auth") == str(required)
    return False


def raw_arguments(request: WebRequest) -> dict[str, JsonValue]:
    """The arguments of a ``raw-http`` action."""
    body = raw_body(request.content_type, request.content)
    return {**request.context, "__ow_query": request.query, "__ow_body": body}


def arguments(request: WebRequest, body: JsonValue, protected: set[str]) -> dict[str, JsonValue]:
    """The arguments of any other action: query, then the decoded ``body``, an object merged. 400 for keys that are
    reserved or ``protected``."""
    given: dict[str, JsonValue] = dict(parse_qsl(request.query, keep_blank_values=True))
    if isinstance(body, dict):
        given.update(body)
    if given.keys() & (RESERVED | protected):
        raise Rejected(400, PARAMETERS_NOT_ALLOWED)

    if body is not None and not isinstance(body, dict):
        given["__ow_body"] = body
    return {**request.context, **given}


def decoded_body(content_type: str, content: bytes) -> JsonValue:
    """The body: an object for JSON and forms, other JSON as it is, else text. None if there is none."""
    if not content:
        return None
    if is_json(content_type):
        return parse(content)
    if is_form(content_type):
        return dict(parse_qsl(as_utf8(content), keep_blank_values=True))
    return raw_body(content_type, content)


def raw_body(content_type: str, content: bytes) -> str:
    """The body as text; in base64 if its type is binary, or JSON in so many letters."""
    if is_binary(content_type) or media_type(content_type) == "application/json":
        return base64.b64encode(content).decode()
    return as_utf8(content)


def as_utf8(content: bytes) -> str:
    return content.decode("utf-8", "replace")
