#!/usr/bin/env python3
"""Put the routes of a manifest right after wskdeploy has made them.

    scripts/routes.py [manifest.yaml]

wskdeploy writes "https://" before the API host, even where it has a scheme already (parsers/manifest_parser.go): on
http://host:3233 the gateway then has the backend https://http://host:3233/api/v1/web/..., no URL, and each call
of the route ends with 405. Where the platform lists such a backend, or no route, this makes the route with the right
one, as `wsk api create` does (openwhisk-cli commands/api.go). Routes that are well are left alone, and so are those
that `make route` leads to another package.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml

import target
from target import Target


class Route(NamedTuple):
    """One route of a manifest."""

    title: str
    base: str  # /classifier
    path: str  # /classify
    verb: str  # POST
    action: str  # classifier/classify_image
    response: str  # the extension of the web action: http, json, …
    secret: Any = None  # what the gateway must send, if the action wants it

    def __str__(self) -> str:
        return f"{self.verb} {self.base}{self.path}"

    def to(self, package: str) -> "Route":
        """The same route to the action of the same name in ``package``."""
        return self._replace(action=f"{package}/{self.action.partition('/')[2]}")


def declared(manifest: Mapping[str, Any]) -> Iterator[Route]:
    """The routes under ``apis:`` of every package."""
    for name, package in manifest.get("project", manifest)["packages"].items():
        entities = {**package.get("actions", {}), **package.get("sequences", {})}
        for title, bases in package.get("apis", {}).items():
            for base, paths in bases.items():
                for path, actions in paths.items():
                    for action, options in actions.items():
                        yield Route(
                            title,
                            f"/{base.strip('/')}",
                            f"/{path.strip('/')}",
                            options.get("method", "GET").upper(),
                            f"{name}/{action}",
                            options.get("response", "json"),
                            entities[action].get("annotations", {}).get("require-whisk-auth"),
                        )


def backend(route: Route, apis: list[dict[str, Any]]) -> str | None:
    """Where the gateway looks for the action of ``route``, by what getApi lists; None if there is no such route."""
    for api in (found["value"]["apidoc"] for found in apis):
        operation = api.get("paths", {}).get(route.path, {}).get(route.verb.lower())
        if api["basePath"] == route.base and operation:
            return str(operation["x-openwhisk"]["url"])
    return None


def is_broken(url: str) -> bool:
    return url.count("://") != 1


def package_of(url: str) -> str:
    """The package in the URL of a web action; empty if it is another URL."""
    found = re.search("/api/v1/web/[^/]+/([^/]+)/", url)
    return found[1] if found else ""


def leading_to(package: str, apis: list[dict[str, Any]]) -> list[str]:
    """The routes of other packages that lead to ``package``. The base path of a package is its name."""
    others = [api for api in (found["value"]["apidoc"] for found in apis) if api["basePath"] != f"/{package}"]
    return [
        f"{verb.upper()} {api['basePath']}{path}"
        for api in others
        for path, operations in api.get("paths", {}).items()
        for verb, operation in operations.items()
        if package_of(operation.get("x-openwhisk", {}).get("url", "")) == package
    ]


def apidoc(route: Route, here: Target) -> dict[str, Any]:
    """What createApi takes (openwhisk core/routemgmt/createApi)."""
    action = {
        "name": route.action,
        "namespace": "_",
        "backendMethod": route.verb,
        "backendUrl": f"{here.url}/api/v1/web/_/{route.action}.{route.response}",
        "authkey": f"{here.uuid}:{here.key}",
    }
    document = {
        "namespace": "_",
        "apiName": route.title,
        "gatewayBasePath": route.base,
        "gatewayPath": route.path,
        "gatewayMethod": route.verb,
        "id": f"API:_:{route.base}",
        "action": action if route.secret is None else {**action, "secureKey": route.secret},
    }
    return {"apidoc": document}


def manage(http: httpx.Client, here: Target, method: str, name: str, body: Any = None, **query: str) -> httpx.Response:
    """One call of the route management, as wsk and wskdeploy make it."""
    return http.request(
        method,
        f"{here.url}/api/v1/web/whisk.system/apimgmt/{name}.http",
        params={"accesstoken": here.extra.get("APIGW_ACCESS_TOKEN", "DUMMY TOKEN"), "spaceguid": here.tenant, **query},
        auth=(here.uuid, here.key),
        json=body,
    )


def listed(http: httpx.Client, here: Target) -> list[dict[str, Any]]:
    """What getApi lists. Raises ``httpx.HTTPError``."""
    apis: list[dict[str, Any]] = manage(http, here, "GET", "getApi").raise_for_status().json()["apis"]
    return apis


def make(http: httpx.Client, here: Target, route: Route) -> str:
    """Make ``route``, in the place of one of the same path and verb; the URL of its backend."""
    body = apidoc(route, here)
    manage(http, here, "POST", "createApi", body, responsetype=route.response).raise_for_status()
    return str(body["apidoc"]["action"]["backendUrl"])


def correct(manifest: Mapping[str, Any], here: Target, http: httpx.Client) -> Iterator[str]:
    """Make each route of ``manifest`` whose backend is no URL, and tell so. Raises ``httpx.HTTPError``."""
    routes = list(declared(manifest))
    if not routes:  # there need be no gateway
        return
    apis = listed(http, here)
    for route in routes:
        url = backend(route, apis)
        if url is None or is_broken(url):
            yield f"{route}: its backend was {url}, now it is {make(http, here, route)}"
        elif package_of(url) != route.action.partition("/")[0]:
            yield f"{route}: it leads to {package_of(url)}; make route leads it back"


def main() -> None:
    manifest = yaml.safe_load(Path(sys.argv[1] if len(sys.argv) > 1 else "manifest.yaml").read_text())
    try:
        with target.client() as http:
            for line in correct(manifest, target.find(os.environ), http):
                print(f"routes: {line}")
    except (target.Unusable, httpx.HTTPError) as error:
        sys.exit(f"routes: {error}")


if __name__ == "__main__":
    main()
