"""The images, built once; every test here needs an engine."""

import subprocess
from pathlib import Path

import pytest

from tests.containers import ROOT, require_engine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session")
def classify_image() -> str:
    """The image of classify with the model that lies in build/model, by the name that scripts/image prints last."""
    require_engine()
    if not (ROOT / "build" / "model" / "model.json").is_file():
        pytest.skip("no model in build/model; make model, or scripts/model.py --or-stand-in, builds one")
    return built()


def built(source: str = "https://example.org/sources") -> str:
    """The name that scripts/image prints last."""
    environment = {"WEIGHTS": "stand-in", "IMAGE": "classifier-classify-test", "SOURCE": source}
    command = ["env", *(f"{name}={value}" for name, value in environment.items()), str(ROOT / "scripts" / "image")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]
