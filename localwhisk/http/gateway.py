"""The API gateway: what createApi, getApi and deleteApi keep (core/routemgmt), and where a request goes. An API is
``{"basePath", "title", "paths": {"/classify": {"post": operation}}}``; an operation names its action."""

import re
from collections.abc import Iterable, Mapping

from localwhisk import Json
from localwhisk.entities import NAMESPACE, identifier, typed
from localwhisk.http.web import EXTENSIONS
from localwhisk.rejection import Rejected, malformed, not_implemented

METHODS = "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS"
NEEDED = ("gatewayBasePath", "gatewayPath", "gatewayMethod", "action")


def slashed(path: str) -> str:
    return "/" + path.strip("/")


def add(api: Json | None, apidoc: Json, response_type: str) -> Json:
    """``api`` with the path and verb of ``apidoc`` added or replaced. A later title is ignored."""
    typed(apidoc, gatewayBasePath=str, gatewayPath=str, gatewayMethod=str, action=dict)
    if apidoc.get("swagger") or "{" in str(apidoc.get("gatewayPath")):
        raise not_implemented("APIs from a swagger document or with path parameters")
    if (missing := [name for name in NEEDED if not apidoc.get(name)]) or response_type not in EXTENSIONS:
        raise malformed(f"apidoc without {', '.join(missing)}" if missing else f"responsetype {response_type!r}")
    base, path, verb = slashed(apidoc["gatewayBasePath"]), slashed(apidoc["gatewayPath"]), apidoc["gatewayMethod"]
    package, _, name = identifier(str(apidoc["action"].get("name") or "")).rpartition("/")
    to = {"package": package, "action": name, "response_type": response_type}
    operation = {**to, "secure_key": apidoc["action"].get("secureKey")}
    known = api or {"basePath": base, "title": apidoc.get("apiName") or base, "paths": {}}
    verbs = {**known["paths"].get(path, {}), verb.lower(): operation}
    return {**known, "paths": {**known["paths"], path: verbs}}


def remove(api: Json, path: str | None, verb: str | None) -> Json | None:
    """``api`` without a path, or without one verb of it; None when nothing is left."""
    if path is None:
        return None
    verbs = api["paths"].get(slashed(path), {})
    left = {name: operation for name, operation in verbs.items() if verb and name != verb.lower()}
    if len(left) == len(verbs):
        raise Rejected(502, f"API deletion failure: API '{api['basePath']}' has no {verb or ''} '{path}'.")
    paths = {known: verbs for known, verbs in {**api["paths"], slashed(path): left}.items() if verbs}
    return {**api, "paths": paths} if paths else None


def web_path(operation: Json) -> str:
    return f"{NAMESPACE}/{operation['package'] or 'default'}/{operation['action']}.{operation['response_type']}"


def shown(api: Json, origin: str, space: str) -> Json:
    """``api`` as the official tools read it: a swagger document in an envelope."""
    paths: Json = {}
    for path, verbs in api["paths"].items():
        for verb, operation in verbs.items():
            backend = {"namespace": NAMESPACE, "package": operation["package"], "action": operation["action"]}
            paths.setdefault(path, {})[verb] = {
                "operationId": verb + "".join(word.capitalize() for word in re.split(r"\W+", path)),
                "x-openwhisk": {"url": f"{origin}/api/v1/web/{web_path(operation)}", **backend},
                "responses": {"default": {"description": "Default response"}},
            }
    info = {"swagger": "2.0", "info": {"title": api["title"], "version": "1.0.0"}, "basePath": api["basePath"]}
    document = {**info, "paths": paths, "x-ibm-configuration": {"cors": {"enabled": True}}}
    served = {"gwApiUrl": f"{origin}/api/{space}{api['basePath']}", "gwApiActivated": True, "apidoc": document}
    return {"namespace": "Not Used", "tenantId": "Not Used", **served}


def route(apis: Iterable[Json], path: str, method: str) -> tuple[str, dict[str, str]]:
    """The web path of the action for ``path``, or for its nearest parent; and the headers that the gateway adds."""
    declared = [(api["basePath"].rstrip("/") + below, verbs) for api in apis for below, verbs in api["paths"].items()]
    found = [(full, verbs) for full, verbs in declared if f"{path}/".startswith(f"{full.rstrip('/')}/")]
    if not found:
        raise Rejected(404, "Error: Not found.")
    full, verbs = max(found, key=lambda candidate: len(candidate[0]))
    verb = next(iter(verbs)) if method == "OPTIONS" else method.lower()  # every path has OPTIONS
    if (operation := verbs.get(verb)) is None:
        raise Rejected(404, "Error: Whoops. Verb not supported.")
    # Only the type http hands on the whole path ($(request.path) in createApi's swagger), the others what lies below.
    rest, secret = path if operation["response_type"] == "http" else path[len(full) :], operation["secure_key"]
    return web_path(operation) + rest, {} if secret is None else {"x-require-whisk-auth": str(secret)}


def cors(request_headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of every answer but the gateway's own 404, in place of the backend's."""
    allowed = {"Origin": request_headers.get("origin", "*"), "Methods": METHODS, "Credentials": "true"}
    if asked := request_headers.get("access-control-request-headers"):
        allowed["Headers"] = asked
    return {f"Access-Control-Allow-{name}": value for name, value in allowed.items()}
