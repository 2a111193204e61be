#!/usr/bin/env python3
"""Put the routes of a manifest right after wskdeploy has made them.

    scripts/routes.py [manifest.yaml]

wskdeploy writes "https://" before the API host, even where it has a scheme already (parsers/manifest_parser.go): on
http://host:3233 the gateway then has the backend https://http://host:3233/api/v1/web/..., no URL, and each call
of the route ends with 405. Where the platform lists such a backend, this makes the route again with the right one, as
`wsk api create` does (openwhisk-cli commands/api.go). Routes that are well are left alone.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml

import target
from target import Target

SECONDS = 75  # the management of routes is three actions: the first call may start a container


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


def is_broken(url: str | None) -> bool:
    return url is not None and url.count("://") != 1


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


def correct(manifest: Mapping[str, Any], here: Target, http: httpx.Client) -> Iterator[str]:
    """Make each route of ``manifest`` again whose backend is no URL, and tell so. Raises ``httpx.HTTPError``."""
    routes = list(declared(manifest))
    if not routes:  # there need be no gateway
        return
    apis = manage(http, here, "GET", "getApi").raise_for_status().json()["apis"]
    for route in routes:
        if is_broken(found := backend(route, apis)):
            body = apidoc(route, here)
            manage(http, here, "POST", "createApi", body, responsetype=route.response).raise_for_status()
            yield f"{route}: its backend was {found}, now it is {body['apidoc']['action']['backendUrl']}"


def main() -> None:
    manifest = yaml.safe_load(Path(sys.argv[1] if len(sys.argv) > 1 else "manifest.yaml").read_text())
    try:
        # wskdeploy, which was given the same key before, verifies no certificate either.
        with httpx.Client(timeout=SECONDS, verify=False) as http:  # noqa: S501
            for line in correct(manifest, target.find(os.environ), http):
                print(f"routes: {line}")
    except (target.Unusable, httpx.HTTPError) as error:
        sys.exit(f"routes: {error}")


if __name__ == "__main__":
    main()
