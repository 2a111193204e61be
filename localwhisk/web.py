"""HTTP without the REST API: web actions, the API gateway, and the API management that stands behind it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import gateway, limits, webaction
from localwhisk.controller import Controller
from localwhisk.entities import NAMESPACE, protected
from localwhisk.exchange import ACTIVATION_ID, answered, as_json, authenticated, body_of, object_of, refusal
from localwhisk.rejection import NOT_FOUND, Rejected, malformed
from localwhisk.rest import API

UNAUTHORIZED = "The authentication is possible but has failed or not yet been provided."


@dataclass(frozen=True)
class Web:
    controller: Controller
    auth: str

    @property
    def space(self) -> str:
        """The public half of the credentials, in the path of every API."""
        return self.auth.partition(":")[0]

    def routes(self) -> list[Route]:
        paths = {
            f"{API}/web/whisk.system/apimgmt/{{operation}}": self.management,
            f"{API}/web/{{path:path}}": self.action,
            f"{API}/{{path:path}}": self.unknown,
            "/api/{space}/{path:path}": self.api,
        }
        return [Route(path, answered(handler), methods=webaction.METHODS) for path, handler in paths.items()]

    async def unknown(self, _: Request) -> Response:
        raise Rejected(404, NOT_FOUND)

    async def action(self, request: Request) -> Response:
        return await self._serve(request, request.path_params["path"], {})

    async def _serve(self, request: Request, path: str, added: dict[str, str]) -> Response:
        """The answer of the web action at ``path``, to which the gateway ``added`` headers.

        What is raised outside the ``try`` has no CORS headers (WebActions.scala).
        """
        content = await body_of(request, limits.PAYLOAD_BYTES)
        namespace, ident, extension, rest = webaction.address(path)
        if namespace != NAMESPACE:
            raise Rejected(404, NOT_FOUND)
        document = self.controller.action(ident)
        annotations = webaction.exported(document)
        headers = [] if annotations.get("web-custom-options") is True else webaction.cors(request)
        if headers and request.method == "OPTIONS":
            return webaction.with_headers(Response(), headers)
        given, transaction = {**request.headers, **added}, request.state.transaction
        user = NAMESPACE if authenticated(request, self.auth) else None
        allowed = webaction.authorized(annotations, given.get("x-require-whisk-auth"), user)
        if not allowed and request.method != "OPTIONS":
            return refusal(Rejected(401, UNAUTHORIZED), transaction, headers)
        raw = annotations.get("raw-http") is True
        body = webaction.decoded(given.get("content-type", ""), content, raw)
        context = {"__ow_method": request.method.lower(), "__ow_headers": given, "__ow_path": rest}
        context |= {"__ow_user": user} if user else {}
        try:
            args = webaction.arguments(context, request.url.query, body, raw, protected(document))
            activation_id, record = await self.controller.start(ident, args, transaction, limits.BLOCKING_S)
            headers.append((ACTIVATION_ID, activation_id))
            if record is None:
                raise Rejected(202, "Response not yet ready.")
            return webaction.with_headers(webaction.reply(record["response"], extension), headers)
        except Rejected as refused:
            return refusal(refused, transaction, headers)

    async def api(self, request: Request) -> Response:
        """A request to an API. The gateway answers OPTIONS itself, and puts its own CORS headers on what comes back."""
        path = f"/{request.path_params['path']}"
        apis = self.controller.apis() if request.path_params["space"] == self.space else []
        try:
            if request.method == "OPTIONS" and gateway.candidates(apis, path):
                return webaction.with_headers(Response(), gateway.cors(request.headers))
            backend, secret = gateway.route(apis, path, request.method)
        except Rejected as refused:
            return as_json({"status": refused.status, "message": refused.message}, refused.status)
        try:
            added = {**gateway.forwarded(str(request.url), request.client), **secret}
            response = await self._serve(request, backend, added)
        except Rejected as refused:
            response = refusal(refused, request.state.transaction)
        for name, value in gateway.cors(request.headers):
            response.headers[name] = value
        return response

    async def management(self, request: Request) -> Response:
        """createApi, getApi, deleteApi, with or without ``.http``."""
        if not authenticated(request, self.auth):
            raise Rejected(401, UNAUTHORIZED)
        query, origin = request.query_params, str(request.base_url).rstrip("/")
        match request.path_params["operation"].removesuffix(".http"), request.method:
            case "createApi", "POST":
                apidoc = (await object_of(request, limits.PAYLOAD_BYTES)).get("apidoc")
                if not isinstance(apidoc, dict):
                    raise malformed("expected an object under apidoc")
                api = self.controller.create_api(apidoc, query.get("responsetype", "json"))
                return as_json(gateway.shown(api, origin, self.space))
            case "getApi", "GET":
                values = [gateway.shown(api, origin, self.space) for api in self.controller.apis(query.get("basepath"))]
                return as_json({"apis": [{"id": "Not Used", "key": "Not Used", "value": value} for value in values]})
            case "deleteApi", "DELETE":
                self.controller.delete_api(query.get("basepath", ""), query.get("relpath"), query.get("operation"))
                return as_json({})
        raise Rejected(404, NOT_FOUND)
