"""scripts/packages.py and scripts/manifest.py: a package under another name."""

from pathlib import Path
from typing import Any

import pytest

from manifest import MANIFEST, package_name, rendered
from packages import as_pairs, by_key, copied


def action(annotations: dict[str, Any], **body: Any) -> dict[str, Any]:
    """What GET of an action answers."""
    document = {"publish": False, "limits": {"memory": 128}, "parameters": [{"key": "k", "value": 1}]}
    return {**document, "exec": {"kind": "python:3.11", "code": "eA=="}, "annotations": as_pairs(annotations), **body}


def test_an_action_keeps_what_makes_it() -> None:
    document = action({"web-export": True, "exec": "python:3.11", "provide-api-key": True})
    body = copied(document, "shop", "shop-canary", hidden=False, old={})

    assert {key: body[key] for key in ("exec", "limits", "parameters", "publish")} == {
        key: document[key] for key in ("exec", "limits", "parameters", "publish")
    }
    assert by_key(body["annotations"]) == {"web-export": True, "provide-api-key": True}


def test_the_steps_of_a_sequence_are_those_of_the_copy() -> None:
    """GIVEN steps of its own package, of another one, and of none."""
    steps = ["/guest/shop/pay", "/guest/other/pay", "/guest/shop"]
    body = copied(action({}, exec={"kind": "sequence", "components": steps}), "shop", "shop-previous", False, {})

    assert body["exec"]["components"] == ["/guest/shop-previous/pay", "/guest/other/pay", "/guest/shop"]
    assert body.keys() == {"publish", "annotations", "delAnnotations", "exec"}


def test_what_is_hidden_comes_back_as_it_was() -> None:
    annotations = {"web-export": True, "raw-http": True}
    kept = copied(action(annotations), "shop", "shop-previous", hidden=True, old={})
    back = copied({**action({}), **kept}, "shop-previous", "shop", hidden=False, old={})

    assert by_key(kept["annotations"])["web-export"] is False
    assert by_key(back["annotations"]) == annotations


def test_an_annotation_that_the_copy_has_not_is_removed() -> None:
    """A PUT merges; an action that was none of the web must not stay one."""
    old = {"web-export": True, "description": "old", "exec": "python:3.11", "provide-api-key": False}
    body = copied(action({"description": "new"}), "shop", "shop-previous", False, old)

    assert body["delAnnotations"] == ["web-export"]


def test_an_environment_has_names_of_its_own_and_the_same_files() -> None:
    """wskdeploy looks for files from the folder of the manifest."""
    [(name, package)] = rendered(package_name("dev"), Path("build").resolve())["packages"].items()

    assert name == "classifier-dev"
    assert package["actions"]["decode"]["function"] == "package/${PACKAGE_TARGET}/decode.zip"
    assert [list(bases) for bases in package["apis"].values()] == [["classifier-dev"]]


def test_without_an_environment_the_manifest_is_as_it_stands() -> None:
    assert rendered(package_name(""), Path().resolve()) == MANIFEST


@pytest.mark.parametrize("environment", ["previous", "my-previous", "Dev", "a b", "-dev", "dev/../x", "x" * 40])
def test_a_name_that_no_environment_can_have_is_refused(environment: str) -> None:
    with pytest.raises(ValueError, match="ENVIRONMENT is"):
        package_name(environment)
