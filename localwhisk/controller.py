"""What the platform can be asked: entities, APIs and activations. Routes and deployment talk to this alone."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from localwhisk import Json, limits, put, sequences
from localwhisk.activation import ActivationRecord, Call
from localwhisk.apis import Api, Route
from localwhisk.containers.invoker import Invoker
from localwhisk.containers.job import Job
from localwhisk.entities import NAMESPACE, Action, Package, Parameters, identifier, merged
from localwhisk.put import ActionWithCode
from localwhisk.records import Records
from localwhisk.rejection import NOT_FOUND, OTHER_COLLECTION, Rejected
from localwhisk.store import Store
from localwhisk.strict_json import JsonValue
from localwhisk.throttle import Throttle

ACTIVATION_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Started:
    """An activation that has been started."""

    call: Call
    task: asyncio.Task[ActivationRecord]

    async def ended_within(self, wait_s: float) -> ActivationRecord | None:
        """Its record, or None if it has not ended after ``wait_s`` seconds. It runs on after that.

        If this is cancelled, the caller has gone: what has begun runs on, what waits for a container does not.
        """
        try:
            done, _ = await asyncio.wait({self.task}, timeout=wait_s)
        except asyncio.CancelledError:
            if wait_s > 0:  # who does not wait for the result cannot leave
                self.call.caller.leave()
            raise
        return self.task.result() if done else None


class Controller:
    """Every method raises ``Rejected`` as the platform refuses. ``clock`` gives seconds since 1970."""

    def __init__(self, store: Store, invoker: Invoker, clock: Callable[[], float], quota: limits.Quota) -> None:
        self._store = store
        self._invoker = invoker
        self._clock = clock
        self.quota = quota
        self.records = Records(store)
        self._throttle = Throttle(quota, clock)
        self._running: set[asyncio.Task[ActivationRecord]] = set()

    # Packages

    def package(self, name: str) -> Package:
        package = self._package(name)
        if package is None:
            raise Rejected(404, f"The requested resource '{NAMESPACE}/{name}' does not exist.")
        return package

    def _package(self, name: str) -> Package | None:
        """One name cannot be an action's and a package's."""
        package = self._store.package(name)
        if package is None and self._store.action(name) is not None:
            raise Rejected(409, OTHER_COLLECTION)
        return package

    def packages(self) -> list[Package]:
        """All packages, the one that changed last first."""
        return sorted(self._store.packages(), key=lambda package: -package.updated_ms)

    def put_package(self, name: str, body: Json, overwrite: bool) -> Package:
        previous = self._package(name)
        if previous is not None and not overwrite:
            raise already_exists()

        package = put.package(name, body, previous, self._now_ms())
        self._store.put_package(package)
        return package

    def delete_package(self, name: str, force: bool) -> Package:
        package = self._package(name)
        if package is None:
            raise Rejected(404, NOT_FOUND)

        actions = self._store.actions(name)
        if actions and not force:
            count = f"contains {len(actions)} {'entity' if len(actions) == 1 else 'entities'}"
            raise Rejected(409, f"Package not empty ({count}). Set force param or delete package contents.")

        for action in actions:
            self._store.delete_action(action.identifier)
        self._store.delete_package(name)
        return package

    # Actions

    def action(self, ident: str) -> Action:
        """The action, with the parameters that it inherits from its package."""
        action = self._stored_action(ident)
        package = self._store.package(action.package)
        return action if package is None else replace(action, parameters=merged(package.parameters, action.parameters))

    def _stored_action(self, ident: str) -> Action:
        action = self._find_action(ident)
        if action is None:
            raise Rejected(404, NOT_FOUND)
        return action

    def _find_action(self, ident: str) -> Action | None:
        action = self._store.action(ident)
        if action is None and self._store.package(ident) is not None:
            raise Rejected(409, OTHER_COLLECTION)
        return action

    def _check_package(self, name: str) -> None:
        """Raise where there is no package of that ``name``; the empty one is the default package."""
        if name and self._package(name) is None:
            raise Rejected(404, NOT_FOUND)

    def code(self, action: Action) -> str | None:
        return self._store.code(action.identifier)

    def actions(self, package: str | None = None) -> list[Action]:
        """All actions, or those of one ``package``, the one that changed last first."""
        if package is not None:
            self._check_package(package)
        return sorted(self._store.actions(package), key=lambda action: -action.updated_ms)

    def put_action(self, ident: str, body: Json, overwrite: bool) -> ActionWithCode:
        self._check_package(ident.rpartition("/")[0])
        previous = self._action_with_code(ident)
        if previous is not None and not overwrite:
            raise already_exists()

        made = put.action(ident, body, previous, self._now_ms())
        if body.get("exec"):
            sequences.count_actions(made.action, self._find_component, {ident})
        self._store.put_action(made.action, made.code)
        return made

    def _find_component(self, ident: str) -> Action | None:
        self._check_package(ident.rpartition("/")[0])
        return self._find_action(ident)

    def _action_with_code(self, ident: str) -> ActionWithCode | None:
        action = self._find_action(ident)
        return None if action is None else ActionWithCode(action, self._store.code(ident))

    def delete_action(self, ident: str) -> ActionWithCode:
        deleted = ActionWithCode(self._stored_action(ident), self._store.code(ident))
        self._store.delete_action(ident)
        return deleted

    # APIs

    def apis(self, base_or_title: str | None = None) -> list[Api]:
        """Every API, or the one with this base path or title."""
        return [api for api in self._store.apis() if base_or_title in (None, api.base_path, api.title)]

    def create_api(self, route: Route) -> Api:
        """The API of ``route``, made for it if it is the first. Only then its title counts."""
        api = self._store.api(route.base_path) or Api(route.base_path, route.title)
        with_route = api.with_route(route)
        self._store.put_api(with_route)
        return with_route

    def delete_api(self, base_or_title: str, path: str | None, verb: str | None) -> None:
        """Delete one verb of a path, a whole path, or without ``path`` the whole API."""
        apis = self.apis(base_or_title)
        if not apis:
            raise Rejected(502, f"API deletion failure: API '{base_or_title}' does not exist.")

        api = apis[0]
        rest = None if path is None else api.without(path, verb)
        if rest is not None and rest.paths:
            self._store.put_api(rest)
        else:
            self._store.delete_api(api.base_path)

    # Activations

    def activation(self, activation_id: str) -> Json:
        """The record of an activation that ended."""
        if len(activation_id) != limits.ID_LENGTH:
            reason = f"length is {len(activation_id)} but must be {limits.ID_LENGTH}"
            raise Rejected(400, f"Activation id {reason}.")
        if not ACTIVATION_ID.fullmatch(activation_id):
            raise Rejected(400, "The activation id is not valid.")

        record = self.records.get(activation_id)
        if record is None:
            raise Rejected(404, NOT_FOUND)
        return record

    def check_throttle(self) -> None:
        """429 for who asks for too many activations."""
        self._throttle.check(in_flight=len(self._running))

    def start(self, ident: str, payload: Json, transaction_id: str) -> Started:
        """Start an activation; 429 if others have come first since the throttle was checked."""
        self._throttle.check_in_flight(len(self._running))
        call = Call(new_id(), transaction_id, self._now_ms())
        task = asyncio.create_task(self._activate(ident, payload, call))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return Started(call, task)

    async def _activate(self, ident: str, payload: JsonValue, call: Call) -> ActivationRecord:
        """The record of one activation, and of a sequence's after those of its components."""
        action = self.action(ident)
        if action.exec.is_sequence:
            record = await self._run_sequence(action, payload, call)
        else:
            record = await self._run_action(action, payload, call)
        self.records.add(ident, record)
        return record

    async def _run_sequence(self, action: Action, payload: JsonValue, call: Call) -> ActivationRecord:
        async def activate_component(ident: str, args: JsonValue) -> ActivationRecord:
            component_call = Call(new_id(), call.transaction_id, self._now_ms(), call.activation_id, call.caller)
            return await self._activate(ident, args, component_call)

        self._prepare(action.exec.components[1:])

        start_ms = self._now_ms()
        records, response = await sequences.run(action, payload, activate_component)
        return sequences.record(action, call, records, response, start_ms, end_ms=max(start_ms, self._now_ms()))

    def _prepare(self, components: tuple[str, ...]) -> None:
        """Let the containers of a sequence's later steps start while its first step runs."""
        for name in map(identifier, components):
            component = self._store.action(name)
            if component is not None and not component.exec.is_sequence:
                self._invoker.prepare(component)

    async def _run_action(self, action: Action, payload: JsonValue, call: Call) -> ActivationRecord:
        args, env = arguments(action.parameters, payload)
        job = Job(action, call, args, env, read_code=partial(self._code_of, action))
        return await self._invoker.invoke(job)

    def _code_of(self, action: Action) -> str | None:
        """The code of ``action``; what waited for a container may find that there is another one by now."""
        current = self._store.action(action.identifier)
        if current is None or current.updated_ms != action.updated_ms:
            raise Rejected(409, "Action version is not compatible and cannot be invoked.")
        return self._store.code(action.identifier)

    async def close(self) -> None:
        """Break off what still runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self.records.flush()

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)


def arguments(parameters: Parameters, payload: JsonValue) -> tuple[JsonValue, dict[str, str]]:
    """What ``/run`` gets, and what ``/init`` gets as environment: init-only parameters, as text (WhiskAction.scala)."""
    given = payload if isinstance(payload, dict) else {}
    values = {**{parameter.key: parameter.value for parameter in parameters}, **given}
    init_keys = {parameter.key for parameter in parameters if parameter.init}

    env = {key: as_text(values[key]) for key in init_keys}
    if not isinstance(payload, dict):  # a list replaces the arguments without any merge (SequenceActions.scala)
        return payload, env
    return {key: value for key, value in values.items() if key not in init_keys}, env


def as_text(value: JsonValue) -> str:
    """``value`` as an environment variable."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def new_id() -> str:
    return uuid4().hex


def already_exists() -> Rejected:
    return Rejected(409, "resource already exists")
