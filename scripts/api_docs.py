"""The API's documentation, made from docs/openapi.yaml and the schemas that it refers to.

    .venv/bin/python scripts/api_docs.py

writes docs/api.md, the same text into site/api.html, and site/openapi.json, which is the document in one file.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

from api_document import COMPONENTS, ROOT, Json, bundled
from api_fields import Fields, meaning, name_of
from api_markdown import Row, fenced, table, written

MADE_HERE = re.compile(r"(?<=made by scripts/api_docs.py -->\n).*(?=^ *</main>)", re.DOTALL | re.MULTILINE)
SECTIONS = ("Quick start", "Classify", "Statistics", "Errors", "Objects that more than one field has")


class Text:
    """The document as Markdown; ``address`` leads from there to the document for programs."""

    def __init__(self, document: Json, address: str) -> None:
        self.document = document
        self.address = address
        self.components = document["components"]
        self.fields = Fields(document)

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
            yield table("Content-Type | body", self.bodies(operation))
        yield table("status | answer", map(self.status, operation["responses"].items()))
        yield from self.success(operation["responses"]["200"])

    def option(self, parameter: Json) -> Row:
        schema = self.fields.whole(parameter["schema"])
        return [f"`{parameter['name']}`", self.fields.kind(schema), meaning({**schema, **parameter})]

    def bodies(self, operation: Json) -> Iterator[Row]:
        options = {parameter["name"] for parameter in operation["parameters"]}
        for media_type, body in operation["requestBody"]["content"].items():
            fields = self.fields.whole(body["schema"]).get("properties", {})
            own = [f"`{name}`: {meaning(self.fields.whole(fields[name]))}" for name in fields if name not in options]
            yield [f"`{media_type}`", "; ".join([*own, "and the options"]) if own else "the picture as it is"]

    def status(self, of_status: tuple[str, Json]) -> Row:
        status, response = of_status[0], self.fields.resolved(of_status[1])
        examples = response["content"].get("application/problem+json", {}).get("examples", {})
        codes = ", ".join(f"[`{code}`](#{code})" for code in examples)
        return [status, f"{codes}: {response['description']}" if codes else response["description"]]

    def success(self, response: Json) -> Iterator[str]:
        for name, header in response.get("headers", {}).items():
            yield f"The header `{name}` names {self.fields.resolved(header)['description']}."
        content = response["content"]["application/json"]
        for reference in content["schema"]["oneOf"]:
            schema = self.fields.whole(reference)
            yield f"### {schema['title']}"
            yield self.fields.table(schema)
            yield from self.example(content["examples"][name_of(reference)])

    def errors(self) -> Iterator[str]:
        """The classifier's by their codes, then the platform's."""
        problem, platform_error = (self.components["schemas"][name] for name in ("problem", "platform_error"))
        examples = [each for each in self.components["examples"].values() if isinstance(each["value"], dict)]
        yield "The classifier's own are problem documents (RFC 9457), `application/problem+json`:"
        yield self.fields.table(problem)
        for code in problem["properties"]["code"]["enum"]:
            yield f"### `{code}`"
            for example in examples:
                if "status" in example["value"] and example["value"]["code"] == code:
                    yield from self.example(example)

        yield "### Errors of the platform"
        yield "They are no problem documents, but `application/json`:"
        yield self.fields.table(platform_error)
        for example in examples:
            if example["value"].keys() == platform_error["properties"].keys():
                yield from self.example(example)

    def example(self, reference: Json) -> Iterator[str]:
        example = self.fields.resolved(reference)
        yield f"{example['summary']}:"
        yield fenced("json", written(example["value"]))

    def objects(self) -> Iterator[str]:
        described: set[str] = set()
        while waiting := [name for name in self.fields.named if name not in described]:  # an object may name others
            schema = self.fields.whole({"$ref": COMPONENTS + waiting[0]})
            yield f"### {waiting[0]}"
            yield from [sentence(schema["description"])] if "description" in schema else []
            yield self.fields.table(schema)
            described.add(waiting[0])


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


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


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
