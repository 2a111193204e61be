"""The REST API of packages, actions and activations (OpenWhisk docs/rest_api.md)."""

from dataclasses import replace

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from localwhisk import Json, limits
from localwhisk.activation import FOREVER_MS, Period, Status
from localwhisk.controller import Controller
from localwhisk.credentials import Credentials
from localwhisk.entities import NAMESPACE
from localwhisk.http.exchange import (
    ACTIVATION_ID,
    as_json,
    flag,
    number,
    object_of,
    skip_and_limit,
    transaction_id,
    while_connected,
)
from localwhisk.http.middleware import AuthenticatedNamespace
from localwhisk.http.platform_info import API, api_info
from localwhisk.rejection import PARAMETERS_NOT_ALLOWED, Rejected, not_implemented

# Of a blocking invocation, by the status of its activation (Actions.scala).
INVOKED_STATUS = {
    Status.SUCCESS: 200,
    Status.APPLICATION_ERROR: 502,
    Status.DEVELOPER_ERROR: 502,
    Status.INTERNAL_ERROR: 500,
}


class RestApi:
    def __init__(self, controller: Controller, credentials: Credentials) -> None:
        self._controller = controller
        self._credentials = credentials

    def routes(self) -> list[BaseRoute]:
        of_user = [Middleware(AuthenticatedNamespace, credentials=self._credentials)]
        return [
            Route(API, self.get_info),
            Route(f"{API}/namespaces", self.list_namespaces, middleware=of_user),
            Mount(f"{API}/namespaces/{{namespace}}", routes=self._namespaced(), middleware=of_user),
        ]

    def _namespaced(self) -> list[Route]:
        """The routes below one namespace. The slash after ``packages`` and the like may be there or not."""
        return [
            Route("/packages", self.list_packages),
            Route("/packages/", self.list_packages),
            Route("/packages/{name:path}", self.get_package),
            Route("/packages/{name:path}", self.put_package, methods=["PUT"]),
            Route("/packages/{name:path}", self.delete_package, methods=["DELETE"]),
            Route("/actions", self.list_actions),
            Route("/actions/", self.list_actions),
            Route("/actions/{package:path}/", self.list_actions),
            Route("/actions/{name:path}", self.get_action),
            Route("/actions/{name:path}", self.put_action, methods=["PUT"]),
            Route("/actions/{name:path}", self.delete_action, methods=["DELETE"]),
            Route("/actions/{name:path}", self.invoke, methods=["POST"]),
            Route("/activations", self.list_activations),
            Route("/activations/", self.list_activations),
            Route("/activations/{id}", self.get_activation),
            Route("/activations/{id}/logs", self.get_logs),
            Route("/activations/{id}/result", self.get_result),
            Route("/triggers", self.list_nothing),
            Route("/rules", self.list_nothing),
            Route("/{path:path}", self.refuse, methods=["GET", "PUT", "POST", "DELETE"]),
        ]

    async def get_info(self, _request: Request) -> Response:
        return as_json(api_info())

    async def list_namespaces(self, _request: Request) -> Response:
        return as_json([NAMESPACE])

    async def list_nothing(self, _request: Request) -> Response:
        """The official tools list triggers and rules in any case."""
        return as_json([])

    async def refuse(self, request: Request) -> Response:
        raise not_implemented(f"{request.method} {request.url.path}")

    # Packages

    async def list_packages(self, request: Request) -> Response:
        skip, limit = skip_and_limit(request)
        packages = self._controller.packages()[skip : skip + limit]
        return as_json([package.as_row() for package in packages])

    async def get_package(self, request: Request) -> Response:
        """The package, and its actions in short."""
        package = self._controller.package(request.path_params["name"])
        rows = [action.as_row() for action in self._controller.actions(package.name)]
        rows.sort(key=lambda row: row["name"])
        actions = [{key: row[key] for key in ("name", "version", "annotations")} for row in rows]
        return as_json({**package.as_json(), "actions": actions, "feeds": []})

    async def put_package(self, request: Request) -> Response:
        body = await object_of(request, limits.BODY_BYTES)
        name = request.path_params["name"]
        return as_json(self._controller.put_package(name, body, flag(request, "overwrite")).as_json())

    async def delete_package(self, request: Request) -> Response:
        name = request.path_params["name"]
        return as_json(self._controller.delete_package(name, flag(request, "force")).as_json())

    # Actions

    async def list_actions(self, request: Request) -> Response:
        """All actions, or those of one package."""
        skip, limit = skip_and_limit(request)
        actions = self._controller.actions(request.path_params.get("package"))[skip : skip + limit]
        return as_json([action.as_row() for action in actions])

    async def get_action(self, request: Request) -> Response:
        action = self._controller.action(request.path_params["name"])
        document = action.as_json()
        if flag(request, "code", default=True) and not action.exec.is_sequence:
            document["exec"]["code"] = self._controller.code(action)
        return as_json(document)

    async def put_action(self, request: Request) -> Response:
        body = await object_of(request, limits.BODY_BYTES)
        name = request.path_params["name"]
        return as_json(self._controller.put_action(name, body, flag(request, "overwrite")).as_json())

    async def delete_action(self, request: Request) -> Response:
        return as_json(self._controller.delete_action(request.path_params["name"]).as_json())

    async def invoke(self, request: Request) -> Response:
        """Start an activation; a blocking one is answered with its record or, with ``result=true``, its result."""
        payload = await object_of(request, limits.PAYLOAD_BYTES)
        action = self._controller.action(request.path_params["name"])
        if action.protected & payload.keys():
            raise Rejected(400, PARAMETERS_NOT_ALLOWED)

        start = self._controller.start(action.identifier, payload, transaction_id(request), wait_s=blocking_s(request))
        started = await while_connected(request, start)
        headers = {ACTIVATION_ID: started.activation_id}
        if started.record is None:
            return as_json({"activationId": started.activation_id}, 202, headers)

        response = started.record.response
        status = INVOKED_STATUS[response.status]
        if flag(request, "result") or isinstance(response.result, list):
            return as_json(response.result, status, headers)
        # Logs are collected after the answer, except for a sequence, whose logs are the ids of its components.
        record = started.record if action.exec.is_sequence else replace(started.record, logs=())
        return as_json(record.as_json(), status, headers)

    # Activations

    async def list_activations(self, request: Request) -> Response:
        """Records, newest first; with ``count=true`` only how many there are."""
        period = period_of(request)
        skip, limit = skip_and_limit(request)
        docs = flag(request, "docs")
        if not flag(request, "count"):
            return as_json(self._controller.activations(period, limit, skip, docs))

        if docs:
            raise Rejected(400, "The parameter 'docs' is not permitted with 'count'.")
        count = self._controller.count_activations(period) - skip
        return as_json({"activations": max(0, count)})

    async def get_activation(self, request: Request) -> Response:
        return as_json(self._record(request))

    async def get_logs(self, request: Request) -> Response:
        return as_json({"logs": self._record(request)["logs"]})

    async def get_result(self, request: Request) -> Response:
        return as_json(self._record(request)["response"])

    def _record(self, request: Request) -> Json:
        return self._controller.activation(request.path_params["id"])


def blocking_s(request: Request) -> float:
    """How many seconds the caller wants to wait for the end of the activation."""
    if not flag(request, "blocking"):
        return 0
    longest_ms = round(limits.BLOCKING_S * 1000)
    return number(request, "timeout", longest_ms, longest_ms) / 1000


def period_of(request: Request) -> Period:
    """The period in the query; ``name`` is the identifier of an action."""
    return Period(
        since_ms=number(request, "since", 0),
        upto_ms=number(request, "upto", FOREVER_MS),
        identifier=request.query_params.get("name") or None,
    )
