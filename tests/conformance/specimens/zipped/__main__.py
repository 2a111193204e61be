"""An action of several files: the entry point finds its neighbours, and files beside it, wherever it is unpacked."""

import os
from pathlib import Path
from typing import Any

from beside.text import read  # type: ignore[import-not-found]  # found once it is unpacked


def main(args: dict[str, Any]) -> dict[str, Any]:
    context = {name: value for name, value in os.environ.items() if name.startswith("__OW_")}
    return {"read": read(Path("data.txt")), "context": context, "variables": sorted(os.environ), "args": args}
