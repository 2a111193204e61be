"""The manifest as wskdeploy reads it, traps included (openwhisk-wskdeploy parsers/, docs/wskdeploy_packages.md)."""

import base64
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localwhisk import Json
from localwhisk.apis import slashed
from localwhisk.entities import from_key_values, key_values
from localwhisk.strict_json import JsonValue

PACKAGE_KEYS = {"version", "license", "public", "annotations", "actions", "sequences", "apis"}
SEQUENCE_KEYS = {"actions", "web", "annotations"}
CODE_KEYS = {"function", "code", "runtime", "main", "docker"}
ACTION_KEYS = {*CODE_KEYS, "version", "web", "web-export", "limits", "inputs", "outputs", "annotations", "description"}
API_KEYS = {"method", "response"}

LIMITS = {"timeout": "timeout", "memorySize": "memory", "logSize": "logs"}  # in the manifest, and in the REST API
IGNORED_LIMITS = {"concurrentActivations", "userInvocationRate", "codeSize", "parameterSize"}

# An input may be {type, value, …}, or the name of a type alone; wskdeploy makes a value of it.
TYPE_NAMES = ("string", "integer", "float", "boolean", "json")
TYPED_INPUT_KEYS = {"type", "value", "default", "required", "description"}

# What ``web:`` stands for.
WEB_ACTION = {"web-export": True, "raw-http": False, "final": True}
RAW_WEB_ACTION = {"web-export": True, "raw-http": True, "final": True}
NO_WEB_ACTION = {"web-export": False, "raw-http": False, "final": False}
WEB: Mapping[str, Mapping[str, bool]] = {
    "true": WEB_ACTION,
    "yes": WEB_ACTION,
    "raw": RAW_WEB_ACTION,
    "false": NO_WEB_ACTION,
    "no": NO_WEB_ACTION,
}
VARIABLE = re.compile(r"(?P<escape>\$?)\$(?:\{(?P<braced>\w+)\}|(?P<bare>\w+))")


class ManifestError(ValueError):
    """The manifest is not one that wskdeploy would deploy, or needs what this host has not; says where."""


@dataclass(frozen=True)
class Package:
    """What wskdeploy sends for one package."""

    name: str
    body: Json  # of its PUT
    actions: dict[str, Json]  # the bodies of the other PUTs by identifier, sequences last
    apis: list[tuple[Json, str]]  # apidocs for createApi, each with its response type


def load(file: Path, env: Mapping[str, str]) -> list[Package]:
    """The packages of ``file``, with the variables of ``env`` put in."""
    try:
        content = yaml.load(file.read_text("utf-8"), UniqueKeyLoader)  # noqa: S506 - derived from SafeLoader
        packages = content.get("project", content)["packages"]
        reader = Reader(file.parent, env)
        return [reader.package(name, spec or {}) for name, spec in packages.items()]
    except (OSError, yaml.YAMLError) as error:
        raise ManifestError(f"{file}: {error}") from error
    except (AttributeError, TypeError, KeyError) as error:
        raise ManifestError(f"{file}: expected mappings below packages: or project: packages: ({error!r})") from error


class UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a mapping with the same key twice, as wskdeploy does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise ManifestError(f"line {node.start_mark.line + 1}: the key {key.value!r} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Reader:
    """Makes requests of what a manifest says."""

    folder: Path  # of the manifest
    env: Mapping[str, str]  # what ``$NAME`` and ``${NAME}`` stand for

    def package(self, name: str, spec: Any) -> Package:
        name = self._interpolated(name)
        spec = checked(name, spec, PACKAGE_KEYS)
        body = {
            "version": self._interpolated(spec.get("version", "0.0.1")),
            "publish": spec.get("public", False),
            "parameters": [],
            "annotations": self._annotations(name, spec),
        }

        actions = {}
        for key, action in (spec.get("actions") or {}).items():
            actions[f"{name}/{key}"] = self._action(f"{name}/{key}", action)
        for key, sequence in (spec.get("sequences") or {}).items():
            actions[f"{name}/{self._interpolated(key)}"] = self._sequence(name, f"{name}/{key}", sequence)
        return Package(name, body, actions, apis_of(name, spec, actions))

    def _action(self, identifier: str, spec: Any) -> Json:
        spec = checked(identifier, spec, ACTION_KEYS)
        return {
            "exec": self._exec(identifier, spec),
            "version": self._interpolated(spec.get("version")),
            "parameters": self._parameters(identifier, spec),
            "annotations": self._annotations(identifier, spec),
            "limits": limits_of(identifier, spec),
        }

    def _sequence(self, package: str, identifier: str, spec: Any) -> Json:
        spec = checked(identifier, spec, SEQUENCE_KEYS)
        text = spec.get("actions")
        if not isinstance(text, str):
            raise ManifestError(f"{identifier}: actions: expected names with commas between them, but got {text!r}")

        names = [name.strip() for name in text.split(",")]
        components = [f"/_/{name}" if "/" in name else f"/_/{package}/{name}" for name in names]
        execution = {"kind": "sequence", "components": components}
        return {"exec": execution, "annotations": self._annotations(identifier, spec)}

    def _exec(self, identifier: str, spec: Json) -> Json:
        given = {key: spec[key] for key in ("code", "main") if spec.get(key)}
        if "function" in spec:
            given["code"] = self._code(identifier, spec["function"])

        if "docker" in spec:
            image = self._interpolated(spec["docker"])
            if not image:
                raise ManifestError(f"{identifier}: docker: {spec['docker']} is empty: a variable in it is not set")
            return {"kind": "blackbox", "image": image, **given}

        if not given or "runtime" not in spec:
            raise ManifestError(f"{identifier}: expected function: and runtime:, or docker:")
        return {"kind": spec["runtime"], **given}

    def _code(self, identifier: str, function: Any) -> str:
        """The source text of the file that ``function`` names, or the base64 of a zip."""
        file = self.folder / str(self._interpolated(function))
        if not file.is_file():
            expected = "expected a zip or a source file"
            raise ManifestError(f"{identifier}: function: {expected}, but there is none at {file}")
        content = file.read_bytes()
        return base64.b64encode(content).decode() if file.suffix == ".zip" else content.decode()

    def _parameters(self, identifier: str, spec: Json) -> list[Json]:
        inputs = spec.get("inputs") or {}
        for key, value in inputs.items():
            if is_typed(value):
                expected = "expected a value, but got the typed form"
                raise ManifestError(f"{identifier}: inputs: {key}: {expected}: {value!r}")
        return key_values({key: self._interpolated(value) for key, value in inputs.items()})

    def _annotations(self, where: str, spec: Json) -> list[Json]:
        """The annotations, with what ``web:`` and ``description:`` stand for."""
        annotations: dict[str, JsonValue] = {}
        if "description" in spec:
            annotations["description"] = spec["description"]
        for key, value in (spec.get("annotations") or {}).items():
            annotations[key] = self._interpolated(value)
        annotations.update(web_annotations(where, spec))
        return key_values(annotations)

    def _interpolated(self, value: Any) -> Any:
        """A text with its variables put in; an unset one is empty, ``$${NAME}`` stays ``${NAME}``."""
        return VARIABLE.sub(self._variable, value) if isinstance(value, str) else value

    def _variable(self, match: re.Match[str]) -> str:
        if match["escape"]:
            return match[0][1:]
        return self.env.get(match["braced"] or match["bare"], "")


def checked(where: str, spec: Any, keys: set[str]) -> Json:
    """``spec``, if it is a mapping with no other keys: wskdeploy decodes strictly."""
    if not isinstance(spec, dict):
        raise ManifestError(f"{where}: expected only {', '.join(sorted(keys))}, but got {spec!r}")
    unknown = spec.keys() - keys
    if unknown:
        names = ", ".join(map(str, unknown))
        raise ManifestError(f"{where}: expected only {', '.join(sorted(keys))}, but got the unknown {names}")
    return spec


def is_typed(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and value.keys() <= TYPED_INPUT_KEYS
    return value in TYPE_NAMES


def web_annotations(where: str, spec: Json) -> Mapping[str, bool]:
    web = str(spec.get("web", spec.get("web-export", ""))).lower()
    if not web:
        return {}
    if web not in WEB:
        raise ManifestError(f"{where}: web: expected true, false, yes, no or raw, but got {web!r}")
    return WEB[web]


def limits_of(identifier: str, spec: Json) -> Json:
    given = checked(f"{identifier}: limits", spec.get("limits") or {}, LIMITS.keys() | IGNORED_LIMITS)
    return {LIMITS[name]: value for name, value in given.items() if name in LIMITS}


def apis_of(package: str, spec: Json, actions: dict[str, Json]) -> list[tuple[Json, str]]:
    """The APIs of a package: ``apis: {title: {base: {path: {action: {method, response}}}}}``."""
    return [
        api(
            f"{package}/{action}",
            options,
            actions,
            apiName=title,
            gatewayBasePath=slashed(base),
            gatewayPath=slashed(path),
        )
        for title, bases in (spec.get("apis") or {}).items()
        for base, paths in bases.items()
        for path, targets in paths.items()
        for action, options in targets.items()
    ]


def api(identifier: str, options: Any, actions: dict[str, Json], **where: str) -> tuple[Json, str]:
    """An API as createApi takes it. A target that is no web action yet becomes one, as wskdeploy does it."""
    options = checked(f"apis: {where['apiName']}: {identifier}", options, API_KEYS)
    body = actions.get(identifier)
    if body is None:
        raise ManifestError(f"apis: {where['apiName']}: there is no action or sequence {identifier}")

    target: Json = {"name": identifier, "namespace": "_"}
    annotations = from_key_values(body["annotations"])
    if "web-export" not in annotations:
        body["annotations"] += key_values(WEB_ACTION)
    if annotations.get("require-whisk-auth"):
        target["secureKey"] = annotations["require-whisk-auth"]

    apidoc = {**where, "namespace": "_", "gatewayMethod": options.get("method", "GET").upper(), "action": target}
    return apidoc, options.get("response", "json")
