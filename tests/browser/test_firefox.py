"""Both pages in Firefox: the paths that everybody takes, and no complaint on the console."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.admin_api import TOKEN, admin_api, busy_hour
from tests.browser.audits import installed
from tests.browser.fake_api import FakeApi
from tests.browser.pictures import picture

pytestmark = [pytest.mark.tools]

SCRIPTS = Path(__file__).parent / "js"


def in_firefox(scenario: str, *arguments: str | Path) -> None:
    """Run ``js/<scenario>.mjs``, which says what the arguments are."""
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if not firefox:
        pytest.skip("no Firefox found; on Debian: apt-get install firefox-esr")
    puppeteer = installed() / "puppeteer-core/lib/puppeteer/puppeteer-core.js"
    script, steps = SCRIPTS / "in-firefox.mjs", SCRIPTS / f"{scenario}.mjs"
    command: list[str | Path] = ["node", script, puppeteer, firefox, steps, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr


def test_the_upload_page(api: FakeApi, tmp_path: Path) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(5)]
    for photo in photos:
        photo.write_bytes(picture())
    in_firefox("upload-smoke", api.address, "timber wolf", *photos)


def test_the_statistics_page() -> None:
    with admin_api(busy_hour(60)) as admin:
        in_firefox("admin-smoke", admin.address, TOKEN)
