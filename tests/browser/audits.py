"""axe-core's judgement of a page (WCAG 2.2 AA and its best practices)."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests import tools


def installed() -> Path:
    """The folder with axe-core, Lighthouse and Puppeteer, installed if need be."""
    if not shutil.which("npm"):
        pytest.skip(
            "no npm found, which installs axe-core, Lighthouse and Puppeteer; on Debian and Ubuntu: apt-get install npm"
        )
    return tools.installed("audits") / "audits/node_modules"


def violations(page: Page) -> list[str]:
    """One line for each rule that ``page`` breaks as it is now, with the elements that break it."""
    # Through the debugger: the page's own policy rightly lets no foreign script in.
    page.evaluate((installed() / "axe-core/axe.min.js").read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']]}" for one in found]
