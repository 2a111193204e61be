"""What others made and the tests use: scripts/tools installs it."""

import subprocess
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "build/tools"


def installed(tool: str) -> Path:
    """The folder of the tools, once ``tool`` is in it; of several processes one installs it, and the others wait."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with FileLock(TOOLS / ".lock"):
        subprocess.run([ROOT / "scripts/tools", tool], check=True)
    return TOOLS
