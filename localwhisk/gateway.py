"""The API gateway: what createApi, getApi and deleteApi keep (core/routemgmt), and where a request goes.

An API is ``{"basePath", "title", "paths": {"/classify": {"post": operation}}}``; an operation names its action.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from starlette.datastructures import Address

from localwhisk import Json
from localwhisk.entities import NAMESPACE, identifier
from localwhisk.rejection import Rejected, malformed, not_implemented
from localwhisk.webaction import EXTENSIONS, Headers

METHODS = "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS"


class Route(NamedTuple):
    """Where a request goes: the web path of its action, and the headers that the gateway adds for it."""

    path: str
    headers: dict[str, str]


def slashed(path: str) -> str:
    return "/" + path.strip("/")


def add(api: Json | None, apidoc: Json, response_type: str) -> Json:
    """``api`` with the path and verb of ``apidoc`` added or replaced. A later title is ignored."""
    if apidoc.get("swagger") or "{" in str(apidoc.get("gatewayPath")):
        raise not_implemented("APIs from a swagger document or with path parameters")
    missing = [name for name in ("gatewayBasePath", "gatewayPath", "gatewayMethod", "action") if not apidoc.get(name)]
    if missing or response_type not in EXTENSIONS:
        raise malformed(f"apidoc without {', '.join(missing)}" if missing else f"responsetype {response_type!r}")
    base, path = slashed(apidoc["gatewayBasePath"]), slashed(apidoc["gatewayPath"])
    package, _, name = identifier(apidoc["action"]["name"]).rpartition("/")
    operation = {
        "package": package,
        "action": name,
        "response_type": response_type,
        "secure_key": apidoc["action"].get("secureKey"),
    }
    known = api or {"basePath": base, "title": apidoc.get("apiName") or base, "paths": {}}
    verbs = {**known["paths"].get(path, {}), apidoc["gatewayMethod"].lower(): operation}
    return {**known, "paths": {**known["paths"], path: verbs}}


def remove(api: Json, path: str | None, verb: str | None) -> Json | None:
    """``api`` without a path, or without one verb of it; None when nothing is left."""
    if path is None:
        return None
    paths = {known: dict(verbs) for known, verbs in api["paths"].items()}
    verbs = paths.get(slashed(path), {})
    for name in [verb.lower()] if verb else list(verbs):
        if verbs.pop(name, None) is None:
            raise Rejected(502, f"API deletion failure: API '{api['basePath']}' has no {name} on '{path}'.")
    left = {known: verbs for known, verbs in paths.items() if verbs}
    if slashed(path) not in paths:
        raise Rejected(502, f"API deletion failure: API '{api['basePath']}' has no path '{path}'.")
    return {**api, "paths": left} if left else None


def web_path(operation: Json) -> str:
    return f"{NAMESPACE}/{operation['package'] or 'default'}/{operation['action']}.{operation['response_type']}"


def shown(api: Json, origin: str, space: str) -> Json:
    """``api`` as the official tools read it: a swagger document in an envelope."""

    def described(path: str, verb: str, operation: Json) -> Json:
        backend = {"namespace": NAMESPACE, "package": operation["package"], "action": operation["action"]}
        return {
            "operationId": verb + "".join(word.capitalize() for word in re.split(r"\W+", path)),
            "x-openwhisk": {"url": f"{origin}/api/v1/web/{web_path(operation)}", **backend},
            "responses": {"default": {"description": "Default response"}},
        }

    paths = {
        path: {verb: described(path, verb, operation) for verb, operation in verbs.items()}
        for path, verbs in api["paths"].items()
    }
    info = {"swagger": "2.0", "info": {"title": api["title"], "version": "1.0.0"}, "basePath": api["basePath"]}
    return {
        "namespace": "Not Used",
        "gwApiUrl": f"{origin}/api/{space}{api['basePath']}",
        "gwApiActivated": True,
        "tenantId": "Not Used",
        "apidoc": {**info, "paths": paths, "x-ibm-configuration": {"cors": {"enabled": True}}},
    }


def candidates(apis: Iterable[Json], path: str) -> list[tuple[str, Json]]:
    """Full path and verbs of every declared path that ``path`` is or lies below, the nearest first."""
    declared = [(api["basePath"].rstrip("/") + below, verbs) for api in apis for below, verbs in api["paths"].items()]
    found = [(full, verbs) for full, verbs in declared if f"{path}/".startswith(f"{full.rstrip('/')}/")]
    return sorted(found, key=lambda candidate: -len(candidate[0]))


def route(apis: Iterable[Json], path: str, method: str) -> Route:
    """The operation for ``path``: the one declared for it, else for its nearest parent."""
    found = candidates(apis, path)
    if not found:
        raise Rejected(404, "Error: Not found.")
    full, verbs = found[0]
    if method.lower() not in verbs:
        raise Rejected(404, "Error: Whoops. Verb not supported.")
    operation = verbs[method.lower()]
    # Only the type http hands on the whole path ($(request.path) in createApi's swagger), the others what lies below.
    rest = path if operation["response_type"] == "http" else path[len(full) :]
    secret = operation["secure_key"]
    return Route(web_path(operation) + rest, {} if secret is None else {"x-require-whisk-auth": str(secret)})


def cors(request_headers: Mapping[str, str]) -> Headers:
    """The headers of every answer but the gateway's own 404, in place of the backend's."""
    asked = request_headers.get("access-control-request-headers")
    return [
        ("Access-Control-Allow-Origin", request_headers.get("origin", "*")),
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Allow-Credentials", "true"),
        *([("Access-Control-Allow-Headers", asked)] if asked else []),
    ]


def forwarded(url: str, client: Address | None) -> dict[str, str]:
    """What the gateway tells the action about the original request."""
    scheme, _, host = url.split("/")[:3]
    address = client.host if client else ""
    origin = {"x-forwarded-host": host, "x-forwarded-proto": scheme.rstrip(":"), "x-real-ip": address}
    return {**origin, "x-forwarded-url": url, "x-forwarded-for": address}
