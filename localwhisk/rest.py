"""The REST API that wskdeploy, wsk and the JavaScript client use (OpenWhisk docs/rest_api.md). Thin routes."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import Json, entities, limits
from localwhisk.controller import Controller
from localwhisk.exchange import ACTIVATION_ID, answered, as_json, authenticated, object_of
from localwhisk.rejection import NOT_FOUND, PARAMETERS_NOT_ALLOWED, Rejected, not_implemented
from localwhisk.store import FOREVER_MS

API = "/api/v1"
HTTP_STATUS = {"success": 200, "whisk internal error": 500}


def platform_info() -> Json:
    """What ``GET /`` answers: wskdeploy takes the known runtimes from it."""
    common = {"image": {}, "deprecated": False, "attached": True, "requireMain": False}
    kinds = [{"kind": kind, "default": kind == entities.DEFAULT_KIND, **common} for kind in entities.PYTHON]
    # No actions_per_minute or concurrent_actions: this host has no such limits to tell.
    allowed: Json = {"sequence_length": limits.SEQUENCE_ACTIONS}
    for key, name, unit in (("timeout", "duration", 1), ("memory", "memory", limits.MIB), ("logs", "logs", limits.MIB)):
        low, _, high, _ = limits.OF_AN_ACTION[key]
        allowed |= {f"min_action_{name}": low * unit, f"max_action_{name}": high * unit}
    return {"description": "OpenWhisk", "api_paths": [API], "runtimes": {"python": kinds}, "limits": allowed}


class Rest:
    def __init__(self, controller: Controller, auth: str) -> None:
        self.controller, self.auth = controller, auth

    def routes(self) -> list[Route]:
        endpoint, methods = answered(self.namespaced), ["GET", "PUT", "POST", "DELETE"]
        everything = Route(f"{API}/namespaces/{{namespace}}/{{path:path}}", endpoint, methods=methods)
        return [Route(API, answered(self.version)), Route(f"{API}/namespaces", endpoint), everything]

    async def version(self, _: Request) -> Response:
        return as_json({"description": "OpenWhisk API", "api_version": "1.0.0", "build": "localwhisk", "buildno": "0"})

    async def namespaced(self, request: Request) -> Response:
        if "authorization" not in request.headers:
            raise Rejected(401, "The resource requires authentication, which was not supplied with the request")
        if not authenticated(request, self.auth):
            raise Rejected(401, "The supplied authentication is invalid")
        if not request.path_params:
            return as_json([entities.NAMESPACE])
        if request.path_params["namespace"] not in ("_", entities.NAMESPACE):
            raise Rejected(403, "The supplied authentication is not authorized to access this resource.")
        collection, _, path = request.path_params["path"].partition("/")
        match collection, request.method:
            case "actions", "POST":
                return await self.invoke(request, path)
            case "packages" | "actions", "GET" | "PUT" | "DELETE":
                return as_json(await self.entity(request, collection.removesuffix("s"), path))
            case "activations", "GET":
                return as_json(self.activation(path) if path else self.activations(request))
            case "triggers" | "rules", "GET" if not path:
                return as_json([])  # the tools ask for them in any case
        raise not_implemented(f"{request.method} {request.url.path}")

    async def entity(self, request: Request, kind: str, ident: str) -> Json | list[Json]:
        """One entity; without a name all of them, with a package and a slash the actions of the package."""
        if request.method == "PUT":
            body = await object_of(request, limits.BODY_BYTES)
            return self.controller.put(kind, ident, body, flag(request, "overwrite"))
        if request.method == "DELETE":
            return self.controller.delete(kind, ident, flag(request, "force"))
        if ident and not ident.endswith("/"):
            code = flag(request, "code", "true")
            return self.controller.package(ident) if kind == "package" else self.controller.action(ident, code)
        if ident:
            self.controller.package(ident.removesuffix("/"))
        latest = sorted(self.controller.store.all(kind, ident), key=lambda document: -int(document["updated"]))
        limit = number(request, "limit", limits.LIST_DEFAULT, limits.LIST_MAX) or limits.LIST_MAX
        skip = number(request, "skip")
        return [entities.row(document) for document in latest[skip : skip + limit]]

    async def invoke(self, request: Request, ident: str) -> Response:
        payload = await object_of(request, limits.PAYLOAD_BYTES)
        document = self.controller.action(ident)
        if entities.protected(document) & payload.keys():
            raise Rejected(400, PARAMETERS_NOT_ALLOWED)
        longest_ms = round(limits.BLOCKING_S * 1000)
        wait_s = number(request, "timeout", longest_ms, longest_ms) / 1000 if flag(request, "blocking") else 0
        activation_id, record = await self.controller.start(ident, payload, request.scope["transaction"], wait_s)
        ran = {ACTIVATION_ID: activation_id}
        if record is None:
            return as_json({"activationId": activation_id}, 202, ran)
        result, status = record["response"]["result"], HTTP_STATUS.get(record["response"]["status"], 502)
        if flag(request, "result") or isinstance(result, list):
            return as_json(result, status, ran)
        # Logs are collected after the answer, except for a sequence, whose logs are the ids of its components.
        logs = record["logs"] if "components" in document["exec"] else []
        return as_json({**record, "logs": logs}, status, ran)

    def activations(self, request: Request) -> Json | list[Json]:
        found: Json = {"since": number(request, "since"), "upto": number(request, "upto", FOREVER_MS)}
        found["path"] = request.query_params.get("name")
        limit = number(request, "limit", limits.LIST_DEFAULT, limits.LIST_MAX) or limits.LIST_MAX
        skip = number(request, "skip")
        if not flag(request, "count"):
            return self.controller.store.activations(found, limit, skip, flag(request, "docs"))
        if flag(request, "docs"):
            raise Rejected(400, "The parameter 'docs' is not permitted with 'count'.")
        return {"activations": max(0, self.controller.store.count_activations(found) - skip)}

    def activation(self, path: str) -> Json:
        activation_id, _, part = path.partition("/")
        if (length := len(activation_id)) != limits.ID_LENGTH:
            told = f"activation id length is {length} but must be {limits.ID_LENGTH}"
            raise Rejected(400, f"The activation id is not valid: {told}.")
        if (record := self.controller.store.activation(activation_id)) is None:
            raise Rejected(404, NOT_FOUND)
        parts: Json = {"": record, "logs": {"logs": record["logs"]}, "result": record["response"]}
        if part not in parts:
            raise not_implemented(f"the part {part!r} of an activation")
        return parts[part]  # type: ignore[no-any-return]


def flag(request: Request, name: str, default: str = "false") -> bool:
    return request.query_params.get(name, default).lower() == "true"


def number(request: Request, name: str, default: int = 0, maximum: int = FOREVER_MS) -> int:
    """A whole number in the query, from 0 to ``maximum``."""
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or len(text) > 19 or int(text) > maximum:
        raise Rejected(400, f"The value '{text}' is not in the range of 0 to {maximum} for {name}.")
    return int(text)
