"""Runs activations in containers: ``/init`` where one is new, then ``/run`` (ContainerProxy.scala)."""

import asyncio
import sys
from dataclasses import replace

import httpx

from localwhisk.activation import ActivationRecord, ActivationResponse, Status, failure
from localwhisk.caller import CallerGone
from localwhisk.containers import answer
from localwhisk.containers.client import Client
from localwhisk.containers.container import CannotStart, Container, Spec
from localwhisk.containers.job import Job
from localwhisk.containers.log import Clock
from localwhisk.containers.pool import Pool
from localwhisk.entities import Action
from localwhisk.rejection import Rejected

CALLER_GONE = "The caller went away before the action was started."


class ContainerGone(Exception):
    """The container ended, or is shutting down, and the action has not begun."""


class Invoker:
    """``api_key`` is what an action gets that asks for ``provide-api-key``; ``clock`` gives seconds since 1970."""

    def __init__(self, pool: Pool, http: httpx.AsyncClient, api_key: str, clock: Clock) -> None:
        self._pool = pool
        self._client = Client(http)
        self._api_key = api_key
        self._clock = clock

    async def invoke(self, job: Job) -> ActivationRecord:
        """The record of the activation. Nothing that the action does makes this raise."""
        while True:
            try:
                return await self._invoke_in_next_container(job)
            except ContainerGone:
                pass  # another one runs it

    def prepare(self, action: Action) -> None:
        """Start a container for ``action`` if it has none, so that its next activation waits less."""
        self._pool.prepare(Spec.of(action))

    async def _invoke_in_next_container(self, job: Job) -> ActivationRecord:
        try:
            container = await job.call.caller.wait_for(self._pool.acquire(Spec.of(job.action)))
        except CannotStart as error:
            return self._record(job, failure(Status.DEVELOPER_ERROR, str(error)), self._now_ms())
        except CallerGone:
            return self._record(job, failure(Status.INTERNAL_ERROR, CALLER_GONE), self._now_ms())

        reusable = False
        try:
            record = await self._invoke_in(container, job)
            reusable = is_reusable_after(record.response)
            return record
        finally:
            if reusable:
                self._pool.release(container)
            else:
                self._pool.discard(container)

    async def _invoke_in(self, container: Container, job: Job) -> ActivationRecord:
        start_ms = self._now_ms()
        if container.initialized:
            response = await self._run(container, job)
            record = self._record(job, response, start_ms)
        else:
            response, init_time_ms = await self._init_and_run(container, job)
            record = replace(self._record(job, response, start_ms), init_time_ms=init_time_ms)

        lines = await container.logs(complete=is_reusable_after(response))
        return replace(record, logs=tuple(lines))

    async def _init_and_run(self, container: Container, job: Job) -> tuple[ActivationResponse, int]:
        """The response of a cold start, and how long ``/init`` took in milliseconds."""
        start_ms = self._now_ms()
        init_failure = await self._init(container, job)
        init_time_ms = max(0, self._now_ms() - start_ms)
        if init_failure:
            return init_failure, init_time_ms

        try:
            return await self._run(container, job), init_time_ms
        except ContainerGone:  # it did not die while it was idle: a new one would do the same
            return await end_of(container, answer.NO_RUN, answer.COMMAND_EXITED), init_time_ms

    async def _init(self, container: Container, job: Job) -> ActivationResponse | None:
        """Initialize ``container``; the response of the activation if that fails."""
        try:
            message = job.init_message(self._context(job))
        except Rejected as changed:
            return failure(Status.INTERNAL_ERROR, changed.message)

        limit_ms = job.action.limits.timeout_ms
        try:
            async with asyncio.timeout(limit_ms / 1000):
                answered = await self._client.init(container, message)
        except TimeoutError:
            return answer.timed_out(limit_ms, during_init=True)
        except httpx.TransportError:
            return await end_of(container, answer.NO_INIT, answer.NOT_STARTED)

        if answered.status != 200:
            return answer.of_init(answered)
        container.initialized = True
        return None

    async def _run(self, container: Container, job: Job) -> ActivationResponse:
        """The response of the action."""
        limit_ms = job.action.limits.timeout_ms
        try:
            async with asyncio.timeout(limit_ms / 1000):
                answered = await self._client.run(container, job.run_message(self._context(job)))
        except TimeoutError:
            return answer.timed_out(limit_ms)
        except httpx.ConnectError as error:
            raise ContainerGone from error
        except httpx.TransportError:
            return await end_of(container, answer.NO_RUN, answer.COMMAND_EXITED)

        if answered.status == 503:
            raise ContainerGone
        return answer.of_run(answered)

    def _context(self, job: Job) -> dict[str, str]:
        return job.context(self._now_ms(), self._api_key)

    def _record(self, job: Job, response: ActivationResponse, start_ms: int) -> ActivationRecord:
        end_ms = max(start_ms, self._now_ms())
        return ActivationRecord(
            job.action, job.call, response, start_ms, end_ms, duration_ms=end_ms - start_ms, limits=job.action.limits
        )

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)


def is_reusable_after(response: ActivationResponse) -> bool:
    """Whether a container may serve another activation: after status 2 or 3 nothing about it is certain."""
    return response.status < Status.DEVELOPER_ERROR


async def end_of(container: Container, message: str, proxy_message: str) -> ActivationResponse:
    """The response of an activation whose container ended: ``message``, or that its memory was exhausted.

    Code that is in no image runs behind a proxy on the platform. The proxy outlives it, says ``proxy_message``, and
    does not know of the memory: here at least the host's own output tells.
    """
    await container.wait_until_ended()
    spec = container.spec
    if spec.image is not None:
        return failure(Status.DEVELOPER_ERROR, answer.OUT_OF_MEMORY if container.out_of_memory else message)

    if container.out_of_memory:
        print(f"localwhisk: {spec.action} was killed: it held more than {spec.memory_mb} MB", file=sys.stderr)
    return answer.of_end(proxy_message)
