"""The credentials of this host's only user, as the official tools send them (client-go whisk/client.go)."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Credentials:
    uuid: str  # the public half: it is in the path of every gateway API
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The credentials written as ``uuid:key``."""
        uuid, _, key = text.partition(":")
        return cls(uuid, key)

    def __str__(self) -> str:
        return f"{self.uuid}:{self.key}"

    def allow(self, authorization: str) -> bool:
        """Whether a request with this Authorization header comes from the user."""
        given = basic_credentials(authorization)
        return given is not None and secrets.compare_digest(given, str(self).encode())


def basic_credentials(authorization: str) -> bytes | None:
    """The ``uuid:key`` in an Authorization header; None if it is of another scheme, or damaged."""
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials.strip(), validate=True)
    except binascii.Error:
        return None


# The well-known guest of OpenWhisk's standalone server (core/standalone/README.md).
GUEST = Credentials(
    "23bc46b1-71f6-4ed5-8c54-816aa4f8c502", "123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
)
