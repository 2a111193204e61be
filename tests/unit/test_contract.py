"""The check of an edge: which objects it lets through, and what it says of the others."""

import base64
import json
from typing import Any

import pytest

import contract
from manifest import ROOT
from problem import InvalidRequest

PICTURE = {"image": "/9j/"}
SOURCE = {"width": 1, "height": 1, "bytes": 1, "sha256": "0" * 64, "orientation": 1, "coding": "baseline"}


def refusal(name: str, instance: Any) -> str:
    with pytest.raises(InvalidRequest) as caught:
        contract.check(name, instance)
    assert caught.value.facts == {"contract": name}
    return caught.value.detail


@pytest.mark.parametrize("path", sorted((ROOT / "actions").glob("*/schemas/*.json")), ids=lambda path: path.name)
def test_every_schema_is_a_valid_schema(path: Any) -> None:
    name = path.name.removesuffix(".schema.json")
    contract.validator(name).check_schema(contract.schema(name))
    assert contract.schema(name) == json.loads(path.read_text("utf-8"))
    assert contract.schema(name)["$id"] == path.name


def test_options_travel_as_they_were_asked_for() -> None:
    asked = contract.schema("request")["properties"]
    carried = contract.schema("definitions")["$defs"]["options"]["properties"]
    told = {"default", "description"}
    assert {name: {**rule, **dict.fromkeys(told)} for name, rule in asked.items() if name != "image"} == {
        name: {**rule, **dict.fromkeys(told)} for name, rule in carried.items()
    }


@pytest.mark.parametrize(
    "options",
    [{}, {"top_k": 100}, {"fit": "pad"}, {"explain": True, "warm_up": True}, {"format": "hf", "top_k": 3}],
    ids=str,
)
def test_a_valid_request_passes(options: dict[str, Any]) -> None:
    contract.check("request", {**PICTURE, **options})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["the request", 'expected the field "image"', "no field at all"]),
        ({**PICTURE, "topk": 5}, ['unknown field "topk"', "image, top_k, fit, explain, format"]),
        ({**PICTURE, "top_k": 0}, ["top_k", "at least 1", "1 to 100", "got 0"]),
        ({**PICTURE, "top_k": 101}, ["top_k", "at most 100", "got 101"]),
        ({**PICTURE, "top_k": "many"}, ["top_k", "integer", '"many"']),
        ({**PICTURE, "top_k": True}, ["top_k", "integer", "true"]),
        ({**PICTURE, "fit": "zoom"}, ["fit", '["crop", "stretch", "pad"]', '"zoom"']),
        ({**PICTURE, "explain": "maybe"}, ["explain", "boolean", '"maybe"']),
        ({**PICTURE, "format": "xml"}, ["format", '"json", "hf"', '"xml"']),
        ({"image": 5}, ["image", "string", "got 5"]),
        ([], ["the request", "object", "got []"]),
    ],
    ids=str,
)
def test_a_refusal_names_the_field_what_was_expected_and_what_arrived(fields: Any, words: list[str]) -> None:
    detail = refusal("request", fields)
    assert [word for word in words if word not in detail] == []


def test_a_refusal_names_the_first_field_that_is_missing_and_those_that_arrived() -> None:
    detail = refusal("request", {"top_k": 5, "fit": "pad"})
    assert detail == 'the request: expected the field "image", but got only ["fit", "top_k"]'
    detail = refusal("tensor", {"source": SOURCE})
    assert detail == 'the request: expected the field "tensor", but got only ["source"]'


@pytest.mark.parametrize(
    ("unknown", "named"),
    [
        (("b", "a"), 'unknown field "a", "b"; the known'),
        (("c", "b", "a"), 'unknown field "a", "b", "c"; the known'),
        (("d", "c", "b", "a"), 'unknown field "a", "b", "c" and 1 more; the known'),
    ],
    ids=len,
)
def test_a_refusal_names_up_to_three_unknown_fields(unknown: tuple[str, ...], named: str) -> None:
    assert named in refusal("request", PICTURE | dict.fromkeys(unknown, 0))


def test_a_refusal_names_a_few_of_many_unknown_fields() -> None:
    detail = refusal("request", {**PICTURE, **{f"field_{number:06}": 0 for number in range(100_000)}})
    assert 'unknown field "field_000000", "field_000001", "field_000002" and 99997 more; the known' in detail
    assert len(detail) < 300


def test_a_refusal_never_repeats_a_picture() -> None:
    detail = refusal("request", {"image": ["/9j/" * 100_000]})
    assert len(detail) < 300
    assert "400004 characters" in detail


def test_a_nested_field_is_named_with_its_path() -> None:
    raster = {"width": 0, "height": 1, "mode": "RGB", "encoding": "base64", "data": "AAAA"}
    options = {"top_k": 5, "fit": "crop", "explain": False, "format": "json"}
    assert "raster.width" in refusal("raster", {"raster": raster, "source": SOURCE, "options": options})


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff\xfe\xfd\xfc", bytes(range(256))], ids=len)
def test_octets_are_the_bytes_of_standard_base64(data: bytes) -> None:
    assert contract.octets("image", base64.b64encode(data).decode()) == data


@pytest.mark.parametrize("text", ["abc", "ab=c", "====", "YQ==YQ==", "a b=", "Y*==", "YQ==\n", "é123", "=YQ="])
def test_octets_refuse_anything_else(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^image: expected base64, but got "):
        contract.octets("image", text)


def test_octets_recognise_the_url_safe_alphabet() -> None:
    with pytest.raises(InvalidRequest, match="URL-safe"):
        contract.octets("image", "_-8=")
