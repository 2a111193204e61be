"""One activation of one action: a container, ``/init`` if it is cold, ``/run`` (docs/actions-new.md)."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from localwhisk import Json, activation
from localwhisk.activation import DEVELOPER_ERROR, INTERNAL_ERROR, Call, Outcome, failure
from localwhisk.containers.container import CannotStart, Container, Spec
from localwhisk.containers.log import Clock
from localwhisk.containers.pool import Pool
from localwhisk.entities import NAMESPACE, Action
from localwhisk.limits import PAYLOAD_BYTES
from localwhisk.rejection import Rejected

RETRY_EVERY_S = 0.02


class Job(NamedTuple):
    """What one container is asked to do."""

    action: Action
    code: Callable[[], str | None]  # gets the action's code, or is ``Rejected`` where that has gone since
    args: Any
    env: dict[str, str]  # the init-only parameters
    call: Call

    def spec(self) -> Spec:
        action = self.action
        revision = f"{action.version} {action.updated_ms}"
        image = action.exec.image if action.exec.kind == "blackbox" else None
        return Spec(action.path, revision, image, action.limits.memory_mb, action.limits.logs_mb)


class Invoker:
    """Runs actions that are not sequences. ``api_key`` is what an action gets that asks for ``provide-api-key``."""

    def __init__(self, pool: Pool, http: httpx.AsyncClient, api_key: str, clock: Clock) -> None:
        self._pool, self._http, self._api_key, self._clock = pool, http, api_key, clock

    async def invoke(self, job: Job) -> Json:
        """The record of the activation. It never raises for anything that the action does."""
        try:
            container = await self._pool.acquire(job.spec())
        except CannotStart as error:
            return self._record(job, failure(DEVELOPER_ERROR, str(error)), self._clock(), {})
        start, cold, outcome, record, sound = self._clock(), {}, None, None, False
        try:
            if not container.initialized:
                outcome = await self._ask(container, job)
                cold = {"initTime": round((self._clock() - start) * 1000)}
            outcome = outcome or await self._ask(container, job)
            if cold and not outcome:  # it did not die while it was idle: a new one would do the same
                outcome = failure(DEVELOPER_ERROR, activation.NO_RUN)
            if outcome:
                sound, record = outcome.code < DEVELOPER_ERROR, self._record(job, outcome, start, cold)
            lines = await container.logs(sound)
        finally:
            (self._pool.release if sound else self._pool.discard)(container)
        return {**record, "logs": lines} if record else await self.invoke(job)

    def _record(self, job: Job, outcome: Outcome, start: float, cold: Json) -> Json:
        extra = {"timeout": outcome.timed_out, "limits": job.action.limits.as_json(), **cold}
        return activation.record(job.action, job.call, outcome.response(), (start, self._clock()), extra)

    async def _ask(self, container: Container, job: Job) -> Outcome | None:
        """How ``/init``, or then ``/run``, ended the activation. None if the container is ready now, or if it is gone
        or shutting down (503), and the action has not begun."""
        first, limit_ms = not container.initialized, job.action.limits.timeout_ms
        try:
            message = self._message(container, job)
            async with asyncio.timeout(limit_ms / 1000):
                while (answer := await self._post(container, message)) is None:
                    await asyncio.sleep(RETRY_EVERY_S)
        except Rejected as gone:
            return failure(INTERNAL_ERROR, gone.message)
        except TimeoutError:
            when = " during initialization" if first else ""
            told = f"The action exceeded its time limits of {limit_ms} milliseconds{when}."
            return failure(DEVELOPER_ERROR, told, timed_out=True)
        except httpx.TransportError as error:
            if isinstance(error, httpx.ConnectError) and not first:
                return None  # it died while it was idle
            await container.wait_until_ended()
            end = activation.NO_INIT if first else activation.NO_RUN
            return failure(DEVELOPER_ERROR, activation.OUT_OF_MEMORY if container.out_of_memory else end)
        if first:
            container.initialized = True
            return None if answer[0] == 200 else activation.of_run(*answer, activation.FAILED_INIT)
        return None if answer[0] == 503 else activation.of_run(*answer)

    async def _post(self, container: Container, message: Json) -> tuple[int, str, int] | None:
        """Status, body and length of the answer; None from ``/init`` while nothing listens (Docker accepts, and drops).
        What is above the limit of results is read all the same, or the server would complain in the next log."""
        url, body = container.url + ("/run" if container.initialized else "/init"), bytearray()
        content, headers = json.dumps(message), {"Content-Type": "application/json"}
        try:
            async with self._http.stream("POST", url, content=content, headers=headers) as response:
                if (length := response.headers.get("content-length")) is None:
                    raise httpx.TransportError("an answer without Content-Length counts as none")
                async for chunk in response.aiter_raw():
                    body += chunk if len(body) < PAYLOAD_BYTES else b""
                return response.status_code, body[:PAYLOAD_BYTES].decode("utf-8", "replace"), int(length)
        except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
            if container.initialized or not container.alive:
                raise
            return None

    def _message(self, container: Container, job: Job) -> Json:
        """What ``/init`` or then ``/run`` gets. All that it tells about the activation is strings."""
        action, deadline_ms = job.action, round(self._clock() * 1000) + job.action.limits.timeout_ms
        name = {"action_name": f"/{action.path}", "action_version": action.version}
        ids = {"activation_id": job.call.activation_id, "transaction_id": job.call.transaction_id}
        # A missing annotation counts as true there, but the controller adds ``false`` to every new action.
        key = {"api_key": self._api_key} if action.annotations.get("provide-api-key") else {}
        context = {"namespace": NAMESPACE, **name, **ids, "deadline": str(deadline_ms), **key}
        if container.initialized:
            return {"value": job.args, **context}
        code = job.code()
        value = {"name": action.name, "main": action.exec.main or "main", "binary": action.exec.binary}
        env = {**job.env, **{f"__OW_{field.upper()}": text for field, text in context.items()}}
        return {"value": {**value, "env": env, **({} if code is None else {"code": code})}}
