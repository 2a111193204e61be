"""What calls cost in GB-seconds: the memory limit of each action times its duration, as the records state both."""

from collections.abc import Iterable
from typing import NamedTuple

MB_PER_GB = 1024


class Activation(NamedTuple):
    """One activation as it is billed; ``duration_ms`` holds its init time, too."""

    memory_mb: int
    duration_ms: float


def gb_seconds(activations: Iterable[Activation]) -> float:
    """What ``activations`` cost together."""
    return sum(one.memory_mb / MB_PER_GB * one.duration_ms / 1000 for one in activations)
