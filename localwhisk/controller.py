"""What the API can be asked. REST routes, web actions, the gateway and the deployment all call this."""

import asyncio
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from localwhisk import Json, activation, entities, gateway, limits, sequences
from localwhisk.activation import Call, Timing
from localwhisk.entities import Action, as_dict, identifier, package_of
from localwhisk.invoker import Invoker, Job
from localwhisk.rejection import NOT_FOUND, Rejected, not_implemented
from localwhisk.store import Store

EXISTS = "resource already exists"


def new_id() -> str:
    return uuid.uuid4().hex


class Controller:
    """Entities and activations. ``clock`` gives seconds since 1970, ``ids`` 32 hex digits."""

    def __init__(
        self, store: Store, invoker: Invoker, clock: Callable[[], float], ids: Callable[[], str] = new_id
    ) -> None:
        self.store = store
        self._invoker = invoker
        self._clock = clock
        self._ids = ids
        self._running: set[asyncio.Task[Json]] = set()

    def _found(self, kind: str, ident: str) -> Json:
        if (document := self.store.get(kind, ident)) is None:
            raise Rejected(404, NOT_FOUND)
        return document

    def put_package(self, name: str, body: Json, overwrite: bool) -> Json:
        if body.get("binding"):
            raise not_implemented("package bindings")
        if (previous := self.store.get("package", identifier(name))) and not overwrite:
            raise Rejected(409, EXISTS)
        document = entities.put_package(name, body, previous, round(self._clock() * 1000))
        self.store.put("package", name, document)
        return document

    def package(self, name: str) -> Json:
        """The package with its actions."""
        document, actions = self._found("package", name), self.store.all("action", f"{name}/")
        rows = [{key: action[key] for key in ("name", "version", "annotations")} for action in actions]
        return {**document, "actions": rows, "feeds": []}

    def delete_package(self, name: str, force: bool) -> Json:
        document = self._found("package", name)
        actions = self.store.all("action", f"{name}/")
        if actions and not force:
            count = f"contains {len(actions)} {'entity' if len(actions) == 1 else 'entities'}"
            raise Rejected(409, f"Package not empty ({count}). Set force param or delete package contents.")
        for action in actions:
            self.store.delete("action", f"{name}/{action['name']}")
        self.store.delete("package", name)
        return document

    def put_action(self, ident: str, body: Json, overwrite: bool, keep_same: bool = False) -> Json:
        """Create or update an action. With ``keep_same``, an update that changes nothing leaves the version alone."""
        if package := package_of(identifier(ident)):
            self._found("package", package)
        stored = self.store.get("action", ident)
        previous = Action(stored, self.store.code(ident)) if stored else None
        if previous and not overwrite:
            raise Rejected(409, EXISTS)
        action = entities.put_action(ident, body, previous, round(self._clock() * 1000))
        if previous and keep_same and entities.same(previous, action):
            return previous.document
        if as_dict(action.document["annotations"]).get("conductor"):
            raise not_implemented("conductor actions")
        if action.document["exec"]["kind"] == "sequence":
            sequences.check(ident, action.document, lambda component: self.store.get("action", component))
        self.store.put("action", ident, action.document, action.code)
        return action.document

    def action(self, ident: str, with_code: bool = False) -> Json:
        """The action, with its package's parameters merged in."""
        document = self._found("action", ident)
        package = self.store.get("package", package_of(ident)) or {"parameters": []}
        merged = {pair["key"]: pair for pair in [*package["parameters"], *document["parameters"]]}
        code = {"code": self.store.code(ident)} if with_code and "components" not in document["exec"] else {}
        return {**document, "parameters": list(merged.values()), "exec": {**document["exec"], **code}}

    def delete_action(self, ident: str) -> Json:
        document = self._found("action", ident)
        self.store.delete("action", ident)
        return document

    def create_api(self, apidoc: Json, response_type: str) -> Json:
        base = gateway.slashed(str(apidoc.get("gatewayBasePath")))
        api = gateway.add(self.store.get("api", base), apidoc, response_type)
        self.store.put("api", base, api)
        return api

    def apis(self, base: str | None = None) -> list[Json]:
        """Every API, or the one with this base path or title."""
        return [api for api in self.store.all("api") if base in (None, api["basePath"], api["title"])]

    def delete_api(self, base: str, path: str | None, verb: str | None) -> None:
        if not (found := self.apis(base)):
            raise Rejected(502, f"API deletion failure: API '{base}' does not exist.")
        left = gateway.remove(found[0], path, verb)
        self.store.delete("api", found[0]["basePath"])
        if left:
            self.store.put("api", left["basePath"], left)

    async def start(self, ident: str, payload: Json, transaction_id: str, wait_s: float) -> tuple[str, Json | None]:
        """Start an activation: its id, and its record if it ends within ``wait_s`` seconds. It runs on in any case."""
        call = Call(self._ids(), transaction_id, self._clock())
        task = asyncio.create_task(self._activate(ident, payload, call))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({task}, timeout=wait_s)
        return call.activation_id, task.result() if done else None

    async def _activate(self, ident: str, payload: Any, call: Call) -> Json:
        document = self.action(ident)
        sequence = document["exec"]["kind"] == "sequence"
        record = await (self._run_sequence if sequence else self._run_action)(ident, document, payload, call)
        self.store.add_activation(ident, activation.row(record), record)
        return record

    async def _run_sequence(self, _: str, document: Json, payload: Any, call: Call) -> Json:
        async def component(ident: str, args: Any) -> Json:
            inner = Call(self._ids(), call.transaction_id, self._clock(), call.activation_id)
            return await self._activate(ident, args, inner)

        start = self._clock()
        outcome = await sequences.run(document, payload, component)
        return sequences.record(document, call, outcome, Timing(start, self._clock()))

    async def _run_action(self, ident: str, document: Json, payload: Any, call: Call) -> Json:
        init_only = {pair["key"]: pair["value"] for pair in document["parameters"] if pair.get("init")}
        defaults = {key: value for key, value in as_dict(document["parameters"]).items() if key not in init_only}
        # A list replaces the arguments without any merge (SequenceActions.scala).
        args = {**defaults, **payload} if isinstance(payload, dict) else payload
        return await self._invoker.invoke(Job(document, partial(self.store.code, ident), args, init_only, call))

    def activation(self, activation_id: str) -> Json:
        if len(activation_id) != limits.ID_LENGTH:
            length = f"activation id length is {len(activation_id)} but must be {limits.ID_LENGTH}"
            raise Rejected(400, f"The activation id is not valid: {length}.")
        if (record := self.store.activation(activation_id)) is None:
            raise Rejected(404, NOT_FOUND)
        return record

    async def close(self) -> None:
        """Give up what still runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


def protected(document: Json) -> set[str]:
    """The parameters that a caller may not override: those of a ``final`` action that have a value."""
    final = as_dict(document["annotations"]).get("final") is True
    return {pair["key"] for pair in document["parameters"] if final and pair["value"] is not None}
