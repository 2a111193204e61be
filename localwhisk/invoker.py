"""One activation of one action: a container, ``/init`` if it is cold, ``/run`` (docs/actions-new.md)."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from localwhisk import Json, activation
from localwhisk.activation import DEVELOPER_ERROR, Answer, Call, Outcome, Timing
from localwhisk.container import CannotStart, Container, Spec
from localwhisk.entities import NAMESPACE, as_dict
from localwhisk.limits import PAYLOAD_BYTES
from localwhisk.pool import Pool, Slot

RETRY_EVERY_S = 0.05
SHUTTING_DOWN = 503


class NoAnswer(Exception):
    """The connection ended without a response, or with one of unknown length."""


class Job(NamedTuple):
    """What one container is asked to do. ``code`` gets the action's code, ``env`` are the init-only parameters."""

    document: Json
    code: Callable[[], str | None]
    args: Any
    env: Json
    call: Call

    @property
    def timeout_ms(self) -> int:
        return int(self.document["limits"]["timeout"])


class Invoker:
    """Runs actions that are not sequences. ``api_key`` is what an action gets that asks for ``provide-api-key``."""

    def __init__(self, pool: Pool, http: httpx.AsyncClient, api_key: str, clock: Callable[[], float]) -> None:
        self._pool = pool
        self._http = http
        self._api_key = api_key
        self._clock = clock

    async def invoke(self, job: Job) -> Json:
        """The record of the activation. It never raises for anything that the action does."""
        try:
            slot = await self._pool.acquire(spec_of(job.document))
        except CannotStart as error:
            now = self._clock()
            return self._record(job, activation.failure(DEVELOPER_ERROR, str(error)), Timing(now, now), [])
        sound = False
        try:
            outcome, timing = await self._work(slot, job)
            sound = outcome is not None and outcome.code < DEVELOPER_ERROR
            lines = await slot.container.logs(sound)
        finally:
            await (self._pool.release(slot) if sound else self._pool.discard(slot))
        return await self.invoke(job) if outcome is None else self._record(job, outcome, timing, lines)

    def _record(self, job: Job, outcome: Outcome, timing: Timing, lines: list[str]) -> Json:
        document = job.document
        cold = {} if timing.init_s is None else {"initTime": round(timing.init_s * 1000)}
        extra = {"timeout": outcome.timed_out, "limits": document["limits"], **cold}
        return {**activation.record(document, job.call, outcome.response(), timing, extra), "logs": lines}

    async def _work(self, slot: Slot, job: Job) -> tuple[Outcome | None, Timing]:
        """Both requests. No outcome if the container is gone or shutting down before it began."""
        start, init_s, outcome = self._clock(), None, None
        context = self._context(job)
        if not slot.initialized:
            outcome = await self._init(slot, job, context)
            init_s, slot.initialized = self._clock() - start, True
        if outcome is None:
            outcome = await self._run(slot, job, context)
        return outcome, Timing(start, self._clock(), init_s)

    async def _init(self, slot: Slot, job: Job, context: Json) -> Outcome | None:
        document, source = job.document, job.code()
        code = {} if source is None else {"code": source}
        env = {**job.env, **{f"__OW_{key.upper()}": value for key, value in context.items()}}
        described = {"name": document["name"], "main": document["exec"].get("main", "main"), **code}
        value = {**described, "binary": document["exec"]["binary"], "env": env}
        try:
            async with asyncio.timeout(job.timeout_ms / 1000):
                return activation.of_init(await self._post_when_listening(slot.container, {"value": value}))
        except TimeoutError:
            return activation.timed_out(job.timeout_ms, " during initialization")
        except NoAnswer:
            return await died(slot, activation.NO_INIT)

    async def _run(self, slot: Slot, job: Job, context: Json) -> Outcome | None:
        try:
            async with asyncio.timeout(job.timeout_ms / 1000):
                answer = await self._post(slot.container, "/run", {"value": job.args, **context})
        except TimeoutError:
            return activation.timed_out(job.timeout_ms, "")
        except httpx.ConnectError:
            return None  # it died while it was idle: the action has not begun
        except NoAnswer:
            return await died(slot, activation.NO_RUN)
        return None if answer.status == SHUTTING_DOWN else activation.of_run(answer)

    async def _post_when_listening(self, container: Container, message: Json) -> Answer:
        """POST ``/init``, again and again while nothing listens. (``/run`` is never repeated.)"""
        while True:
            try:
                return await self._post(container, "/init", message)
            except httpx.ConnectError as error:
                if not container.alive:
                    raise NoAnswer from error
                await asyncio.sleep(RETRY_EVERY_S)

    async def _post(self, container: Container, path: str, message: Json) -> Answer:
        """The answer, its body cut at the limit of results: what is beyond is never read."""
        headers, body = {"Content-Type": "application/json"}, bytearray()
        try:
            url = await container.address() + path
            async with self._http.stream("POST", url, content=json.dumps(message), headers=headers) as response:
                if "content-length" not in response.headers:
                    raise NoAnswer
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > PAYLOAD_BYTES:
                        break
                length = int(response.headers["content-length"])
                return Answer(response.status_code, bytes(body[:PAYLOAD_BYTES]), length)
        except httpx.ConnectError:
            raise
        except (httpx.TransportError, ConnectionError) as error:
            raise NoAnswer from error

    def _context(self, job: Job) -> Json:
        """What every action is told about its activation: all of it strings."""
        document, call = job.document, job.call
        # A missing annotation counts as true there, but the controller adds ``false`` to every new action.
        provided = as_dict(document["annotations"]).get("provide-api-key")
        return {
            "namespace": NAMESPACE,
            "action_name": f"/{document['namespace']}/{document['name']}",
            "action_version": document["version"],
            "activation_id": call.activation_id,
            "transaction_id": call.transaction_id,
            "deadline": str(round(self._clock() * 1000) + job.timeout_ms),
            **({"api_key": self._api_key} if provided else {}),
        }


async def died(slot: Slot, message: str) -> Outcome:
    """The container ended without an answer."""
    await slot.container.ended()
    return activation.failure(DEVELOPER_ERROR, activation.OUT_OF_MEMORY if slot.container.out_of_memory else message)


def spec_of(document: Json) -> Spec:
    """The container that an action needs."""
    execution, limits = document["exec"], document["limits"]
    revision = f"{document['version']} {document['updated']}"
    name = f"{document['namespace']}/{document['name']}"
    return Spec(name, revision, execution["kind"], execution.get("image"), limits["memory"], limits["logs"])
