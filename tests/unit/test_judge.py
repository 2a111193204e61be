"""The fast judge gives the verdict of jsonschema: over the samples of the manifest, and over what is like them."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contract
import schemas
from judge import KEYWORDS, judge_of
from manifest import PACKAGE
from problem import InternalError, problem

NAMES = sorted(
    path.name.removesuffix(".schema.json") for each in schemas.__path__ for path in Path(each).glob("*.json")
)


def sample(action: str, which: str) -> Any:
    return PACKAGE["actions"][action]["annotations"][which]


SAMPLES = {
    "request": sample("decode", "sampleInput"),
    "raster": sample("preprocess", "sampleInput"),
    "tensor": sample("classify", "sampleInput"),
    "predictions": sample("metrics", "sampleInput"),
    "reply": sample("metrics", "sampleOutput")["body"],
    "problem": problem(InternalError("The action failed.")),
}
TELLING = st.sampled_from(
    [0, 1, -1, 5, 8, 9, 100, 101, 999, 1000, 1.0, 1.5, -0.0, True, False, None, "", "crop", "RGB"]
)
VALUES = st.recursive(
    TELLING | st.integers() | st.floats() | st.text() | st.from_regex("n[0-9]{8}"),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def validator_says(name: str, value: Any) -> bool:
    return contract.validator(name).is_valid(value)


@st.composite
def altered(draw: st.DrawFn, value: Any) -> Any:
    """``value`` with one member, somewhere inside, replaced, removed or added."""
    inside = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    if not inside or draw(st.integers(0, 9)) == 0:
        return draw(VALUES)

    changed = copy.copy(value)
    place = draw(st.sampled_from(list(inside)))
    match draw(st.sampled_from(["inside", "inside", "replace", "remove", "add"])):
        case "inside":
            changed[place] = draw(altered(value[place]))
        case "replace":
            changed[place] = draw(VALUES)
        case "remove":
            del changed[place]
        case _ if isinstance(changed, dict):
            changed[draw(st.text(max_size=3))] = draw(VALUES)
        case _:
            changed.append(changed[place])
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_uses_known_keywords_only(name: str) -> None:
    assert contract.judge_of(name)(None) == validator_says(name, None)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_passes(name: str) -> None:
    assert contract.judge_of(name)(SAMPLES[name])
    assert validator_says(name, SAMPLES[name])


@pytest.mark.parametrize("name", SAMPLES)
@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(data=st.data())
def test_a_sample_that_was_altered_gets_the_verdict_of_jsonschema(name: str, data: st.DataObject) -> None:
    value = data.draw(altered(SAMPLES[name]))
    assert contract.judge_of(name)(value) == validator_says(name, value)


def schema_cases() -> list[tuple[str, Any]]:
    """Each keyword by itself, with the values that are on its border."""
    rules: dict[str, list[Any]] = {
        "type": [*(["object", "array", "string", "boolean", "null", "number", "integer"]), ["integer", "null"]],
        "enum": [["a", 1, None, [1]], [True], [0, {"a": 1}]],
        "const": ["a", 1, [1, 224], True],
        **{name: [1, 1.5] for name in ("minimum", "maximum", "exclusiveMinimum")},
        **{name: [1] for name in ("minLength", "maxLength", "minItems", "maxItems")},
        "pattern": ["^n[0-9]$"],
        "required": [["a"]],
        "properties": [{"a": {"type": "integer"}}],
        "additionalProperties": [True, False, {"type": "integer"}],
        "items": [{"type": "integer"}],
        "$ref": ["carried.schema.json", "definitions.schema.json#/$defs/cold"],
        "allOf": [[{"type": "integer"}, {"minimum": 1}]],
    }
    assert rules.keys() == KEYWORDS.keys()
    return [(keyword, rule) for keyword, values in rules.items() for rule in values]


@pytest.mark.parametrize(("keyword", "rule"), schema_cases(), ids=str)
def test_every_keyword_judges_as_jsonschema_does(keyword: str, rule: Any) -> None:
    schema = {keyword: rule}
    fast, reference = judge_of(schema, contract.lookup_in(schema)), contract.validator("raster").evolve(schema=schema)
    numbers = [0, 1, 2, 1.0, 1.5, 2.5, float("nan"), float("inf"), 10**400]
    containers = [[], [1], [1, 2], ["a"], [1, 224], [1, True], {}, {"a": 1}, {"a": "b"}, {"b": 1}, {"b": "c"}]
    for value in (*numbers, *containers, None, True, False, "", "a", "ab", "n1", "n1\n", "éé"):
        assert fast(value) == reference.is_valid(value), f"{json.dumps(schema)} of {value!r}"


@pytest.mark.parametrize("value", ["/9j/", "no base64!", "", 5, None])
def test_what_a_string_carries_is_told_and_not_judged_like_in_jsonschema(value: Any) -> None:
    schema = {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/jpeg"}
    reference = contract.validator("raster").evolve(schema=schema)
    assert judge_of(schema, contract.lookup_in(schema))(value) == reference.is_valid(value) == isinstance(value, str)


def test_an_unknown_keyword_is_an_error_rather_than_a_wrong_verdict() -> None:
    with pytest.raises(KeyError, match="multipleOf"):
        judge_of({"multipleOf": 2}, contract.lookup_in({}))
