"""What the platform refuses, and the words in which it does (Messages.scala)."""

from collections.abc import Mapping

NOT_FOUND = "The requested resource does not exist."
NO_ROUTE = "The requested resource could not be found."  # Pekko's RejectionHandler.scala
OTHER_COLLECTION = "Resource by this name exists but is not in this collection."
UNAUTHORIZED = "Authentication is possible but has failed or not yet been provided."
PARAMETERS_NOT_ALLOWED = "Request defines parameters that are not allowed (e.g., reserved properties)."


class Rejected(Exception):
    """A request that is answered with ``status`` and ``message``, and with nothing done."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


def too_large(field: str, size: int, allowed: int) -> Rejected:
    return Rejected(413, f"{field} larger than allowed: {size} > {allowed} bytes.")


def malformed(reason: object) -> Rejected:
    return Rejected(400, f"The request content was malformed:\n{reason}")


def not_implemented(what: str) -> Rejected:
    return Rejected(501, f"localwhisk does not implement {what}; localwhisk/README.md says what it does")
