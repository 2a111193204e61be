"""What a PUT makes of packages and actions (OpenWhisk docs/rest_api.md)."""

from typing import Any

import pytest

from localwhisk import Json, entities, put
from localwhisk.entities import Exec, Limits, Parameter
from localwhisk.put import ActionWithCode
from localwhisk.rejection import Rejected

PYTHON = {"kind": "python:3.11", "code": "def main(args): return args"}


def created(**body: Any) -> ActionWithCode:
    return put.action("pkg/one", {"exec": PYTHON, **body}, None, 1000)


def changed(body: Json, previous: ActionWithCode, now_ms: int = 9) -> ActionWithCode:
    return put.action("pkg/one", body, previous, now_ms)


def rejection(**body: Any) -> tuple[int, str]:
    with pytest.raises(Rejected) as refused:
        created(**body)
    return refused.value.status, refused.value.message


def test_a_new_action_has_every_default() -> None:
    new = created()
    assert new.code == PYTHON["code"]
    assert new.action.as_json() == {
        "namespace": "guest/pkg",
        "name": "one",
        "version": "0.0.1",
        "publish": False,
        "exec": {"kind": "python:3.11", "binary": False},
        "parameters": [],
        "limits": {"concurrency": 1, "logs": 10, "memory": 256, "timeout": 60000},
        "annotations": [{"key": "provide-api-key", "value": False}, {"key": "exec", "value": "python:3.11"}],
        "updated": 1000,
    }


def test_an_update_keeps_what_is_absent_and_merges_annotations() -> None:
    old = created(
        annotations=[{"key": "a", "value": 1}, {"key": "b", "value": {"deep": [1]}}],
        parameters=[{"key": "p", "value": 1, "init": True}],
        limits={"memory": 128},
        publish=True,
    )
    new = changed({"annotations": [{"key": "a", "value": 2}], "delAnnotations": ["c"]}, old)
    assert new.code == old.code
    assert new.action.version == "0.0.2"
    assert new.action.publish is True
    assert new.action.limits == Limits(timeout_ms=60000, memory_mb=128, logs_mb=10, concurrency=1)
    assert new.action.parameters == (Parameter("p", 1, init=True),)
    assert new.action.annotations == {"provide-api-key": False, "a": 2, "b": {"deep": [1]}, "exec": "python:3.11"}


def test_given_annotations_of_a_package_replace_the_previous_ones() -> None:
    old = put.package("pkg", {"annotations": [{"key": "a", "value": 1}], "version": "1.0"}, None, 1)
    new = put.package("pkg", {"annotations": [{"key": "b", "value": 2}]}, old, 2)
    assert (old.version, new.version, new.annotations) == ("1.0.0", "1.0.1", {"b": 2})


def test_a_package_keeps_what_is_absent() -> None:
    given = {"annotations": [{"key": "a", "value": 1}], "parameters": [{"key": "p", "value": None}], "publish": True}
    old = put.package("pkg", given, None, 1)
    new = put.package("pkg", {}, old, 2)
    assert (new.annotations, new.parameters, new.publish) == ({"a": 1}, (Parameter("p"),), True)
    emptied = put.package("pkg", {"annotations": [], "parameters": [], "publish": False}, old, 2)
    assert (emptied.annotations, emptied.parameters, emptied.publish) == ({}, (), False)


def test_a_zip_is_known_by_its_base64() -> None:
    assert created(exec={"kind": "python:3.11", "code": "UEsDBBQ="}).action.exec.binary is True


def test_the_family_default_is_stored_as_the_concrete_kind() -> None:
    assert created(exec={**PYTHON, "kind": "python:default"}).action.exec.kind == "python:3.11"


def test_what_takes_the_place_of_a_sequence_does_not_get_its_components() -> None:
    sequence = created(exec={"kind": "sequence", "components": ["/_/a"]})
    assert changed({"exec": PYTHON}, sequence).action.parameters == ()
    own = [{"key": "a", "value": 1}]
    assert changed({"exec": PYTHON, "parameters": own}, sequence).action.parameters == (Parameter("a", 1),)


def test_the_annotation_of_the_kind_is_always_there() -> None:
    assert changed({"delAnnotations": ["exec"]}, created()).action.annotations["exec"] == "python:3.11"


def test_annotations_can_be_deleted() -> None:
    old = created(annotations=[{"key": "a", "value": 1}, {"key": "b", "value": 2}])
    assert "a" not in changed({"delAnnotations": ["a"]}, old).action.annotations


def test_an_image_needs_no_code() -> None:
    new = created(exec={"kind": "blackbox", "image": "me/classify:1.0"})
    assert new.code is None
    assert new.action.exec == Exec("blackbox", image="me/classify:1.0")


def test_the_parameters_of_a_sequence_are_its_components() -> None:
    given = {"kind": "sequence", "components": ["/_/pkg/a", "/guest/b"]}
    sequence = created(exec=given, parameters=[{"key": "x", "value": 1}]).action
    assert sequence.exec.components == ("/guest/pkg/a", "/guest/b")
    assert sequence.parameters == (Parameter("_actions", ["/guest/pkg/a", "/guest/b"]),)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"exec": None}, 400, "exec undefined"),
        ({"exec": {"kind": "nodejs:20", "code": "x"}}, 400, "The specified runtime 'nodejs:20' is not supported"),
        (
            {"exec": {"kind": "python:3.11"}},
            400,
            "'code' must be a string or attachment object defined in 'exec' for 'python:3.11' actions",
        ),
        ({"exec": {"kind": "sequence", "components": []}}, 400, "No component specified for the sequence."),
        ({"exec": {**PYTHON, "code": "x" * (48 * 1024 * 1024 + 1)}}, 413, "exec larger than allowed: "),
        (
            {"limits": {"memory": 1024}},
            400,
            "requirement failed: memory size 1024 MB exceeds allowed threshold of 512 MB",
        ),
        ({"limits": {"timeout": 99}}, 400, "duration 99 milliseconds below allowed threshold of 100 milliseconds"),
        ({"limits": {"timeout": "60000"}}, 400, "time limit malformed"),
        ({"limits": {"timeout": 100.5}}, 400, "time limit must be whole number"),
        ({"parameters": {"a": 1}}, 400, "parameters malformed!"),
        ({"parameters": [{"key": "a"}]}, 400, "parameters malformed!"),
        ({"annotations": [{"key": "a", "value": "x" * 1024 * 1024}]}, 413, "annotations larger than allowed"),
        ({"version": "1.x"}, 400, "semantic version malformed"),
        ({"version": "1.2." + "3" * 20}, 400, "semantic version malformed"),
        ({"exec": "text"}, 400, "JSON object expected"),
        ({"exec": {**PYTHON, "code": 5}}, 400, "Could not deserialize as attachment record: 5"),
        (
            {"exec": {**PYTHON, "main": ["a"]}},
            400,
            "if defined, 'main' be a string in 'exec' for 'python:3.11' actions",
        ),
        ({"exec": {"kind": "sequence", "components": "a"}}, 400, "'components' must be an array"),
        ({"limits": [1]}, 400, "Object expected in field 'timeout'"),
        ({"limits": {"concurrency": True}}, 400, "concurrency limit malformed"),
        ({"delAnnotations": 5}, 400, "Expected Array as JsArray, but got 5"),
        ({"parameters": [{"key": [], "value": 1}]}, 400, "parameters malformed!"),
        ({"publish": "yes"}, 400, 'Expected JsBoolean, but got "yes"'),
        ({"exec": {"kind": "blackbox", "image": "A b"}}, 400, "could not parse image name"),
        ({"exec": {**PYTHON, "code": " YWJj"}}, 500, "There was an internal server error."),
    ],
)
def test_bad_bodies_say_what_was_expected(body: Json, status: int, message: str) -> None:
    refused = rejection(**body)
    assert refused[0] == status
    assert message in refused[1]


@pytest.mark.parametrize(("given", "stored"), [("1", "1.0.0"), ("00.1.01", "0.1.1"), ("1.2.3.x", "1.2.3")])
def test_a_version_is_filled_up_to_three_numbers(given: str, stored: str) -> None:
    assert created(version=given).action.version == stored


@pytest.mark.parametrize(
    ("components", "status", "message"),
    [
        (None, 400, "'components' must be defined for sequence kind"),
        ([5], 400, "fully qualified name malformed"),
        (["/"], 400, "requirement failed: path undefined"),
        (["/_/-a"], 400, "requirement failed: path contains invalid parts ArraySeq(_, -a)"),
        (["/a"], 400, "must contain at least the namespace and the name of the entity."),
        (["/other/a"], 403, "The supplied authentication is not authorized to access 'other/a'."),
        (["/_/p/q/a"], 404, "The requested resource does not exist."),
    ],
)
def test_what_is_no_component(components: Any, status: int, message: str) -> None:
    given = {} if components is None else {"components": components}
    refused = rejection(exec={"kind": "sequence", **given})
    assert refused[0] == status
    assert message in refused[1]


@pytest.mark.parametrize("reference", ["/_/pkg/a", "/guest/pkg/a", "pkg/a"])
def test_identifiers(reference: str) -> None:
    assert entities.identifier(reference) == "pkg/a"


@pytest.mark.parametrize("reference", ["/other/pkg/a", "a/b/c", "", "a/", "-a", "/", "a\n"])
def test_what_is_no_identifier(reference: str) -> None:
    with pytest.raises(Rejected, match="is not the name of an entity"):
        entities.identifier(reference)
