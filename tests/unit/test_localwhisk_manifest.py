"""The manifest as wskdeploy reads it (openwhisk-wskdeploy docs/wskdeploy_packages.md)."""

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from localwhisk.entities import from_key_values
from localwhisk.manifest import ManifestError, Package, load

ENV = {"NAME": "env", "EMPTY": "", "IMAGE": "me/classify:1"}
ACTION = "{ function: a.py, runtime: 'python:3.11' }"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("def main(args): return args")
    (tmp_path / "bytes.py").write_bytes(b"\xff")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    return tmp_path


def read(folder: Path, package: str) -> Package:
    lines = "\n".join(f"    {line}" for line in package.splitlines())
    (folder / "manifest.yaml").write_text(f"packages:\n  demo:\n{lines}\n")
    return load(folder / "manifest.yaml", ENV)[0]


def action(folder: Path, text: str) -> Any:
    return read(folder, f"actions:\n  a: {text}").actions["demo/a"]


def test_a_zip_travels_as_base64_and_a_source_as_text(folder: Path) -> None:
    assert action(folder, ACTION)["exec"] == {"kind": "python:3.11", "code": "def main(args): return args"}
    zipped = action(folder, "{ function: a.zip, runtime: 'python:3.11', main: go }")["exec"]
    assert zipped == {"kind": "python:3.11", "code": base64.b64encode(b"PK\x03\x04").decode(), "main": "go"}


def test_limits_go_by_the_names_of_the_api_and_unused_ones_are_dropped(folder: Path) -> None:
    limits = "{ timeout: 15000, memorySize: 128, logSize: 1, codeSize: 5 }"
    body = action(folder, f"{{ function: a.py, runtime: 'python:3.11', limits: {limits} }}")
    assert body["limits"] == {"timeout": 15000, "memory": 128, "logs": 1}


def test_an_image_alone_has_no_code(folder: Path) -> None:
    assert action(folder, "{ docker: '${IMAGE}' }")["exec"] == {"kind": "blackbox", "image": "me/classify:1"}


@pytest.mark.parametrize(
    ("web", "switches"),
    [("true", (True, False, True)), ("yes", (True, False, True)), ("raw", (True, True, True)), ("no", (False,) * 3)],
)
def test_web_stands_for_three_annotations(folder: Path, web: str, switches: tuple[bool, ...]) -> None:
    body = action(folder, f"{{ function: a.py, runtime: 'python:3.11', web: {web} }}")
    annotations = from_key_values(body["annotations"])
    assert tuple(annotations[name] for name in ("web-export", "raw-http", "final")) == switches


def test_variables(folder: Path) -> None:
    package = read(
        folder,
        """\
actions:
  a:
    function: ${NOTHING}a.py
    runtime: python:3.11
    inputs: { one: $NAME, two: "x-${NAME}-y", unset: $NOTHING, kept: "$${NAME}", number: 3, object: { a: $NAME } }
    annotations: { text: "${NAME}", deep: { text: "${NAME}" } }""",
    ).actions["demo/a"]
    assert from_key_values(package["parameters"]) == {
        "one": "env",
        "two": "x-env-y",
        "unset": "",
        "kept": "${NAME}",
        "number": 3,
        "object": {"a": "env"},
    }
    assert from_key_values(package["annotations"]) == {"text": "env", "deep": {"text": "${NAME}"}}


# The values are what the real wskdeploy sent for the same text.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("string", ""),
        ("integer", 0),
        ("float", 0),
        ("boolean", False),
        ("json", {}),
        ("slice", "slice"),
        ("", ""),
        ("{}", ""),
        ("{ description: d }", ""),
        ("{ type: integer }", 0),
        ("{ type: json }", {}),
        ("{ value: 5 }", 5),
        ("{ type: string, value: 5 }", 5),
        ("{ type: string, default: five }", "five"),
        ("{ type: string, value: six, default: five, required: true }", "six"),
        ("{ type: string, value: 'x-${NAME}-y' }", "x-env-y"),
        ("{ type: integer, value: $NAME }", "$NAME"),
        ("{ value: $NAME }", "env"),
        ("""{ type: json, value: '{"a": 1}' }""", {"a": 1}),
        ("{ type: json, value: { a: $NAME, b: { c: $NAME } } }", {"a": "env", "b": {"c": "env"}}),
        ("{ a: $NAME, b: { c: $NAME } }", {"a": "env", "b": {"c": "env"}}),
        ("[1, $NAME]", [1, "$NAME"]),
        ("{ type: string, other: 1 }", {"type": "string", "other": 1}),
        ("true", True),
        ("$OF_THE_PACKAGE", "p"),
        ("{ value: '${OF_THE_PACKAGE}' }", "p"),
    ],
)
def test_an_input(folder: Path, text: str, value: Any) -> None:
    package = read(
        folder,
        f"""\
inputs: {{ OF_THE_PACKAGE: p }}
actions:
  a:
    function: a.py
    inputs:
      given: {text}""",
    )
    assert from_key_values(package.actions["demo/a"]["parameters"]) == {"given": value}


def test_an_input_of_the_package_without_a_value_is_the_variable_of_its_name(folder: Path) -> None:
    text = "inputs: { NAME: string, typed: { type: string }, number: { type: integer, value: 7 }, nothing: }"
    parameters = from_key_values(read(folder, text).body["parameters"])
    assert parameters == {"NAME": "env", "typed": "", "number": 7, "nothing": ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ type: text }", "demo/a: inputs: own: expected the type string, .*but got 'text'"),
        ("{ type: string, required: true }", "demo/a: inputs: own: expected a value, for it is required"),
        ("{ type: json, value: '{' }", "demo/a: inputs: own: expected an object or a text with JSON, but got '{'"),
    ],
)
def test_an_input_that_wskdeploy_would_refuse(folder: Path, text: str, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        read(folder, f"actions: {{ a: {{ function: a.py, inputs: {{ own: {text} }} }} }}")


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("function: a.py", "python:3.11"),
        ("function: a.py, runtime: python", "python:3.11"),
        ("function: a.py, runtime: 'python:2'", "python:3.11"),
        ("function: a.py, runtime: 'python:3'", "python:3"),
        ("code: text, runtime: python", "python:3.11"),
        ("function: a.zip, runtime: 'python:3'", "python:3"),
    ],
)
def test_the_kind_of_an_action(folder: Path, spec: str, kind: str) -> None:
    assert action(folder, f"{{ {spec} }}")["exec"]["kind"] == kind


def test_a_folder_travels_as_a_zip(folder: Path) -> None:
    (folder / "code/inner").mkdir(parents=True)
    (folder / "code/__main__.py").write_text("main = dict")
    (folder / "code/inner/more.py").write_text("")
    code = action(folder, "{ function: code, runtime: 'python:3' }")["exec"]["code"]
    names = zipfile.ZipFile(io.BytesIO(base64.b64decode(code))).namelist()
    assert {"__main__.py", "inner/more.py"} <= {*names}


def test_a_version_is_a_text_whatever_it_looks_like(folder: Path) -> None:
    package = read(folder, "version: 1.10\nactions: { a: { function: a.py, version: 2.0 } }")
    assert (package.body["version"], package.actions["demo/a"]["version"]) == ("1.10", "2.0")


def test_triggers_and_rules_are_left_out_only_where_that_is_asked_for(folder: Path) -> None:
    text = f"actions: {{ a: {ACTION} }}\ntriggers: {{ t: }}\nrules: {{ r: {{ trigger: t, action: a }} }}"
    with pytest.raises(ManifestError, match="demo: rules, triggers: this host has none; --without-triggers deploys"):
        read(folder, text)
    [package] = load(folder / "manifest.yaml", ENV, without_triggers=True)
    assert [*package.actions] == ["demo/a"]


def test_sequences_come_last_with_their_package_filled_in(folder: Path) -> None:
    package = read(
        folder,
        f"""\
sequences: {{ s: {{ actions: "a, other/b", web: true, annotations: {{ description: d }} }} }}
actions: {{ a: {ACTION} }}""",
    )
    assert list(package.actions) == ["demo/a", "demo/s"]
    assert package.actions["demo/s"]["exec"]["components"] == ["/_/demo/a", "/_/other/b"]
    assert from_key_values(package.actions["demo/s"]["annotations"])["web-export"] is True


def test_an_api_makes_its_target_a_web_action_and_carries_its_secret(folder: Path) -> None:
    package = read(
        folder,
        """\
actions: { a: { function: a.py, runtime: "python:3.11", annotations: { require-whisk-auth: s3cret } } }
apis: { title: { base: { path: { a: { method: post, response: http } } } } }""",
    )
    ((apidoc, response_type),) = package.apis
    assert response_type == "http"
    assert apidoc == {
        "namespace": "_",
        "apiName": "title",
        "gatewayBasePath": "/base",
        "gatewayPath": "/path",
        "gatewayMethod": "POST",
        "action": {"name": "demo/a", "namespace": "_", "secureKey": "s3cret"},
    }
    assert from_key_values(package.actions["demo/a"]["annotations"])["web-export"] is True


def test_without_response_an_api_answers_json(folder: Path) -> None:
    package = read(folder, f"actions: {{ a: {ACTION} }}\napis: {{ t: {{ b: {{ p: {{ a: {{ method: GET }} }} }} }} }}")
    assert package.apis[0][1] == "json"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("actions: { a: { concurrency: 1 } }", "demo/a: expected only .*but got the unknown concurrency"),
        ("dependencies: { d: { location: /whisk.system/x } }", "demo: dependencies: this host binds no packages"),
        ("actions: { a: { function: a.zip } }", "demo/a: expected function: and runtime: "),
        ("actions: { a: { function: a.zip, runtime: 'nodejs:20' } }", "demo/a: runtime: .*but got 'nodejs:20'"),
        ("actions: { a: { function: a.js } }", "demo/a: expected function: and runtime: "),
        ("actions: { a: { function: bytes.py } }", "demo/a: function: expected a text in UTF-8 in .*bytes.py"),
        ("actions: { a: { function: no.zip, runtime: 'python:3' } }", "there is none at .*no.zip"),
        ("actions: { a: { docker: $NOTHING } }", "docker: .NOTHING is empty: a variable in it is not set"),
        ("sequences: { s: { actions: [a, b] } }", "expected names with commas between them"),
        ("sequences: { s: { actions: a, limits: {} } }", "demo/s: expected only actions, annotations, web"),
        ("feeds: { f: {} }", "demo: expected only .*but got the unknown feeds"),
        (f"actions: {{ a: {ACTION}, a: {ACTION} }}", "line 3: the key 'a' stands twice"),
        ("actions: { a: { function: a.py, runtime: 'python:3', web: maybe } }", "expected true, false, yes, no or raw"),
        ("apis: { t: { b: { p: { gone: { method: GET } } } } }", "there is no action or sequence demo/gone"),
        ("- a list", "expected only"),
    ],
)
def test_what_wskdeploy_would_not_deploy_is_refused(folder: Path, text: str, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        read(folder, text)


def test_a_package_is_private_and_new_unless_its_manifest_says_otherwise(folder: Path) -> None:
    plain = read(folder, "license: Apache-2.0").body
    assert (plain["publish"], plain["version"]) == (False, "0.0.1")
    assert read(folder, "public: true").body["publish"] is True


def test_packages_may_stand_under_project(folder: Path) -> None:
    (folder / "manifest.yaml").write_text("project: { name: p, packages: { demo: { version: '1.0' } } }")
    assert load(folder / "manifest.yaml", {})[0].body["version"] == "1.0"


@pytest.mark.parametrize("text", ["", "actions: {}", "packages: []", "a: [b"])
def test_a_file_without_packages_is_refused(folder: Path, text: str) -> None:
    (folder / "manifest.yaml").write_text(text)
    with pytest.raises(ManifestError, match=r"manifest\.yaml"):
        load(folder / "manifest.yaml", {})


def test_inputs_of_a_project_are_refused(folder: Path) -> None:
    (folder / "manifest.yaml").write_text("project: { name: p, inputs: { a: 1 }, packages: { demo: {} } }")
    with pytest.raises(ManifestError, match="project: inputs: not read here"):
        load(folder / "manifest.yaml", {})
