"""The platform's limits, with the defaults of its application.conf (OpenWhisk docs/reference.md, "System limits")."""

MIB = 1024 * 1024
PAYLOAD_BYTES = PARAMETERS_BYTES = MIB  # of a request to an action or its result; of what is kept for it
CODE_BYTES = 48 * MIB  # of the code as it is sent: base64 for a zip
BODY_BYTES = 50_000_000  # of any request: what the controller's HTTP server accepts
LIST_DEFAULT, LIST_MAX = 30, 200
SEQUENCE_ACTIONS = 50
ID_LENGTH = 32
BLOCKING_S = 60.0  # how long a caller waits for a result before it gets 202
POOL_MEMORY_MB = 1024  # container-pool.user-memory
REMOVE_AFTER_S = 600.0  # a container that is idle
# Of an action: minimum, default, maximum, unit.
OF_AN_ACTION = {"concurrency": (1, 1, 1, "activations per container"), "logs": (0, 10, 10, "MB")}
OF_AN_ACTION |= {"memory": (128, 256, 512, "MB"), "timeout": (100, 60_000, 300_000, "ms")}
