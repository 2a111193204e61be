"""The manifest as wskdeploy reads it, traps included (openwhisk-wskdeploy parsers/, docs/wskdeploy_packages.md).

Pure but for the files that ``function:`` names. The result is what the tools then send.
"""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from localwhisk import Json
from localwhisk.entities import as_dict, key_values

PACKAGE = {"version", "license", "public", "inputs", "annotations", "actions", "sequences", "apis"}
SEQUENCE = {"actions", "web", "annotations"}
ACTION = {"version", "function", "code", "runtime", "main", "docker", "web", "web-export", "limits", "inputs"}
ACTION |= {"outputs", "annotations", "description"}
LIMITS: Json = {"timeout": "timeout", "memorySize": "memory", "logSize": "logs"}
IGNORED_LIMITS = {"concurrentActivations", "userInvocationRate", "codeSize", "parameterSize"}
INPUT = {"type", "value", "default", "required", "description"}
ZERO: Json = {"string": "", "integer": 0, "float": 0.0, "boolean": False, "json": {}}
SWITCHES = ("web-export", "raw-http", "final")
WEB = {"true": (True, False, True), "raw": (True, True, True), "false": (False, False, False)}
WEB |= {"yes": WEB["true"], "no": WEB["false"]}
VARIABLE = re.compile(r"(\$?)\$(?:\{(\w+)\}|(\w+))")


class ManifestError(ValueError):
    """The manifest is not one that wskdeploy would deploy, or needs what this host has not; says where."""


class Package(NamedTuple):
    """What one package sends: its PUTs by identifier (sequences last), and createApi documents with their type."""

    name: str
    body: Json
    actions: dict[str, Json]
    apis: list[tuple[Json, str]]


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise ManifestError(f"line {node.start_mark.line + 1}: the key {twice[0]!r} stands twice")
        return super().construct_mapping(node, deep)


def load(file: Path, env: Mapping[str, str]) -> list[Package]:
    """The packages of ``file``, with the variables of ``env`` put in."""
    try:
        content = yaml.load(file.read_text("utf-8"), StrictLoader)  # noqa: S506 - derived from SafeLoader
    except (OSError, yaml.YAMLError) as error:
        raise ManifestError(f"{file}: {error}") from error
    project = content.get("project", content) if isinstance(content, dict) else {}
    if not isinstance(project, dict) or not isinstance(packages := project.get("packages"), dict):
        raise ManifestError(f"{file}: expected packages: or project: packages:")
    try:
        return [Reader(file.parent, env).package(name, spec or {}) for name, spec in packages.items()]
    except (AttributeError, TypeError) as error:
        raise ManifestError(f"{file}: something in it is no mapping where one is expected: {error}") from error


def known(where: str, spec: Any, keys: set[str]) -> Json:
    """``spec``, if it is a mapping with no other keys: wskdeploy decodes strictly."""
    if not isinstance(spec, dict) or spec.keys() - keys:
        got = f"the unknown {', '.join(map(str, spec.keys() - keys))}" if isinstance(spec, dict) else repr(spec)
        raise ManifestError(f"{where}: expected only {', '.join(sorted(keys))}, but got {got}")
    return spec


class Reader(NamedTuple):
    """Reads a manifest that lies in ``folder``; ``env`` is what ``$NAME`` and ``${NAME}`` stand for."""

    folder: Path
    env: Mapping[str, str]

    def text(self, value: Any) -> Any:
        """A string with its variables put in; an unset one is empty, ``$${NAME}`` stays ``${NAME}``."""
        if not isinstance(value, str):
            return value
        return VARIABLE.sub(lambda m: m[0][1:] if m[1] else self.env.get(m[2] or m[3], ""), value)

    def package(self, name: str, spec: Json) -> Package:
        name, spec = self.text(name), known(name, spec, PACKAGE)
        inputs = {key: self.package_input(key, value) for key, value in (spec.get("inputs") or {}).items()}
        body = {"version": str(self.text(spec.get("version", "0.0.1"))), "publish": bool(spec.get("public", False))}
        body |= {"parameters": key_values(inputs), "annotations": self.annotations(name, spec)}
        bodies = {}
        for key, action in (spec.get("actions") or {}).items():
            bodies[f"{name}/{key}"] = self.action(f"{name}/{key}", action, inputs)
        for key, sequence in (spec.get("sequences") or {}).items():
            bodies[f"{name}/{self.text(key)}"] = self.sequence(name, f"{name}/{key}", sequence)
        return Package(name, body, bodies, apis(name, spec.get("apis") or {}, bodies))

    def annotations(self, where: str, spec: Json) -> list[Json]:
        """The annotations, with what ``web:`` and ``description:`` stand for."""
        given = {key: self.text(value) for key, value in (spec.get("annotations") or {}).items()}
        web = str(spec.get("web", spec.get("web-export", ""))).lower()
        if web and web not in WEB:
            raise ManifestError(f"{where}: web: expected true, false, yes, no or raw, but got {web!r}")
        described = {"description": spec["description"]} if "description" in spec else {}
        return key_values({**described, **given, **(dict(zip(SWITCHES, WEB[web], strict=True)) if web else {})})

    def input(self, spec: Any) -> Any:
        """The value of an input: itself, or under ``value``, else ``default``, else the zero value of its type."""
        if isinstance(spec, dict) and spec and spec.keys() <= INPUT:
            given = spec.get("value", spec.get("default"))
            return self.text(given) if given is not None else ZERO.get(spec.get("type", "string"), "")
        # The name of a type alone means its zero value.
        return ZERO[spec] if isinstance(spec, str) and spec in ZERO else self.text(spec)

    def package_input(self, name: str, spec: Any) -> Any:
        """A package input with its type's zero value is taken from the environment, else it is the empty string."""
        if isinstance(value := self.input(spec), dict):
            raise ManifestError(f"inputs: {name}: wskdeploy fails on an object as input of a package")
        return value or self.env.get(name, "")

    def action_input(self, spec: Any, package_inputs: Json) -> Any:
        """``$name`` means the variable of the environment, else the input of the package."""
        name = spec[1:] if isinstance(spec, str) and spec.startswith("$") else None
        return package_inputs[name] if name in package_inputs and name not in self.env else self.input(spec)

    def action(self, ident: str, spec: Any, package_inputs: Json) -> Json:
        spec = known(ident, spec, ACTION)
        inputs = {key: self.action_input(value, package_inputs) for key, value in (spec.get("inputs") or {}).items()}
        limits = known(f"{ident}: limits", spec.get("limits") or {}, LIMITS.keys() | IGNORED_LIMITS)
        return {
            "exec": self.executable(ident, spec),
            "annotations": self.annotations(ident, spec),
            "parameters": key_values(inputs),
            "limits": {LIMITS[key]: value for key, value in limits.items() if key in LIMITS},
            **({"version": str(self.text(spec["version"]))} if "version" in spec else {}),
        }

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
        full = [name.strip() if "/" in name else f"{package}/{name.strip()}" for name in names.split(",")]
        components = {"kind": "sequence", "components": [f"/_/{name}" for name in full]}
        return {"exec": components, "annotations": self.annotations(ident, spec)}


def apis(package: str, spec: Json, bodies: dict[str, Json]) -> list[tuple[Json, str]]:
    """Each API as createApi takes it. A target that is no web action yet becomes one, as wskdeploy does it."""
    return [
        api({"apiName": title, "gatewayBasePath": base, "gatewayPath": path}, f"{package}/{action}", options, bodies)
        for title, bases in spec.items()
        for base, paths in bases.items()
        for path, actions in paths.items()
        for action, options in actions.items()
    ]


def api(where: Json, ident: str, options: Any, bodies: dict[str, Json]) -> tuple[Json, str]:
    options = known(f"apis: {where['apiName']}: {ident}", options, {"method", "response"})
    if (body := bodies.get(ident)) is None:
        raise ManifestError(f"apis: {where['apiName']}: there is no action or sequence {ident}")
    annotations, action = as_dict(body["annotations"]), {"name": ident, "namespace": "_"}
    if "web-export" not in annotations:
        body["annotations"] += key_values(dict(zip(SWITCHES, WEB["true"], strict=True)))
    if secret := annotations.get("require-whisk-auth"):
        action["secureKey"] = secret
    method = options.get("method", "GET").upper()
    return {"namespace": "_", **where, "gatewayMethod": method, "action": action}, options.get("response", "json")
