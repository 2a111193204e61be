"""What all tiers of tests share: where the test data is, and that nothing skips where everything is switched on."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLASSIFIER_TEST_DATA", ROOT.parent / "shared"))
REQUIRE_ALL = os.environ.get("CLASSIFIER_REQUIRE_ALL") == "1"
TIERS = ("unit", "contract", "functional", "faults", "recordings", "conformance", "docker", "browser")


def data_folder(name: str) -> Path:
    """The folder ``name`` (photos, jpeg-corpus, models) of the test data, or a skip that says where it was expected."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}; CLASSIFIER_TEST_DATA names another place")
    return folder


@pytest.fixture(scope="session")
def photos() -> Path:
    """Photos named ``<wnid>_<label>.jpg``."""
    return data_folder("photos")


@pytest.fixture(scope="session")
def jpeg_corpus() -> Path:
    """JPGs of every coding, and broken ones."""
    return data_folder("jpeg-corpus")


@pytest.fixture(scope="session")
def standin_weights() -> Path:
    """The stand-in weights as Keras loads them."""
    return data_folder("models") / "nasnet_mobile_standin_2.h5"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The cheap tests first. The browser's last: its driver keeps an event loop running in this thread to the end."""
    items.sort(key=lambda item: TIERS.index(item.path.relative_to(ROOT / "tests").parts[0]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CLASSIFIER_REQUIRE_ALL=1 a skipped test is a failed one: a green run then means that everything ran."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but CLASSIFIER_REQUIRE_ALL=1: {report.longrepr}"
    return report
