"""The REST API while it has a lot to send."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import NoReturn

import httpx
import pytest

from localwhisk import limits
from localwhisk.containers.container import Spec
from localwhisk.containers.invoker import Invoker
from localwhisk.containers.pool import Pool
from localwhisk.controller import Controller
from localwhisk.credentials import GUEST
from localwhisk.http.application import application
from localwhisk.store import Store

RECORDS = 200
URL = "http://127.0.0.1:3233"


@pytest.fixture(name="store")
def _store() -> Iterator[Store]:
    with closing(Store(":memory:")) as opened:
        yield opened


def no_container(_: Spec) -> NoReturn:
    raise AssertionError("nothing is invoked")


def host_with(store: Store) -> httpx.AsyncClient:
    """A client of a host, without sockets."""
    invoker = Invoker(Pool(no_container, 256, 2, lambda: 0.0), httpx.AsyncClient(), str(GUEST), lambda: 0.0)
    app = application(Controller(store, invoker, lambda: 0.0, limits.GENEROUS_QUOTA), GUEST, None, URL)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL, auth=(GUEST.uuid, GUEST.key))


def test_others_are_answered_while_a_long_list_is_read(store: Store) -> None:
    for number in range(RECORDS):
        store.add_activation("a", {}, {"activationId": f"{number:032x}", "start": number})
    answered: list[str] = []

    async def ask(client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(path)
        answered.append(f"{path}: {answer.status_code}")

    async def main() -> None:
        async with host_with(store) as client:
            long = f"/api/v1/namespaces/_/activations?docs=true&limit={RECORDS}"
            await asyncio.gather(ask(client, long), ask(client, "/ping"))
        assert answered == ["/ping: 200", f"{long}: 200"]

    asyncio.run(main())
