"""What manifest.yaml says of the package: the one place that knows which actions there are.

    scripts/manifest.py         prints their names
    scripts/manifest.py FILE    writes the manifest of the environment that ENVIRONMENT names

The scripts, the benchmark and the tests ask here. The code of an action is the folder of its name below actions/.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / "actions" / "shared"  # what every action carries
TEXT = (ROOT / "manifest.yaml").read_text("utf-8")
MANIFEST: dict[str, Any] = yaml.safe_load(TEXT)
[NAME] = MANIFEST["packages"]
PACKAGE = MANIFEST["packages"][NAME]
PREVIOUS = "-previous"  # ends the name of the package that keeps the version before


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


def package_name(environment: str) -> str:
    """The package of ``environment``, and the base path of its API; "" is the manifest's own. Raises ``ValueError``."""
    if not environment:
        return str(NAME)
    if not re.fullmatch("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", environment) or f"-{environment}".endswith(PREVIOUS):
        raise ValueError(
            f"ENVIRONMENT is {environment!r}. Expected up to 32 small letters, digits and hyphens, not ending in "
            f'"{PREVIOUS[1:]}", for instance dev.'
        )
    return f"{NAME}-{environment}"


def rendered(package: str, folder: Path) -> dict[str, Any]:
    """The manifest under the name ``package``, its paths relative to ``folder``.

    wskdeploy puts variables into the name of a package, but not into the base path of an API (manifest_parser.go).
    """

    def moved(action: dict[str, Any]) -> dict[str, Any]:
        path = os.path.relpath(ROOT / action["function"], folder) if "function" in action else None
        return {**action, "function": path} if path else action

    def renamed(name: str) -> str:
        return package + name.removeprefix(NAME)

    actions = {name: moved(action) for name, action in PACKAGE["actions"].items()}
    apis = {
        renamed(title): {renamed(base): paths for base, paths in bases.items()}
        for title, bases in PACKAGE["apis"].items()
    }
    return {"packages": {package: {**PACKAGE, "actions": actions, "apis": apis}}}


def main() -> None:
    if not sys.argv[1:]:
        print(*(action.name for action in ACTIONS))
        return
    try:
        package = package_name(os.environ.get("ENVIRONMENT", ""))
    except ValueError as error:
        sys.exit(f"{error}")
    file = Path(sys.argv[1])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(rendered(package, file.parent.resolve()), sort_keys=False), "utf-8")


if __name__ == "__main__":
    main()
