"""Packages and actions: their types, and the JSON form that the REST API gives them (OpenWhisk docs/rest_api.md).

An identifier is ``name`` or ``package/name``: this host has one namespace. The code of an action is kept beside the
action, not in it, because it may be large and only a cold start needs it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localwhisk import Json
from localwhisk.rejection import Rejected
from localwhisk.strict_json import JsonValue

NAMESPACE = "guest"

# EntityName.scala
NAME = r"\w(?:[\w@ .&-]{0,254}[\w@.&-])?"
LONGEST_NAME = 256
REFERENCE = re.compile(rf"(?:/(?:_|{NAMESPACE})/)?({NAME}(?:/{NAME})?)", re.ASCII)

Annotations = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Parameter:
    """A default argument of an action; an ``init`` parameter is an environment variable of its process instead."""

    key: str
    value: JsonValue = None
    init: bool = False

    @classmethod
    def from_json(cls, document: Json) -> "Parameter":
        return cls(document["key"], document.get("value"), bool(document.get("init")))

    def as_json(self) -> Json:
        document: Json = {"key": self.key, "value": self.value}
        return {**document, "init": True} if self.init else document


Parameters = tuple[Parameter, ...]


@dataclass(frozen=True)
class Exec:
    """What an action runs: code of a kind, an image (``blackbox``), or the actions of a ``sequence``."""

    kind: str
    binary: bool = False  # whether the code is base64
    main: str | None = None
    image: str | None = None
    components: tuple[str, ...] = ()  # of a sequence: /guest/[package/]name each

    @property
    def is_sequence(self) -> bool:
        return self.kind == "sequence"

    @classmethod
    def from_json(cls, document: Json) -> "Exec":
        components = tuple(document.get("components", ()))
        binary = document.get("binary", False)
        return cls(document["kind"], binary, document.get("main"), document.get("image"), components)

    def as_json(self, code: str | None = None) -> Json:
        """The exec, with its code if that is given."""
        if self.is_sequence:
            return {"kind": self.kind, "components": list(self.components)}
        given = {"image": self.image, "main": self.main, "code": code}
        present = {key: value for key, value in given.items() if value is not None}
        return {"kind": self.kind, "binary": self.binary, **present}


@dataclass(frozen=True)
class Limits:
    """The limits of one activation; ``concurrency`` is that of activations in one container."""

    timeout_ms: int
    memory_mb: int
    logs_mb: int
    concurrency: int
    instances: int | None = None  # kept and shown; there is no limit unless it is given

    @classmethod
    def from_json(cls, document: Json) -> "Limits":
        own = (document["timeout"], document["memory"], document["logs"], document["concurrency"])
        return cls(*own, document.get("instances"))

    def as_json(self) -> Json:
        instances = {} if self.instances is None else {"instances": self.instances}
        return {
            "timeout": self.timeout_ms,
            "memory": self.memory_mb,
            "logs": self.logs_mb,
            "concurrency": self.concurrency,
            **instances,
        }


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    publish: bool
    updated_ms: int  # since 1970, as every time with this ending
    parameters: Parameters = ()  # its actions inherit them
    annotations: Annotations = field(default_factory=dict)

    @property
    def identifier(self) -> str:
        return self.name

    @classmethod
    def from_json(cls, document: Json) -> "Package":
        return cls(
            name=document["name"],
            version=document["version"],
            publish=document["publish"],
            updated_ms=document["updated"],
            parameters=tuple(map(Parameter.from_json, document["parameters"])),
            annotations=from_key_values(document["annotations"]),
        )

    def as_json(self) -> Json:
        return {
            "namespace": NAMESPACE,
            "name": self.name,
            "version": self.version,
            "publish": self.publish,
            "updated": self.updated_ms,
            "parameters": [parameter.as_json() for parameter in self.parameters],
            "annotations": key_values(self.annotations),
            "binding": {},
        }

    def as_row(self) -> Json:
        """The package as a listing shows it."""
        document = self.as_json()
        del document["parameters"]
        return {**document, "binding": False}


@dataclass(frozen=True)
class Action:
    package: str  # empty for the default package
    name: str
    version: str
    publish: bool
    updated_ms: int
    exec: Exec
    limits: Limits
    parameters: Parameters = ()
    annotations: Annotations = field(default_factory=dict)

    @property
    def identifier(self) -> str:
        """``name`` or ``package/name``."""
        return f"{self.package}/{self.name}".lstrip("/")

    @property
    def namespace(self) -> str:
        """The namespace with the package in it, as the platform writes it."""
        return f"{NAMESPACE}/{self.package}".rstrip("/")

    @property
    def path(self) -> str:
        """``guest/[package/]name``."""
        return f"{self.namespace}/{self.name}"

    @property
    def protected(self) -> set[str]:
        """The parameters that no caller may override: those of a ``final`` action that have a value."""
        if self.annotations.get("final") is not True:
            return set()
        return {parameter.key for parameter in self.parameters if parameter.value is not None}

    @classmethod
    def from_json(cls, document: Json) -> "Action":
        return cls(
            package=document["namespace"].partition("/")[2],
            name=document["name"],
            version=document["version"],
            publish=document["publish"],
            updated_ms=document["updated"],
            exec=Exec.from_json(document["exec"]),
            limits=Limits.from_json(document["limits"]),
            parameters=tuple(map(Parameter.from_json, document["parameters"])),
            annotations=from_key_values(document["annotations"]),
        )

    def as_json(self, code: str | None = None) -> Json:
        """The action, with its code if that is given."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "version": self.version,
            "publish": self.publish,
            "updated": self.updated_ms,
            "exec": self.exec.as_json(code),
            "limits": self.limits.as_json(),
            "parameters": [parameter.as_json() for parameter in self.parameters],
            "annotations": key_values(self.annotations),
        }

    def as_row(self) -> Json:
        """The action as a listing shows it."""
        document = self.as_json()
        del document["parameters"]
        return {**document, "exec": {"binary": self.exec.binary}}


def identifier(reference: str) -> str:
    """``/_/pkg/name``, ``/guest/pkg/name`` or ``pkg/name`` as ``pkg/name``."""
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise Rejected(400, f"{reference!r} is not the name of an entity: expected /{NAMESPACE}/[package/]name")
    return match[1]


def checked_name(name: str) -> str:
    """``name``, if it is one. ``Rejected`` (400) otherwise."""
    if len(name) > LONGEST_NAME:
        raise Rejected(400, f"Name segement longer than allowed: {len(name)} > {LONGEST_NAME}.")
    if not re.fullmatch(NAME, name, re.ASCII):
        raise Rejected(400, "The name of the entity contains illegal characters.")
    return name


def key_values(values: Mapping[str, JsonValue]) -> list[Json]:
    """``values`` in the form that the REST API has for parameters and annotations."""
    return [{"key": key, "value": value} for key, value in values.items()]


def from_key_values(pairs: Iterable[Json]) -> dict[str, Any]:
    return {pair["key"]: pair.get("value") for pair in pairs}


def merged(inherited: Parameters, own: Parameters) -> Parameters:
    """The parameters of a package and of its action, which override those of the same name."""
    by_key = {parameter.key: parameter for parameter in (*inherited, *own)}
    return tuple(by_key.values())
