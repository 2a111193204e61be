"""make audit asks about every locked package, tells what is known of it, and never takes silence for good news."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import ROOT
from tests.serving import Handler, http_server

Package = tuple[str, str]
LOCKS = [*ROOT.glob("requirements/*.txt"), *ROOT.glob("actions/*/requirements.txt")]
NOBODY = "http://127.0.0.1:1/v1/query"


def everywhere(lock: str) -> set[Package]:
    """What ``lock`` installs on every machine: lines with a condition may not apply to this one."""
    return set(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", lock, re.MULTILINE))


@contextmanager
def vulnerabilities_of(package: str = "") -> Iterator[tuple[str, set[Package]]]:
    """A service that answers as OSV does and knows one vulnerability; gives its URL and what it was asked about."""
    asked = set()

    class Service(Handler):
        def do_POST(self) -> None:  # noqa: N802 - as http.server calls it
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name, version = query["package"]["name"], query["version"]
            asked.add((name, version))
            affected = {"package": {"name": name, "ecosystem": "PyPI"}, "versions": [version]}
            known = {"id": "PYSEC-0000-1", "summary": "made up", "affected": [affected]}
            self.answer(200, "application/json", json.dumps({"vulns": [known]} if name == package else {}).encode())

    with http_server(Service) as url:
        yield f"{url}/v1/query", asked


def audit(url: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AUDIT_URL": url}
    return subprocess.run([ROOT / "scripts/audit"], env=environment, capture_output=True, text=True, check=False)


def test_it_asks_about_every_package_that_is_locked() -> None:
    with vulnerabilities_of() as (url, asked):
        run = audit(url)
    assert (run.returncode, "No known vulnerabilities" in run.stderr + run.stdout) == (0, True)
    locked = set[Package]().union(*(everywhere(lock.read_text()) for lock in LOCKS))
    assert len(locked) > 100
    assert locked - asked == set()


def test_a_vulnerability_is_told_and_fails() -> None:
    with vulnerabilities_of("pillow") as (url, _):
        run = audit(url)
    assert run.returncode == 1
    assert re.search(r"^pillow +\S+ +PYSEC-0000-1", run.stdout, re.MULTILINE)


def test_without_an_answer_it_says_that_nothing_is_known() -> None:
    run = audit(NOBODY)
    assert run.returncode == 2
    assert "nothing is known: pip-audit could not ask" in run.stderr
