"""The page about the API, and the way there."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.audits import violations
from tests.browser.conftest import OpenPage
from tests.browser.fake_api import FakeApi


@pytest.mark.parametrize("name", ["", "admin.html", "about.html"])
def test_every_page_leads_to_it(open_page: OpenPage, api: FakeApi, name: str) -> None:
    page = open_page(f"{api.address}/{name}")
    page.locator("footer").get_by_role("link", name="API", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("API")


def test_its_examples_name_the_api_of_this_installation(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(f"{api.address}/api.html")
    for example in page.locator("pre", has_text="classifier").filter(has_text="/api/").all():
        expect(example).to_contain_text(f"{api.address}/api/guest/classifier")


def test_an_error_is_found_from_the_list_of_answers(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(f"{api.address}/api.html")
    page.get_by_role("link", name="too-many-pixels").click()
    expect(page.get_by_role("heading", name="too-many-pixels")).to_be_in_viewport()
    example = page.locator("#too-many-pixels + p + pre")
    assert json.loads(example.inner_text())["status"] == 422


def test_the_document_for_programs_is_beside_it(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(f"{api.address}/api.html")
    page.get_by_role("link", name="openapi.json").click()
    assert json.loads(page.locator("body").inner_text())["openapi"] == "3.1.0"


def test_it_can_be_read_without_scripts(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(f"{api.address}/api.html", java_script_enabled=False)
    expect(page.get_by_role("heading", name="With Python")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(open_page: OpenPage, api: FakeApi, theme: str, width: int) -> None:
    page = open_page(f"{api.address}/api.html", color_scheme=theme, viewport={"width": width, "height": 700})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
