"""The bill of materials of an image or a zip, as CycloneDX 1.6 JSON on standard output, made by looking inside:

docker run --rm -i --network none --entrypoint python IMAGE - NAME VERSION < scripts/sbom.py
scripts/sbom.py NAME VERSION ZIP
"""

import importlib.metadata
import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DPKG_STATUS = Path("/var/lib/dpkg/status")
ACTION = Path("/action")
Component = dict[str, Any]


def python_packages(action: Path) -> Iterator[Component]:
    """What was installed into the action's folder or zip, with the licence as its author states it."""
    for package in importlib.metadata.distributions(path=[str(action)]):
        about = package.metadata
        licence = about["License-Expression"] or about["License"]
        yield {
            "type": "library",
            "name": about["Name"],
            "version": package.version,
            "purl": f"pkg:pypi/{about['Name'].lower().replace('_', '-')}@{package.version}",
            **({"licenses": [{"license": {"name": licence.splitlines()[0]}}]} if licence else {}),
        }


def debian_packages() -> Iterator[Component]:
    """What the base image holds."""
    for paragraph in DPKG_STATUS.read_text("utf-8").strip().split("\n\n") if DPKG_STATUS.exists() else []:
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        name, version = fields["Package"], fields["Version"]
        purl = f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?arch={fields['Architecture']}"
        yield {"type": "library", "name": name, "version": version, "purl": purl}


def interpreter() -> Component:
    version = platform.python_version()
    return {"type": "application", "name": "python", "version": version, "purl": f"pkg:generic/python@{version}"}


def models() -> Iterator[Component]:
    """The model file, as model.json describes it."""
    for file in ACTION.glob("model/model.json"):
        model = json.loads(file.read_text("utf-8"))
        yield {
            "type": "machine-learning-model",
            "name": model["name"],
            "version": model["version"],
            "description": f"weights: {model['weights']}",
            "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
        }


def bill(kind: str, name: str, version: str, components: list[Component]) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": kind, "name": name, "version": version}},
        "components": sorted(components, key=lambda component: (component["type"], component["name"])),
    }


def main(name: str, version: str, archive: str | None = None) -> None:
    if archive:
        found = bill("application", name, version, [*python_packages(Path(archive))])
    else:
        inside = [interpreter(), *python_packages(ACTION), *models(), *debian_packages()]
        found = bill("container", name, version, inside)
    json.dump(found, sys.stdout, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
