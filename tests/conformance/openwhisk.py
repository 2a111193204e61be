"""An OpenWhisk as its users see it: HTTP, and nothing behind."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from checks import size_in_bytes
from target import Target

STORED_WITHIN_S = 30
ANSWERED_WITHIN_S = 75  # the controller waits 60 (whisk.controller.activation.max-wait-for-blocking-activation)


@dataclass(frozen=True)
class OpenWhisk:
    """A platform and a user of it."""

    target: Target
    is_localwhisk: bool
    http: httpx.Client

    def lacks(self, what: str) -> None:
        """Skip, saying why: a deployment may lack something. localwhisk may not."""
        if self.is_localwhisk:
            pytest.fail(f"localwhisk: {what}")
        pytest.skip(f"{self.target.url}: {what}")

    def send(self, method: str, url: str, **options: Any) -> httpx.Response:
        """One request. Where the namespace has used up its invocations, wait for the next minute: the window is the
        minute of the clock, and every call counts (RateThrottler.scala)."""
        for _ in range(3):
            response = self.http.request(method, url, **options)
            if response.status_code != 429:
                break
            time.sleep(60 - time.time() % 60 + 1)
        return response

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call of the REST API, with credentials; ``path`` below ``namespaces/_``."""
        return self.send(method, f"{self.target.api}/{path}", auth=(self.target.uuid, self.target.key), **options)

    def invoke(self, action: str, args: dict[str, Any] | None = None, **query: Any) -> httpx.Response:
        """A blocking invocation, unless ``query`` says otherwise."""
        return self.api("POST", f"actions/{action}", params={"blocking": "true", **query}, json=args or {})

    def activation(self, identifier: str) -> dict[str, Any]:
        """The record of an activation. Records are stored asynchronously, so it may take a moment."""
        response = until(lambda: self.api("GET", f"activations/{identifier}"), lambda answer: answer.status_code == 200)
        record: dict[str, Any] = response.json()
        return record

    def failed(self, action: str, args: dict[str, Any]) -> dict[str, Any]:
        """The stored record of an invocation that is expected to fail."""
        response = self.invoke(action, args)
        assert response.status_code == 502, response.text
        return self.activation(response.json()["activationId"])

    @property
    def payload_limit(self) -> int:
        """Bytes of a request or a result: 1 MiB (docs/reference.md), unless the namespace has a limit of its own."""
        answer = self.api("GET", "limits")
        own = answer.json().get("maxPayloadSize") if answer.status_code == 200 else None
        return size_in_bytes(own) or 1_048_576

    @property
    def namespace(self) -> str:
        response = self.send("GET", f"{self.target.url}/api/v1/namespaces", auth=(self.target.uuid, self.target.key))
        name: str = response.json()[0]
        return name

    def web(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        """A call of a web action, anonymous; ``path`` is package/action.extension."""
        return self.send(method, f"{self.target.url}/api/v1/web/{self.namespace}/{path}", **options)

    def routes(self) -> httpx.Response:
        """The routes of the API gateway, as wsk lists them."""
        return self.send(
            "GET",
            f"{self.target.url}/api/v1/web/whisk.system/apimgmt/getApi.http",
            params={"accesstoken": "DUMMY TOKEN", "spaceguid": self.target.tenant},
            auth=(self.target.uuid, self.target.key),
        )

    def route(self, base: str) -> str:
        """The public URL of the API at ``base``."""
        for api in self.routes().json()["apis"]:
            if api["value"]["apidoc"]["basePath"] == base:
                url: str = api["value"]["gwApiUrl"]
                return url
        raise AssertionError(f"no API at {base}: {self.routes().text}")


def until(
    look: Callable[[], httpx.Response], good: Callable[[httpx.Response], bool], seconds: float = STORED_WITHIN_S
) -> httpx.Response:
    """What ``look`` sees once it is ``good``."""
    deadline = time.monotonic() + seconds
    while not good(seen := look()):
        assert time.monotonic() < deadline, f"still after {seconds} s: {seen.status_code} {seen.text}"
        time.sleep(0.05)
    return seen


def annotations(entity: dict[str, Any]) -> dict[str, Any]:
    """The annotations of an entity or a record by their key."""
    return {pair["key"]: pair["value"] for pair in entity["annotations"]}
