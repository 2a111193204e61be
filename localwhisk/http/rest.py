"""The routes: REST API (OpenWhisk docs/rest_api.md), web actions, the API gateway and the management behind it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import Json, limits, put
from localwhisk.apis import Route as ApiRoute
from localwhisk.controller import Controller
from localwhisk.entities import NAMESPACE
from localwhisk.http import gateway
from localwhisk.http import web as webaction
from localwhisk.http.exchange import ACTIVATION_ID, answered, as_json, authenticated, body_of, object_of
from localwhisk.rejection import NOT_FOUND, PARAMETERS_NOT_ALLOWED, Rejected, not_implemented
from localwhisk.store import FOREVER_MS, Period

API = "/api/v1"
UNAUTHORIZED = "The authentication is possible but has failed or not yet been provided."
HTTP_STATUS = {"success": 200, "whisk internal error": 500}


def platform_info() -> Json:
    """What ``GET /`` answers: wskdeploy takes the known runtimes from it."""
    common = {"image": {}, "deprecated": False, "attached": True, "requireMain": False}
    kinds = [{"kind": kind, "default": kind == put.DEFAULT_KIND, **common} for kind in put.PYTHON_KINDS]
    # No actions_per_minute or concurrent_actions: this host has no such limits to tell.
    allowed: Json = {"sequence_length": limits.SEQUENCE_ACTIONS}
    for key, name, unit in (("timeout", "duration", 1), ("memory", "memory", limits.MIB), ("logs", "logs", limits.MIB)):
        of = limits.OF_AN_ACTION[key]
        allowed |= {f"min_action_{name}": of.lowest * unit, f"max_action_{name}": of.highest * unit}
    return {"description": "OpenWhisk", "api_paths": [API], "runtimes": {"python": kinds}, "limits": allowed}


class Api:
    def __init__(self, controller: Controller, auth: str) -> None:
        self.controller, self.auth = controller, auth
        self.space = auth.partition(":")[0]  # the public half of the credentials, in the path of every gateway API

    def routes(self) -> list[Route]:
        endpoint, methods = answered(self.namespaced), ["GET", "PUT", "POST", "DELETE"]
        everything = Route(f"{API}/namespaces/{{namespace}}/{{path:path}}", endpoint, methods=methods)
        rest = [Route(API, answered(self.version)), Route(f"{API}/namespaces", endpoint), everything]
        paths = {
            f"{API}/web/whisk.system/apimgmt/{{operation}}": self.management,
            f"{API}/web/{{path:path}}": self.action,
            f"{API}/{{path:path}}": self.unknown,
            "/api/{space}/{path:path}": self.api,
        }
        methods = gateway.METHODS.split(", ")
        return [*rest, *(Route(path, answered(handler), methods=methods) for path, handler in paths.items())]

    async def version(self, _: Request) -> Response:
        return as_json({"description": "OpenWhisk API", "api_version": "1.0.0", "build": "localwhisk", "buildno": "0"})

    async def namespaced(self, request: Request) -> Response:
        if "authorization" not in request.headers:
            raise Rejected(401, "The resource requires authentication, which was not supplied with the request")
        if not authenticated(request, self.auth):
            raise Rejected(401, "The supplied authentication is invalid")
        if not request.path_params:
            return as_json([NAMESPACE])
        if request.path_params["namespace"] not in ("_", NAMESPACE):
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
        packages = kind == "package"
        if request.method == "PUT":
            body = await object_of(request, limits.BODY_BYTES)
            store = self.controller.put_package if packages else self.controller.put_action
            return store(ident, body, flag(request, "overwrite")).as_json()
        if request.method == "DELETE":
            if packages:
                return self.controller.delete_package(ident, flag(request, "force")).as_json()
            return self.controller.delete_action(ident).as_json()
        if ident and not ident.endswith("/"):
            return self.one_package(ident) if packages else self.one_action(ident, flag(request, "code", "true"))
        limit = number(request, "limit", limits.LIST_DEFAULT, limits.LIST_MAX) or limits.LIST_MAX
        skip = number(request, "skip")
        if packages:
            return [package.as_row() for package in self.controller.packages()[skip : skip + limit]]
        actions = self.controller.actions(ident.removesuffix("/") or None)
        return [action.as_row() for action in actions[skip : skip + limit]]

    def one_package(self, name: str) -> Json:
        document = self.controller.package(name).as_json()
        rows = [action.as_row() for action in sorted(self.controller.actions(name), key=lambda action: action.name)]
        actions = [{key: row[key] for key in ("name", "version", "annotations")} for row in rows]
        return {**document, "actions": actions, "feeds": []}

    def one_action(self, ident: str, with_code: bool) -> Json:
        action = self.controller.action(ident)
        document = action.as_json()
        if with_code and not action.exec.is_sequence:
            document["exec"]["code"] = self.controller.code(action)
        return document

    async def invoke(self, request: Request, ident: str) -> Response:
        payload = await object_of(request, limits.PAYLOAD_BYTES)
        action = self.controller.action(ident)
        if action.protected & payload.keys():
            raise Rejected(400, PARAMETERS_NOT_ALLOWED)
        longest_ms = round(limits.BLOCKING_S * 1000)
        wait_s = number(request, "timeout", longest_ms, longest_ms) / 1000 if flag(request, "blocking") else 0
        started = await self.controller.start(ident, payload, request.scope["transaction"], wait_s)
        activation_id, record = started.activation_id, started.record
        ran = {ACTIVATION_ID: activation_id}
        if record is None:
            return as_json({"activationId": activation_id}, 202, ran)
        result, status = record["response"]["result"], HTTP_STATUS.get(record["response"]["status"], 502)
        if flag(request, "result") or isinstance(result, list):
            return as_json(result, status, ran)
        # Logs are collected after the answer, except for a sequence, whose logs are the ids of its components.
        logs = record["logs"] if action.exec.is_sequence else []
        return as_json({**record, "logs": logs}, status, ran)

    def activations(self, request: Request) -> Json | list[Json]:
        query = request.query_params
        period = Period(number(request, "since"), number(request, "upto", FOREVER_MS), query.get("name") or None)
        limit = number(request, "limit", limits.LIST_DEFAULT, limits.LIST_MAX) or limits.LIST_MAX
        skip = number(request, "skip")
        if not flag(request, "count"):
            return self.controller.activations(period, limit, skip, flag(request, "docs"))
        if flag(request, "docs"):
            raise Rejected(400, "The parameter 'docs' is not permitted with 'count'.")
        return {"activations": max(0, self.controller.count_activations(period) - skip)}

    def activation(self, path: str) -> Json:
        activation_id, _, part = path.partition("/")
        record = self.controller.activation(activation_id)
        parts: Json = {"": record, "logs": {"logs": record["logs"]}, "result": record["response"]}
        if part not in parts:
            raise not_implemented(f"the part {part!r} of an activation")
        return parts[part]  # type: ignore[no-any-return]

    async def unknown(self, _: Request) -> Response:
        raise Rejected(404, NOT_FOUND)

    async def action(self, request: Request, path: str = "", added: dict[str, str] | None = None) -> Response:
        """The answer of a web action. The gateway says at which ``path`` it is, and which headers are ``added``."""
        content = await body_of(request, limits.PAYLOAD_BYTES)
        namespace, ident, extension, rest = webaction.address(path or request.path_params["path"])
        if namespace != NAMESPACE:
            raise Rejected(404, NOT_FOUND)
        action = self.controller.action(ident)
        annotations = webaction.exported(action)
        asked = request.headers.get("access-control-request-headers", webaction.CORS_HEADERS)
        cors = {**webaction.CORS, "Access-Control-Allow-Headers": asked}
        headers = {} if annotations.get("web-custom-options") is True else cors
        if headers and request.method == "OPTIONS":
            return Response(headers=headers)
        given, raw = {**request.headers, **(added or {})}, annotations.get("raw-http") is True
        user = {"__ow_user": NAMESPACE} if authenticated(request, self.auth) else {}
        secret = given.get("x-require-whisk-auth")
        allowed = webaction.authorized(annotations, secret, user.get("__ow_user")) or request.method == "OPTIONS"
        body = webaction.decoded(given.get("content-type", ""), content, raw) if allowed else None
        request.scope["added"] = headers  # what is raised before this has no CORS headers (WebActions.scala)
        if not allowed:
            raise Rejected(401, UNAUTHORIZED)
        context = {"__ow_method": request.method.lower(), "__ow_headers": given, "__ow_path": rest, **user}
        args = webaction.arguments(context, request.url.query, body, raw, action.protected)
        transaction = request.scope["transaction"]
        started = await self.controller.start(ident, args, transaction, limits.BLOCKING_S)
        headers[ACTIVATION_ID], record = started.activation_id, started.record
        if record is None:
            raise Rejected(202, "Response not yet ready.")
        return webaction.reply(record["response"], extension)

    async def api(self, request: Request) -> Response:
        """A request to an API. The gateway answers OPTIONS itself, and puts its own CORS headers on what comes back."""
        path, url, cors = f"/{request.path_params['path']}", request.url, gateway.cors(request.headers)
        apis = self.controller.apis() if request.path_params["space"] == self.space else []
        try:
            backend, secret = gateway.route(apis, path, request.method)
        except Rejected as refused:
            return as_json({"status": refused.status, "message": refused.message}, refused.status)
        if request.method == "OPTIONS":
            return Response(headers=cors)
        address = request.client.host if request.client else ""
        added = {"x-forwarded-host": url.netloc, "x-forwarded-proto": url.scheme, "x-forwarded-url": str(url)}
        added |= {"x-forwarded-for": address, "x-real-ip": address, **secret}
        response = await answered(lambda _: self.action(request, backend, added))(request)
        response.headers.update(cors)
        return response

    async def management(self, request: Request) -> Response:
        """createApi, getApi, deleteApi, with or without ``.http``."""
        if not authenticated(request, self.auth):
            raise Rejected(401, UNAUTHORIZED)
        query, origin = request.query_params, str(request.base_url).rstrip("/")
        match request.path_params["operation"].removesuffix(".http"), request.method:
            case "createApi", "POST":
                body = await object_of(request, limits.PAYLOAD_BYTES)
                put.check_types(body, apidoc=dict)
                api = self.controller.create_api(
                    ApiRoute.from_apidoc(body.get("apidoc") or {}, query.get("responsetype", "json"))
                )
                return as_json(gateway.shown(api, origin, self.space))
            case "getApi", "GET":
                values = [gateway.shown(api, origin, self.space) for api in self.controller.apis(query.get("basepath"))]
                return as_json({"apis": [{"id": "Not Used", "key": "Not Used", "value": value} for value in values]})
            case "deleteApi", "DELETE":
                self.controller.delete_api(query.get("basepath", ""), query.get("relpath"), query.get("operation"))
                return as_json({})
        raise Rejected(404, NOT_FOUND)


def flag(request: Request, name: str, default: str = "false") -> bool:
    return request.query_params.get(name, default).lower() == "true"


def number(request: Request, name: str, default: int = 0, maximum: int = FOREVER_MS) -> int:
    """A whole number in the query, from 0 to ``maximum``."""
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or len(text) > 19 or int(text) > maximum:
        raise Rejected(400, f"The value '{text}' is not in the range of 0 to {maximum} for {name}.")
    return int(text)
