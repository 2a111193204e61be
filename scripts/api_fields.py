"""The schemas of an OpenAPI document in one file as tables of fields, in Markdown."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from api_document import COMPONENTS, Json
from api_markdown import Row, plain, quoted, table


class Fields:
    """The fields of the schemas of ``document``.

    An object that more than one field has is not described where it is met: ``named`` has it then.
    """

    def __init__(self, document: Json) -> None:
        self.document = document
        self.uses = Counter(re.findall(f'"{COMPONENTS}([^"]+)"', json.dumps(document)))
        self.named: dict[str, None] = {}  # in the order of the text

    def table(self, schema: Json) -> str:
        """A row for each field, however deep, of an object or of the objects of a list."""
        whole = self.whole(schema.get("items", schema))
        return table("field | value | meaning", self.rows(whole, "[]." if "items" in schema else ""))

    def rows(self, schema: Json, path: str) -> Iterator[Row]:
        for name, field in schema.get("properties", {}).items():
            member, brackets = field, ""
            while "items" in self.whole(member):
                member, brackets = self.whole(member)["items"], f"{brackets}[]"
            description = self.whole(field).get("description") or self.whole(member).get("description", "")
            told = {**self.whole(field), "description": description}
            yield [f"`{path}{name}`", self.kind(field), meaning(told, name in schema.get("required", []))]
            if not self.has_section(member):
                yield from self.rows(self.whole(member), f"{path}{name}{brackets}.")

    def kind(self, reference: Json) -> str:
        """Which values ``reference`` allows, in words."""
        schema = self.whole(reference)
        if self.has_section(reference):
            name = name_of(reference)
            self.named.setdefault(name)
            return f"[{name}](#{name})" + (" or null" if "null" in schema["type"] else "")
        if "enum" in schema or "const" in schema:
            return quoted(schema.get("enum", [schema.get("const")]))
        if "items" in schema:
            return f"list of {self.kind(schema['items'])}"
        if isinstance(schema.get("additionalProperties"), dict):
            names = f" with {quoted(schema['required'])}" if "required" in schema else ""
            return f"object{names}, each {self.kind(schema['additionalProperties'])}"
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return " or ".join(types) + "".join(limits(schema))

    def has_section(self, reference: Json) -> bool:
        return self.uses[name_of(reference)] > 1 and "properties" in self.whole(reference)

    def whole(self, schema: Json) -> Json:
        """``schema`` with what it refers to, and with what allOf adds."""
        parts = [self.resolved({"$ref": schema["$ref"]})] if "$ref" in schema else schema.get("allOf", [])
        wholes = [*map(self.whole, parts), schema]
        merged = {key: value for part in wholes for key, value in part.items() if key not in ("$ref", "allOf")}
        properties = {name: field for part in wholes for name, field in part.get("properties", {}).items()}
        required = [name for part in wholes for name in part.get("required", [])]
        return merged | ({"properties": properties, "required": required} if properties else {})

    def resolved(self, value: Json) -> Json:
        """What ``value`` refers to, or ``value``."""
        if "$ref" not in value:
            return value
        found: Any = self.document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)


def name_of(reference: Json) -> str:
    """The name of the schema among the components; "" where it is none."""
    return str(reference.get("$ref", "")).removeprefix(COMPONENTS)


def meaning(schema: Json, required: bool = True) -> str:
    default = f"`{plain(schema['default'])}` unless given" if "default" in schema else ""
    optional = "" if required or default else "optional"
    return "; ".join(filter(None, [optional, schema.get("description", "").strip(), default]))


def limits(schema: Json) -> Iterator[str]:
    if "maximum" in schema:
        yield f", {schema['minimum']} to {schema['maximum']}"
    elif "minimum" in schema:
        yield f", at least {schema['minimum']}"
    if "exclusiveMinimum" in schema:
        yield f", more than {schema['exclusiveMinimum']}"
    if "contentEncoding" in schema:
        yield f", {schema['contentEncoding']}"
