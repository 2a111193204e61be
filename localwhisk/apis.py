"""APIs: what createApi and deleteApi make of them (core/routemgmt), and which operation a request is for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from localwhisk import Json
from localwhisk.entities import NAMESPACE, identifier
from localwhisk.put import check_types
from localwhisk.rejection import Rejected, not_implemented

VERBS = ("get", "put", "post", "delete", "patch", "head", "options")
EXTENSIONS = ("http", "json", "html", "text", "svg")  # of a web action: the form in which it answers


@dataclass(frozen=True)
class Operation:
    """What answers one verb at one path: a web action, with the extension that it is asked for."""

    package: str  # empty for the default package
    action: str
    response_type: str
    secure_key: str | int | None = None  # what the gateway sends as X-Require-Whisk-Auth
    backend_url: str | None = None  # as createApi got it; None for an API of this host's own manifest

    @property
    def web_path(self) -> str:
        """Where the web action is, below ``/api/v1/web/``."""
        return f"{NAMESPACE}/{self.package or 'default'}/{self.action}.{self.response_type}"


Verbs = Mapping[str, Operation]  # by method in lower case


@dataclass(frozen=True)
class Api:
    base_path: str
    title: str
    paths: Mapping[str, Verbs] = field(default_factory=dict)

    @classmethod
    def from_json(cls, document: Json) -> "Api":
        paths = {
            path: {verb: Operation(**operation) for verb, operation in verbs.items()}
            for path, verbs in document["paths"].items()
        }
        return cls(document["basePath"], document["title"], paths)

    def as_json(self) -> Json:
        paths = {
            path: {verb: vars(operation) for verb, operation in verbs.items()} for path, verbs in self.paths.items()
        }
        return {"basePath": self.base_path, "title": self.title, "paths": paths}

    def with_route(self, route: "Route") -> "Api":
        """The API with one more operation, or another one in its place."""
        verbs = {**self.paths.get(route.path, {}), route.verb: route.operation}
        return replace(self, paths={**self.paths, route.path: verbs})

    def without(self, path: str, verb: str | None) -> "Api":
        """The API without one verb of ``path``, or without the path at all. ``Rejected`` (502) if it has no such."""
        verbs = self.paths.get(path)
        if verbs is None:
            raise Rejected(502, f"API deletion failure: path '{path}' does not exist in the API")

        left = {name: operation for name, operation in verbs.items() if verb and name != verb.lower()}
        if len(left) == len(verbs):
            raise Rejected(502, f"API deletion failure: path '{path}' has no operation '{verb}'")

        paths = {**self.paths, path: left}
        return replace(self, paths={known: verbs for known, verbs in paths.items() if verbs})


@dataclass(frozen=True)
class Route:
    """What a createApi asks for."""

    base_path: str
    path: str
    verb: str  # in lower case
    operation: Operation
    title: str  # of the API, if this is its first route

    @classmethod
    def from_apidoc(cls, apidoc: Json, response_type: str) -> "Route":
        """The route in a request to createApi (core/routemgmt/createApi/createApi.js). ``Rejected`` (502) as there."""
        if apidoc.get("swagger") or "{" in str(apidoc.get("gatewayPath")):
            raise not_implemented("APIs from a swagger document or with path parameters")
        for name in ("namespace", "gatewayBasePath", "gatewayPath", "gatewayMethod", "action"):
            if not apidoc.get(name):
                raise Rejected(502, f"apidoc is missing the {name} field")

        check_types(apidoc, gatewayBasePath=str, gatewayPath=str, gatewayMethod=str, action=dict)
        verb = apidoc["gatewayMethod"].lower()
        if verb not in VERBS:
            told = f'{{"status":400,"message":"Error: Resource verb \'{verb}\' not supported."}}'
            raise Rejected(502, f"API creation failure: Unable to configure the API Gateway (status code 400): {told}")

        target = apidoc["action"]
        package, _, action = identifier(str(target.get("name") or "")).rpartition("/")
        url = target.get("backendUrl")
        return cls(
            base_path=apidoc["gatewayBasePath"],
            path=apidoc["gatewayPath"],
            verb=verb,
            operation=Operation(
                package,
                action,
                response_type,
                secure_key=target.get("secureKey"),
                backend_url=None if url is None else str(url).replace("/_/", f"/{NAMESPACE}/", 1),
            ),
            title=apidoc.get("apiName") or apidoc["gatewayBasePath"],
        )


def find_operations(apis: Iterable[Api], path: str) -> tuple[Verbs, str]:
    """The operations for ``path``, or those of its nearest declared parent; and what of the path lies below it.
    ``Rejected`` (404) with the text of the gateway (scripts/lua/routing.lua)."""
    resources = [(f"{slashed(api.base_path)}{below}", verbs) for api in apis for below, verbs in api.paths.items()]
    parents = [(full.rstrip("/"), verbs) for full, verbs in resources if f"{path}/".startswith(f"{full.rstrip('/')}/")]
    if not parents:
        raise Rejected(404, "Error: Not found.")

    full, verbs = max(parents, key=lambda parent: len(parent[0]))
    return verbs, path[len(full) :]


def slashed(path: str) -> str:
    return "/" + path.strip("/")
