"""What the platform refuses, and how it says so (Messages.scala)."""

import json
from typing import Any

NOT_FOUND = "The requested resource does not exist."
DEEPEST = 250  # what holds something that is nested more deeply could not be read again
PARAMETERS_NOT_ALLOWED = "Request defines parameters that are not allowed (e.g., reserved properties)."


class Rejected(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def too_large(field: str, size: int, allowed: int) -> Rejected:
    return Rejected(413, f"{field} larger than allowed: {size} > {allowed} bytes.")


def malformed(why: object) -> Rejected:
    return Rejected(400, f"The request content was malformed:\n{why}")


def json_of(content: bytes) -> Any:
    """The JSON of a request or a result, or 400. ``int`` refuses NaN and Infinity, which are none outside Python."""
    try:
        found = json.loads(content, parse_constant=int, parse_float=finite)
        if depth(found) > DEEPEST:
            raise ValueError(f"It is nested more than {DEEPEST} deep.")
        return found
    except (ValueError, RecursionError) as error:
        raise malformed(error) from error


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inner), default=0)


def finite(text: str) -> float:
    """1e400 is a number, but no float; ``int`` refuses it."""
    return float(text) if abs(float(text)) < float("inf") else int(text)


def not_implemented(what: str) -> Rejected:
    return Rejected(501, f"localwhisk does not implement {what}; localwhisk/README.md says what it does")
