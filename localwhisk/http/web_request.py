"""Web actions: where one is addressed, who may ask it, and a request as its arguments (WebActions.scala)."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from localwhisk.apis import EXTENSIONS
from localwhisk.entities import NAME, Action, Annotations
from localwhisk.http import targets
from localwhisk.http.media_types import ContentType
from localwhisk.rejection import NOT_FOUND, PARAMETERS_NOT_ALLOWED, Rejected
from localwhisk.strict_json import JsonValue, parse

ENTITY_NAME = re.compile(NAME, re.ASCII)
NOT_IN_FORM = re.compile(r"[^!-~]")
RESERVED = {f"__ow_{name}" for name in ("method", "headers", "path", "user", "query", "body")}


@dataclass(frozen=True)
class Address:
    """``namespace/package/action[.extension][/rest]``."""

    namespace: str
    identifier: str
    extension: str
    rest: str  # with its slash and its escapes, or empty

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """The address in what follows ``/api/v1/web/``, or None if there is none. An extension that is none belongs to
        the name."""
        segments = path.split("/", 3)
        names = [targets.decoded(segment) for segment in segments[:3]]
        if len(names) < 3 or not all(map(ENTITY_NAME.fullmatch, names)):
            return None

        namespace, package, name = names
        stem, _, extension = name.rpartition(".")
        if not stem or extension not in EXTENSIONS:
            stem, extension = name, "http"

        identifier = stem if package == "default" else f"{package}/{stem}"
        return cls(namespace, identifier, extension, f"/{segments[3]}" if segments[3:] else "")


@dataclass(frozen=True)
class WebRequest:
    """A request to a web action, as the action may see it."""

    method: str
    headers: Mapping[str, str]  # names in lower case
    query: str  # as it stands in the URL
    content: bytes
    content_type: ContentType | None  # None where there is no body
    path: str  # what follows the action in the URL
    user: str | None  # the caller's namespace, if the caller gave credentials

    @property
    def context(self) -> dict[str, JsonValue]:
        """What every web action is given. The server keeps the length to itself, and writes the type as it reads it."""
        unseen = ("content-type", "content-length", "transfer-encoding")
        headers = {name: value for name, value in self.headers.items() if name not in unseen}
        if self.content_type is not None:
            headers["content-type"] = str(self.content_type)

        context: dict[str, JsonValue] = {
            "__ow_method": self.method.lower(),
            "__ow_headers": headers,
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
    """The arguments of a ``raw-http`` action: the query as the server writes it."""
    query = targets.rendered(targets.pairs(request.query))
    return {**request.context, "__ow_query": query, "__ow_body": as_text(request)}


def arguments(request: WebRequest, body: "Body", protected: set[str]) -> dict[str, JsonValue]:
    """The arguments of any other action: query, then body. 400 for keys that are reserved or ``protected``."""
    given = {**by_key(request.query), **body.merged}
    if given.keys() & (RESERVED | protected):
        raise Rejected(400, PARAMETERS_NOT_ALLOWED)
    return {**request.context, **given, **body.boxed}


def by_key(query: str) -> dict[str, JsonValue]:
    """The last value of each key; a key without one has the empty text."""
    return {key: value or "" for key, value in targets.pairs(query)}


class Body(NamedTuple):
    """What a body adds to the arguments: its own keys, or all of it under ``__ow_body``."""

    merged: Mapping[str, JsonValue] = {}
    boxed: Mapping[str, JsonValue] = {}


def decoded_body(request: WebRequest) -> Body:
    """JSON objects and forms are merged, other JSON stays as it is, anything else becomes text."""
    content_type = request.content_type
    if content_type is None:
        return Body()
    if content_type.is_json:
        return json_body(request.content) if request.content else Body()
    if content_type.is_form:
        return Body(merged=form(request.content.decode("utf-8", "replace")))
    return Body(boxed={"__ow_body": as_text(request)})


def json_body(content: bytes) -> Body:
    value = parse(content)
    return Body(merged=value) if isinstance(value, dict) else Body(boxed={"__ow_body": value})


def form(text: str) -> dict[str, JsonValue]:
    """The fields of a form, of which nothing but its escapes may lie outside of ASCII."""
    wrong = NOT_IN_FORM.search(text)
    if wrong:
        where = f"(line 1, column {wrong.start() + 1}): {text}\n{' ' * wrong.start()}^"
        raise Rejected(400, f"Illegal query: Invalid input '{wrong[0]}', expected part, '&' or 'EOI' {where}")
    return by_key(text)


def as_text(request: WebRequest) -> str:
    """The body as text; in base64 if its type is binary, or JSON in so many letters."""
    content_type = request.content_type
    if content_type is not None and (content_type.is_binary or content_type.is_application_json):
        return base64.b64encode(request.content).decode()
    return request.content.decode("utf-8", "replace")
