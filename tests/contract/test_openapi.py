"""The API document and the code say the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import window
from problem import CATALOGUE, InvalidRequest

DOCS = Path(__file__).resolve().parents[2] / "docs"
DOCUMENT = yaml.safe_load((DOCS / "openapi.yaml").read_text())


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolve(reference: str) -> Any:
    file, _, pointer = reference.partition("#")
    target = yaml.safe_load((DOCS / file).read_text()) if file else DOCUMENT
    for part in pointer.strip("/").split("/") if pointer else []:
        target = target[part]
    return target


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert len(found) >= 6
    for reference in found:
        assert resolve(reference)


def test_every_error_of_the_catalogue_is_documented_under_its_status() -> None:
    described = {
        (status, code)
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        for status, response in operation["responses"].items()
        for code in CATALOGUE
        if code in response["description"]
    }
    assert described == {(str(kind.status), code) for code, kind in CATALOGUE.items()}


def test_what_a_schema_cannot_say_is_described() -> None:
    image = resolve("../actions/decode/schemas/request.schema.json#/properties/image")
    assert "base64" in image["description"]
    described = {one["name"]: one.get("description", "") for one in DOCUMENT["paths"]["/metrics"]["get"]["parameters"]}
    assert "needs since" in described["upto"]


def test_the_architecture_lists_the_catalogue() -> None:
    text = (DOCS / "architecture.md").read_text()
    for code, kind in CATALOGUE.items():
        assert f"| `{code}` | {kind.status} |" in text


def test_a_picture_in_json_is_said_to_be_base64_of_a_jpg() -> None:
    image = resolve("../actions/decode/schemas/request.schema.json")["properties"]["image"]
    assert (image["contentEncoding"], image["contentMediaType"]) == ("base64", "image/jpeg")


def test_upto_needs_since_and_the_document_says_so() -> None:
    parameters = DOCUMENT["paths"]["/metrics"]["get"]["parameters"]
    (upto,) = (each["description"] for each in parameters if each["name"] == "upto")
    assert upto.startswith("needs since")
    with pytest.raises(InvalidRequest, match="upto alone"):
        window.parse({"upto": "1000"}, now_ms=2000)
