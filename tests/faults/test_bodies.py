"""Bodies that are too long, announced or not: the host counts while it reads, and keeps nothing of them."""

from collections.abc import Iterator
from contextlib import suppress

import httpx
import psutil
import pytest

from tests.serving import GUEST_KEY, GUEST_UUID, Served

MIB = 2**20
ACTIONS = "/api/v1/namespaces/_/actions"
CREATE_API = "/api/v1/web/whisk.system/apimgmt/createApi.http"
WEB_ACTION = "/api/v1/web/guest/default/open"
GATEWAY = f"/api/{GUEST_UUID}/bodies/open"
USER = httpx.BasicAuth(GUEST_UUID, GUEST_KEY)
STRANGER = httpx.BasicAuth("nobody", "nothing")


@pytest.fixture(name="open_action")
def _open_action(host: Served) -> None:
    """An action that everybody may call, at two addresses."""
    exported = [{"key": "web-export", "value": True}]
    host.put("open", "def main(args):\n    return {'body': 'here'}\n", annotations=exported)
    action = {"name": "open", "namespace": "_", "backendMethod": "GET", "backendUrl": f"{host.url}{WEB_ACTION}.http"}
    route = {"gatewayBasePath": "/bodies", "gatewayPath": "/open", "gatewayMethod": "POST"}
    apidoc = {"namespace": "_", "id": "API:_:/bodies", **route, "action": {**action, "authkey": "-"}}
    query = {"accesstoken": "-", "spaceguid": GUEST_UUID, "responsetype": "http"}
    host.http.post(CREATE_API, params=query, json={"apidoc": apidoc}).raise_for_status()


class Flood:
    """A body of ``mib`` MiB that no header announces, and how much the host grew while it came."""

    def __init__(self, host: Served, mib: int) -> None:
        self._host = psutil.Process(host.process.pid)
        self._mib = mib
        self._before = self._host.memory_info().rss
        self.sent = 0
        self.grown = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._mib):
            yield b"x" * MIB
            self.sent += MIB
            self.grown = max(self.grown, self._host.memory_info().rss - self._before)


@pytest.mark.usefixtures("open_action")
@pytest.mark.parametrize(
    ("method", "path", "auth", "status"),
    [
        ("POST", GATEWAY, None, 413),
        ("POST", WEB_ACTION, None, 413),
        ("POST", f"{ACTIONS}/open", USER, 413),
        ("POST", CREATE_API, USER, 413),
        ("POST", f"{ACTIONS}/open", STRANGER, 401),
        ("PUT", f"{ACTIONS}/new", STRANGER, 401),
        ("POST", CREATE_API, STRANGER, 502),
        ("POST", f"/api/{GUEST_UUID}/nowhere", None, 404),
        ("POST", "/config.json", None, 404),
    ],
)
def test_a_long_body_is_counted_and_not_kept(
    host: Served, method: str, path: str, auth: httpx.Auth | None, status: int
) -> None:
    flood = Flood(host, mib=40)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        answer = client.request(method, path, content=flood, auth=auth)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["error"] == f"Request larger than allowed: {40 * MIB} > {MIB} bytes."
    assert flood.grown < 16 * MIB


@pytest.mark.usefixtures("open_action")
def test_a_body_without_end_is_not_read_on(host: Served) -> None:
    flood = Flood(host, mib=1000)
    # The connection may be closed while the client is still sending.
    with httpx.Client(base_url=host.url, timeout=60) as client, suppress(httpx.TransportError):
        assert client.post(GATEWAY, content=flood).status_code == 413
    assert flood.sent < 64 * MIB
    assert flood.grown < 16 * MIB
