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
LIMITS = {"timeout": "timeout", "memorySize": "memory", "logSize": "logs"}
IGNORED_LIMITS = {"concurrentActivations", "userInvocationRate", "codeSize", "parameterSize"}
INPUT = {"type", "value", "default", "required", "description"}
ZERO: Json = {"string": "", "integer": 0, "float": 0.0, "boolean": False, "json": {}}
WEB = {"true": (True, False, True), "raw": (True, True, True), "false": (False, False, False)}
WEB |= {"yes": WEB["true"], "no": WEB["false"]}
VARIABLE = re.compile(r"(\$?)\$(?:\{(\w+)\}|(\w+))")


class ManifestError(Exception):
    """The manifest is not one that wskdeploy would deploy, or needs what this host has not; says where."""


class Package(NamedTuple):
    """What one package sends: the bodies of its PUTs by identifier, and createApi documents with their type."""

    name: str
    body: Json
    actions: dict[str, Json]  # sequences last
    apis: list[tuple[Json, str]]


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice."""


def mapping(loader: StrictLoader, node: yaml.MappingNode) -> Any:
    keys = [loader.construct_object(key) for key, _ in node.value]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise ManifestError(f"line {node.start_mark.line + 1}: the key {twice[0]!r} stands twice")
    return loader.construct_mapping(node, deep=True)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)


def load(file: Path, env: Mapping[str, str]) -> list[Package]:
    """The packages of ``file``, with the variables of ``env`` put in."""
    try:
        content = yaml.load(file.read_text("utf-8"), StrictLoader)  # noqa: S506 - derived from SafeLoader
    except (OSError, yaml.YAMLError) as error:
        raise ManifestError(f"{file}: {error}") from error
    project = content.get("project", content) if isinstance(content, dict) else {}
    if not isinstance(packages := project.get("packages"), dict):
        raise ManifestError(f"{file}: expected packages: or project: packages:")
    return [Reader(file.parent, env).package(name, spec or {}) for name, spec in packages.items()]


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
        name = self.text(name)
        known(name, spec, PACKAGE)
        inputs = {key: self.package_input(key, value) for key, value in (spec.get("inputs") or {}).items()}
        body = {
            "version": str(self.text(spec.get("version", "0.0.1"))),
            "publish": bool(spec.get("public", False)),
            "parameters": key_values(inputs),
            "annotations": self.annotations(name, spec),
        }
        actions = {f"{name}/{key}": (self.action, value) for key, value in (spec.get("actions") or {}).items()}
        sequences = {
            f"{name}/{self.text(key)}": (self.sequence, value) for key, value in (spec.get("sequences") or {}).items()
        }
        bodies = {ident: read(ident, value, inputs) for ident, (read, value) in {**actions, **sequences}.items()}
        return Package(name, body, bodies, self.apis(name, spec.get("apis") or {}, bodies))

    def annotations(self, where: str, spec: Json) -> list[Json]:
        """The annotations, with what ``web:`` and ``description:`` stand for."""
        given = {key: self.text(value) for key, value in (spec.get("annotations") or {}).items()}
        described = {"description": spec["description"]} if "description" in spec else {}
        web = spec.get("web", spec.get("web-export"))
        if web is not None and str(web).lower() not in WEB:
            raise ManifestError(f"{where}: web: expected true, false, yes, no or raw, but got {web!r}")
        switches = {} if web is None else web_switches(str(web).lower())
        return key_values({**described, **given, **switches})

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
        limits = known(f"{ident}: limits", spec.get("limits") or {}, {*LIMITS, *IGNORED_LIMITS})
        return {
            **({"version": str(self.text(spec["version"]))} if "version" in spec else {}),
            "exec": self.executable(ident, spec),
            "parameters": key_values(inputs),
            "annotations": self.annotations(ident, spec),
            "limits": {LIMITS[key]: value for key, value in limits.items() if key in LIMITS},
        }

    def executable(self, ident: str, spec: Json) -> Json:
        code = {key: spec[key] for key in ("code", "main") if spec.get(key)}
        if "function" in spec:
            file = self.folder / self.text(spec["function"])
            if not file.is_file():
                raise ManifestError(f"{ident}: function: expected a zip or a source file, but there is none at {file}")
            content = file.read_bytes()
            code["code"] = base64.b64encode(content).decode() if file.suffix == ".zip" else content.decode()
        if "docker" not in spec and (not code or "runtime" not in spec):
            raise ManifestError(f"{ident}: expected function: and runtime:, or docker:")
        if "docker" not in spec:
            return {"kind": spec["runtime"], **code}
        if not (image := self.text(spec["docker"])):
            raise ManifestError(f"{ident}: docker: {spec['docker']} is empty: a variable in it is not set")
        return {"kind": "blackbox", "image": image, **code}

    def sequence(self, ident: str, spec: Any, _: Json) -> Json:
        spec, package = known(ident, spec, SEQUENCE), ident.partition("/")[0]
        if not isinstance(spec.get("actions"), str):
            wanted = "expected names with commas between them"
            raise ManifestError(f"{ident}: actions: {wanted}, but got {spec.get('actions')!r}")
        names = [name.strip() for name in spec["actions"].split(",")]
        components = [f"/_/{name if '/' in name else f'{package}/{name}'}" for name in names]
        return {"exec": {"kind": "sequence", "components": components}, "annotations": self.annotations(ident, spec)}

    def apis(self, package: str, spec: Json, bodies: dict[str, Json]) -> list[tuple[Json, str]]:
        """Each API as createApi takes it. A target that is no web action yet becomes one, as wskdeploy does it."""
        declared = [
            (title, base, path, f"{package}/{action}", options)
            for title, bases in spec.items()
            for base, paths in bases.items()
            for path, actions in paths.items()
            for action, options in actions.items()
        ]
        return [self.api(*one, bodies) for one in declared]

    @staticmethod
    def api(title: str, base: str, path: str, ident: str, options: Any, bodies: dict[str, Json]) -> tuple[Json, str]:
        options = known(f"apis: {title}: {ident}", options, {"method", "response"})
        if (body := bodies.get(ident)) is None:
            raise ManifestError(f"apis: {title}: there is no action or sequence {ident}")
        annotations = as_dict(body["annotations"])
        if "web-export" not in annotations:
            body["annotations"] += key_values(web_switches("true"))
        secret = annotations.get("require-whisk-auth") or None
        apidoc = {
            "namespace": "_",
            "apiName": title,
            "gatewayBasePath": f"/{base.strip('/')}",
            "gatewayPath": f"/{path.strip('/')}",
            "gatewayMethod": options.get("method", "GET").upper(),
            "action": {"name": ident, "namespace": "_", **({} if secret is None else {"secureKey": secret})},
        }
        return apidoc, options.get("response", "json")


def web_switches(web: str) -> Json:
    return dict(zip(("web-export", "raw-http", "final"), WEB[web], strict=True))
