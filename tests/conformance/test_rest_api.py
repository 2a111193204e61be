"""Platform information, entities and refusals, as the REST API gives them (OpenWhisk docs/rest_api.md, controller)."""

import base64
import json
import re
from typing import Any

import httpx
import pytest

from tests.conformance.openwhisk import OpenWhisk, annotations, until

CODE = "def main(args):\n    return {}\n"


def refused(response: httpx.Response, status: int) -> str:
    """The message of a refusal. Both fields are needed: without them the tools print only that the connection failed
    (openwhisk-client-go whisk/client.go)."""
    assert response.status_code == status, response.text
    body = response.json()
    assert isinstance(body["error"], str)
    assert isinstance(body["code"], str)
    message: str = body["error"]
    return message


def test_platform_information_is_what_wskdeploy_reads(openwhisk: OpenWhisk) -> None:
    """runtimes/runtimes.go of wskdeploy: another content type, and it uses the list it was built with."""
    answer = openwhisk.send("GET", openwhisk.target.url)

    assert answer.status_code == 200
    assert answer.headers["content-type"] in "application/json; charset=UTF-8"
    kinds = {runtime["kind"]: runtime for runtime in answer.json()["runtimes"]["python"]}
    assert "python:3.11" in kinds
    assert [kind for kind, runtime in kinds.items() if runtime.get("default")] != []
    limits = answer.json()["limits"]  # memory in bytes (Controller.scala)
    assert limits["min_action_memory"] <= 128 * 1024 * 1024 <= limits["max_action_memory"]
    assert limits["sequence_length"] >= 4
    assert answer.json()["api_paths"] == ["/api/v1"]


def test_the_version_of_the_api_is_told(openwhisk: OpenWhisk) -> None:
    """`wsk property get --all` reads it (RestAPIs.scala)."""
    answer = openwhisk.send("GET", f"{openwhisk.target.url}/api/v1")

    assert answer.status_code == 200
    assert {"api_version", "build", "buildno"} <= answer.json().keys()


def test_the_namespace_of_the_user_is_listed(openwhisk: OpenWhisk) -> None:
    url = f"{openwhisk.target.url}/api/v1/namespaces"
    answer = openwhisk.send("GET", url, auth=(openwhisk.target.uuid, openwhisk.target.key))

    assert answer.json() == [openwhisk.namespace]


def test_a_namespace_is_its_name_or_an_underscore(specimens: OpenWhisk) -> None:
    by_name = f"{specimens.target.url}/api/v1/namespaces/{specimens.namespace}/actions/conformance/greet"
    named = specimens.send("GET", by_name, auth=(specimens.target.uuid, specimens.target.key))

    assert named.json() == specimens.api("GET", "actions/conformance/greet").json()


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        (None, "The resource requires authentication, which was not supplied with the request"),
        (("23bc46b1-0000-0000-0000-816aa4f8c502", "x" * 64), "The supplied authentication is invalid"),
    ],
)
def test_credentials_are_required(openwhisk: OpenWhisk, auth: tuple[str, str] | None, message: str) -> None:
    """Authenticate.scala, Messages.scala."""
    answer = openwhisk.send("GET", f"{openwhisk.target.api}/actions", auth=auth)

    assert refused(answer, 401) == message


@pytest.mark.parametrize(
    "path", ["actions/nothing", "actions/nothing/there", "packages/nothing", f"activations/{'0' * 32}"]
)
def test_what_does_not_exist_is_404(openwhisk: OpenWhisk, path: str) -> None:
    refused(openwhisk.api("GET", path), 404)


def test_each_answer_carries_the_transaction(openwhisk: OpenWhisk) -> None:
    """BasicHttpService.scala: the id comes from the request if it has one, and is the ``code`` of an error."""
    answer = openwhisk.api("GET", "actions/nothing", headers={"X-Request-ID": "conformance-transaction-1"})

    assert answer.headers["x-request-id"] == "conformance-transaction-1"
    assert answer.json()["code"] == "conformance-transaction-1"


def test_an_action_shows_its_own_and_its_packages_parameters(specimens: OpenWhisk) -> None:
    """Actions.scala: a GET merges the package's parameters in, the action's own go before."""
    action = specimens.api("GET", "actions/conformance/greet").json()

    parameters = {parameter["key"]: parameter["value"] for parameter in action["parameters"]}
    assert parameters == {"salutation": "Hello", "punctuation": "!", "name": "World"}
    assert action["namespace"] == f"{specimens.namespace}/conformance"
    assert action["limits"]["memory"] == 128
    assert action["limits"]["timeout"] == 10000
    assert action["exec"]["kind"] == "python:3.11"
    assert action["publish"] is False


def test_annotations_are_kept_verbatim(specimens: OpenWhisk) -> None:
    """And the server adds the kind and the denial of an API key (Actions.scala)."""
    found = annotations(specimens.api("GET", "actions/conformance/greet").json())

    assert found["nested"] == {"list": [1, "two", {"three": 3.5}], "empty": {}, "yes": True, "text": "äöü"}
    assert found["description"] == "Kept as it is."
    assert found["exec"] == "python:3.11"
    assert found["provide-api-key"] is False


def test_a_web_action_has_the_annotations_of_one(specimens: OpenWhisk) -> None:
    """webaction.go of wskdeploy."""
    web = annotations(specimens.api("GET", "actions/conformance/inspect").json())
    raw = annotations(specimens.api("GET", "actions/conformance/inspect_raw").json())

    assert (web["web-export"], web["raw-http"], web["final"]) == (True, False, True)
    assert (raw["web-export"], raw["raw-http"], raw["final"]) == (True, True, True)


def test_the_default_of_a_family_is_stored_as_a_kind(specimens: OpenWhisk) -> None:
    """ExecManifest.scala resolves python:default."""
    kind = specimens.api("GET", "actions/conformance/concrete").json()["exec"]["kind"]

    assert re.fullmatch(r"python:3\.?\d*", kind)


def test_code_is_left_out_on_request(specimens: OpenWhisk) -> None:
    """Actions.scala, parameter ``code``; ``binary`` is what the controller found the code to be."""
    without = specimens.api("GET", "actions/conformance/greet", params={"code": "false"}).json()["exec"]
    zipped = specimens.api("GET", "actions/conformance/zipped", params={"code": "false"}).json()["exec"]

    assert (without["kind"], without["binary"]) == ("python:3.11", False)
    assert "code" not in without
    assert zipped["binary"] is True


def test_lists_are_short(specimens: OpenWhisk) -> None:
    """With a package and a slash those of the package (ApiUtils of the tools), else all of the namespace."""
    of_package = specimens.api("GET", "actions/conformance/", params={"limit": 200}).json()
    everywhere = specimens.api("GET", "actions", params={"limit": 200}).json()

    greet = next(row for row in of_package if row["name"] == "greet")
    assert greet["namespace"] == f"{specimens.namespace}/conformance"
    assert "code" not in greet["exec"]
    assert annotations(greet)["exec"] == "python:3.11"
    assert {row["name"] for row in of_package} >= {"greet", "twice", "inspect_raw"}
    assert {row["name"] for row in of_package} <= {row["name"] for row in everywhere}


def test_a_page_of_a_list(specimens: OpenWhisk) -> None:
    """RestApiCommons.scala: limit and skip."""
    rows = specimens.api("GET", "actions/conformance/", params={"limit": 200}).json()
    page = specimens.api("GET", "actions/conformance/", params={"limit": 2, "skip": 1}).json()

    assert page == rows[1:3]


def test_a_limit_of_zero_is_the_longest_page(specimens: OpenWhisk) -> None:
    """whisk.query-limit: 200 at most, 30 by default."""
    assert specimens.api("GET", "actions/conformance/", params={"limit": 0}).json() != []
    assert specimens.api("GET", "actions", params={"limit": 201}).status_code == 400


def test_a_package_lists_its_actions(specimens: OpenWhisk) -> None:
    """Packages.scala."""
    package = specimens.api("GET", "packages/conformance").json()
    rows = specimens.api("GET", "packages", params={"limit": 200}).json()

    assert {action["name"] for action in package["actions"]} >= {"greet", "twice"}
    assert package["feeds"] == []
    assert package["binding"] == {}
    assert next(row for row in rows if row["name"] == "conformance")["binding"] is False


def test_a_package_with_actions_is_not_deleted(specimens: OpenWhisk) -> None:
    message = refused(specimens.api("DELETE", "packages/conformance"), 409)

    assert message.startswith("Package not empty (contains")


def test_an_update_needs_overwrite(specimens: OpenWhisk) -> None:
    """ApiUtils: 409 "resource already exists"."""
    body = {"exec": {"kind": "python:3.11", "code": CODE}}

    assert refused(specimens.api("PUT", "actions/conformance/greet", json=body), 409) == "resource already exists"
    refused(specimens.api("PUT", "packages/conformance", json={}), 409)


@pytest.fixture
def scratch(openwhisk: OpenWhisk) -> Any:
    """The path of an action that goes away again."""
    path = "actions/conformance_scratch"
    yield path
    openwhisk.api("DELETE", path)


def test_an_update_keeps_what_it_does_not_name(openwhisk: OpenWhisk, scratch: str) -> None:
    """WhiskActionPut in Actions.scala: annotations merge by key, parameters and exec stay, the version counts up."""
    first = {
        "exec": {"kind": "python:3.11", "code": CODE},
        "annotations": [{"key": "a", "value": 1}, {"key": "b", "value": 2}],
        "parameters": [{"key": "p", "value": {"q": [1]}}],
        "limits": {"memory": 128, "timeout": 5000},
    }
    created = openwhisk.api("PUT", scratch, json=first).json()
    update = {"annotations": [{"key": "b", "value": 3}]}
    updated = openwhisk.api("PUT", scratch, params={"overwrite": "true"}, json=update).json()

    assert (created["version"], updated["version"]) == ("0.0.1", "0.0.2")
    assert updated["parameters"] == [{"key": "p", "value": {"q": [1]}}]
    assert (updated["limits"]["memory"], updated["limits"]["timeout"]) == (128, 5000)
    assert {"a": 1, "b": 3}.items() <= annotations(updated).items()
    assert openwhisk.api("GET", scratch).json()["exec"]["code"] == CODE


def test_an_annotation_can_be_removed(openwhisk: OpenWhisk, scratch: str) -> None:
    """``delAnnotations`` of WhiskActionPut: an update cannot lose one otherwise."""
    first = {"exec": {"kind": "python:3.11", "code": CODE}, "annotations": [{"key": "a", "value": 1}]}
    openwhisk.api("PUT", scratch, json=first)
    updated = openwhisk.api("PUT", scratch, params={"overwrite": "true"}, json={"delAnnotations": ["a"]}).json()

    assert "a" not in annotations(updated)


def test_a_package_replaces_what_is_given(openwhisk: OpenWhisk) -> None:
    """Packages.scala, unlike an action: parameters and annotations as a whole."""
    path, overwrite = "packages/conformance_scratch", {"overwrite": "true"}
    openwhisk.api(
        "PUT", path, json={"parameters": [{"key": "p", "value": 1}], "annotations": [{"key": "a", "value": 1}]}
    )
    updated = openwhisk.api("PUT", path, params=overwrite, json={"parameters": [{"key": "q", "value": 2}]}).json()
    openwhisk.api("DELETE", path)

    assert updated["parameters"] == [{"key": "q", "value": 2}]
    assert annotations(updated) == {"a": 1}


def test_a_package_is_deleted_with_its_actions_by_force(openwhisk: OpenWhisk) -> None:
    """Packages.scala, parameter ``force``."""
    openwhisk.api("PUT", "packages/conformance_scratch", json={})
    openwhisk.api("PUT", "actions/conformance_scratch/a", json={"exec": {"kind": "python:3.11", "code": CODE}})

    assert openwhisk.api("DELETE", "packages/conformance_scratch", params={"force": "true"}).status_code == 200
    refused(openwhisk.api("GET", "actions/conformance_scratch/a"), 404)
    refused(openwhisk.api("GET", "packages/conformance_scratch"), 404)


def test_an_action_needs_its_package(openwhisk: OpenWhisk) -> None:
    """Actions.scala looks the package up before it stores."""
    body = {"exec": {"kind": "python:3.11", "code": CODE}}

    refused(openwhisk.api("PUT", "actions/conformance_nowhere/a", json=body), 404)


def test_the_latest_change_is_listed_first(specimens: OpenWhisk, scratch: str) -> None:
    """The views of the entities database are over the time of the last change, and read from the end."""
    specimens.api("PUT", scratch, json={"exec": {"kind": "python:3.11", "code": CODE}})

    def latest() -> httpx.Response:
        return specimens.api("GET", "actions", params={"limit": 1})

    until(latest, lambda answer: [row["name"] for row in answer.json()] == ["conformance_scratch"])


def test_what_is_made_or_deleted_is_given_back_with_its_code(openwhisk: OpenWhisk, scratch: str) -> None:
    body = {"exec": {"kind": "python:3.11", "code": CODE}}
    made = openwhisk.api("PUT", scratch, json=body).json()
    deleted = openwhisk.api("DELETE", scratch).json()

    assert made["exec"] == deleted["exec"] == {"kind": "python:3.11", "code": CODE, "binary": False}


def test_a_name_belongs_to_one_collection(specimens: OpenWhisk) -> None:
    """Actions without a package and packages share their names (WhiskEntityStore)."""
    body = {"exec": {"kind": "python:3.11", "code": CODE}}
    words = "Resource by this name exists but is not in this collection."
    for overwrite in ("false", "true"):
        answer = specimens.api("PUT", "actions/conformance", params={"overwrite": overwrite}, json=body)

        assert answer.status_code == 409, answer.text
    assert refused(specimens.api("GET", "actions/conformance"), 409) == words


@pytest.mark.parametrize(("word", "status"), [("yes", 200), ("1", 200), ("ON", 200), ("no", 409), ("maybe", 400)])
def test_a_flag_in_the_query_has_several_words(openwhisk: OpenWhisk, scratch: str, word: str, status: int) -> None:
    """PredefinedFromStringUnmarshallers.scala."""
    body = {"exec": {"kind": "python:3.11", "code": CODE}}
    openwhisk.api("PUT", scratch, json=body)

    assert openwhisk.api("PUT", scratch, params={"overwrite": word}, json=body).status_code == status


def test_of_a_repeated_flag_the_first_counts(openwhisk: OpenWhisk, scratch: str) -> None:
    body = {"exec": {"kind": "python:3.11", "code": CODE}}
    openwhisk.api("PUT", scratch, json=body)

    refused(openwhisk.api("PUT", f"{scratch}?overwrite=false&overwrite=true", json=body), 409)


def test_parameters_are_measured_in_bytes(openwhisk: OpenWhisk, scratch: str) -> None:
    parameters = [{"key": "p", "value": "é" * 600_000}]
    body = {"exec": {"kind": "python:3.11", "code": CODE}, "parameters": parameters}

    refused(openwhisk.api("PUT", scratch, json=body), 413)


def test_a_sequence_takes_no_action_of_another_namespace(openwhisk: OpenWhisk, scratch: str) -> None:
    body = {"exec": {"kind": "sequence", "components": ["/somebody.else/action"]}}

    assert "somebody.else/action" in refused(openwhisk.api("PUT", scratch, json=body), 403)


@pytest.mark.parametrize(
    ("code", "main"),
    [
        ("# A comment\ndef main(args): return {'n': 1}", "main"),
        (base64.b64encode(b"def main(args): return {'n': 1} #").decode(), "main"),
        ("def other(args): return {'n': 1}", "other"),
    ],
)
def test_source_in_every_form(openwhisk: OpenWhisk, scratch: str, code: str, main: str) -> None:
    """Also in base64, and with another name of the function (openwhisk-runtime-python)."""
    body = {"exec": {"kind": "python:3.11", "code": code, "main": main}, "limits": {"memory": 128}}
    openwhisk.api("PUT", scratch, json=body)
    answer = openwhisk.invoke(scratch.removeprefix("actions/"), result="true")

    assert answer.json() == {"n": 1}, answer.text


@pytest.mark.parametrize("beginning", ["\ufeff", "#!/usr/bin/env python3\n"])
def test_source_with_a_byte_order_mark_or_a_shebang_does_not_start(
    openwhisk: OpenWhisk, scratch: str, beginning: str
) -> None:
    """The runtime takes text with a shebang for a program (openwhisk-runtime-go)."""
    code = f"{beginning}def main(args): return {{'n': 1}}"
    openwhisk.api("PUT", scratch, json={"exec": {"kind": "python:3.11", "code": code}, "limits": {"memory": 128}})

    assert openwhisk.invoke(scratch.removeprefix("actions/")).status_code == 502


def test_the_keys_of_an_object_are_sorted(openwhisk: OpenWhisk, scratch: str) -> None:
    """In results as in parameters: spray-json keeps no order, so none can be told by keys."""
    code = "def main(args):\n    return {'z': 1, 'b': {'y': 1, 'x': 2}, 'a': list(args['given'])}\n"
    openwhisk.api("PUT", scratch, json={"exec": {"kind": "python:3.11", "code": code}, "limits": {"memory": 128}})
    name = scratch.removeprefix("actions/")
    answer = openwhisk.invoke(name, {"given": {"d": 1, "c": 2}}, result="true")

    assert json.loads(answer.text, object_pairs_hook=lambda pairs: [key for key, _ in pairs]) == ["a", "b", "z"]
    assert answer.json()["a"] == ["c", "d"]


def test_unknown_fields_are_ignored(openwhisk: OpenWhisk, scratch: str) -> None:
    """The tools send some (openwhisk-client-go whisk/action.go sends ``name``)."""
    body = {"name": "other/name", "namespace": "_", "exec": {"kind": "python:3.11", "code": CODE}, "publish": False}

    assert openwhisk.api("PUT", scratch, json=body).json()["name"] == "conformance_scratch"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"exec": {"kind": "cobol:85", "code": CODE}}, 400, "cobol:85"),
        ({"exec": {"kind": "sequence", "components": []}}, 400, "No component specified for the sequence."),
        ({"exec": {"kind": "sequence", "components": ["/_/nothing"]}}, 400, "Sequence component does not exist."),
        (
            {"exec": {"kind": "sequence", "components": ["/_/conformance_scratch"]}},
            400,
            "Sequence may not refer to itself.",
        ),
        ({"exec": {"kind": "python:3.11", "code": CODE}, "limits": {"memory": 1}}, 400, ""),
        ({"exec": {"kind": "python:3.11", "code": CODE}, "limits": {"timeout": 1}}, 400, ""),
        ({}, 400, ""),
    ],
)
def test_an_action_that_makes_no_sense_is_refused(
    specimens: OpenWhisk, scratch: str, body: dict[str, Any], status: int, words: str
) -> None:
    """Actions.scala, SequenceActions.scala, Messages.scala."""
    if "itself" in words:
        specimens.api("PUT", scratch, json={"exec": {"kind": "python:3.11", "code": CODE}})
    answer = specimens.api("PUT", scratch, params={"overwrite": "true"}, json=body)

    assert words in refused(answer, status)


def test_a_sequence_may_be_too_long(specimens: OpenWhisk, scratch: str) -> None:
    """limits-actions-sequence-maxLength, 50 by default; the actions of nested sequences count."""
    limits = specimens.send("GET", specimens.target.url).json()["limits"]
    count = limits["sequence_length"] // 2 + 1
    body = {"exec": {"kind": "sequence", "components": ["/_/conformance/twice"] * count}}

    assert refused(specimens.api("PUT", scratch, json=body), 400) == "Too many actions in the sequence."


def test_a_sequence_has_no_parameters_of_its_own(specimens: OpenWhisk, scratch: str) -> None:
    """WhiskAction.scala: whatever was sent, it keeps its components there."""
    component = f"/{specimens.namespace}/conformance/increment"
    body = {"exec": {"kind": "sequence", "components": [component]}, "parameters": [{"key": "p", "value": 1}]}
    specimens.api("PUT", scratch, json=body)

    assert specimens.api("GET", scratch).json()["parameters"] == [{"key": "_actions", "value": [component]}]


def test_parameters_above_a_mebibyte_are_refused(openwhisk: OpenWhisk, scratch: str) -> None:
    """Parameters.scala (whisk.parameter-size-limit); the answer names the field and both sizes."""
    body = {"exec": {"kind": "python:3.11", "code": CODE}, "parameters": [{"key": "p", "value": "x" * 1_048_576}]}

    assert "larger than allowed" in refused(openwhisk.api("PUT", scratch, json=body), 413)


def test_a_deleted_action_is_given_back_and_gone(openwhisk: OpenWhisk, scratch: str) -> None:
    openwhisk.api("PUT", scratch, json={"exec": {"kind": "python:3.11", "code": CODE}})

    assert openwhisk.api("DELETE", scratch).json()["name"] == "conformance_scratch"
    refused(openwhisk.api("GET", scratch), 404)
    refused(openwhisk.api("DELETE", scratch), 404)


@pytest.mark.parametrize("collection", ["triggers", "rules"])
def test_triggers_and_rules_can_be_listed(openwhisk: OpenWhisk, collection: str) -> None:
    """wskdeploy does so for every managed deployment and for undeploy."""
    answer = openwhisk.api("GET", collection, params={"limit": 0, "skip": 0})

    assert answer.status_code == 200
    assert isinstance(answer.json(), list)
