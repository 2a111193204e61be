"""From a number to the activations behind it, and from there to one of them; the address tells it to somebody else."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.browser.admin_api import AdminApi, admin_api, busy_hour
from tests.browser.conftest import OpenPage
from tests.browser.test_admin_states import dashboard, opened, sign_in, tile
from tests.records import document

CALLS = 120


@pytest.fixture
def admin() -> Iterator[AdminApi]:
    with admin_api(busy_hour(CALLS)) as found:
        yield found


def rows(page: Page) -> list[str]:
    """The ids of the activations that are listed, all of them."""
    if page.locator("#more-calls").is_visible():
        page.click("#more-calls")
    ids: list[str] = page.locator("#calls > li").evaluate_all("(all) => all.map((one) => one.dataset.activation)")
    return ids


def ids(admin: AdminApi, **wanted: Any) -> list[str]:
    """By hand: the calls of which all that is ``wanted`` is true, newest first."""
    calls = admin.told()["calls"]
    return [call["activation_id"] for call in calls if all(call[field] == value for field, value in wanted.items())]


def chart(page: Page, name: str) -> FloatRect:
    canvas = page.locator(f"#chart-{name} canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    return box


def test_the_error_tile_leads_to_exactly_its_errors(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    errors = int(tile(page, "errors").inner_text())
    tile(page, "errors").locator("a").click()
    expect(page.locator("#calls-title")).to_be_focused()
    found = rows(page)
    assert len(found) == errors > 5
    assert set(found) == set(ids(admin)) - set(ids(admin, outcome="success"))


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ('[data-tile="errors"] [data-fault="caller"]', {"fault": "caller"}),
        ('[data-tile="errors"] [data-fault="service"]', {"fault": "service"}),
        ('[data-tile="success"] .tile-value a', {"outcome": "success"}),
        ('[data-tile="cold"] .tile-value a', {"cold": True}),
        ('[data-code="corrupt-jpeg"] .failure-code', {"error_code": "corrupt-jpeg"}),
        ('#http-statuses [data-status="422"]', {"http_status": 422}),
        ('#labels a:has-text("tench")', {"label": "tench"}),
        (
            '#actions-table tr[data-action="classifier/classify_image"] [data-column="Developer"] a',
            {"outcome": "action_developer_error"},
        ),
    ],
)
def test_a_number_leads_to_the_activations_behind_it(
    open_page: OpenPage, admin: AdminApi, link: str, wanted: dict[str, Any]
) -> None:
    page = dashboard(open_page, admin)
    page.locator(link).click()
    expect(page.locator("#chips a").first).to_be_visible()
    assert rows(page) == ids(admin, **wanted)
    # AND the way back
    page.go_back()
    expect(page.locator("#chips")).to_be_hidden()


def test_the_numbers_of_a_step_lead_to_the_calls_that_it_was_in(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    page.locator("#steps a", has_text="classify").click()
    expect(page.locator("#action")).to_have_value("classifier/classify")
    refused = ids(admin, fault="caller")  # by decode: classify had no part in them
    assert set(rows(page)) == set(ids(admin)) - set(refused) - set(ids(admin, error_code="internal"))
    tile(page, "errors").locator("a").click()
    assert rows(page) == ids(admin, error_code="time-out")


def test_a_chip_takes_its_filter_away(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin, fragment="#outcome=success&start=cold&sort=duration")
    sign_in(page)
    expect(page.locator("#chips .chip")).to_have_count(2)
    page.locator("#chips .chip", has_text="Success").click()
    expect(page.locator("#chips .chip")).to_have_count(1)
    assert set(rows(page)) == set(ids(admin, cold=True))


def test_a_bar_leads_to_its_activations(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    box = chart(page, "confidence")
    counts = [each["count"] for each in admin.told()["confidence"]["bins"]]
    most = counts.index(max(counts))
    place = page.evaluate(
        """(bin) => {
          const chart = Chart.getChart(document.querySelector('#chart-confidence canvas'));
          const bar = chart.getDatasetMeta(0).data[bin];
          return [bar.x, (bar.y + bar.base) / 2];
        }""",
        most,
    )
    page.mouse.click(box["x"] + place[0], box["y"] + place[1])
    expect(page.locator("#calls-count")).to_have_text(f"{counts[most]} of {len(ids(admin))}")


def test_a_cell_of_a_chart_s_table_leads_to_its_activations(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    page.locator("#chart-outcomes summary").click()
    cell = page.locator("#chart-outcomes tbody td:nth-child(3) a").first
    count = cell.inner_text()
    cell.click()
    expect(page.locator("#calls-count")).to_have_text(f"{count} of {len(ids(admin))}")


def test_a_drag_over_a_chart_zooms_in(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    box = chart(page, "outcomes")
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    expect(page.locator("#chart-outcomes .chart-marking")).to_be_visible()
    with page.expect_response("**/metrics?since=*") as answered:
        page.mouse.move(box["x"] + box["width"] * 0.6, middle)
        page.mouse.up()
    window = answered.value.json()["window"]
    assert 600 < window["seconds"] < 1000
    expect(page.locator("#windows input:checked")).to_have_value("custom")
    # AND back
    page.go_back()
    expect(page.get_by_label("1 hour")).to_be_checked()


def test_a_time_of_one_s_own_choice(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin, timezone_id="Asia/Kolkata")
    expect(page.locator("#zone")).to_have_text("Asia/Calcutta, UTC+05:30")
    page.get_by_label("Custom").check()
    page.fill("#since", "2026-11-20T10:00:00")
    page.fill("#upto", "2026-11-20T09:00:00")
    page.locator("#times button").click()
    expect(page.locator("#times-problem")).to_contain_text("before the second")
    page.fill("#upto", "2026-11-20T11:30:00")
    with page.expect_response("**/metrics?since=*") as answered:
        page.locator("#times button").click()
    window = answered.value.json()["window"]
    assert (window["since"], window["upto"]) == ("2026-11-20T04:30:00.000Z", "2026-11-20T06:00:00.000Z")


def test_a_time_that_is_past_is_read_once(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin, fragment="#since=2026-11-20T04:30:00Z&upto=2026-11-20T06:00:00Z")
    page.clock.install()
    page.reload()
    sign_in(page)
    expect(page.locator("#empty")).to_be_visible()
    asked = len(admin.asked)
    page.clock.fast_forward(300_000)
    expect(page.locator("#freshness")).to_have_text("Read 5 min ago")
    assert len(admin.asked) == asked


def test_the_address_holds_the_view_and_can_be_sent(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    page.get_by_label("24 hours").check()
    expect(tile(page, "activations")).to_be_visible()
    tile(page, "errors").locator("a").click()
    page.click("#sort-duration")
    found = rows(page)
    wanted = page.evaluate("() => location.hash")
    assert wanted.startswith("#window=24h&action=classifier/classify_image&outcome=failure")
    # WHEN it is loaded again, or by somebody else
    page.reload()
    expect(tile(page, "activations")).to_be_visible()
    assert rows(page) == found
    other = opened(open_page, admin, fragment=wanted)
    sign_in(other)
    expect(tile(other, "activations")).to_be_visible()
    assert rows(other) == found
    expect(other.get_by_label("24 hours")).to_be_checked()


def test_an_activation_is_looked_up_by_its_id(open_page: OpenPage, admin: AdminApi) -> None:
    # GIVEN a call of long ago that no window shows
    old = document(7, 1_000, response={"status": "application error", "result": {"error": "a long story"}})
    admin.records.documents.append(old)
    page = dashboard(open_page, admin)
    page.fill("#look-up-id", f" {old['activationId']} ")
    page.click("#look-up button")
    expect(page.locator("#looked-up .banner")).to_have_text("a long story")
    expect(page.locator("#looked-up-title")).to_contain_text("decode 01/01/1970")
    # WHEN its address is sent to somebody else, also over a window without activations
    wanted = page.evaluate("() => location.href")
    admin.records.documents = [old]
    page.goto("about:blank")
    page.goto(wanted)
    expect(page.locator("#looked-up .banner")).to_have_text("a long story")
    expect(page.locator("#empty")).to_be_visible()
    page.click("#close-looked-up")
    expect(page.locator("#looked-up")).to_be_hidden()


def test_an_id_that_nobody_knows_says_so(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin, fragment=f"#activation={'0' * 32}")
    sign_in(page)
    expect(page.locator("#looked-up .problem")).to_contain_text("has no activation")
    expect(tile(page, "activations")).to_be_visible()


def test_what_is_opened_in_the_list_is_in_the_address(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    call = page.locator("#calls > li").nth(2)
    activation = call.get_attribute("data-activation")
    call.locator("summary").click()
    expect(call.locator(".log").first).to_be_visible()
    assert f"activation={activation}" in page.evaluate("() => location.hash")
    page.reload()
    expect(page.locator("#looked-up .log").first).to_be_visible()
    expect(page.locator("#looked-up code").first).to_have_text(str(activation))


def test_the_trace_of_a_step_leads_to_its_sequence(open_page: OpenPage, admin: AdminApi) -> None:
    step = next(each for each in admin.records.documents if each.get("cause"))
    page = opened(open_page, admin, fragment=f"#activation={step['activationId']}")
    sign_in(page)
    page.locator("#looked-up a", has_text=step["cause"]).click()
    expect(page.locator("#looked-up-title")).to_contain_text("classify_image")


def test_failures_are_listed_however_many_calls_came_after_them(open_page: OpenPage, admin: AdminApi) -> None:
    # GIVEN more calls than an answer lists, with three failures among the oldest
    now_ms = int(time.time() * 1000) - 10_000
    failed = {"status": "application error", "result": {"error": "no"}}
    older = [document(number, now_ms - 5000 + number, response=failed) for number in range(3)]
    admin.records.documents = [document(10 + number, now_ms - number) for number in range(900)] + older[::-1]
    page = dashboard(open_page, admin)
    tile(page, "errors").locator("a").click()
    assert len(rows(page)) == 3
    expect(page.locator("#unlisted")).to_contain_text("Listed are 800 of 903 activations: 3 failures")


def test_log_lines_are_readable_whatever_stored_them(open_page: OpenPage, admin: AdminApi) -> None:
    # GIVEN a platform's lines, a standalone's, one that is JSON, and one without a time
    lines = [
        "2026-11-26T10:11:12.123456789Z stdout: decode ran",
        "2026-11-26T10:11:12.223456789Z stderr: a warning",
        "2026-11-26T10:11:12.323456789Z of a standalone",
        "2026-11-26T10:11:12.423456789Z " + json.dumps({"event": "classified", "timings_ms": {"decode": 4.1}}),
        "no time",
    ]
    admin.records.documents = [document(1, int(time.time() * 1000) - 1000, logs=lines)]
    page = dashboard(open_page, admin, timezone_id="Europe/Berlin")
    page.locator("#calls summary").click()
    expect(page.locator(".log li")).to_have_count(5)
    assert page.locator(".log li").evaluate_all(
        "(all) => all.map((one) => [...one.children].map((part) => part.innerText.replaceAll(/\\s+/g, ' ').trim()))"
    ) == [
        ["11:11:12.123", "decode ran"],
        ["11:11:12.223", "stderr a warning"],
        ["11:11:12.323", "of a standalone"],
        ["11:11:12.423", 'event classified timings_ms {"decode":4.1}'],
        ["", "no time"],
    ]
