"""The management of APIs: createApi, getApi and deleteApi, as the official tools call them (core/routemgmt)."""

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import Json, apis, limits
from localwhisk.apis import Api, Operation
from localwhisk.controller import Controller
from localwhisk.credentials import Credentials
from localwhisk.entities import NAMESPACE
from localwhisk.http.exchange import as_json, object_of
from localwhisk.http.web import WEB
from localwhisk.put import check_types
from localwhisk.rejection import UNAUTHORIZED, Rejected

MANAGEMENT = f"{WEB}/whisk.system/apimgmt"


class Management:
    def __init__(self, controller: Controller, credentials: Credentials) -> None:
        self._controller = controller
        self._credentials = credentials

    def routes(self) -> list[Route]:
        """With and without ``.http``: the JavaScript client leaves it out."""
        return [
            Route(f"{MANAGEMENT}/{operation}{extension}", endpoint, methods=[method])
            for operation, method, endpoint in (
                ("createApi", "POST", self.create),
                ("getApi", "GET", self.get),
                ("deleteApi", "DELETE", self.delete),
            )
            for extension in ("", ".http")
        ]

    async def create(self, request: Request) -> Response:
        self._check_user(request)
        body = await object_of(request, limits.PAYLOAD_BYTES)
        check_types(body, apidoc=dict)
        response_type = request.query_params.get("responsetype", "json")
        route = apis.Route.from_apidoc(body.get("apidoc") or {}, response_type)
        return as_json(self._described(request, self._controller.create_api(route)))

    async def get(self, request: Request) -> Response:
        self._check_user(request)
        found = self._controller.apis(request.query_params.get("basepath"))
        values = [self._described(request, api) for api in found]
        return as_json({"apis": [{"id": "Not Used", "key": "Not Used", "value": value} for value in values]})

    async def delete(self, request: Request) -> Response:
        self._check_user(request)
        query = request.query_params
        self._controller.delete_api(query.get("basepath", ""), query.get("relpath"), query.get("operation"))
        return as_json({})

    def _check_user(self, request: Request) -> None:
        if not self._credentials.allow(request.headers.get("authorization", "")):
            raise Rejected(401, UNAUTHORIZED)

    def _described(self, request: Request, api: Api) -> Json:
        origin = str(request.base_url).rstrip("/")
        return described(api, origin, self._credentials.uuid)


def described(api: Api, origin: str, space: str) -> Json:
    """``api`` as the official tools read it: a swagger document in an envelope."""
    return {
        "namespace": "Not Used",
        "tenantId": "Not Used",
        "gwApiUrl": f"{origin}/api/{space}{api.base_path}",
        "gwApiActivated": True,
        "apidoc": swagger(api, origin),
    }


def swagger(api: Api, origin: str) -> Json:
    paths = {
        path: {verb: swagger_operation(path, verb, operation, origin) for verb, operation in verbs.items()}
        for path, verbs in api.paths.items()
    }
    return {
        "swagger": "2.0",
        "info": {"title": api.title, "version": "1.0.0"},
        "basePath": api.base_path,
        "paths": paths,
        "x-ibm-configuration": {"cors": {"enabled": True}},
    }


def swagger_operation(path: str, verb: str, operation: Operation, origin: str) -> Json:
    words = re.split(r"\W+", path)
    return {
        "operationId": verb + "".join(word.capitalize() for word in words),
        "x-openwhisk": {
            "url": f"{origin}{WEB}/{operation.web_path}",
            "namespace": NAMESPACE,
            "package": operation.package,
            "action": operation.action,
        },
        "responses": {"default": {"description": "Default response"}},
    }
