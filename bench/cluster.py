"""On paper: how long a burst of photos takes on a cluster, from what was measured on one machine.

Each photo in flight holds memory and a core for its work. All arrive at once; the first of each core pays for the cold
start of its containers; nothing is taken off for the network, the queues and the scheduler of the platform.
"""

from math import ceil
from typing import NamedTuple


class Cluster(NamedTuple):
    machines: int
    cores: int  # of one machine
    memory_mb: int  # of one machine, for containers


class Function(NamedTuple):
    """What one photo takes, and what one lane of containers that serves one photo at a time takes."""

    work_ms: float  # of one core, warm
    cold_ms: float  # of one core, to start a lane and serve its first photo
    lane_mb: int  # of all containers of one lane


class Burst(NamedTuple):
    lanes: int
    cold_starts: int
    seconds: float


def burst(photos: int, function: Function, cluster: Cluster) -> Burst:
    """How long ``photos`` that arrive at once on an empty ``cluster`` take: lanes are bound by cores and by memory."""
    fitting = cluster.memory_mb // function.lane_mb
    lanes = min(photos, cluster.machines * min(cluster.cores, fitting))
    if not lanes:
        raise ValueError(f"a lane takes {function.lane_mb} MB, but a machine has {cluster.memory_mb}")

    later = ceil(photos / lanes) - 1
    return Burst(lanes, lanes, (function.cold_ms + later * function.work_ms) / 1000)
