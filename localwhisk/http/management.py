"""The management of APIs: createApi, getApi and deleteApi, as the official tools call them (core/routemgmt).

There they are web actions of whisk.system: what they refuse is an application error, so 502 without a ``code``.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localwhisk import Json, apis, limits
from localwhisk.apis import Api, Operation, slashed
from localwhisk.controller import Controller
from localwhisk.credentials import Credentials
from localwhisk.entities import NAMESPACE
from localwhisk.http.exchange import ACTIVATION_ID, as_json, object_of, parameter
from localwhisk.http.web import METHODS, WEB, cors_headers
from localwhisk.put import check_types
from localwhisk.rejection import Rejected

MANAGEMENT = f"{WEB}/whisk.system/apimgmt"
HANDED_ON = "$(request.path)"  # the path of the request, behind the backend of a response type http

Endpoint = Callable[[Request], Awaitable[Any]]


class Management:
    def __init__(self, controller: Controller, credentials: Credentials) -> None:
        self._controller = controller
        self._credentials = credentials

    def routes(self) -> list[Route]:
        """With and without ``.http``: the JavaScript client leaves it out."""
        return [
            Route(f"{MANAGEMENT}/{operation}{extension}", self._answered(endpoint), methods=METHODS)
            for operation, endpoint in (("createApi", self.create), ("getApi", self.get), ("deleteApi", self.delete))
            for extension in ("", ".http")
        ]

    def _answered(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        """``endpoint`` with its answer, or what it refuses, as that of a web action."""

        async def answer(request: Request) -> Response:
            headers = {**cors_headers(request), ACTIVATION_ID: uuid4().hex}
            try:
                if not self._credentials.allow(request.headers.get("authorization", "")):
                    raise Rejected(502, "Invalid authentication.")
                return as_json(await endpoint(request), headers=headers)
            except Rejected as rejected:
                if rejected.status != 502:
                    raise
                return as_json({"error": rejected.message}, 502, headers)

        return answer

    async def create(self, request: Request) -> Json:
        body = await object_of(request, limits.PAYLOAD_BYTES)
        check_types(body, apidoc=dict)
        if "apidoc" not in body:
            raise Rejected(502, "apidoc is required.")

        route = apis.Route.from_apidoc(body["apidoc"] or {}, parameter(request, "responsetype") or "json")
        return self._described(request, self._controller.create_api(route))

    async def get(self, request: Request) -> Json:
        values = [self._described(request, api) for api in self._controller.apis(parameter(request, "basepath"))]
        return {"apis": [{"id": "Not Used", "key": "Not Used", "value": value} for value in values]}

    async def delete(self, request: Request) -> Json:
        base, path, verb = (parameter(request, name) for name in ("basepath", "relpath", "operation"))
        if not base:
            raise Rejected(502, "basepath is required.")
        if verb and not path:
            raise Rejected(502, "When specifying an operation, the path is required.")

        self._controller.delete_api(base, path, verb)
        return {}

    def _described(self, request: Request, api: Api) -> Json:
        origin = str(request.base_url).rstrip("/")
        return described(api, origin, self._credentials.uuid)


def described(api: Api, origin: str, space: str) -> Json:
    """``api`` as the official tools read it: a swagger document in an envelope."""
    return {
        "namespace": "Not Used",
        "tenantId": "Not Used",
        "gwApiUrl": f"{origin}/api/{space}{slashed(api.base_path)}",
        "gwApiActivated": True,
        "apidoc": swagger(api, origin),
    }


def swagger(api: Api, origin: str) -> Json:
    operations = [(path, verb, operation) for path, verbs in api.paths.items() for verb, operation in verbs.items()]
    paths: dict[str, Json] = {path: {} for path in api.paths}
    for path, verb, operation in operations:
        paths[path][verb] = swagger_operation(path, verb, operation, origin)

    cases = [swagger_case(path, verb, operation, origin) for path, verb, operation in operations]
    return {
        "swagger": "2.0",
        "info": {"title": api.title, "version": "1.0.0"},
        "basePath": api.base_path,
        "paths": paths,
        "x-ibm-configuration": {
            "cors": {"enabled": True},
            "assembly": {"execute": [{"operation-switch": {"case": cases}}]},
        },
    }


def swagger_operation(path: str, verb: str, operation: Operation, origin: str) -> Json:
    return {
        "operationId": operation_id(path, verb),
        "x-openwhisk": {
            "url": backend_url(operation, origin),
            "namespace": NAMESPACE,
            "package": operation.package,
            "action": operation.action,
        },
        "responses": {"default": {"description": "Default response"}},
    }


def swagger_case(path: str, verb: str, operation: Operation, origin: str) -> Json:
    """What the gateway does for one operation."""
    handed_on = HANDED_ON if operation.response_type == "http" else ""
    invoke: Json = {"invoke": {"target-url": f"{backend_url(operation, origin)}{handed_on}", "verb": "keep"}}
    secret: list[Json] = []
    if operation.secure_key is not None:
        action = {"set": "message.headers.X-Require-Whisk-Auth", "value": operation.secure_key}
        secret = [{"set-variable": {"actions": [action]}}]
    return {"operations": [operation_id(path, verb)], "execute": [invoke, *secret]}


def backend_url(operation: Operation, origin: str) -> str:
    return operation.backend_url or f"{origin}{WEB}/{operation.web_path}"


def operation_id(path: str, verb: str) -> str:
    return verb + "".join(word.capitalize() for word in re.split(r"\W+", path))
