"""Where a run was made."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from manifest import ROOT


def facts() -> dict[str, Any]:
    return {
        "made_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": commit(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def commit() -> str:
    """The commit that was measured, marked where files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return described.stdout.strip() or "unknown"


def processor() -> str:
    """The model and its widest vector instructions, which decide about inference."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    fields = dict(line.split(":", 1) for line in text.partition("\n\n")[0].splitlines() if ":" in line)
    by_name = {name.strip(): value.strip() for name, value in fields.items()}

    flags = by_name.get("flags", "").split()
    widest = next((name for name in ("avx512f", "avx2", "avx", "asimd") if name in flags), "")
    return ", ".join(part for part in (by_name.get("model name", platform.processor()), widest) if part)
