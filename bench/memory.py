"""The memory of a process. Only Linux tells its own from the files that it maps."""

from pathlib import Path
from typing import NamedTuple

import psutil

MIB = 2**20


class Memory(NamedTuple):
    """MiB. The kernel takes ``mapped`` pages back under pressure, ``own`` ones never; ``peak`` counts both."""

    own: float
    mapped: float
    peak: float


def of_process(pid: int) -> Memory:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        resident = psutil.Process(pid).memory_info().rss / MIB
        return Memory(resident, 0.0, resident)

    fields = (line.split() for line in status.read_text().splitlines() if line.endswith(" kB"))
    mib = {name.rstrip(":"): int(size) / 1024 for name, size, _ in fields}
    return Memory(mib["RssAnon"], mib["RssFile"] + mib["RssShmem"], mib["VmHWM"])
