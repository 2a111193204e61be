"""One activation of one action: a container, ``/init`` if it is cold, ``/run`` (docs/actions-new.md)."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from localwhisk import Json, activation
from localwhisk.activation import DEVELOPER_ERROR, INTERNAL_ERROR, Call, Outcome, failure
from localwhisk.container import CannotStart, Container, Spec
from localwhisk.entities import NAMESPACE, as_dict
from localwhisk.limits import PAYLOAD_BYTES
from localwhisk.pool import Pool
from localwhisk.rejection import Rejected

RETRY_EVERY_S = 0.02


class NoLength(httpx.TransportError):
    """An answer without Content-Length, which counts as none."""


class Job(NamedTuple):
    """What one container is asked to do. ``code`` gets the action's code, or is ``Rejected`` where that has gone since.

    ``env`` are the init-only parameters.
    """

    document: Json
    code: Callable[[], str | None]
    args: Any
    env: dict[str, str]
    call: Call

    @property
    def name(self) -> str:
        return f"{self.document['namespace']}/{self.document['name']}"

    @property
    def timeout_ms(self) -> int:
        return int(self.document["limits"]["timeout"])

    def spec(self) -> Spec:
        """The container that it needs."""
        document, execution, limits = self.document, self.document["exec"], self.document["limits"]
        revision, image = f"{document['version']} {document['updated']}", execution.get("image")
        return Spec(self.name, revision, execution["kind"], image, limits["memory"], limits["logs"])


class Invoker:
    """Runs actions that are not sequences. ``api_key`` is what an action gets that asks for ``provide-api-key``."""

    def __init__(self, pool: Pool, http: httpx.AsyncClient, api_key: str, clock: Callable[[], float]) -> None:
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
                outcome = await self._init(container, job)
                cold = {"initTime": round((self._clock() - start) * 1000)}
            outcome = outcome or await self._run(container, job)
            if cold and not outcome:  # it did not die while it was idle: a new one would do the same
                outcome = failure(DEVELOPER_ERROR, activation.NO_RUN)
            if outcome:
                sound, record = outcome.code < DEVELOPER_ERROR, self._record(job, outcome, start, cold)
            lines = await container.logs(sound)
        finally:
            (self._pool.release if sound else self._pool.discard)(container)
        return {**record, "logs": lines} if record else await self.invoke(job)

    def _record(self, job: Job, outcome: Outcome, start: float, cold: Json) -> Json:
        extra = {"timeout": outcome.timed_out, "limits": job.document["limits"], **cold}
        return activation.record(job.document, job.call, outcome.response(), (start, self._clock()), extra)

    async def _init(self, container: Container, job: Job) -> Outcome | None:
        """None if the container is ready."""
        try:
            execution, code = job.document["exec"], job.code()
        except Rejected as gone:
            return failure(INTERNAL_ERROR, gone.message)
        context = {f"__OW_{key.upper()}": value for key, value in self._context(job).items()}
        value = {"name": job.document["name"], "main": execution.get("main", "main"), "binary": execution["binary"]}
        value |= {"env": {**job.env, **context}, **({} if code is None else {"code": code})}
        answer = await self._ask(container, job, "/init", {"value": value})
        container.initialized = True
        return answer if isinstance(answer, Outcome) else activation.of_init(*answer)

    async def _run(self, container: Container, job: Job) -> Outcome | None:
        """None if the container is gone or shutting down (503), and the action has not begun."""
        try:
            answer = await self._ask(container, job, "/run", {"value": job.args, **self._context(job)})
        except httpx.ConnectError:
            return None  # it died while it was idle
        if isinstance(answer, Outcome):
            return answer
        return None if answer[0] == 503 else activation.of_run(*answer)

    async def _ask(self, container: Container, job: Job, path: str, message: Json) -> tuple[int, str, int] | Outcome:
        """The answer within the action's time, or how the activation ended without one.

        ``/init`` is asked again while nothing listens, where Docker accepts connections all the same and drops them.
        """
        first = path == "/init"
        try:
            async with asyncio.timeout(job.timeout_ms / 1000):
                while True:
                    try:
                        return await self._post(container.url + path, message)
                    except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
                        if not (first and container.alive):
                            raise
                    await asyncio.sleep(RETRY_EVERY_S)
        except TimeoutError:
            when = " during initialization" if first else ""
            told = f"The action exceeded its time limits of {job.timeout_ms} milliseconds{when}."
            return failure(DEVELOPER_ERROR, told, timed_out=True)
        except httpx.TransportError as error:
            if isinstance(error, httpx.ConnectError) and not first:
                raise
            await container.ended()
            gone = activation.NO_INIT if first else activation.NO_RUN
            return failure(DEVELOPER_ERROR, activation.OUT_OF_MEMORY if container.out_of_memory else gone)

    async def _post(self, url: str, message: Json) -> tuple[int, str, int]:
        """Status, body and length of the answer. What the body has above the limit of results is read, but not kept: a
        server that cannot send it would complain, in the log of the next activation."""
        headers, content, body = {"Content-Type": "application/json"}, json.dumps(message), bytearray()
        async with self._http.stream("POST", url, content=content, headers=headers) as response:
            if "content-length" not in response.headers:
                raise NoLength("no Content-Length")
            async for chunk in response.aiter_raw():
                body += chunk if len(body) < PAYLOAD_BYTES else b""
            length = int(response.headers["content-length"])
            return response.status_code, body[:PAYLOAD_BYTES].decode("utf-8", "replace"), length

    def _context(self, job: Job) -> Json:
        """What every action is told about its activation: all of it strings."""
        # A missing annotation counts as true there, but the controller adds ``false`` to every new action.
        provided = as_dict(job.document["annotations"]).get("provide-api-key")
        return {
            "namespace": NAMESPACE,
            "action_name": f"/{job.name}",
            "action_version": job.document["version"],
            "activation_id": job.call.activation_id,
            "transaction_id": job.call.transaction_id,
            "deadline": str(round(self._clock() * 1000) + job.timeout_ms),
            **({"api_key": self._api_key} if provided else {}),
        }
