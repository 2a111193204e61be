"""The HTTP side of the action protocol: ``/init`` and ``/run`` of a container (Container.scala)."""

import asyncio
import json

import httpx

from localwhisk import Json
from localwhisk.containers.answer import Answer
from localwhisk.containers.container import Container
from localwhisk.limits import PAYLOAD_BYTES

RETRY_INTERVAL_S = 0.02


class Client:
    """Asks containers. Both methods raise ``httpx.TransportError`` where there is no answer."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def init(self, container: Container, message: Json) -> Answer:
        """The answer to ``/init``, asked again while nothing listens: Docker accepts connections, and drops them."""
        while True:
            try:
                return await self._post(f"{container.url}/init", message)
            except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
                if not container.alive:
                    raise
            await asyncio.sleep(RETRY_INTERVAL_S)

    async def run(self, container: Container, message: Json) -> Answer:
        """The answer to ``/run``. It is asked once: the action may have begun."""
        return await self._post(f"{container.url}/run", message)

    async def _post(self, url: str, message: Json) -> Answer:
        headers = {"Content-Type": "application/json"}
        content = json.dumps(message, sort_keys=True)  # as spray-json gives an action its arguments
        async with self._http.stream("POST", url, content=content, headers=headers) as response:
            length = response.headers.get("content-length")
            if length is None:
                raise httpx.TransportError("an answer without Content-Length counts as none")

            # What is above the limit is read all the same, or the server would complain in the next log.
            body = bytearray()
            async for chunk in response.aiter_raw():
                if len(body) < PAYLOAD_BYTES:
                    body += chunk

        return Answer(response.status_code, body[:PAYLOAD_BYTES].decode("utf-8", "replace"), int(length))
