"""HTTP without the REST API: web actions, the API gateway, and the API management that stands behind it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import gateway, limits, webaction
from localwhisk.controller import Controller, protected
from localwhisk.entities import NAMESPACE
from localwhisk.exchange import ACTIVATION_ID, Credentials, answered, as_json, body_of, from_reply, object_of, refusal
from localwhisk.rejection import NOT_FOUND, Rejected, malformed
from localwhisk.rest import API

UNAUTHORIZED = "The authentication is possible but has failed or not yet been provided."


class Web:
    def __init__(self, controller: Controller, credentials: Credentials) -> None:
        self._controller = controller
        self._credentials = credentials

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
        plain = await self._plain(request)
        return await self._serve(request.path_params["path"], plain, request.state.transaction)

    async def _plain(self, request: Request) -> webaction.Request:
        body, user = await body_of(request, limits.PAYLOAD_BYTES), self._credentials.user(request)
        return webaction.Request(request.method, dict(request.headers), request.url.query, body, user)

    async def _serve(self, path: str, request: webaction.Request, transaction: str) -> Response:
        """The answer of a web action. What is refused outside the ``try`` has no CORS headers (WebActions.scala)."""
        to = webaction.address(path)
        if to.namespace != NAMESPACE:
            raise Rejected(404, NOT_FOUND)
        document = self._controller.action(to.ident)
        annotations = webaction.exported(document)
        headers = [] if annotations.get("web-custom-options") is True else webaction.cors(request)
        if headers and request.method == "OPTIONS":
            return from_reply(webaction.Reply(200), headers)
        body = webaction.decoded(request, annotations.get("raw-http") is True)
        try:
            if request.method != "OPTIONS" and not webaction.authorized(annotations, request):
                raise Rejected(401, UNAUTHORIZED)
            args = webaction.arguments(request, body, to.rest, annotations, protected(document))
            activation_id, record = await self._controller.start(to.ident, args, transaction, limits.BLOCKING_S)
            headers.append((ACTIVATION_ID, activation_id))
            if record is None:
                raise Rejected(202, "Response not yet ready.")
            return from_reply(webaction.reply(record["response"], to.extension), headers)
        except Rejected as refused:
            response = refusal(refused, transaction)
            for name, value in headers:
                response.headers.append(name, value)
            return response

    async def api(self, request: Request) -> Response:
        """A request to an API. The gateway answers OPTIONS itself, and puts its own CORS headers on what comes back."""
        path, known = f"/{request.path_params['path']}", request.path_params["space"] == self._credentials.space
        apis = self._controller.apis() if known else []
        try:
            if request.method == "OPTIONS" and gateway.candidates(apis, path):
                return from_reply(webaction.Reply(200), gateway.cors(request.headers))
            route = gateway.route(apis, path, request.method)
        except Rejected as refused:
            return as_json({"status": refused.status, "message": refused.message}, refused.status)
        try:
            plain = await self._plain(request)
            added = {**gateway.forwarded(str(request.url), request.client), **route.headers}
            sent = plain._replace(headers={**plain.headers, **added})
            response = await self._serve(route.path, sent, request.state.transaction)
        except Rejected as refused:
            response = refusal(refused, request.state.transaction)
        for name, value in gateway.cors(request.headers):
            response.headers[name] = value
        return response

    async def management(self, request: Request) -> Response:
        """createApi, getApi, deleteApi, with or without ``.http``."""
        if self._credentials.user(request) is None:
            raise Rejected(401, UNAUTHORIZED)
        query, origin, space = request.query_params, str(request.base_url).rstrip("/"), self._credentials.space
        match request.path_params["operation"].removesuffix(".http"), request.method:
            case "createApi", "POST":
                apidoc = (await object_of(request, limits.PAYLOAD_BYTES)).get("apidoc")
                if not isinstance(apidoc, dict):
                    raise malformed("expected an object under apidoc")
                api = self._controller.create_api(apidoc, query.get("responsetype", "json"))
                return as_json(gateway.shown(api, origin, space))
            case "getApi", "GET":
                values = [gateway.shown(api, origin, space) for api in self._controller.apis(query.get("basepath"))]
                return as_json({"apis": [{"id": "Not Used", "key": "Not Used", "value": value} for value in values]})
            case "deleteApi", "DELETE":
                self._controller.delete_api(query.get("basepath", ""), query.get("relpath"), query.get("operation"))
                return as_json({})
        raise Rejected(404, NOT_FOUND)
