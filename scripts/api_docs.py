"""The API's documentation, made from docs/openapi.yaml and the schemas that it refers to.

    .venv/bin/python scripts/api_docs.py

writes docs/api.md, the same text into site/api.html, and site/openapi.json, which is the document in one file.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from api_document import COMPONENTS, ROOT, Json, bundled

COLUMNS = 110  # of an example
MADE_HERE = re.compile(r"(?<=made by scripts/api_docs.py -->\n).*(?=^ *</main>)", re.DOTALL | re.MULTILINE)
SECTIONS = ("Quick start", "Classify", "Statistics", "Errors", "Objects that more than one field has")
Row = list[str]


class Text:
    """The document as Markdown; ``address`` leads from there to the document for programs."""

    def __init__(self, document: Json, address: str) -> None:
        self.document = document
        self.address = address
        self.components = document["components"]
        self.uses = Counter(re.findall(f'"{COMPONENTS}([^"]+)"', json.dumps(document)))
        self.shared: list[str] = []  # the objects that were named and are still to be described

    def __str__(self) -> str:
        classify = self.document["paths"]["/classify"]["post"]
        statistics = self.document["paths"]["/metrics"]["get"]
        paragraphs = [
            *("# API", *self.introduction(), contents(SECTIONS)),
            *(f"## {SECTIONS[0]}", *samples(classify)),
            *(f"## {SECTIONS[1]}", "`POST /classify`", *self.operation(classify)),
            *(f"## {SECTIONS[2]}", "`GET /metrics`", *self.operation(statistics), *samples(statistics)),
            *(f"## {SECTIONS[3]}", *self.errors()),
            *(f"## {SECTIONS[4]}", *self.objects()),
        ]
        return "\n\n".join(paragraph.strip("\n") for paragraph in paragraphs) + "\n"

    def introduction(self) -> Iterator[str]:
        yield self.document["info"]["description"]
        yield "In the examples it is here:"
        yield fenced("text", server(self.document))
        yield f"The same for programs: [{self.address}]({self.address}), OpenAPI {self.document['openapi']}."

    def operation(self, operation: Json) -> Iterator[str]:
        yield operation["description"]
        yield table("option | values | meaning", map(self.option, operation["parameters"]))
        if "requestBody" in operation:
            yield table("Content-Type | body", map(self.body, operation["requestBody"]["content"].items()))
        yield table("status | answer", map(self.status, operation["responses"].items()))
        yield from self.success(operation["responses"]["200"])

    def option(self, parameter: Json) -> Row:
        schema = self.whole(parameter["schema"])
        return [f"`{parameter['name']}`", self.kind(schema), meaning({**schema, **parameter})]

    def body(self, content: tuple[str, Json]) -> Row:
        media_type, body = content
        fields = self.whole(body["schema"]).get("properties", {})
        return [f"`{media_type}`", f"fields {quoted(fields)}" if fields else "the picture as it is"]

    def status(self, of_status: tuple[str, Json]) -> Row:
        status, response = of_status[0], self.resolved(of_status[1])
        examples = response["content"].get("application/problem+json", {}).get("examples", {})
        codes = ", ".join(f"[`{code}`](#{code})" for code in examples)
        return [status, f"{codes}: {response['description']}" if codes else response["description"]]

    def success(self, response: Json) -> Iterator[str]:
        for name, header in response.get("headers", {}).items():
            yield f"The header `{name}` names {self.resolved(header)['description']}."
        content = response["content"]["application/json"]
        for reference in content["schema"]["oneOf"]:
            schema = self.whole(reference)
            yield f"### {schema['title']}"
            yield self.fields(schema)
            yield from self.example(content["examples"][name_of(reference)])

    def errors(self) -> Iterator[str]:
        """The classifier's by their codes, then the platform's."""
        problem, platform_error = (self.whole({"$ref": COMPONENTS + name}) for name in ("problem", "platform_error"))
        examples = [each for each in self.components["examples"].values() if isinstance(each["value"], dict)]
        yield "The classifier's own are problem documents (RFC 9457), `application/problem+json`:"
        yield self.fields(problem)
        for code in problem["properties"]["code"]["enum"]:
            yield f"### `{code}`"
            for example in examples:
                if "status" in example["value"] and example["value"]["code"] == code:
                    yield from self.example(example)

        yield "### Errors of the platform"
        yield "They are no problem documents, but `application/json`:"
        yield self.fields(platform_error)
        for example in examples:
            if example["value"].keys() == platform_error["properties"].keys():
                yield from self.example(example)

    def example(self, reference: Json) -> Iterator[str]:
        example = self.resolved(reference)
        yield f"{example['summary']}:"
        yield fenced("json", written(example["value"]))

    def objects(self) -> Iterator[str]:
        for name in self.shared:  # which grows meanwhile: an object may name another one
            schema = self.whole({"$ref": COMPONENTS + name})
            yield f"### {name}"
            yield from [sentence(schema["description"])] if "description" in schema else []
            yield self.fields(schema)

    def fields(self, schema: Json) -> str:
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
            self.shared += [] if name in self.shared else [name]
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


def server(document: Json) -> str:
    (first,) = document["servers"]
    variables = {name: variable["default"] for name, variable in first["variables"].items()}
    return str(first["url"].format(**variables))


def samples(operation: Json) -> Iterator[str]:
    for sample in operation["x-codeSamples"]:
        yield f"### With {sample['label']}"
        yield fenced(sample["lang"].lower(), sample["source"])


def contents(headings: Iterable[str]) -> str:
    return "\n".join(f"- [{heading}](#{anchor(heading)})" for heading in headings)


def meaning(schema: Json, required: bool = True) -> str:
    default = f"`{plain(schema['default'])}` unless given" if "default" in schema else ""
    optional = "" if required or default else "optional"
    return "; ".join(filter(None, [optional, schema.get("description", "").strip(), default]))


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def limits(schema: Json) -> Iterator[str]:
    if "minimum" in schema:
        yield (
            f", {schema['minimum']} to {schema['maximum']}"
            if "maximum" in schema
            else f", at least {schema['minimum']}"
        )
    if "exclusiveMinimum" in schema:
        yield f", more than {schema['exclusiveMinimum']}"
    if "contentEncoding" in schema:
        yield f", {schema['contentEncoding']}"


def quoted(values: Iterable[Any]) -> str:
    return ", ".join(f"`{plain(value)}`" for value in values)


def plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def table(head: str, rows: Iterable[Row]) -> str:
    titles = head.split(" | ")
    cells = [titles, ["---"] * len(titles), *([cell.strip().replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def fenced(language: str, code: str) -> str:
    return f"```{language}\n{code.strip()}\n```"


def written(value: Any, indent: str = "") -> str:
    """``value`` as JSON, in lines where it is too long for one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent + line) <= COLUMNS or not isinstance(value, dict | list):
        return line
    inner = f"{indent}  "
    named = [f"{json.dumps(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    values = value.values() if isinstance(value, dict) else value
    members = f",\n{inner}".join(name + written(each, inner) for name, each in zip(named, values, strict=True))
    return f"{line[0]}\n{inner}{members}\n{indent}{line[-1]}"


def html(text: str, api: str) -> str:
    """The Markdown ``text`` as the page has it; what is the address ``api`` there, is found by a script."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text)
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(following.content))
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "table_open":
            token.attrSet("class", "table")
    page = str(parser.renderer.render(tokens, parser.options, {}))
    return page.replace("<pre>", '<pre tabindex="0">').replace(api, f"<span data-api-url>{api}</span>")


def anchor(heading: str) -> str:
    """The id of a heading, as GitHub and GitLab make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def files() -> dict[Path, str]:
    """What this script writes: the content of each file."""
    document = bundled()
    page, content = ROOT / "site/api.html", html(str(Text(document, "openapi.json")), server(document))
    return {
        ROOT / "docs/api.md": str(Text(document, "openapi.yaml")),
        page: MADE_HERE.sub(lambda _: content, page.read_text("utf-8")),
        ROOT / "site/openapi.json": json.dumps(document, ensure_ascii=False, indent=1) + "\n",
    }


if __name__ == "__main__":
    for path, content in files().items():
        path.write_text(content, "utf-8")
