"""The page in an S3-compatible store, classifying through the API on another origin: CORS and the policy for real."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.pictures import choose, picture
from tests.s3_store import s3_store
from tests.serving import Served

pytestmark = [pytest.mark.slow, pytest.mark.tools]


def test_the_published_page_classifies(open_page: OpenPage, host: Served, tmp_path: Path) -> None:
    if not shutil.which("go"):
        pytest.skip("no Go found, which builds the S3 server; https://go.dev/doc/install")
    with s3_store(tmp_path) as store:
        done = store.publish(host.classify_url.removesuffix("/classify"), "--public")
        assert done.returncode == 0, done.stderr
        assert "the API accepts calls from the page" in done.stdout

        page = open_page(f"{store.public_url}index.html")
        choose(page, ("drawing.jpg", picture()))
        expect(page.locator("#result-labels")).to_be_visible()
        # The activation id crosses the origins too, because the reply exposes it.
        expect(page.locator("#timings code").last).to_have_text(
            host.records("classifier/classify_image")[0]["activationId"]
        )


def test_an_error_crosses_the_origins_in_words(open_page: OpenPage, host: Served, tmp_path: Path) -> None:
    if not shutil.which("go"):
        pytest.skip("no Go found, which builds the S3 server; https://go.dev/doc/install")
    with s3_store(tmp_path) as store:
        assert store.publish(host.classify_url.removesuffix("/classify"), "--public").returncode == 0
        page = open_page(f"{store.public_url}index.html")
        choose(page, ("broken.jpg", b"\xff\xd8\xff\xe0 broken"))
        expect(page.locator("#result-title")).to_have_text("The JPG is damaged")
