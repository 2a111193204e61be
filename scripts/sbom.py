"""The bill of materials of an image, as CycloneDX 1.6 JSON on standard output, made by looking around inside the image:

docker run --rm -i --network none --entrypoint python IMAGE - NAME VERSION < scripts/sbom.py
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


def python_packages() -> Iterator[Component]:
    """What was installed into the action's folder, with the licence as its author states it."""
    for package in importlib.metadata.distributions(path=[str(ACTION)]):
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


def bill(name: str, version: str) -> dict[str, Any]:
    components = [interpreter(), *python_packages(), *models(), *debian_packages()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name, "version": version}},
        "components": sorted(components, key=lambda component: (component["type"], component["name"])),
    }


if __name__ == "__main__":
    json.dump(bill(*sys.argv[1:3]), sys.stdout, indent=1)
