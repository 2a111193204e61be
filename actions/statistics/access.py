"""Whether a caller may read the statistics: a bearer token (RFC 6750)."""

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from problem import Unauthorized

SLOWEST_S = 2.0


class Gate:
    """Lets only requests with the admin token pass. After each wrong token in a row, the next refusal takes longer.

    A container serves one activation at a time, so trying many tokens is slow.
    """

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.sleep = sleep
        self.refused = 0

    def check(self, args: Mapping[str, Any]) -> None:
        """Raise ``Unauthorized`` unless ``args`` carry the token that the action's parameter ``admin_token`` names."""
        if allowed(args):
            self.refused = 0
            return
        self.sleep(min(SLOWEST_S, 0.05 * 2**self.refused))
        self.refused = min(self.refused + 1, 10)
        raise Unauthorized("Send the admin token as Authorization: Bearer <token>.")


def allowed(args: Mapping[str, Any]) -> bool:
    """Whether the token is right. Nobody passes where the deployment set none (wskdeploy then sends an empty one).

    Only a raw web action (its arguments hold ``__ow_query``) keeps what a caller sends apart from the parameters;
    otherwise ``?admin_token=x`` would set one that the deployment left undefined (OpenWhisk docs/webactions.md).
    """
    expected, headers = args.get("admin_token"), args.get("__ow_headers", {})
    scheme, _, token = str(headers.get("authorization", "")).partition(" ")
    if not isinstance(expected, str) or not expected or "__ow_query" not in args or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(token.strip().encode(), expected.encode())
