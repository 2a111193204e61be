"""What the first look at the statistics says: a verdict, what failed, the numbers beside their past, and the cost."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.admin_api import AdminApi, admin_api, busy_hour
from tests.browser.conftest import OpenPage
from tests.browser.test_admin_states import dashboard, opened, tile
from tests.records import document

HOUR_MS = 3_600_000
SEQUENCE = "guest/classifier/classify_image"
CRASHED = {"status": "action developer error", "result": {"error": "gone"}}


@pytest.fixture
def admin() -> Iterator[AdminApi]:
    with admin_api(busy_hour(120)) as found:
        yield found


def calls(count: int, duration: int = 100, ago_ms: int = 0, failed: int = 0, step: str = "") -> list[dict[str, Any]]:
    """So many calls of the sequence, or of one ``step`` alone; the first of them crashed."""
    newest = int(time.time() * 1000) - 120_000 - ago_ms
    return [
        document(
            number + ago_ms,
            newest - 1000 * number,
            f"guest/classifier/{step}" if step else SEQUENCE,
            duration=duration,
            annotations={} if step else {"kind": "sequence"},
            **({"response": CRASHED} if number < failed else {}),
        )
        for number in range(count)
    ]


def verdict(open_page: OpenPage, admin: AdminApi, *groups: list[dict[str, Any]]) -> tuple[Page, str, str]:
    admin.records.documents = [each for group in groups for each in group]
    page = dashboard(open_page, admin)
    return page, str(page.get_attribute("#verdict", "data-state")), page.inner_text("#verdict")


def test_healthy(open_page: OpenPage, admin: AdminApi) -> None:
    _, state, text = verdict(open_page, admin, calls(30))
    assert (state, text) == ("healthy", "Healthy. No failure of the service in 30 calls. p95 100\u202fms.")


def test_failing_says_how_much_and_leads_there(open_page: OpenPage, admin: AdminApi) -> None:
    page, state, text = verdict(open_page, admin, calls(30, failed=6))
    assert (state, text) == ("failing", "Failing. 6 of 30 calls failed, 20.0\u202f%. p95 100\u202fms.")
    page.locator("#verdict a").click()
    expect(page.locator("#calls-count")).to_have_text("6 of 30")


def test_degraded_by_its_own_past(open_page: OpenPage, admin: AdminApi) -> None:
    _, state, text = verdict(open_page, admin, calls(30, 900), calls(30, 300, HOUR_MS))
    assert state == "degraded"
    assert text == (
        "Degraded. No failure of the service in 30 calls. Slow: p95 900\u202fms, 300\u202fms the hour before."
    )


def test_records_that_the_platform_could_not_keep_are_told(open_page: OpenPage, admin: AdminApi) -> None:
    admin.records.lost = 57
    page, state, text = verdict(open_page, admin, calls(30))
    assert (state, "57 records missing: the numbers are incomplete." in text) == ("degraded", True)
    expect(page.locator('[data-notice="lost"]')).to_contain_text("57 records of this time are missing")


def test_verdict_failures_and_numbers_come_in_this_order(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    places = page.evaluate(
        "() => ['verdict', 'failures', 'tiles', 'charts', 'calls', 'actions-table', 'cost-table']"
        ".map((id) => document.getElementById(id).getBoundingClientRect().top)"
    )
    assert places == sorted(places)
    assert places[0] < 300


def test_failures_by_code_most_frequent_first(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    counts = [int(text) for text in page.locator(".failure-count").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == int(tile(page, "errors").inner_text())
    crash = page.locator('[data-code="time-out"]')
    expect(crash.locator(".failure-fault")).to_have_text("Failed: the service was at fault")
    expect(crash.locator(".failure-detail")).to_have_text("The action exceeded its time limits of 30000 milliseconds.")
    expect(page.locator('[data-code="corrupt-jpeg"] .failure-fault')).to_contain_text("the request was at fault")
    crash.locator(".failure-newest").click()
    expect(page.locator("#looked-up .banner")).to_contain_text("exceeded its time limits")


def test_tiles_show_the_course_and_the_past(open_page: OpenPage, admin: AdminApi) -> None:
    admin.records.documents = [*calls(30, 900, failed=3), *calls(40, 300, HOUR_MS)]
    page = dashboard(open_page, admin)
    notes = {name: page.inner_text(f'[data-tile="{name}"] .tile-note') for name in ("activations", "p95", "errors")}
    assert "\u221225\u202f% from 40" in notes["activations"]
    assert "+200\u202f% from 300\u202fms" in notes["p95"]
    assert "from 0" in notes["errors"]
    assert "\u221210 points from 100.0\u202f%" in page.inner_text('[data-tile="success"] .tile-note')
    expect(page.locator("#compared")).to_have_text("Compared with the hour before.")
    expect(page.locator(".tile .sparkline")).to_have_count(6)  # all but cold starts and cost


@pytest.mark.parametrize("width", [320, 390])
def test_the_toolbar_stays_in_sight_and_covers_nothing_that_is_led_to(
    open_page: OpenPage, admin: AdminApi, width: int
) -> None:
    page = dashboard(open_page, admin, viewport={"width": width, "height": 664})
    tile(page, "errors").locator("a").click()
    expect(page.locator("#calls-title")).to_be_focused()
    toolbar, title = page.locator(".toolbar").bounding_box(), page.locator("#calls-title").bounding_box()
    assert toolbar
    assert title
    assert toolbar["y"] == 0
    assert toolbar["height"] <= title["y"] < 664


def test_warm_ups_are_apart_unless_they_are_switched_on(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    expect(page.locator("#warm-ups")).not_to_be_checked()
    expect(tile(page, "activations")).to_have_text("114")
    expect(page.locator('[data-tile="activations"]')).to_contain_text("6 warm-ups apart")
    assert page.locator("#calls-count").inner_text() == "114 of 114"
    with page.expect_response("**/metrics?window=1h&warm_ups=true"):
        page.check("#warm-ups")
    expect(tile(page, "activations")).to_have_text("120")
    expect(page.locator('[data-tile="activations"]')).to_contain_text("6 warm-ups among them")
    expect(page.locator("#calls .call-label", has_text="warm-up").first).to_be_visible()
    # AND the switch is part of the address
    page.reload()
    expect(tile(page, "activations")).to_have_text("120")
    expect(page.locator("#warm-ups")).to_be_checked()


def test_cost_by_action_in_sum_and_for_a_thousand_photos(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    told = admin.told()
    shown = page.locator("#cost-table tbody tr")
    expect(shown).to_have_count(5)  # four actions and the sum
    expect(shown.first.locator('[data-column="Memory limit"]')).to_have_text("128 MB")
    sums = [action["gb_seconds"] for action in told["actions"] if action["gb_seconds"] is not None]
    cost = told["cost"]
    assert cost["gb_seconds"] == pytest.approx(sum(sums), abs=0.001)
    assert page.locator('#cost-table .sum [data-column="GB-s"]').inner_text() == tile(page, "cost").inner_text()
    assert float(tile(page, "cost").inner_text().split()[0]) == pytest.approx(cost["gb_seconds"], rel=0.01)
    expect(page.locator('[data-tile="cost"] .tile-note')).to_contain_text("per 1,000 photos")
    expect(page.locator('[data-tile="cost"] .sparkline')).to_be_visible()


def test_the_cost_is_compared_with_that_of_the_window_before(open_page: OpenPage, admin: AdminApi) -> None:
    # GIVEN steps of 128 MB that held it for 16 s, and for 8 s the hour before
    admin.records.documents = [*calls(2, 8000, step="decode"), *calls(2, 4000, HOUR_MS, step="decode")]
    page = dashboard(open_page, admin)
    assert "+100\u202f% from 1\u202fGB-s" in page.inner_text('[data-tile="cost"] .tile-note')


def test_what_went_well_is_not_among_the_failures(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    expect(page.locator("#http-statuses [data-status='422']")).to_be_visible()
    expect(page.locator("#http-statuses [data-status='200']")).to_have_count(0)


def test_numbers_have_three_digits_at_most(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    text = page.inner_text("#statistics")
    assert "/min" in text
    assert re.findall(r"\d+\.\d{2,}(?=[\s\u202f]?(?:ms|s|/min|/h)\b)", text) == []


def test_errors_have_one_colour(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    colors = page.evaluate(
        """() => {
          const chart = Chart.getChart(document.querySelector('#chart-outcomes canvas'));
          const probe = document.createElement('i');
          document.body.append(probe);
          probe.style.color = chart.data.datasets[1].backgroundColor;
          const badges = [...document.querySelectorAll('.outcome:not(.success)')];
          const others = document.querySelectorAll('[data-tile=errors] .tile-value, .sparkline.error');
          return [
            getComputedStyle(probe).color,
            ...badges.map((one) => getComputedStyle(one).borderColor),
            getComputedStyle(others[0]).color,
            getComputedStyle(others[1]).stroke,
          ];
        }"""
    )
    assert len(colors) > 5
    assert len(set(colors)) == 1


def test_a_percentile_is_seen_beside_another_one_that_equals_it(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    widths = page.evaluate(
        """() => Chart.getChart(document.querySelector('#chart-latency canvas'))
          .data.datasets.map((one) => one.borderWidth)"""
    )
    assert widths == sorted(widths)  # Chart.js draws the first one last, over the others
    assert widths[2] > widths[1]


def test_the_columns_of_the_activations_have_heads(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin)
    heads = page.locator(".calls-head > *")
    assert heads.all_inner_texts() == [
        "Time",
        "Action",
        "Outcome, HTTP status",
        "Label, probability",
        "Start",
        "Duration",
    ]
    first = page.locator("#calls summary").first.locator("> *")
    for place in range(6):
        head, cell = heads.nth(place).bounding_box(), first.nth(place).bounding_box()
        assert head
        assert cell
        assert head["x"] == pytest.approx(cell["x"], abs=2)


def test_there_is_a_way_back_from_the_sign_in(open_page: OpenPage, admin: AdminApi) -> None:
    page = opened(open_page, admin)
    page.get_by_text("Back to the classifier").click()
    expect(page).to_have_url(f"{admin.address}/")


def test_on_a_phone_the_list_is_two_steps_away_and_the_rest_is_folded(open_page: OpenPage, admin: AdminApi) -> None:
    page = dashboard(open_page, admin, viewport={"width": 390, "height": 664}, has_touch=True)
    expect(page.locator("#charts")).to_be_hidden()
    expect(page.locator("#actions-table")).to_be_hidden()
    tile(page, "success").locator("a").click()
    page.evaluate("() => scrollTo(0, 0)")
    page.locator(".toolbar a", has_text="Activations").click()
    expect(page.locator("#calls summary").first).to_be_in_viewport()
    assert "outcome=success" in page.evaluate("() => location.hash")
    assert page.evaluate("() => document.documentElement.scrollHeight") < 5 * 664
