"""The manifest as wskdeploy reads it, traps included (openwhisk-wskdeploy parsers/, docs/wskdeploy_packages.md)."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from localwhisk import Json
from localwhisk.entities import from_key_values, key_values

PACKAGE = {"version", "license", "public", "annotations", "actions", "sequences", "apis"}
SEQUENCE = {"actions", "web", "annotations"}
ACTION = {"version", "function", "code", "runtime", "main", "docker", "web", "web-export", "limits", "inputs"}
ACTION |= {"outputs", "annotations", "description"}
LIMITS = {"timeout": "timeout", "memorySize": "memory", "logSize": "logs"}
IGNORED_LIMITS = {"concurrentActivations", "userInvocationRate", "codeSize", "parameterSize"}
TYPES = ("string", "integer", "float", "boolean", "json")
TYPED = {"type", "value", "default", "required", "description"}
WEB_ACTION = {"web-export": True, "raw-http": False, "final": True}
WEB = {"true": WEB_ACTION, "raw": {**WEB_ACTION, "raw-http": True}, "false": dict.fromkeys(WEB_ACTION, False)}
WEB |= {"yes": WEB["true"], "no": WEB["false"], "": {}}
VARIABLE = re.compile(r"(\$?)\$(?:\{(\w+)\}|(\w+))")


class ManifestError(ValueError):
    """The manifest is not one that wskdeploy would deploy, or needs what this host has not; says where."""


class Package(NamedTuple):
    name: str
    body: Json  # of its PUT
    actions: dict[str, Json]  # the bodies of the other PUTs by identifier, sequences last
    apis: list[tuple[Json, str]]  # createApi documents with their response type


class UniqueKeyLoader(yaml.SafeLoader):  # wskdeploy decodes strictly
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise ManifestError(f"line {node.start_mark.line + 1}: the key {twice[0]!r} stands twice")
        return super().construct_mapping(node, deep)


def load(file: Path, env: Mapping[str, str]) -> list[Package]:
    """The packages of ``file``, with the variables of ``env`` put in."""
    try:
        content = yaml.load(file.read_text("utf-8"), UniqueKeyLoader)  # noqa: S506 - derived from SafeLoader
        packages = content.get("project", content)["packages"]
        return [Reader(file.parent, env).package(name, spec or {}) for name, spec in packages.items()]
    except (OSError, yaml.YAMLError) as error:
        raise ManifestError(f"{file}: {error}") from error
    except (AttributeError, TypeError, KeyError) as error:
        raise ManifestError(f"{file}: expected mappings below packages: or project: packages: ({error!r})") from error


def known(where: str, spec: Any, keys: set[str]) -> Json:
    """``spec``, if it is a mapping with no other keys: wskdeploy decodes strictly."""
    if not isinstance(spec, dict) or spec.keys() - keys:
        got = f"the unknown {', '.join(map(str, spec.keys() - keys))}" if isinstance(spec, dict) else repr(spec)
        raise ManifestError(f"{where}: expected only {', '.join(sorted(keys))}, but got {got}")
    return spec


class Reader(NamedTuple):
    folder: Path  # of the manifest
    env: Mapping[str, str]  # what ``$NAME`` and ``${NAME}`` stand for

    def text(self, value: Any) -> Any:
        """A string with its variables put in; an unset one is empty, ``$${NAME}`` stays ``${NAME}``."""
        if not isinstance(value, str):
            return value
        return VARIABLE.sub(lambda m: m[0][1:] if m[1] else self.env.get(m[2] or m[3], ""), value)

    def package(self, name: str, spec: Json) -> Package:
        name, spec = self.text(name), known(name, spec, PACKAGE)
        body = {"version": self.text(spec.get("version", "0.0.1")), "publish": spec.get("public", False)}
        body |= {"parameters": [], "annotations": self.annotations(name, spec)}
        bodies = {}
        for key, action in (spec.get("actions") or {}).items():
            bodies[f"{name}/{key}"] = self.action(f"{name}/{key}", action)
        for key, sequence in (spec.get("sequences") or {}).items():
            bodies[f"{name}/{self.text(key)}"] = self.sequence(name, f"{name}/{key}", sequence)
        apis = [
            api({"apiName": title, "gatewayBasePath": base, "gatewayPath": path}, f"{name}/{action}", options, bodies)
            for title, bases in (spec.get("apis") or {}).items()
            for base, paths in bases.items()
            for path, actions in paths.items()
            for action, options in actions.items()
        ]
        return Package(name, body, bodies, apis)

    def annotations(self, where: str, spec: Json) -> list[Json]:
        """The annotations, with what ``web:`` and ``description:`` stand for."""
        given = {key: self.text(value) for key, value in (spec.get("annotations") or {}).items()}
        if (web := str(spec.get("web", spec.get("web-export", ""))).lower()) not in WEB:
            raise ManifestError(f"{where}: web: expected true, false, yes, no or raw, but got {web!r}")
        described = {"description": spec["description"]} if "description" in spec else {}
        return key_values({**described, **given, **WEB[web]})

    def action(self, ident: str, spec: Any) -> Json:
        spec = known(ident, spec, ACTION)
        limits = known(f"{ident}: limits", spec.get("limits") or {}, LIMITS.keys() | IGNORED_LIMITS)
        parameters = []
        for key, value in (spec.get("inputs") or {}).items():
            if value in TYPES or (isinstance(value, dict) and value and value.keys() <= TYPED):
                raise ManifestError(f"{ident}: inputs: {key}: expected a value, but got the typed form: {value!r}")
            parameters.append({"key": key, "value": self.text(value)})
        body = {"exec": self.executable(ident, spec), "annotations": self.annotations(ident, spec)}
        body |= {"parameters": parameters, "version": self.text(spec.get("version"))}
        return {**body, "limits": {LIMITS[key]: value for key, value in limits.items() if key in LIMITS}}

    def executable(self, ident: str, spec: Json) -> Json:
        code = {key: spec[key] for key in ("code", "main") if spec.get(key)}
        if "function" in spec:
            file = self.folder / self.text(spec["function"])
            if not file.is_file():
                raise ManifestError(f"{ident}: function: expected a zip or a source file, but there is none at {file}")
            content = file.read_bytes()
            code["code"] = base64.b64encode(content).decode() if file.suffix == ".zip" else content.decode()
        if "docker" in spec:
            if image := self.text(spec["docker"]):
                return {"kind": "blackbox", "image": image, **code}
            raise ManifestError(f"{ident}: docker: {spec['docker']} is empty: a variable in it is not set")
        if not code or "runtime" not in spec:
            raise ManifestError(f"{ident}: expected function: and runtime:, or docker:")
        return {"kind": spec["runtime"], **code}

    def sequence(self, package: str, ident: str, spec: Any) -> Json:
        spec = known(ident, spec, SEQUENCE)
        if not isinstance(names := spec.get("actions"), str):
            raise ManifestError(f"{ident}: actions: expected names with commas between them, but got {names!r}")
        stripped = [name.strip() for name in names.split(",")]
        components = [f"/_/{name}" if "/" in name else f"/_/{package}/{name}" for name in stripped]
        return {"exec": {"kind": "sequence", "components": components}, "annotations": self.annotations(ident, spec)}


def api(where: Json, ident: str, options: Any, bodies: dict[str, Json]) -> tuple[Json, str]:
    """An API as createApi takes it. A target that is no web action yet becomes one, as wskdeploy does it."""
    options = known(f"apis: {where['apiName']}: {ident}", options, {"method", "response"})
    if (body := bodies.get(ident)) is None:
        raise ManifestError(f"apis: {where['apiName']}: there is no action or sequence {ident}")
    annotations, action = from_key_values(body["annotations"]), {"name": ident, "namespace": "_"}
    if "web-export" not in annotations:
        body["annotations"] += key_values(WEB_ACTION)
    if secret := annotations.get("require-whisk-auth"):
        action["secureKey"] = secret
    method = options.get("method", "GET").upper()
    return {"namespace": "_", **where, "gatewayMethod": method, "action": action}, options.get("response", "json")
