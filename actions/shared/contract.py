"""JSON Schemas of the edges between the actions, and the check that an object keeps one.

The schemas lie in folders named ``schemas``: those of ``shared``, which every action has, and the action's own. They
are found as modules are, along ``sys.path``. A zip has one such folder, the repository one for each action.
"""

import binascii
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import judge
import schemas
from problem import InvalidRequest

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

SHOWN_CHARACTERS = 60  # of a refused value: enough to recognise it, never a picture
SHOWN_FIELDS = 3  # of the unknown ones: a request can bring a hundred thousand
WANTED = {
    "type": "a value of type {}",
    "enum": "one of {}",
    "const": "{}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


def schema(name: str) -> dict[str, Any]:
    """The schema of the edge ``name``, e.g. ``"raster"``."""
    loaded: dict[str, Any] = json.loads(read(f"{name}.schema.json"))
    return loaded


def read(file: str) -> str:
    """The content of the schema ``file``, e.g. ``"raster.schema.json"``, as other schemas refer to it."""
    found = (path for folder in schemas.__path__ if (path := Path(folder, file)).exists())
    return next(found).read_text("utf-8")


@cache
def judge_of(name: str) -> judge.Judge:
    """Tells of any value whether it keeps the schema of one edge. Ask for it while the container starts."""
    document = schema(name)
    return judge.judge_of(document, lookup_in(document))


def lookup_in(document: dict[str, Any]) -> judge.Lookup:
    """Finds what a ``$ref`` in ``document`` names, e.g. ``"definitions.schema.json#/$defs/view"``."""

    def lookup(reference: str) -> tuple[dict[str, Any], judge.Lookup]:
        file, _, pointer = reference.partition("#")
        target = json.loads(read(file)) if file else document
        found = target
        for name in filter(None, pointer.split("/")):
            found = found[name]
        return found, lookup_in(target)

    return lookup


@cache
def validator(name: str) -> "Draft202012Validator":
    """The validator that words what ``judge_of`` refuses. jsonschema is imported only then: that takes tens of ms."""
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.retrieval import to_cached_resource

    @to_cached_resource()  # a Registry caches nothing by itself: every check would read the files again
    def retrieve(uri: str) -> str:
        return read(uri)

    return Draft202012Validator(schema(name), registry=Registry(retrieve=retrieve))  # type: ignore[call-arg]


def check(name: str, instance: object) -> None:
    """Raise ``InvalidRequest``, naming the field, what was expected and what arrived, where the contract is broken."""
    if judge_of(name)(instance):
        return

    from jsonschema.exceptions import best_match

    error = best_match(validator(name).iter_errors(instance))
    if error is not None:
        raise InvalidRequest(sentence(error), contract=name)


def octets(field: str, text: str) -> bytes:
    """The bytes that ``text`` carries in base64 (RFC 4648, section 4), or ``InvalidRequest``."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        url_safe = " This looks like the URL-safe alphabet: write + for - and / for _." if set("-_") & set(text) else ""
        raise InvalidRequest(f"{field}: expected base64, but got {excerpt(text)} ({error}).{url_safe}") from error


def sentence(error: "ValidationError") -> str:
    """One violation in words."""
    instance: Any = error.instance
    where = ".".join(str(step) for step in error.absolute_path) or "the request"
    rule: Any = error.validator_value
    about: Any = error.schema
    match error.validator:
        case "required":
            missing = [field for field in rule if field not in instance]
            got = f"only {excerpt(sorted(instance))}" if instance else "no field at all"
            return f"{where}: expected the field {excerpt(missing[0])}, but got {got}"
        case "additionalProperties":
            known = about.get("properties", {})
            unknown = sorted(set(instance) - set(known))
            more = f" and {len(unknown) - SHOWN_FIELDS} more" if len(unknown) > SHOWN_FIELDS else ""
            names = f"{', '.join(map(excerpt, unknown[:SHOWN_FIELDS]))}{more}"
            return f"{where}: unknown field {names}; the known fields are {', '.join(known)}"
        case _:
            meaning = f" ({about['description']})" if "description" in about else ""
            wanted = WANTED.get(str(error.validator), f"{error.validator} {{}}").format(json.dumps(rule))
            return f"{where}: expected {wanted}{meaning}, but got {excerpt(instance)}"


def excerpt(value: object) -> str:
    """``value`` as JSON, cut to a recognisable length."""
    written = json.dumps(value, default=repr)
    return written if len(written) <= SHOWN_CHARACTERS else f"{written[:SHOWN_CHARACTERS]}… ({len(written)} characters)"
