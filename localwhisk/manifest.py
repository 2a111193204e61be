"""The manifest as wskdeploy reads it, traps included (openwhisk-wskdeploy parsers/, docs/wskdeploy_packages.md)."""

import base64
import io
import re
import zipfile
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localwhisk import Json, inputs
from localwhisk.apis import slashed
from localwhisk.entities import from_key_values, key_values
from localwhisk.put import DEFAULT_KIND, PYTHON_KINDS
from localwhisk.strict_json import JsonValue

PACKAGE_KEYS = {"version", "license", "public", "inputs", "annotations", "actions", "sequences", "apis"}
TRIGGER_KEYS = {"triggers", "rules"}  # this host has none
SEQUENCE_KEYS = {"actions", "web", "annotations"}
CODE_KEYS = {"function", "code", "runtime", "main", "docker"}
ACTION_KEYS = {*CODE_KEYS, "version", "web", "web-export", "limits", "inputs", "outputs", "annotations", "description"}
API_KEYS = {"method", "response"}

KINDS = (*PYTHON_KINDS, "python:default")
LIMITS = {"timeout": "timeout", "memorySize": "memory", "logSize": "logs"}  # in the manifest, and in the REST API
IGNORED_LIMITS = {"concurrentActivations", "userInvocationRate", "codeSize", "parameterSize"}

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


def load(file: Path, env: Mapping[str, str], without_triggers: bool = False) -> list[Package]:
    """The packages of ``file``, with the variables of ``env`` put in; their triggers and rules left out if so asked."""
    try:
        content = yaml.load(file.read_text("utf-8"), UniqueKeyLoader)  # noqa: S506 - derived from SafeLoader
        project = content.get("project", content)
        if project.get("inputs"):
            raise ManifestError(f"{file}: project: inputs: not read here; put them into the packages")
        packages = project["packages"]
        reader = Reader(file.parent, env, without_triggers)
        return [reader.package(name, spec or {}) for name, spec in packages.items()]
    except (OSError, yaml.YAMLError) as error:
        raise ManifestError(f"{file}: {error}") from error
    except (AttributeError, TypeError, KeyError) as error:
        raise ManifestError(f"{file}: expected mappings below packages: or project: packages: ({error!r})") from error


class UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a mapping with the same key twice, and leaves 1.10 a text where it is a version, as wskdeploy does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise ManifestError(f"line {node.start_mark.line + 1}: the key {key.value!r} stands twice")
            seen.add(key.value)
            if key.value == "version" and isinstance(value, yaml.ScalarNode):
                value.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Reader:
    """Makes requests of what a manifest says."""

    folder: Path  # of the manifest
    env: Mapping[str, str]  # what ``$NAME`` and ``${NAME}`` stand for
    without_triggers: bool

    def package(self, name: str, spec: Any) -> Package:
        name = self._interpolated(name)
        spec = checked(name, self._served(name, spec), PACKAGE_KEYS)
        package_inputs = self._package_inputs(name, spec)
        body = {
            "version": self._interpolated(spec.get("version", "0.0.1")),
            "publish": spec.get("public", False),
            "parameters": key_values(package_inputs),
            "annotations": self._annotations(name, spec),
        }

        actions = {}
        for key, action in (spec.get("actions") or {}).items():
            actions[f"{name}/{key}"] = self._action(f"{name}/{key}", action, package_inputs)
        for key, sequence in (spec.get("sequences") or {}).items():
            actions[f"{name}/{self._interpolated(key)}"] = self._sequence(name, f"{name}/{key}", sequence)
        return Package(name, body, actions, apis_of(name, spec, actions))

    def _served(self, name: str, spec: Any) -> Any:
        """``spec`` without triggers and rules, which is an error unless it was asked for."""
        if isinstance(spec, dict) and spec.get("dependencies"):
            raise ManifestError(f"{name}: dependencies: this host binds no packages and fetches none; put theirs here")
        found = ", ".join(sorted(TRIGGER_KEYS & spec.keys())) if isinstance(spec, dict) else ""
        if found and not self.without_triggers:
            raise ManifestError(f"{name}: {found}: this host has none; --without-triggers deploys everything else")
        return {key: spec[key] for key in spec if key not in TRIGGER_KEYS} if found else spec

    def _action(self, identifier: str, spec: Any, package_inputs: Mapping[str, JsonValue]) -> Json:
        spec = checked(identifier, spec, ACTION_KEYS)
        return {
            "exec": self._exec(identifier, spec),
            "version": self._interpolated(spec.get("version")),
            "parameters": key_values(self._inputs(identifier, spec, package_inputs)),
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
        if "docker" in spec:
            image = self._interpolated(spec["docker"])
            if not image:
                raise ManifestError(f"{identifier}: docker: {spec['docker']} is empty: a variable in it is not set")
            return {"kind": "blackbox", "image": image, **self._given(identifier, spec)}

        kind = kind_of(spec.get("runtime"), str(self._interpolated(spec.get("function", ""))))
        if kind is None or not ("function" in spec or spec.get("code")):
            raise ManifestError(f"{identifier}: expected function: and runtime: (.py needs none), or docker:")
        if kind not in KINDS:
            raise ManifestError(f"{identifier}: runtime: expected one of {', '.join(KINDS)}, but got {kind!r}")
        return {"kind": kind, **self._given(identifier, spec)}

    def _given(self, identifier: str, spec: Json) -> Json:
        given = {key: spec[key] for key in ("code", "main") if spec.get(key)}
        if "function" in spec:
            given["code"] = self._code(identifier, spec["function"])
        return given

    def _code(self, identifier: str, function: Any) -> str:
        """The source text of the file that ``function`` names, or the base64 of a zip, also of one made of a folder."""
        path = self.folder / str(self._interpolated(function))
        if path.is_dir():
            return base64.b64encode(zipped(path)).decode()
        if not path.is_file():
            expected = "expected a zip, a source file or a folder"
            raise ManifestError(f"{identifier}: function: {expected}, but there is none at {path}")
        content = path.read_bytes()
        if path.suffix == ".zip":
            return base64.b64encode(content).decode()
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise ManifestError(f"{identifier}: function: expected a text in UTF-8 in {path}: {error}") from error

    def _inputs(
        self, identifier: str, spec: Json, package_inputs: Mapping[str, JsonValue] | None = None
    ) -> dict[str, JsonValue]:
        """The inputs of an action or a package. Where the variable in a text is not set, it may name one of the
        package's inputs (manifest_parser.go: composeInputs)."""
        values = {}
        for key, given in (spec.get("inputs") or {}).items():
            try:
                value = inputs.resolved(given, self._interpolated)
            except ValueError as error:
                raise ManifestError(f"{identifier}: inputs: {key}: {error}") from error
            variable = inputs.text_of(given).replace("$", "", 1).strip("{}")
            values[key] = (package_inputs or {}).get(variable, value) if value == "" else value
        return values

    def _package_inputs(self, name: str, spec: Json) -> dict[str, JsonValue]:
        """One without a value is the variable of its own name (manifest_parser.go: composePackageInputs)."""
        values = self._inputs(name, spec)
        return {key: self.env.get(key, "") if value in ("", 0, False) else value for key, value in values.items()}

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


def kind_of(runtime: Any, function: str) -> Any:
    """The kind of an action's code. wskdeploy gives a source file that of its language where the platform does not know
    the runtime, and code in the manifest where the runtime is a language (readActionFunction, readActionCode)."""
    if function.endswith(".py"):
        return runtime if runtime in KINDS else DEFAULT_KIND
    return DEFAULT_KIND if runtime == "python" and not function else runtime


def zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return content.getvalue()


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
