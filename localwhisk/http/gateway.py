"""The API gateway: how APIs are shown, and where a request goes (core/routemgmt)."""

import re
from collections.abc import Iterable, Mapping

from localwhisk import Json
from localwhisk.apis import Api, find_operation
from localwhisk.entities import NAMESPACE

METHODS = "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS"


def shown(api: Api, origin: str, space: str) -> Json:
    """``api`` as the official tools read it: a swagger document in an envelope."""
    paths: Json = {}
    for path, verbs in api.paths.items():
        for verb, operation in verbs.items():
            backend = {"namespace": NAMESPACE, "package": operation.package, "action": operation.action}
            paths.setdefault(path, {})[verb] = {
                "operationId": verb + "".join(word.capitalize() for word in re.split(r"\W+", path)),
                "x-openwhisk": {"url": f"{origin}/api/v1/web/{operation.web_path}", **backend},
                "responses": {"default": {"description": "Default response"}},
            }
    info = {"swagger": "2.0", "info": {"title": api.title, "version": "1.0.0"}, "basePath": api.base_path}
    document = {**info, "paths": paths, "x-ibm-configuration": {"cors": {"enabled": True}}}
    served = {"gwApiUrl": f"{origin}/api/{space}{api.base_path}", "gwApiActivated": True, "apidoc": document}
    return {"namespace": "Not Used", "tenantId": "Not Used", **served}


def route(apis: Iterable[Api], path: str, method: str) -> tuple[str, dict[str, str]]:
    """The web path of the action for ``path``, and the headers that the gateway adds."""
    operation, below = find_operation(apis, path, method)
    # Only the type http hands on the whole path ($(request.path) in createApi's swagger), the others what lies below.
    rest = path if operation.response_type == "http" else below
    secret = operation.secure_key
    return operation.web_path + rest, {} if secret is None else {"x-require-whisk-auth": str(secret)}


def cors(request_headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of every answer but the gateway's own 404, in place of the backend's."""
    allowed = {"Origin": request_headers.get("origin", "*"), "Methods": METHODS, "Credentials": "true"}
    if asked := request_headers.get("access-control-request-headers"):
        allowed["Headers"] = asked
    return {f"Access-Control-Allow-{name}": value for name, value in allowed.items()}
