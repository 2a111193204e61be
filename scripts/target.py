"""Which OpenWhisk, and as whom: API host and credentials, found where the official tools find them.

    scripts/target.py FILE    writes them to FILE in the form of .wskprops, for `wskdeploy --config FILE`

The variables APIHOST and AUTH go first, then the file that WSK_CONFIG_FILE names, then ~/.wskprops. A key reaches no
command line (every user of a machine can read those) and no output.
"""

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

SECONDS = 75  # the management of routes is three actions: the first call may start a container
HOW = "Set APIHOST and AUTH, or have them in ~/.wskprops (or in the file that WSK_CONFIG_FILE names)."


class Unusable(Exception):
    """What is missing or wrong about the target, and what to change."""


@dataclass(frozen=True)
class Target:
    """An OpenWhisk and a user of it."""

    url: str  # scheme, host and port, nothing behind
    uuid: str
    key: str = field(repr=False)
    source: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)  # further lines of .wskprops

    @property
    def api(self) -> str:
        """The base of the REST API, in the user's own namespace."""
        return f"{self.url}/api/v1/namespaces/_"

    @property
    def tenant(self) -> str:
        """Who owns the routes of the API gateway."""
        return self.extra.get("APIGW_TENANT_ID", self.uuid)

    @property
    def wskdeploy_host(self) -> str:
        """``url`` as wskdeploy wants it.

        It writes "https://" before the API host for the gateway, scheme or not (parsers/manifest_parser.go), but cannot
        read the platform's runtimes from ``name:port`` without one (runtimes/runtimes.go takes the name for a scheme).
        """
        parts = urlsplit(self.url)
        bare = parts.scheme == "https" and (parts.port is None or is_address(parts.hostname or ""))
        return parts.netloc if bare else self.url

    def wskprops(self) -> str:
        """The text of a .wskprops file."""
        lines = {**self.extra, "APIHOST": self.wskdeploy_host, "AUTH": f"{self.uuid}:{self.key}"}
        return "".join(f"{name}={value}\n" for name, value in lines.items())


def is_address(host: str) -> bool:
    """Whether ``host`` is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def read_wskprops(path: Path) -> dict[str, str]:
    """The lines NAME=VALUE of a .wskprops file. As wsk and wskdeploy do, it drops a line with a second "="
    (openwhisk-client-go, whisk/wskprops.go)."""
    try:
        pairs = [line.split("=") for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}


def normal_url(api_host: str) -> str:
    """``api_host`` with a scheme (https, as the tools assume) and without the slash at its end.

    Raises ``Unusable`` if more than scheme, host and port is in it.
    """
    url = api_host.strip().rstrip("/")
    if "://" not in url:
        url = f"https://{url}"
    if not is_origin(url):
        raise Unusable(
            f"APIHOST is {api_host!r}. Expected a host, with a port and a scheme if need be: "
            "openwhisk.example.com or http://localhost:3233, and nothing behind it."
        )
    return url


def is_origin(url: str) -> bool:
    """Whether ``url`` is a scheme, a host and perhaps a port that there can be, and no more."""
    try:
        parts = urlsplit(url)
        more = parts.path or parts.query or parts.username or parts.port == 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not more


def credentials(auth: str) -> tuple[str, str]:
    """The halves of ``auth``. Raises ``Unusable``, without showing the key."""
    uuid, colon, key = auth.strip().partition(":")
    if not (uuid and colon and key) or "=" in auth:
        raise Unusable('AUTH is not of the form "uuid:key" that `wsk property get --auth` shows.')
    return uuid, key


def find(environment: Mapping[str, str]) -> Target:
    """The target that ``environment`` names, itself or by the file it points to. Raises ``Unusable``."""
    path = Path(environment.get("WSK_CONFIG_FILE") or Path(environment.get("HOME", "/"), ".wskprops"))
    saved = read_wskprops(path)
    found = {name: environment.get(name) or saved.pop(name, "") for name in ("APIHOST", "AUTH")}
    missing = [name for name, value in found.items() if not value]
    if missing:
        raise Unusable(f"{' and '.join(missing)} missing. {HOW}")
    extra = {name: value for name, value in saved.items() if name not in found}
    source = "APIHOST" if environment.get("APIHOST") else str(path)
    return Target(normal_url(found["APIHOST"]), *credentials(found["AUTH"]), source=source, extra=extra)


def client(**options: Any) -> httpx.Client:
    """One for the scripts that write. wskdeploy, which is given the same key, verifies no certificate either."""
    return httpx.Client(timeout=SECONDS, verify=False, **options)  # noqa: S501


def main() -> None:
    try:
        target = find(os.environ)
    except Unusable as problem:
        sys.exit(f"{problem}")
    path = Path(sys.argv[1])
    path.touch(mode=0o600)
    path.write_text(target.wskprops())


if __name__ == "__main__":
    main()
