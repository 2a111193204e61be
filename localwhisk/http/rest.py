"""The REST API of packages, actions and activations (OpenWhisk docs/rest_api.md)."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route, Router

from localwhisk import Json, limits, put
from localwhisk.activation import FOREVER_MS, Period, Status
from localwhisk.controller import Controller
from localwhisk.credentials import Credentials
from localwhisk.entities import NAME, NAMESPACE, checked_name
from localwhisk.http.exchange import (
    ACTIVATION_ID,
    WHOLE_NUMBER,
    as_json,
    flag,
    json_of,
    malformed_parameter,
    object_of,
    parameter,
    skip_and_limit,
    transaction_id,
    while_connected,
)
from localwhisk.http.middleware import AuthenticatedNamespace, Negotiated
from localwhisk.http.platform_info import API, api_info, namespace_limits
from localwhisk.rejection import PARAMETERS_NOT_ALLOWED, Rejected, not_implemented

Endpoint = Callable[[Request], Awaitable[Response]]
METHODS = ("GET", "PUT", "POST", "DELETE")
ACTIVATION_NAME = re.compile(rf"{NAME}(/({NAME})?)?", re.ASCII)

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
        negotiated = Middleware(Negotiated)
        of_user = [negotiated, Middleware(AuthenticatedNamespace, credentials=self._credentials)]
        return [
            rest_route(API, self.get_info),
            rest_route(f"{API}/", self.get_info),
            rest_route(f"{API}/api-docs", self.refuse),
            Mount(f"{API}/namespaces/{{namespace}}", self._namespaced(), middleware=of_user),
            *(rest_route(f"{API}/namespaces{slash}", self.list_namespaces, middleware=of_user) for slash in ("", "/")),
        ]

    def _namespaced(self) -> Router:
        """The routes below one namespace. The slash after ``packages`` and the like may be there or not."""
        routes = [
            rest_route("/packages", self.list_packages),
            rest_route("/packages/", self.list_packages),
            rest_route("/packages/{name}", self.get_package),
            rest_route("/packages/{name}", self.put_package, "PUT"),
            rest_route("/packages/{name}", self.delete_package, "DELETE"),
            rest_route("/actions", self.list_actions),
            rest_route("/actions/", self.list_actions),
            rest_route("/actions/{package}/", self.list_actions),
            *self._of_an_action("/actions/{name}"),
            *self._of_an_action("/actions/{package}/{name}"),
            rest_route("/activations", self.list_activations),
            rest_route("/activations/", self.list_activations),
            rest_route("/activations/{id}", self.get_activation),
            rest_route("/activations/{id}/", self.get_activation),
            rest_route("/activations/{id}/logs", self.get_logs),
            rest_route("/activations/{id}/result", self.get_result),
            rest_route("/limits", self.get_limits),
            rest_route("/triggers", self.list_nothing),
            rest_route("/rules", self.list_nothing),
            *(rest_route("/triggers/{name}", self.refuse, method) for method in METHODS),
            *(rest_route("/rules/{name}", self.refuse, method) for method in METHODS),
        ]
        return Router(routes, redirect_slashes=False)

    def _of_an_action(self, path: str) -> list[Route]:
        return [
            rest_route(path, self.get_action),
            rest_route(path, self.put_action, "PUT"),
            rest_route(path, self.delete_action, "DELETE"),
            rest_route(path, self.invoke, "POST"),
        ]

    async def get_info(self, _request: Request) -> Response:
        return as_json(api_info())

    async def list_namespaces(self, _request: Request) -> Response:
        return as_json([NAMESPACE])

    async def list_nothing(self, request: Request) -> Response:
        """The official tools list triggers and rules in any case."""
        skip_and_limit(request, request.url.path.rpartition("/")[2])
        return as_json([])

    async def get_limits(self, _request: Request) -> Response:
        return as_json(namespace_limits(self._controller.quota))

    async def refuse(self, request: Request) -> Response:
        raise not_implemented(f"{request.method} {request.url.path}")

    # Packages

    async def list_packages(self, request: Request) -> Response:
        skip, limit = skip_and_limit(request, "packages")
        packages = self._controller.packages()
        if flag(request, "count"):
            return as_json({"packages": len(packages[skip:])})
        return as_json([package.as_row() for package in packages[skip : skip + limit]])

    async def get_package(self, request: Request) -> Response:
        """The package, and its actions in short."""
        package = self._controller.package(package_name(request))
        rows = [action.as_row() for action in self._controller.actions(package.name)]
        actions = [{key: row[key] for key in ("name", "version", "annotations")} for row in rows]
        return as_json({**package.as_json(), "actions": actions, "feeds": []})

    async def put_package(self, request: Request) -> Response:
        name = package_name(request)
        body = put.parsed(await json_of(request, limits.BODY_BYTES))
        return as_json(self._controller.put_package(name, body, flag(request, "overwrite")).as_json())

    async def delete_package(self, request: Request) -> Response:
        name = package_name(request)
        return as_json(self._controller.delete_package(name, flag(request, "force")).as_json())

    # Actions

    async def list_actions(self, request: Request) -> Response:
        """All actions, or those of one package."""
        skip, limit = skip_and_limit(request, "actions")
        actions = self._controller.actions(request.path_params.get("package"))
        if flag(request, "count"):
            return as_json({"actions": len(actions[skip:])})
        return as_json([action.as_row() for action in actions[skip : skip + limit]])

    async def get_action(self, request: Request) -> Response:
        action = self._controller.action(action_name(request))
        code = self._controller.code(action) if flag(request, "code", default=True) else None
        return as_json(action.as_json(code))

    async def put_action(self, request: Request) -> Response:
        name = action_name(request)
        body = put.parsed(await json_of(request, limits.BODY_BYTES))
        made = self._controller.put_action(name, body, flag(request, "overwrite"))
        return as_json(made.action.as_json(made.code))

    async def delete_action(self, request: Request) -> Response:
        deleted = self._controller.delete_action(action_name(request))
        return as_json(deleted.action.as_json(deleted.code))

    async def invoke(self, request: Request) -> Response:
        """Start an activation; a blocking one is answered with its record or, with ``result=true``, its result."""
        wait_s = blocking_s(request)
        name = action_name(request)
        self._controller.check_throttle()
        action = self._controller.action(name)
        payload = await object_of(request, limits.PAYLOAD_BYTES)
        if action.protected & payload.keys():
            raise Rejected(400, PARAMETERS_NOT_ALLOWED)

        started = self._controller.start(action.identifier, payload, transaction_id(request))
        record = await while_connected(request, started.ended_within(wait_s))
        activation_id = started.call.activation_id
        headers = {ACTIVATION_ID: activation_id}
        if record is None:
            return as_json({"activationId": activation_id}, 202, headers)

        response = record.response
        status = INVOKED_STATUS[response.status]
        if flag(request, "result") or isinstance(response.result, list):
            return as_json(response.result, status, headers)
        # Logs are collected after the answer, except for a sequence, whose logs are the ids of its components.
        shown = record if action.exec.is_sequence else replace(record, logs=())
        return as_json(shown.as_json(), status, headers)

    # Activations

    async def list_activations(self, request: Request) -> Response:
        """Records, newest first; with ``count=true`` only how many there are."""
        period = period_of(request)
        skip, limit = skip_and_limit(request, "activations")
        docs = flag(request, "docs")
        if flag(request, "count"):
            if docs:
                raise Rejected(400, "The parameter 'docs' is not permitted with 'count'.")
            return as_json(self._count(period, skip))

        if docs:
            numbers = self._controller.records.numbers(period, limit, skip)
            return StreamingResponse(self._documents(numbers), media_type="application/json")
        return as_json(self._controller.records.rows(period, limit, skip))

    def _count(self, period: Period, skip: int) -> Json:
        """How many records there are, and if any, how many could not be stored."""
        count = max(0, self._controller.records.count(period) - skip)
        lost = self._controller.records.count_lost(period)
        return {"activations": count, "lost": lost} if lost else {"activations": count}

    async def _documents(self, numbers: list[int]) -> AsyncIterator[str]:
        """A JSON array of records. Two hundred can have a hundred megabytes: others are served in between."""
        separator = "["
        for each in numbers:
            document = self._controller.records.document(each)
            if document is not None:
                yield separator + document
                separator = ","
            await asyncio.sleep(0)
        yield "[]" if separator == "[" else "]"

    async def get_activation(self, request: Request) -> Response:
        return as_json(self._record(request))

    async def get_logs(self, request: Request) -> Response:
        return as_json({"logs": self._record(request)["logs"]})

    async def get_result(self, request: Request) -> Response:
        return as_json(self._record(request)["response"])

    def _record(self, request: Request) -> Json:
        return self._controller.activation(request.path_params["id"])


def rest_route(path: str, endpoint: Endpoint, method: str = "GET", middleware: Sequence[Middleware] = ()) -> Route:
    """A route that answers just one method: the REST API knows no HEAD."""
    route = Route(path, endpoint, methods=[method], middleware=middleware)
    route.methods = {method}
    return route


def package_name(request: Request) -> str:
    return checked_name(request.path_params["name"])


def action_name(request: Request) -> str:
    """``[package/]name``."""
    parameters = request.path_params
    names = [parameters[key] for key in ("package", "name") if key in parameters]
    return "/".join(map(checked_name, names))


def blocking_s(request: Request) -> float:
    """How many seconds the caller wants to wait for the end of the activation; a ``timeout`` is checked in any case."""
    longest_ms = round(limits.BLOCKING_S * 1000)
    text = parameter(request, "timeout") or str(longest_ms)
    if not WHOLE_NUMBER.fullmatch(text) or not 0 < int(text) <= longest_ms:
        reason = f"Timeout must be number of milliseconds up to {longest_ms}."
        raise malformed_parameter("timeout", reason)
    return int(text) / 1000 if flag(request, "blocking") else 0


def period_of(request: Request) -> Period:
    """The period in the query; ``name`` is the identifier of an action (Activations.scala)."""
    name = parameter(request, "name") or None
    if name is not None and not ACTIVATION_NAME.fullmatch(name):
        reason = f"Parameter may be a 'simple' name or 'package-name/simple' name: {name}"
        raise malformed_parameter("name", reason)
    return Period(
        since_ms=epoch_ms(request, "since", 0), upto_ms=epoch_ms(request, "upto", FOREVER_MS), identifier=name
    )


def epoch_ms(request: Request, name: str, default: int) -> int:
    text = parameter(request, name)
    if text is None:
        return default
    if not WHOLE_NUMBER.fullmatch(text) or abs(int(text)) > FOREVER_MS:
        raise malformed_parameter(name, f"Parameter is not a valid value for epoch seconds: {text}")
    return int(text)
