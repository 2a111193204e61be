"""The deployment under load: what is asked of it, its records, and its memory if it is a localwhisk of our own."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from itertools import cycle
from typing import Any

import httpx
import psutil

from bench.load.arrivals import Answer
from bench.pictures import photos
from bench.platform import Platform
from target import Target

PATIENCE_S = 90  # the platform answers within 60
STORED_WITHIN_S = 30
PAGE = 200
ECHO = "load-echo"
ECHO_CODE = "def main(args):\n    return {'body': 'here'}\n"


class Deployment:
    """``host`` is its process, if it is one of our own."""

    def __init__(self, target: Target, host: psutil.Process | None) -> None:
        self._api = target.api
        self._host = host
        self._url = target.url
        auth = httpx.BasicAuth(target.uuid, target.key)
        self._user = httpx.Client(auth=auth, timeout=PATIENCE_S, trust_env=False)
        self._tls = httpx.create_ssl_context()
        self._idle: list[httpx.AsyncClient] = []
        self._target = target
        self._photos = cycle(photos())
        self._classify_url = ""

    # What is asked

    async def photo(self) -> Answer:
        """The classification of a photo."""
        if not self._classify_url:
            self._classify_url = Platform(self._target).classify_url
        headers = {"Content-Type": "image/jpeg"}
        return await self._ask("POST", self._classify_url, content=next(self._photos), headers=headers)

    async def echo(self) -> Answer:
        """An action that does nothing."""
        return await self._ask("GET", f"{self._url}/api/v1/web/{self._namespace}/default/{ECHO}")

    async def _ask(self, method: str, url: str, **options: Any) -> Answer:
        client = self._idle.pop() if self._idle else self._client()
        began = time.monotonic()
        try:
            response = await client.request(method, url, **options)
        except httpx.TransportError as error:
            kind, activation_id = type(error).__name__, None
        else:
            kind, activation_id = str(response.status_code), response.headers.get("x-openwhisk-activation-id")
        ended = time.monotonic()
        self._idle.append(client)
        return Answer(kind, (ended - began) * 1000, ended, activation_id)

    def _client(self) -> httpx.AsyncClient:
        """One for each connection: a pool of thousands would be slower than what is measured."""
        return httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False, verify=self._tls)

    async def prepare(self, connections: int) -> None:
        """Clients for as many connections, none of them used before: a server ends those that are idle for long."""
        for client in self._idle:
            await client.aclose()
        self._idle = [self._client() for _ in range(connections)]

    def install_echo(self) -> None:
        body = {
            "exec": {"kind": "python:3.11", "code": ECHO_CODE},
            "limits": {"memory": 128},
            "annotations": [{"key": "web-export", "value": True}],
        }
        self._user.put(f"{self._api}/actions/{ECHO}?overwrite=true", json=body).raise_for_status()
        [self._namespace, *_] = self._user.get(f"{self._url}/api/v1/namespaces").json()

    def remove_echo(self) -> None:
        self._user.delete(f"{self._api}/actions/{ECHO}")

    # What it says afterwards

    def newest_start(self) -> int:
        """Of its records, in milliseconds since 1970."""
        rows = self._user.get(f"{self._api}/activations", params={"limit": 1}).json()
        return int(rows[0]["start"]) if rows else 0

    def without_one_record(self, answers: Iterable[Answer], since_ms: int) -> int:
        """How many activations of ``answers`` have no record, or several; once all had time to be stored."""
        accepted = {answer.activation_id for answer in answers if answer.activation_id}
        give_up = time.monotonic() + STORED_WITHIN_S
        while True:
            records = Counter(self._ids_since(since_ms))
            wrong = sum(records[activation_id] != 1 for activation_id in accepted)
            if not wrong or time.monotonic() > give_up:
                return wrong
            time.sleep(1)

    def _ids_since(self, since_ms: int) -> list[str]:
        found: list[str] = []
        while True:
            query = {"since": since_ms, "limit": PAGE, "skip": len(found)}
            rows = self._user.get(f"{self._api}/activations", params=query).json()
            found += [row["activationId"] for row in rows]
            if len(rows) < PAGE:
                return found

    def memory_mb(self) -> float | None:
        """Resident, of the host's own process."""
        return self._host.memory_info().rss / 2**20 if self._host else None

    def processor_s(self) -> float | None:
        """Of the host and of its actions' processes since they were started."""
        if not self._host:
            return None
        processes = [self._host, *self._host.children(recursive=True)]
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    def containers_mb(self) -> float | None:
        """Resident, of its actions' processes."""
        if not self._host:
            return None
        children = self._host.children(recursive=True)
        return sum(child.memory_info().rss for child in children if child.is_running()) / 2**20


async def most_memory(deployment: Deployment, until: asyncio.Event) -> float | None:
    """The most that the host needs until the event."""
    most = deployment.memory_mb()
    while most is not None and not until.is_set():
        await asyncio.sleep(0.2)
        most = max(most, deployment.memory_mb() or 0)
    return most
