"""HTTP without the REST API: web actions, the API gateway, and the API management that stands behind it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import gateway, limits, webaction
from localwhisk.controller import Controller
from localwhisk.entities import NAMESPACE, protected, typed
from localwhisk.exchange import ACTIVATION_ID, answered, as_json, authenticated, body_of, object_of
from localwhisk.rejection import NOT_FOUND, Rejected
from localwhisk.rest import API

UNAUTHORIZED = "The authentication is possible but has failed or not yet been provided."


class Web:
    def __init__(self, controller: Controller, auth: str) -> None:
        self.controller, self.auth = controller, auth
        self.space = auth.partition(":")[0]  # the public half of the credentials, in the path of every API

    def routes(self) -> list[Route]:
        paths = {
            f"{API}/web/whisk.system/apimgmt/{{operation}}": self.management,
            f"{API}/web/{{path:path}}": self.action,
            f"{API}/{{path:path}}": self.unknown,
            "/api/{space}/{path:path}": self.api,
        }
        return [Route(path, answered(handler), methods=gateway.METHODS.split(", ")) for path, handler in paths.items()]

    async def unknown(self, _: Request) -> Response:
        raise Rejected(404, NOT_FOUND)

    async def action(self, request: Request, path: str = "", added: dict[str, str] | None = None) -> Response:
        """The answer of a web action. The gateway says at which ``path`` it is, and which headers are ``added``."""
        content = await body_of(request, limits.PAYLOAD_BYTES)
        namespace, ident, extension, rest = webaction.address(path or request.path_params["path"])
        if namespace != NAMESPACE:
            raise Rejected(404, NOT_FOUND)
        document = self.controller.action(ident)
        annotations = webaction.exported(document)
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
        args = webaction.arguments(context, request.url.query, body, raw, protected(document))
        transaction = request.scope["transaction"]
        headers[ACTIVATION_ID], record = await self.controller.start(ident, args, transaction, limits.BLOCKING_S)
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
                typed(body, apidoc=dict)
                api = self.controller.create_api(body.get("apidoc") or {}, query.get("responsetype", "json"))
                return as_json(gateway.shown(api, origin, self.space))
            case "getApi", "GET":
                values = [gateway.shown(api, origin, self.space) for api in self.controller.apis(query.get("basepath"))]
                return as_json({"apis": [{"id": "Not Used", "key": "Not Used", "value": value} for value in values]})
            case "deleteApi", "DELETE":
                self.controller.delete_api(query.get("basepath", ""), query.get("relpath"), query.get("operation"))
                return as_json({})
        raise Rejected(404, NOT_FOUND)
