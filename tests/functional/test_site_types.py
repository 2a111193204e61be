"""The JSDoc types of the site's modules, checked by TypeScript."""

import subprocess

import pytest

from tests.browser.audits import ROOT, installed

pytestmark = [pytest.mark.tools]


def test_the_types_agree() -> None:
    compiler = installed() / ".bin/tsc"
    done = subprocess.run(
        [compiler, "-p", ROOT / "tests/browser/js/tsconfig.json"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0
