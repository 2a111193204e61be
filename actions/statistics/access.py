"""Whether a caller may read the statistics: a bearer token (RFC 6750)."""

import hmac
from collections.abc import Mapping
from typing import Any

from problem import Unauthorized


def check(args: Mapping[str, Any]) -> None:
    """Raise ``Unauthorized`` unless ``args`` carry the token that the action's parameter ``admin_token`` names.

    At once: a pause would hold the container, and with it whoever has the token.
    """
    if not allowed(args):
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
