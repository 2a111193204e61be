"""Every state of the statistics page, over the real action and records that the test chooses."""

import csv
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from problem import StatisticsUnavailable, Unauthorized, problem
from tests.browser.admin_api import TOKEN, AdminApi, admin_api, busy_hour
from tests.browser.audits import violations
from tests.browser.conftest import OpenPage
from tests.browser.fake_api import Answer
from tests.browser.test_upload_accessibility import RING
from tests.records import document, moved, recorded

WIDTHS = [320, 390, 768, 1320]
Show = Callable[[Page, AdminApi], None]


@pytest.fixture
def admin() -> Iterator[AdminApi]:
    """The mixed records, the last of them five minutes ago."""
    with admin_api(moved(recorded("mixed"), int(time.time() * 1000) - 300_000)) as found:
        yield found


def opened(open_page: OpenPage, admin: AdminApi, fragment: str = "", **options: Any) -> Page:
    return open_page(f"{admin.address}/admin.html{fragment}", reduced_motion="reduce", **options)


def sign_in(page: Page, token: str = TOKEN) -> None:
    page.fill("#token", token)
    page.click("#sign-in-button")


def dashboard(open_page: OpenPage, admin: AdminApi, **options: Any) -> Page:
    """The page of somebody who signed in."""
    page = opened(open_page, admin, **options)
    sign_in(page)
    expect(page.locator("#tiles .tile")).to_have_count(8)
    page.wait_for_function(DRAWN)
    return page


DRAWN = """() => {
  const all = [...document.querySelectorAll('#charts canvas')];
  return all.length && all.every((one) => globalThis.Chart?.getChart(one));
}"""


def tile(page: Page, name: str) -> Locator:
    return page.locator(f'[data-tile="{name}"] .tile-value')


def refused(error: StatisticsUnavailable | Unauthorized) -> Answer:
    return Answer(error.status, problem(error))


UNREADABLE = StatisticsUnavailable("172.17.0.1 answered 500; expected 200 with JSON.")


def test_nothing_is_shown_or_asked_before_signing_in(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin)
    expect(page.locator("#sign-in")).to_be_visible()
    expect(page.locator("#dashboard")).to_be_hidden()
    assert admin.asked == []


def test_a_wrong_token_says_so_and_leaves_nothing_behind(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin)
    sign_in(page, "wrong")
    expect(page.locator("#sign-in-problem")).to_have_text("This token is not right. Please try again.")
    expect(page.locator("#token")).to_be_focused()
    expect(page.locator("#dashboard")).to_be_hidden()
    assert page.evaluate("() => sessionStorage.length + localStorage.length") == 0


def test_a_token_that_no_header_carries_is_told(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin)
    sign_in(page, "жетон")
    expect(page.locator("#sign-in-problem")).to_have_text(
        "This token cannot be sent. It has letters that an HTTP header cannot carry."
    )
    assert admin.asked == []


def test_signing_in_leads_the_focus_to_the_numbers(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin)
    page.locator("#token").fill(TOKEN)
    page.locator("#token").press("Enter")
    expect(page.locator("#dashboard-title")).to_be_focused()


def test_the_token_stays_in_this_tab_until_signing_out(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    assert page.evaluate("() => Object.values(sessionStorage)") == [TOKEN]
    assert page.evaluate("() => Object.values(localStorage)") == []
    assert TOKEN not in page.content()
    page.reload()
    expect(tile(page, "activations")).to_have_text("6")
    page.locator("#calls summary").first.click()
    page.click("#sign-out")
    expect(page.locator("#sign-in")).to_be_visible()
    assert page.evaluate("() => sessionStorage.length") == 0
    # AND no number is left, not even a hidden one; who signs in again has them anew
    left = "() => [...document.querySelectorAll('#charts, [data-numbers]')].map((one) => one.textContent).join('')"
    assert page.evaluate(left) == ""
    sign_in(page)
    expect(page.locator("#charts canvas")).to_have_count(4)
    expect(page.locator("#calls details[open]")).to_have_count(0)
    page.click("#sign-out")
    page.reload()
    expect(page.locator("#sign-in")).to_be_visible()


def test_a_token_that_no_longer_counts_leads_back_to_the_sign_in(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    admin.parameters["admin_token"] = "another"
    page.click("#refresh")
    expect(page.locator("#sign-in")).to_be_visible()
    expect(page.locator("#sign-in-problem")).not_to_be_empty()


def test_while_loading_there_are_placeholders(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    release = threading.Event()
    admin.answers = [Answer(503, {}, release)]
    page.get_by_label("24 hours").check()
    expect(page.locator("#loading")).to_be_visible()
    expect(page.locator("#main")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#statistics")).to_be_hidden()
    release.set()


def test_an_empty_window_says_what_to_do(open_page: OpenPage, admin: AdminApi) -> None:
    admin.records.documents = []
    page = opened(open_page, admin)
    sign_in(page)
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#empty a")).to_have_text("classify a photo")
    expect(page.locator("#statistics")).to_be_hidden()

    # WHEN the page's own look is on record
    admin.records.documents = [document(1, int(time.time() * 1000) - 1000, "guest/classifier/statistics")]
    with page.expect_response("**/metrics?window=1h"):
        page.click("#refresh")
    expect(page.locator("#main")).to_have_attribute("aria-busy", "false")
    # THEN that is nothing yet
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#statistics")).to_be_hidden()


def test_the_pages_own_calls_are_not_what_is_shown_first(open_page: OpenPage, admin: AdminApi) -> None:
    now_ms = int(time.time() * 1000) - 1000
    admin.records.documents = [document(number, now_ms, "guest/classifier/statistics") for number in range(3)]
    admin.records.documents += [document(9, now_ms, "guest/classifier/zoom")]
    page = dashboard(open_page, admin)
    expect(page.locator("#action")).to_have_value("classifier/zoom")
    expect(tile(page, "activations")).to_have_text("1")
    # AND yet they can be looked at
    page.select_option("#action", "classifier/statistics")
    expect(tile(page, "activations")).to_have_text("3")


def test_a_failure_without_numbers_offers_another_try(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    admin.answers = [refused(UNREADABLE)]
    page.get_by_label("7 days").check()
    expect(page.locator("#failed-title")).to_have_text("The activation records cannot be read")
    expect(page.locator("#failed-detail")).to_have_text(UNREADABLE.detail)
    page.click("#try-again")
    expect(tile(page, "activations")).to_have_text("6")
    expect(page.locator("#failed")).to_be_hidden()


def test_a_failure_keeps_the_old_numbers_and_calls_them_stale(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    admin.answers = [refused(UNREADABLE)]
    page.click("#refresh")
    expect(page.locator('[data-notice="stale"]')).to_contain_text(UNREADABLE.detail)
    expect(page.locator("#freshness")).to_contain_text("Stale")
    expect(tile(page, "activations")).to_have_text("6")
    page.click("#refresh")
    expect(page.locator('[data-notice="stale"]')).to_have_count(0)


def test_an_answer_of_the_platform_is_told_apart_from_ours(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    admin.answers = [Answer(400, {"error": "There was an error processing your request.", "code": "1"})]
    page.click("#refresh")
    expect(page.locator('[data-notice="stale"]')).to_contain_text("ended it before it could answer (HTTP 400)")


def test_it_refreshes_by_itself_until_it_is_paused(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin)
    page.clock.install()
    page.reload()
    sign_in(page)
    expect(tile(page, "activations")).to_have_text("6")
    # WHEN another call arrives and half a minute passes
    now_ms = int(time.time() * 1000)
    kind = {"kind": "sequence", "topmost": True}
    admin.records.documents.insert(
        0, document(99, now_ms - 60_000, "guest/classifier/classify_image", annotations=kind)
    )
    page.clock.fast_forward(31_000)
    # THEN it is there
    expect(tile(page, "activations")).to_have_text("7")
    # AND not when updates are paused
    page.click("#pause")
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    asked = len(admin.asked)
    page.clock.fast_forward(300_000)
    expect(page.locator("#freshness")).to_contain_text("5 min ago")
    assert len(admin.asked) == asked
    page.click("#pause")
    expect(page.locator("#freshness")).to_contain_text("just now")


def test_the_window_is_asked_for(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    for label, window in (("15 min", "15m"), ("24 hours", "24h"), ("7 days", "7d"), ("1 hour", "1h")):
        with page.expect_response(f"**/metrics?window={window}"):
            page.get_by_label(label).check()
        expect(tile(page, "activations")).to_be_visible()
    assert len(admin.asked) == 5


def test_the_numbers_of_one_action(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    page.select_option("#action", "classifier/decode")
    expect(tile(page, "activations")).to_have_text("9")
    expect(tile(page, "cold")).to_have_text("11.1\u202f%")
    expect(page.locator('[data-tile="errors"] [data-fault="caller"]')).to_have_text("4xx: 2")


def test_what_limits_the_numbers_is_said(open_page: OpenPage, admin: AdminApi) -> None:
    admin.statistics.most_records = 10
    admin.records.documents += moved(busy_hour(100), int(time.time() * 1000) - 1000)
    admin.records.documents.sort(key=lambda each: -each["start"])
    page = dashboard(open_page, admin)
    cut = page.locator('[data-notice="cut"]')
    expect(cut).to_contain_text("the newest 200 of")


def test_numbers_from_prometheus_say_so(open_page: OpenPage, admin: AdminApi) -> None:
    # GIVEN an answer with what Prometheus does not know: no maximum, times that are not whole milliseconds
    statistics = admin.told()
    for action in statistics["actions"]:
        action["duration_ms"] |= {"p50": 188.44, "max": None}
    admin.answers = [Answer(body=statistics | {"source": "prometheus"})]
    page = dashboard(open_page, admin)
    expect(page.locator('[data-notice="source"]')).to_contain_text("come from Prometheus")
    expect(tile(page, "p50")).to_have_text("188\u202fms")
    expect(page.locator('[data-tile="p99"] .tile-note')).to_contain_text("longest –")


def test_replies_that_could_not_be_read_are_counted(open_page: OpenPage, admin: AdminApi) -> None:
    statistics = admin.told()
    statistics["coverage"]["replies_read"] -= 2
    admin.answers = [Answer(body=statistics)]
    page = dashboard(open_page, admin)
    expect(page.locator('[data-notice="replies"]')).to_contain_text("are known of 6 of 8 activations")


def test_stand_in_weights_are_named(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    expect(page.locator('[data-notice="stand-in"]')).to_contain_text("not trained on ImageNet")


def test_a_call_opens_to_its_steps_and_logs_and_stays_open(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    cold = page.locator("#calls > li", has_text="cold")
    cold.locator("summary").click()
    expect(cold.locator(".waterfall-times")).to_have_text(
        [
            "wait 300\u202fms, init 80\u202fms, run 20\u202fms",
            "wait 250\u202fms, init 60\u202fms, run 10\u202fms",
            "wait 400\u202fms, init 150\u202fms, run 40\u202fms",
            "wait 200\u202fms, init 50\u202fms, run 2\u202fms",
        ]
    )
    expect(cold.locator(".log")).to_have_count(4)
    expect(cold.locator(".log").first).to_contain_text("decode ran")
    page.click("#refresh")
    expect(page.locator("#refresh")).not_to_have_class("busy")
    expect(cold.locator(".log")).to_have_count(4)


def test_a_failed_call_says_why(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    call = page.locator("#calls > li", has_text="not-a-jpeg")
    call.locator("summary").click()
    expect(call.locator(".banner")).to_have_text("This is a PNG; a JPG was expected.")


def test_logs_that_are_gone_are_no_error_of_the_page(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    admin.records.documents = []
    call = page.locator("#calls > li").first
    call.locator("summary").click()
    expect(call.locator(".problem")).to_contain_text("Records are kept for a time.")


def test_markup_in_a_record_stays_text(open_page: OpenPage, admin: AdminApi) -> None:
    evil = "<img src=x onerror=alert(1)>"
    response = {"status": "application error", "size": 1, "result": {"error": evil}}
    now_ms = int(time.time() * 1000) - 1000
    admin.records.documents = [document(1, now_ms, "guest/classifier/decode", response=response, logs=[evil])]
    page = dashboard(open_page, admin)
    call = page.locator("#calls > li").first
    call.locator("summary").click()
    expect(call.locator(".banner")).to_have_text(evil)
    expect(call.locator(".log")).to_have_text(evil)


def downloaded(page: Page, button: str) -> str:
    with page.expect_download() as download:
        page.click(button)
    return download.value.path().read_text()


def test_exports(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    statistics = json.loads(downloaded(page, "#export-json"))
    assert statistics["actions"][0]["activations"] == 6
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "#actions-csv"))))
    assert [row["action"] for row in rows] == [each["name"] for each in statistics["actions"]]
    assert (rows[0]["duration_p95_ms"], rows[0]["error_codes"]) == (
        "30020",
        "action-developer-error=1 not-a-jpeg=1 time-out=1",
    )


def test_the_csv_of_the_activations_has_the_rows_that_are_shown(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    page.locator("#quick-filters a", has_text="Errors").click()
    page.click("#sort-duration")
    expect(page.locator("#calls-csv")).to_have_text("CSV of 4 rows")
    shown = page.locator("#calls > li").evaluate_all("(all) => all.map((one) => one.dataset.activation)")
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "#calls-csv"))))
    assert [row["activation_id"] for row in rows] == shown
    assert (rows[0]["duration_ms"], rows[0]["error_code"]) == ("30020", "time-out")


def test_by_keyboard_alone(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin)
    page.locator("#token").focus()
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    expect(tile(page, "activations")).to_have_text("6")
    page.get_by_label("1 hour").focus()
    with page.expect_response("**/metrics?window=24h"):
        page.keyboard.press("ArrowRight")
    expect(tile(page, "activations")).to_be_visible()
    page.locator("#calls summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#calls .waterfall")).to_be_visible()


def test_a_screen_reader_hears_of_a_refresh(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    page.click("#refresh")
    expect(page.locator("#announcements")).to_have_text("Updated: 6 activations, 50.0\u202f% successful")


def test_each_chart_has_its_numbers_as_a_table(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    expect(page.locator("#charts .chart")).to_have_count(4)
    page.locator("#chart-outcomes summary").click()
    assert sum(map(int, page.locator("#chart-outcomes tbody td").all_inner_texts())) == 6


def test_without_the_library_that_draws_there_are_the_tables(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin)
    page.route("**/chart.umd.min.js", lambda route: route.abort())
    sign_in(page)
    expect(page.locator("#chart-outcomes table")).to_be_visible()
    expect(page.locator("#chart-outcomes canvas")).to_be_hidden()


def test_where_the_time_goes(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    expect(page.locator("#steps li").nth(2)).to_have_text(
        "classify wait 81\u202fms, init 30\u202fms, run 6,028\u202fms", use_inner_text=False
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(open_page: OpenPage, admin: AdminApi, width: int) -> None:
    page = dashboard(open_page, admin, viewport={"width": width, "height": 800})
    page.locator("#calls summary").last.click()
    expect(page.locator("#calls .log").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def show_sign_in(page: Page, _admin: AdminApi) -> None:
    page.click("#sign-out")


def show_numbers(page: Page, _admin: AdminApi) -> None:
    page.locator("#calls summary").last.click()
    expect(page.locator("#calls .log").first).to_be_visible()
    page.evaluate(
        "() => document.querySelectorAll('.chart details, [data-fold]').forEach((one) => { one.open = true; })"
    )


def show_stale(page: Page, admin: AdminApi) -> None:
    admin.answers = [refused(UNREADABLE)]
    page.click("#refresh")
    expect(page.locator('[data-notice="stale"]')).to_be_visible()


def show_failed(page: Page, admin: AdminApi) -> None:
    admin.answers = [refused(UNREADABLE)]
    page.get_by_label("15 min").check()
    expect(page.locator("#failed")).to_be_visible()


def show_empty(page: Page, admin: AdminApi) -> None:
    admin.records.documents = []
    page.get_by_label("15 min").check()
    expect(page.locator("#empty")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("show", [show_sign_in, show_numbers, show_stale, show_failed, show_empty])
def test_axe_finds_nothing(open_page: OpenPage, admin: AdminApi, theme: str, show: Show) -> None:
    page = dashboard(open_page, admin, color_scheme=theme)
    show(page, admin)
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_focus_is_seen_on_every_control(open_page: OpenPage, admin: AdminApi, theme: str) -> None:
    page = dashboard(open_page, admin, color_scheme=theme)
    page.get_by_label("Custom").check()
    page.locator("#calls summary").last.click()
    expect(page.locator("#calls .log").first).to_be_visible()
    page.locator(".brand").focus()
    stops = 0
    while page.evaluate("() => document.activeElement !== document.body"):
        page.keyboard.press("Tab")
        assert page.evaluate(RING), page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
        stops += 1
    assert stops > 60
