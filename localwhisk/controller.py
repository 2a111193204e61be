"""What the API can be asked. REST routes, web actions, the gateway and the deployment all call this."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from localwhisk import Json, activation, entities, sequences
from localwhisk.activation import Call
from localwhisk.containers.invoker import Invoker, Job
from localwhisk.entities import as_dict, identifier
from localwhisk.http import gateway
from localwhisk.rejection import NOT_FOUND, Rejected
from localwhisk.store import Store


class Controller:
    """Entities and activations. ``clock`` gives seconds since 1970. A kind is ``package`` or ``action``."""

    def __init__(self, store: Store, invoker: Invoker, clock: Callable[[], float]) -> None:
        self.store, self._invoker, self._clock = store, invoker, clock
        self._running: set[asyncio.Task[Json]] = set()

    def _found(self, kind: str, ident: str) -> Json:
        if (document := self.store.get(kind, ident)) is None:
            raise Rejected(404, NOT_FOUND)
        return document

    def put(self, kind: str, ident: str, body: Json, overwrite: bool) -> Json:
        """Create or update an entity."""
        package = identifier(ident).rpartition("/")[0]
        if ident.startswith("/") or (package and kind == "package"):
            raise Rejected(404, NOT_FOUND)
        if package:
            self._found("package", package)
        stored = self.store.get(kind, ident)
        previous = (stored, self.store.code(ident)) if stored else None
        if previous and not overwrite:
            raise Rejected(409, "resource already exists")
        entity = entities.put(kind, ident, body, previous, round(self._clock() * 1000))
        if body.get("exec"):
            sequences.atomic_actions(entity[0], partial(self.store.get, "action"), {ident})
        self.store.put(kind, ident, *entity)
        return entity[0]

    def package(self, name: str) -> Json:
        document, actions = self._found("package", name), self.store.all("action", f"{name}/")
        rows = [{key: action[key] for key in ("name", "version", "annotations")} for action in actions]
        return {**document, "actions": rows, "feeds": []}

    def action(self, ident: str, with_code: bool = False) -> Json:
        """The action, with its package's parameters merged in."""
        document = self._found("action", ident)
        package = self.store.get("package", ident.rpartition("/")[0]) or {"parameters": []}
        merged = {pair["key"]: pair for pair in [*package["parameters"], *document["parameters"]]}
        code = {"code": self.store.code(ident)} if with_code and "components" not in document["exec"] else {}
        return {**document, "parameters": list(merged.values()), "exec": {**document["exec"], **code}}

    def delete(self, kind: str, ident: str, force: bool) -> Json:
        document, actions = self._found(kind, ident), self.store.all("action", f"{ident}/") if kind == "package" else []
        if actions and not force:
            count = f"contains {len(actions)} {'entity' if len(actions) == 1 else 'entities'}"
            raise Rejected(409, f"Package not empty ({count}). Set force param or delete package contents.")
        for action in actions:
            self.store.delete("action", f"{ident}/{action['name']}")
        self.store.delete(kind, ident)
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
        call = Call(uuid4().hex, transaction_id, self._clock())
        self._running.add(task := asyncio.create_task(self._activate(ident, payload, call)))
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({task}, timeout=wait_s)
        return call.activation_id, task.result() if done else None

    async def _activate(self, ident: str, payload: Any, call: Call) -> Json:
        async def component(name: str, args: Any) -> Json:
            inner = Call(uuid4().hex, call.transaction_id, self._clock(), call.activation_id)
            return await self._activate(name, args, inner)

        document, start = self.action(ident), self._clock()
        if "components" in document["exec"]:
            records, response = await sequences.run(document, payload, component)
            record = sequences.record(document, call, records, response, (start, self._clock()))
        else:
            args, env = arguments(document["parameters"], payload)
            record = await self._invoker.invoke(Job(document, partial(self._code, ident, document), args, env, call))
        self.store.add_activation(ident, activation.row(record), record)
        return record

    def _code(self, ident: str, document: Json) -> str | None:
        """The code of ``document``; what waited for a container may find that there is another one by now."""
        if (self.store.get("action", ident) or {}).get("updated") != document["updated"]:
            raise Rejected(409, "Action version is not compatible and cannot be invoked.")
        return self.store.code(ident)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


def arguments(parameters: list[Json], payload: Any) -> tuple[Any, dict[str, str]]:
    """What ``/run`` gets, and what ``/init`` gets as environment: init-only parameters, as text (WhiskAction.scala)."""
    init = {pair["key"] for pair in parameters if pair.get("init")}
    # A list replaces the arguments without any merge (SequenceActions.scala).
    merged = {**as_dict(parameters), **(payload if isinstance(payload, dict) else {})}
    args = {key: merged[key] for key in merged if key not in init} if isinstance(payload, dict) else payload
    return args, {key: as_text(merged[key]) for key in init}


def as_text(value: Any) -> str:
    text = "" if value is None else value
    return text if isinstance(text, str) else json.dumps(text, ensure_ascii=False, separators=(",", ":"))
