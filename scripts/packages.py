"""A package of an OpenWhisk as a whole: read, written under another name, removed (OpenWhisk docs/rest_api.md).

Each function takes a client whose base URL is the REST API in the user's namespace, and raises ``httpx.HTTPError``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]
OF_THE_PLATFORM = {"exec", "provide-api-key"}  # annotations that the controller adds by itself
MARK = "deployed"  # the annotation that a package gets once it is whole
HIDDEN = "web-export-before"  # in a package that is only kept: what web-export was


@dataclass(frozen=True)
class Package:
    """A package with its actions, their code included, as the platform gives them."""

    document: Json
    actions: dict[str, Json]

    @property
    def name(self) -> str:
        return str(self.document["name"])


def found(response: httpx.Response) -> Json | None:
    """The document of an entity; None if there is none."""
    if response.status_code == httpx.codes.NOT_FOUND:
        return None
    document: Json = response.raise_for_status().json()
    return document


def describe(http: httpx.Client, name: str) -> Json | None:
    """The package, with its actions in short."""
    return found(http.get(f"packages/{name}"))


def version(http: httpx.Client, package: str, action: str) -> str | None:
    document = found(http.get(f"actions/{package}/{action}", params={"code": "false"}))
    return document["version"] if document else None


def read(http: httpx.Client, name: str) -> Package | None:
    document = describe(http, name)
    if document is None:
        return None
    names = [row["name"] for row in document["actions"]]
    actions = {action: http.get(f"actions/{name}/{action}").raise_for_status().json() for action in names}
    return Package(document, actions)


def annotate(http: httpx.Client, document: Json, annotations: Json) -> None:
    """Put the package of ``document``, with ``annotations`` in the place of those it has; the version stays."""
    kept = {key: document[key] for key in ("version", "publish", "parameters")}
    body = {**kept, "annotations": as_pairs(annotations)}
    http.put(f"packages/{document['name']}", params={"overwrite": "true"}, json=body).raise_for_status()


def write(http: httpx.Client, source: Package, name: str, *, hidden: bool = False) -> None:
    """Make the package ``name`` what ``source`` is. ``hidden``: nothing of it can be called from the web."""
    there = describe(http, name) or {"actions": []}
    annotations = {row["name"]: row["annotations"] for row in there["actions"]}
    annotate(http, {**source.document, "name": name}, unmarked(source.document))

    for action, document in sorted(source.actions.items(), key=lambda item: item[1]["exec"]["kind"] == "sequence"):
        body = copied(document, source.name, name, hidden, by_key(annotations.get(action, [])))
        http.put(f"actions/{name}/{action}", params={"overwrite": "true"}, json=body).raise_for_status()
    for action in annotations.keys() - source.actions.keys():
        http.delete(f"actions/{name}/{action}").raise_for_status()


def unmarked(document: Json) -> Json:
    """The annotations of the package of ``document`` without the mark."""
    return {key: value for key, value in by_key(document["annotations"]).items() if key != MARK}


def copied(document: Json, source: str, name: str, hidden: bool, old: Mapping[str, Any]) -> Json:
    """What makes the action of ``document`` in package ``name``, in the place of one with the annotations ``old``."""
    annotations = shown(by_key(document["annotations"]))
    if hidden and annotations.get("web-export"):
        annotations = {**annotations, HIDDEN: annotations["web-export"], "web-export": False}

    body = {
        "publish": document["publish"],
        "annotations": as_pairs(annotations),
        # A PUT merges annotations with those that are there.
        "delAnnotations": sorted(old.keys() - annotations.keys() - OF_THE_PLATFORM),
    }
    if document["exec"]["kind"] == "sequence":
        components = [renamed(component, source, name) for component in document["exec"]["components"]]
        return {**body, "exec": {"kind": "sequence", "components": components}}
    return {**body, **{key: document[key] for key in ("exec", "limits", "parameters")}}


def shown(annotations: Json) -> Json:
    """``annotations`` as they were before the action was hidden, without the one that the controller gives each."""
    kept = {key: value for key, value in annotations.items() if key not in ("exec", HIDDEN)}
    return {**kept, "web-export": annotations[HIDDEN]} if HIDDEN in annotations else kept


def renamed(component: str, source: str, name: str) -> str:
    """/namespace/package/action, in package ``name`` if it is in ``source``."""
    _, namespace, *path = component.split("/")
    return f"/{namespace}/{name}/{path[1]}" if path[0] == source and len(path) > 1 else component


def remove(http: httpx.Client, name: str) -> None:
    """Remove the package ``name``, if there is one, with all that is in it."""
    for row in (describe(http, name) or {"actions": []})["actions"]:
        http.delete(f"actions/{name}/{row['name']}").raise_for_status()
    found(http.delete(f"packages/{name}"))


def by_key(pairs: list[Json]) -> Json:
    return {pair["key"]: pair["value"] for pair in pairs}


def as_pairs(values: Mapping[str, Any]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in values.items()]
