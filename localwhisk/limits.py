"""The platform's limits, with the defaults of its application.conf (OpenWhisk docs/reference.md, "System limits")."""

from dataclasses import dataclass

MIB = 1024 * 1024

PAYLOAD_BYTES = MIB  # of a request to an action, and of its result
PARAMETERS_BYTES = MIB  # of the parameters or the annotations of an entity
CODE_BYTES = 48 * MIB  # of the code as it is sent: base64 for a zip
BODY_BYTES = 50_000_000  # of any request: what the controller's HTTP server accepts

LIST_DEFAULT = 30
LIST_MAX = 200
SEQUENCE_ACTIONS = 50
ID_LENGTH = 32  # of an activation

BLOCKING_S = 60.0  # how long a caller waits for a result before it gets 202
POOL_MEMORY_MB = 1024  # container-pool.user-memory
REMOVE_AFTER_S = 600.0  # a container that is idle


@dataclass(frozen=True)
class Range:
    """What an action may choose, and what it gets when it does not."""

    lowest: int
    default: int
    highest: int
    unit: str


OF_AN_ACTION = {
    "timeout": Range(100, 60_000, 300_000, "ms"),
    "memory": Range(128, 256, 512, "MB"),
    "logs": Range(0, 10, 10, "MB"),
    "concurrency": Range(1, 1, 1, "activations per container"),
}
