"""What all tiers of tests share: where the test data is, and that nothing skips where everything is switched on."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.containers import engine_answers

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CLASSIFIER_TEST_DATA", ROOT.parent / "shared"))
NO_DATA = "no test data"
REQUIRE_ALL = os.environ.get("CLASSIFIER_REQUIRE_ALL") == "1"
TESTS = ROOT / "tests"
TIERS = ("unit", "contract", "functional", "faults", "recordings", "conformance", "docker", "browser")
ON_THE_NETWORK = ("tests/docker/", "tests/browser/", "tests/functional/test_actionserver.py")


def data_folder(name: str) -> Path:
    """The folder ``name`` (photos, jpeg-corpus, models) of the test data, or a skip that says where it was expected."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"{NO_DATA} in {folder}; CLASSIFIER_TEST_DATA names another place")
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The cheap tests first; in several processes the long ones, so that no process ends long before the others."""
    in_several = hasattr(config, "workerinput")
    items.sort(key=lambda item: TIERS.index(item.path.relative_to(TESTS).parts[0]), reverse=in_several)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Which tests run in one process: those of a file, because they share what they start.

    So do all those that use the network of this machine: where an engine connects a container, the machine has a new
    address, and Chromium gives up its requests (ERR_NETWORK_CHANGED).
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "network" if file.startswith(ON_THE_NETWORK) and engine_answers() else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CLASSIFIER_REQUIRE_ALL=1 a skipped test is a failed one: a green run then means that everything ran.

    Only the test data may be elsewhere: the repository does not hold it.
    """
    report = yield
    excused = hasattr(report, "wasxfail") or (not DATA.is_dir() and NO_DATA in str(report.longrepr))
    if REQUIRE_ALL and report.skipped and not excused:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but CLASSIFIER_REQUIRE_ALL=1: {report.longrepr}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailuresAtOnce(reporter))


class FailuresAtOnce:
    """Which test failed and why, in a line as soon as it is known: a run that is broken off has told it, too."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self.reporter = reporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            reason = report.longreprtext.strip().rpartition("\n")[2]
            self.reporter.write_line(f"\nFAILED at {report.when}: {report.nodeid}: {reason}", red=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured, as they recorded it with ``record_property("measured", …)``."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"measured: {value}")
