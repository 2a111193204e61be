"""The API document in one file: docs/openapi.yaml with the schemas that it refers to in other files."""

import json
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "docs/openapi.yaml"
SCHEMAS = {path.name: path for path in ROOT.glob("actions/*/schemas/*.schema.json")}  # they refer to each other by name
OF_A_FILE = {"$schema", "$id", "$defs"}
COMPONENTS = "#/components/schemas/"


def bundled() -> Json:
    """The document with the schemas of the other files among its components, under the last part of their names."""
    found: Json = {}
    document: Json = gathered(yaml.safe_load(SOURCE.read_text("utf-8")), "", found)
    document["components"]["schemas"].update(found)
    return document


def gathered(value: Any, file: str, found: Json) -> Any:
    """``value``, which is in ``file`` ("" is the document), with its references to files replaced.

    What they name is put into ``found``.
    """
    if isinstance(value, list):
        return [gathered(each, file, found) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: component(inner, file, found) if key == "$ref" else gathered(inner, file, found)
        for key, inner in value.items()
    }


def component(reference: str, file: str, found: Json) -> str:
    """A reference to what ``reference`` in ``file`` names, which is in ``found`` then."""
    path, _, pointer = reference.partition("#")
    target = Path(path).name or file
    if not target:
        return reference

    name = pointer.rpartition("/")[2] or target.removesuffix(".schema.json")
    if name not in found:
        schema = json.loads(SCHEMAS[target].read_text("utf-8"))
        for part in filter(None, pointer.split("/")):
            schema = schema[part]
        found[name] = {}  # a schema may refer to itself
        found[name] |= gathered({key: schema[key] for key in schema if key not in OF_A_FILE}, target, found)
    return COMPONENTS + name
