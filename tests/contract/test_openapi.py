"""The API document and the code say the same."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import api_docs
import window
from api_document import COMPONENTS, ROOT, bundled
from localwhisk.limits import PLATFORM_QUOTA
from localwhisk.rejection import Rejected
from localwhisk.throttle import Throttle
from manifest import PACKAGE
from problem import CATALOGUE, InvalidRequest, Json
from report import Statistics
from step import answered
from tests.action_modules import assert_problem, load, with_model

DOCUMENT = bundled()
COMPONENTS_OF_IT = DOCUMENT["components"]
EXAMPLES = {name: example["value"] for name, example in COMPONENTS_OF_IT["examples"].items()}
RESPONSES = [
    (status, COMPONENTS_OF_IT["responses"][response["$ref"].rpartition("/")[2]] if "$ref" in response else response)
    for operations in DOCUMENT["paths"].values()
    for operation in operations.values()
    for status, response in operation["responses"].items()
]


def schema_of(name: str) -> str:
    """The schema that the example ``name`` belongs to."""
    if name in COMPONENTS_OF_IT["schemas"]:
        return name
    return "problem" if "status" in EXAMPLES[name] else "platform_error"


def test_every_reference_leads_somewhere_in_the_one_document() -> None:
    found = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(DOCUMENT)))
    assert len(found) > 20
    for reference in found:
        target: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target


def test_every_error_of_the_catalogue_has_an_example_under_its_status() -> None:
    shown = {
        (int(status), code)
        for status, response in RESPONSES
        for code in response["content"].get("application/problem+json", {}).get("examples", {})
    }
    assert shown == {(kind.status, code) for code, kind in CATALOGUE.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_keeps_its_schema_to_the_last_field(name: str) -> None:
    schema = {"$ref": COMPONENTS + schema_of(name), **DOCUMENT}
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(EXAMPLES[name])]
    assert errors == []
    if schema_of(name) == "problem":
        assert EXAMPLES[name].keys() <= COMPONENTS_OF_IT["schemas"]["problem"]["properties"].keys()


# What a host in good order answers is compared in tests/functional/test_api_docs.py.


def test_the_example_of_a_failure_is_what_a_failing_action_answers() -> None:
    def failing(_: Json) -> Json:
        raise KeyError("no such thing")

    assert assert_problem(answered("classify", failing, {}), "internal") == EXAMPLES["internal"]


def test_the_example_of_a_missing_model_is_what_classify_answers_without_one(tmp_path: Path) -> None:
    classify = load(with_model(tmp_path / "classify", tmp_path / "none"))
    answer = classify(PACKAGE["actions"]["classify"]["annotations"]["sampleInput"])
    assert assert_problem(answer, "model-unavailable") == EXAMPLES["model-unavailable"]


def test_the_example_of_missing_records_is_what_statistics_answers_without_a_key() -> None:
    request = {"admin_token": "t", "__ow_headers": {"authorization": "Bearer t"}, "__ow_query": ""}
    answer = Statistics({"__OW_API_HOST": "http://127.0.0.1:1"})(request)
    assert assert_problem(answer, "statistics-unavailable") == EXAMPLES["statistics-unavailable"]


def test_the_example_of_too_many_calls_is_what_the_platform_says() -> None:
    throttle = Throttle(PLATFORM_QUOTA, clock=lambda: 0)
    for _ in range(PLATFORM_QUOTA.per_minute):
        throttle.check(in_flight=0)
    with pytest.raises(Rejected) as refused:
        throttle.check(in_flight=0)
    assert refused.value.message == EXAMPLES["too-many-requests"]["error"]


# --- single sentences


def test_a_picture_in_json_is_said_to_be_base64_of_a_jpg() -> None:
    image = COMPONENTS_OF_IT["schemas"]["request"]["properties"]["image"]
    assert (image["contentEncoding"], image["contentMediaType"]) == ("base64", "image/jpeg")


def test_upto_needs_since_and_the_document_says_so() -> None:
    parameters = DOCUMENT["paths"]["/metrics"]["get"]["parameters"]
    (upto,) = (each["description"] for each in parameters if each["name"] == "upto")
    assert upto.startswith("needs since")
    with pytest.raises(InvalidRequest, match="upto alone"):
        window.parse({"upto": "1000"}, now_ms=2000)


# --- what is made from it


@pytest.mark.parametrize("path", api_docs.files(), ids=lambda path: path.name)
def test_what_is_made_from_the_document_is_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == api_docs.files()[path], "run .venv/bin/python scripts/api_docs.py"


def properties(value: Any) -> Iterator[str]:
    """The names of all fields that the schemas inside ``value`` describe."""
    if isinstance(value, dict):
        described = value.get("properties", {})
        yield from described
        yield from (name for each in [*value.values(), *described.values()] for name in properties(each))
    elif isinstance(value, list):
        yield from (name for each in value for name in properties(each))


def test_the_text_has_a_row_for_every_field() -> None:
    text = (ROOT / "docs/api.md").read_text("utf-8")
    rows = {path.rpartition(".")[2] for path in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)}
    fields = set(properties(COMPONENTS_OF_IT["schemas"]))
    assert len(fields) > 100
    assert fields - rows == set()


def test_every_link_inside_the_text_leads_to_a_heading() -> None:
    text = (ROOT / "docs/api.md").read_text("utf-8")
    anchors = {api_docs.anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    linked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert linked
    assert linked <= anchors
