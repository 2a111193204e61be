"""The page about privacy, API and licences, and the way there."""

import pytest
from playwright.sync_api import expect

from tests.browser.audits import violations
from tests.browser.conftest import OpenPage
from tests.browser.fake_api import FakeApi


def test_the_footer_leads_to_privacy_api_source_and_licences(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    footer = page.get_by_role("navigation", name="About this page")
    expect(footer.get_by_role("link")).to_have_text(
        ["About", "Privacy", "API", "Source and documentation", "Licences", "Statistics"]
    )
    footer.get_by_role("link", name="Privacy").click()
    expect(page.get_by_role("heading", name="Privacy")).to_be_in_viewport()
    expect(page.locator("[data-api-url]")).to_have_text(f"{api.address}/api/guest/classifier")
    page.get_by_role("link", name="its licence").click()
    expect(page.locator("body")).to_contain_text("Princeton University")


def test_an_installation_can_say_where_its_source_is(open_page: OpenPage, api: FakeApi) -> None:
    config = {"apiUrl": "https://api.example/classifier", "sourceUrl": "https://code.example/classifier"}
    page = open_page("about:blank")
    page.route("**/config.json", lambda route: route.fulfill(json=config))
    page.goto(f"{api.address}/about.html")
    expect(page.locator("#source-known")).to_have_text("Both are at https://code.example/classifier.")
    expect(page.locator("#source-unknown")).to_be_hidden()

    page.route("**/config.json", lambda route: route.fulfill(json={**config, "sourceUrl": "javascript:alert(1)"}))
    page.reload()
    expect(page.locator("#page-problem")).to_contain_text("should begin with https://")
    expect(page.locator("#source-known")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(open_page: OpenPage, api: FakeApi, theme: str, width: int) -> None:
    page = open_page(f"{api.address}/about.html", color_scheme=theme, viewport={"width": width, "height": 700})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
