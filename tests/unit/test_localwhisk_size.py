"""localwhisk stays small: under 2,000 lines, comments and docstrings included, blank lines not."""

from pathlib import Path

LIMIT = 2000


def test_localwhisk_is_under_its_limit() -> None:
    modules = sorted((Path(__file__).resolve().parents[2] / "localwhisk").glob("**/*.py"))
    counted = {
        module.name: sum(map(bool, map(str.strip, module.read_text("utf-8").splitlines()))) for module in modules
    }
    assert modules
    assert sum(counted.values()) < LIMIT, counted
