"""The platform's limits, with the defaults of its application.conf (OpenWhisk docs/reference.md, "System limits")."""

from dataclasses import dataclass

from localwhisk.rejection import Rejected, malformed

MIB = 1024 * 1024

PAYLOAD_BYTES = MIB  # of a request to an action, and of its result
PARAMETERS_BYTES = MIB  # of the parameters or the annotations of an entity
CODE_BYTES = 48 * MIB  # of the code as it is sent: base64 for a zip
BODY_BYTES = 50 * MIB  # of any request: what the controller's HTTP server accepts

LIST_DEFAULT = 30
LIST_MAX = 200
SEQUENCE_ACTIONS = 50
ID_LENGTH = 32  # of an activation

BLOCKING_S = 60.0  # how long a caller waits for a result before it gets 202
POOL_MEMORY_MB = 1024  # container-pool.user-memory
REMOVE_AFTER_S = 600.0  # a container that is idle


@dataclass(frozen=True)
class Quota:
    """How many activations one user may start in a minute, and have at the same time."""

    per_minute: int
    concurrent: int


PLATFORM_QUOTA = Quota(per_minute=60, concurrent=30)
GENEROUS_QUOTA = Quota(per_minute=60_000, concurrent=300)  # for development; each that waits holds its request


@dataclass(frozen=True)
class Range:
    """What an action may choose, and what it gets when it does not; and what the platform calls it."""

    lowest: int
    default: int
    highest: int
    name: str  # where the JSON is none of a limit: "time limit malformed"
    quantity: str  # where the number is out of range: "duration 99 milliseconds below …"
    unit: str = ""

    def checked(self, value: object) -> int:
        """``value``, a whole number in this range. ``Rejected`` (400) otherwise."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise malformed(f"{self.name} limit malformed")
        if value != int(value):
            raise malformed(f"requirement failed: {self.name} limit must be whole number")
        if value < 0 and self.unit == "MB":
            raise malformed("requirement failed: a negative size of an object is not allowed.")

        number = int(value)
        if number < self.lowest:
            raise self._rejected(number, "below", self.lowest)
        if number > self.highest:
            raise self._rejected(number, "exceeds", self.highest)
        return number

    def _rejected(self, number: int, relation: str, threshold: int) -> Rejected:
        asked, allowed = (f"{value} {self.unit}".rstrip() for value in (number, threshold))
        told = f"{self.quantity} {asked} {relation} allowed threshold of {allowed}"
        return Rejected(400, f"requirement failed: {told}")


OF_AN_ACTION = {
    "timeout": Range(100, 60_000, 300_000, "time", "duration", "milliseconds"),
    "memory": Range(128, 256, 512, "memory", "memory size", "MB"),
    "logs": Range(0, 10, 10, "log", "log size", "MB"),
    "concurrency": Range(1, 1, 1, "concurrency", "concurrency"),
}
