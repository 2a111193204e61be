"""Whether a value keeps a JSON Schema (2020-12), for the keywords that the schemas of this package use.

jsonschema gives the same verdict, and words it; but its import takes as long as all else that a cold action loads. So a
value is judged here, and jsonschema is imported for what is refused.
"""

import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Judge = Callable[[Any], bool]
Lookup = Callable[[str], tuple[Json, "Lookup"]]  # of a $ref: the schema, and the lookup for what that refers to

# "content…" only tells what a string carries (JSON Schema 2020-12, Validation, section 8.1).
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default", "contentEncoding", "contentMediaType"}


def judge_of(schema: Json, lookup: Lookup) -> Judge:
    """The judge of ``schema``. ``KeyError`` for a keyword that is not known here."""
    rules = [KEYWORDS[keyword](rule, schema, lookup) for keyword, rule in schema.items() if keyword not in ANNOTATIONS]
    return lambda value: all(rule(value) for rule in rules)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TYPES: dict[str, Judge] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": is_number,
    "integer": lambda value: is_number(value) and (isinstance(value, int) or value.is_integer()),  # 5.0 is one
}


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: ``True`` is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def of(kind: Judge, holds: Callable[[Any, Any], bool]) -> Callable[[Any, Json, Lookup], Judge]:
    """A keyword that says something of one kind of value only; others pass."""
    return lambda rule, _schema, _lookup: lambda value: not kind(value) or holds(value, rule)


def types(rule: str | list[str], _schema: Json, _lookup: Lookup) -> Judge:
    kinds = [TYPES[name] for name in ([rule] if isinstance(rule, str) else rule)]
    return lambda value: any(kind(value) for kind in kinds)


def properties(rule: Json, _schema: Json, lookup: Lookup) -> Judge:
    judges = {name: judge_of(schema, lookup) for name, schema in rule.items()}
    return lambda value: (
        not isinstance(value, dict) or all(judge(value[name]) for name, judge in judges.items() if name in value)
    )


def additional_properties(rule: bool | Json, schema: Json, lookup: Lookup) -> Judge:
    known, judge = schema.get("properties", {}), anything(rule, lookup)
    return lambda value: not isinstance(value, dict) or all(judge(value[name]) for name in value if name not in known)


def anything(rule: bool | Json, lookup: Lookup) -> Judge:
    """The judge of a schema that may also be ``true`` or ``false``."""
    return (lambda _: rule) if isinstance(rule, bool) else judge_of(rule, lookup)


def items(rule: Json, _schema: Json, lookup: Lookup) -> Judge:
    judge = judge_of(rule, lookup)
    return lambda value: not isinstance(value, list) or all(map(judge, value))


def reference(rule: str, _schema: Json, lookup: Lookup) -> Judge:
    return judge_of(*lookup(rule))


def all_of(rule: list[Json], _schema: Json, lookup: Lookup) -> Judge:
    judges = [judge_of(schema, lookup) for schema in rule]
    return lambda value: all(judge(value) for judge in judges)


# Numbers are compared as jsonschema does it, which lets NaN pass.
KEYWORDS: dict[str, Callable[[Any, Json, Lookup], Judge]] = {
    "type": types,
    "enum": lambda rule, _schema, _lookup: lambda value: any(same(value, each) for each in rule),
    "const": lambda rule, _schema, _lookup: lambda value: same(value, rule),
    "minimum": of(is_number, lambda value, rule: not value < rule),
    "exclusiveMinimum": of(is_number, lambda value, rule: not value <= rule),
    "maximum": of(is_number, lambda value, rule: not value > rule),
    "minLength": of(TYPES["string"], lambda value, rule: len(value) >= rule),
    "maxLength": of(TYPES["string"], lambda value, rule: len(value) <= rule),
    "pattern": of(TYPES["string"], lambda value, rule: re.search(rule, value) is not None),
    "minItems": of(TYPES["array"], lambda value, rule: len(value) >= rule),
    "maxItems": of(TYPES["array"], lambda value, rule: len(value) <= rule),
    "required": of(TYPES["object"], lambda value, rule: all(name in value for name in rule)),
    "properties": properties,
    "additionalProperties": additional_properties,
    "items": items,
    "$ref": reference,
    "allOf": all_of,
}
