"""What manifest.yaml says of the package: the one place that knows which actions there are.

    scripts/manifest.py    prints their names

The scripts, the benchmark and the tests ask here. The code of an action is the folder of its name below actions/.
"""

from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / "actions" / "shared"  # what every action carries
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yaml").read_text("utf-8"))
[PACKAGE] = MANIFEST["packages"].values()


class Action(NamedTuple):
    """One action; ``is_image`` tells whether it runs in a Docker image of its own rather than from a zip."""

    name: str
    is_image: bool

    @property
    def folder(self) -> Path:
        return ROOT / "actions" / self.name


ACTIONS = tuple(Action(name, "docker" in fields) for name, fields in PACKAGE["actions"].items())
[STEPS] = (tuple(sequence["actions"].split(", ")) for sequence in PACKAGE["sequences"].values())
IMPORT_PATH = [str(SHARED), *(str(action.folder) for action in ACTIONS)]  # of all actions at once, as the tests have it


if __name__ == "__main__":
    print(*(action.name for action in ACTIONS))
