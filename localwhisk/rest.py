"""The REST API that wskdeploy, wsk and the JavaScript client use (OpenWhisk docs/rest_api.md). Thin routes."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import Json, activation, entities, limits
from localwhisk.controller import Controller, protected
from localwhisk.entities import NAMESPACE
from localwhisk.exchange import ACTIVATION_ID, Credentials, answered, as_json, flag, number, object_of
from localwhisk.rejection import PARAMETERS_NOT_ALLOWED, Rejected, not_implemented
from localwhisk.store import FOREVER_MS

API = "/api/v1"
HTTP_STATUS = {activation.SUCCESS: 200, activation.INTERNAL_ERROR: 500}
VERSION = {"description": "OpenWhisk API", "api_version": "1.0.0", "build": "localwhisk", "buildno": "0"}


def platform_info() -> Json:
    """What ``GET /`` answers: wskdeploy takes the known runtimes from it."""
    common = {"image": {}, "deprecated": False, "attached": True, "requireMain": False}
    kinds = [{"kind": kind, "default": kind == entities.DEFAULT_KIND, **common} for kind in entities.PYTHON]
    units = {"timeout": ("duration", 1), "memory": ("memory", limits.MIB), "logs": ("logs", limits.MIB)}
    # No actions_per_minute or concurrent_actions: this host has no such limits to tell.
    allowed: Json = {"sequence_length": limits.SEQUENCE_ACTIONS}
    for limit, (name, factor) in units.items():
        low, _, high, _ = limits.OF_AN_ACTION[limit]
        allowed |= {f"min_action_{name}": low * factor, f"max_action_{name}": high * factor}
    return {"description": "OpenWhisk", "api_paths": [API], "runtimes": {"python": kinds}, "limits": allowed}


class Rest:
    def __init__(self, controller: Controller, credentials: Credentials) -> None:
        self._controller = controller
        self._credentials = credentials

    def routes(self) -> list[Route]:
        methods = ["GET", "PUT", "POST", "DELETE"]
        return [
            Route(API, answered(self.version), methods=["GET"]),
            Route(f"{API}/namespaces", answered(self.namespaces), methods=["GET"]),
            Route(f"{API}/namespaces/{{namespace}}/{{path:path}}", answered(self.namespaced), methods=methods),
        ]

    async def version(self, _: Request) -> Response:
        return as_json(VERSION)

    async def namespaces(self, request: Request) -> Response:
        self._credentials.require(request)
        return as_json([NAMESPACE])

    async def namespaced(self, request: Request) -> Response:
        self._credentials.require(request)
        if request.path_params["namespace"] not in ("_", NAMESPACE):
            raise Rejected(403, "The supplied authentication is not authorized to access this resource.")
        collection, _, path = request.path_params["path"].partition("/")
        match collection, request.method:
            case "packages", _:
                return await self.packages(request, path)
            case "actions", "POST":
                return await self.invoke(request, path)
            case "actions", _:
                return await self.actions(request, path)
            case "activations", "GET":
                return await (self.activation(path) if path else self.activations(request))
            case "triggers" | "rules", "GET" if not path:
                return as_json([])  # the tools ask for them in any case
        raise not_implemented(f"{request.method} {request.url.path}")

    async def packages(self, request: Request, name: str) -> Response:
        match request.method:
            case "PUT":
                body = await object_of(request, limits.BODY_BYTES)
                return as_json(self._controller.put_package(name, body, flag(request, "overwrite")))
            case "DELETE":
                return as_json(self._controller.delete_package(name, flag(request, "force")))
            case "GET" if name:
                return as_json(self._controller.package(name))
            case "GET":
                return self.listing(request, self._controller.store.all("package"))
        raise not_implemented(f"{request.method} of a package")

    async def actions(self, request: Request, ident: str) -> Response:
        """One action; without a name all of them, with a package and a slash those of the package."""
        match request.method:
            case "PUT":
                body = await object_of(request, limits.BODY_BYTES)
                return as_json(self._controller.put_action(ident, body, flag(request, "overwrite")))
            case "DELETE":
                return as_json(self._controller.delete_action(ident))
        if not ident or ident.endswith("/"):
            return self.listing(request, self._controller.store.all("action", ident))
        return as_json(self._controller.action(ident, with_code=flag(request, "code", "true")))

    def listing(self, request: Request, documents: list[Json]) -> Response:
        """The latest change first."""
        limit, skip = page(request)
        latest = sorted(documents, key=lambda document: -int(document["updated"]))
        return as_json([entities.row(document) for document in latest[skip : skip + limit]])

    async def invoke(self, request: Request, ident: str) -> Response:
        payload = await object_of(request, limits.PAYLOAD_BYTES)
        if protected(self._controller.action(ident)) & payload.keys():
            raise Rejected(400, PARAMETERS_NOT_ALLOWED)
        longest_ms = round(limits.BLOCKING_S * 1000)
        wait_s = number(request, "timeout", longest_ms, longest_ms) / 1000 if flag(request, "blocking") else 0
        activation_id, record = await self._controller.start(ident, payload, request.state.transaction, wait_s)
        ran = {ACTIVATION_ID: activation_id}
        if record is None:
            return as_json({"activationId": activation_id}, 202, ran)
        result, status = record["response"]["result"], HTTP_STATUS.get(activation.code_of(record), 502)
        if flag(request, "result") or isinstance(result, list):
            return as_json(result, status, ran)
        # Logs are collected after the answer, except for a sequence, whose logs are the ids of its components.
        logs = record["logs"] if activation.annotation(record, "kind") == "sequence" else []
        return as_json({**record, "logs": logs}, status, ran)

    async def activations(self, request: Request) -> Response:
        limit, skip = page(request)
        since, upto = number(request, "since", 0), number(request, "upto", FOREVER_MS)
        found = {"path": request.query_params.get("name"), "since": since, "upto": upto}
        if not flag(request, "count"):
            return as_json(self._controller.store.activations(found, limit, skip, flag(request, "docs")))
        if flag(request, "docs"):
            raise Rejected(400, "The parameter 'docs' is not permitted with 'count'.")
        return as_json({"activations": max(0, self._controller.store.count_activations(found) - skip)})

    async def activation(self, path: str) -> Response:
        activation_id, _, part = path.partition("/")
        record = self._controller.activation(activation_id)
        parts = {"": record, "logs": {"logs": record["logs"]}, "result": record["response"]}
        if part not in parts:
            raise not_implemented(f"the part {part!r} of an activation")
        return as_json(parts[part])


def page(request: Request) -> tuple[int, int]:
    """``limit`` (0: as many as there may be) and ``skip`` of a listing."""
    limit = number(request, "limit", limits.LIST_DEFAULT, limits.LIST_MAX) or limits.LIST_MAX
    return limit, number(request, "skip", 0)
