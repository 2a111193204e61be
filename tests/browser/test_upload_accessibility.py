"""The upload page for everybody: axe-core in both themes and every state, by keyboard alone, on a narrow screen."""

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.audits import violations
from tests.browser.conftest import OpenPage
from tests.browser.fake_api import Answer, FakeApi, problem, reply
from tests.browser.pictures import choose, photo_row, picture

STILL = {"reduced_motion": "reduce"}
Show = Callable[[Page, FakeApi], None]


def show_first_view(_page: Page, _api: FakeApi) -> None:
    pass


def show_labels(page: Page, api: FakeApi) -> None:
    model = reply()["model"] | {"weights": "stand-in"}
    api.answers = [Answer(body=reply(model=model, cold=["classify"]))]
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def show_failure(page: Page, api: FakeApi) -> None:
    api.answers = [problem("corrupt-jpeg", 422, "The JPG is damaged", "It ends early.")]
    choose(page, ("broken.jpg", picture()))
    expect(page.locator("#result-failure")).to_be_visible()


def show_camera(page: Page, _api: FakeApi) -> None:
    page.click("#camera-button")
    expect(page.locator("#camera-shoot")).to_be_enabled()


def show_shared(page: Page, api: FakeApi) -> None:
    page.goto(f"{api.address}/#label=0.9120+timber+wolf&weights=stand-in")
    expect(page.locator("#shared")).to_be_visible()


def show_batch(page: Page, api: FakeApi) -> None:
    api.answers = [problem("corrupt-jpeg", 422, "The JPG is damaged", "It ends early.")]
    choose(page, *((f"{number}.jpg", picture()) for number in range(5)))
    expect(page.locator("#visit-rows .failed").last).to_be_visible()
    expect(page.locator("#visit-count")).not_to_contain_text("of")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("show", [show_first_view, show_labels, show_failure, show_camera, show_shared, show_batch])
def test_axe_finds_nothing(open_page: OpenPage, api: FakeApi, theme: str, show: Show) -> None:
    page = open_page(api.address, color_scheme=theme, permissions=["camera"], **STILL)
    show(page, api)
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_waiting(open_page: OpenPage, api: FakeApi, theme: str) -> None:
    release = threading.Event()
    api.answers = [Answer(release=release)]
    page = open_page(api.address, color_scheme=theme, **STILL)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-waiting")).to_have_text("Classifying…")
    found = violations(page)
    release.set()
    assert found == []


def focused(page: Page) -> str:
    element: str = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    return element


def test_everything_works_by_keyboard(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    # The driver catches dialogs from the first listener on, and does not wait for that before it presses a key.
    page.on("filechooser", lambda _: None)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"

    # WHEN the file dialog is opened with Enter
    while focused(page) != "choose-button":
        page.keyboard.press("Tab")
    with page.expect_file_chooser() as dialog:
        page.keyboard.press("Enter")
    dialog.value.set_files({"name": "wolf.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    expect(page.locator("#result-labels")).to_be_visible()

    # THEN the views are one group that the arrow keys walk through
    page.locator("#stage-modes input:checked").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#stage-overlay")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#stage-view")).to_be_visible()

    # AND removing the photo leaves the focus where another can be chosen
    page.get_by_role("button", name="Remove wolf.jpg").focus()
    page.keyboard.press("Enter")
    assert focused(page) == "choose-button"


def test_the_outcome_is_announced(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#announcements")).to_have_text(
        "wolf.jpg: timber wolf. timber wolf 91.2\u202f%, Eskimo dog 4.1\u202f%, Siberian husky 2.2\u202f%."
    )


def test_cancelling_and_the_end_of_a_batch_are_announced(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    said = page.locator("#announcements")
    choose(page, ("0.jpg", picture()), ("1.jpg", picture()))
    expect(said).to_contain_text("2 of 2 done.")

    # WHEN the last one that is busy is cancelled
    api.answers = [Answer(release=(release := threading.Event()))]
    choose(page, ("2.jpg", picture()), ("3.jpg", b"hello"))
    expect(page.locator("#result-waiting")).to_have_text("Classifying…")
    page.click("#cancel-button")
    expect(said).to_have_text("2.jpg: Cancelled. 0 of 2 done, 1 failed.")

    # THEN a later batch is counted for itself, and without what was removed from it
    api.answers = [Answer(release=release)]
    choose(page, ("4.jpg", picture()), ("5.jpg", b"hello"), ("6.jpg", b"hello"))
    expect(page.locator("#visit-count")).to_have_text("6 of 7")
    photo_row(page, "4.jpg").click()
    page.get_by_role("button", name="Remove 4.jpg").click()
    expect(said).to_have_text("4.jpg removed. 0 of 2 done, 2 failed.")
    release.set()


@pytest.mark.parametrize("width", [320, 1000])
def test_a_photo_chosen_from_the_list_comes_into_view_and_is_announced(
    open_page: OpenPage, api: FakeApi, width: int
) -> None:
    page = open_page(api.address, viewport={"width": width, "height": 640}, **STILL)
    choose(page, *((f"{number}.jpg", picture()) for number in range(12)))
    expect(page.locator("#visit-count")).to_have_text("12")
    row = photo_row(page, "11.jpg")
    row.scroll_into_view_if_needed()
    row.press("Enter")
    for name in ("#result-name", "#result-title", "#result-bars li:first-child"):
        expect(page.locator(name)).to_be_in_viewport(ratio=1)
    expect(page.locator("#announcements")).to_contain_text("11.jpg: timber wolf.")
    expect(row).to_be_focused()


WIDTHS = """(select) => {
  const { font, paddingLeft, paddingRight } = getComputedStyle(select);
  const canvas = document.createElement('canvas').getContext('2d');
  canvas.font = font;
  const needed = canvas.measureText(select.selectedOptions[0].text).width;
  return { needed, there: select.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) };
}"""


@pytest.mark.parametrize("size", [(640, 400), (320, 500)], ids=["1280 x 800 at 200 %", "small phone"])
def test_an_example_from_further_down_leads_to_its_answer(
    open_page: OpenPage, api: FakeApi, size: tuple[int, int]
) -> None:
    width, height = size
    page = open_page(api.address, viewport={"width": width, "height": height}, **STILL)
    page.locator(".site-footer").scroll_into_view_if_needed()
    page.locator("#examples button").first.dispatch_event("click")  # a real one would scroll there first
    expect(page.locator("#result-labels")).to_be_visible()
    for name in ("#result-name", "#result-title", "#result-bars li:first-child"):
        expect(page.locator(name)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("choice", ["crop", "stretch", "pad"])
def test_a_narrow_screen_shows_the_chosen_option_whole(open_page: OpenPage, api: FakeApi, choice: str) -> None:
    page = open_page(api.address, viewport={"width": 320, "height": 600})
    choose(page, ("wolf.jpg", picture()))
    page.select_option("#option-fit", choice)
    words = page.locator("#option-fit").evaluate(WIDTHS)
    assert words["needed"] <= words["there"]


PHONE = {"viewport": {"width": 390, "height": 664}}
IN_VIEW = ["#result-title", *(f"#result-bars li:nth-child({rank})" for rank in (1, 2, 3))]


def test_on_a_phone_the_answer_is_in_view(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, **PHONE)
    api.answers = [Answer(body=reply(model=reply()["model"] | {"weights": "stand-in"}))]
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    for part in ("#standin-banner", *IN_VIEW):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)

    # AND with a list of several photos above it
    choose(page, ("second.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    expect(page.locator("#result-bars li:first-child")).to_be_in_viewport(ratio=1)


def test_on_a_phone_a_shared_link_opens_with_its_labels_in_view(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(f"{api.address}/#label=0.9120+timber+wolf&label=0.04+Eskimo+dog&weights=stand-in", **PHONE)
    expect(page.locator("#shared-labels li")).to_have_count(3)
    for label in page.locator("#shared-labels li").all():
        expect(label).to_be_in_viewport(ratio=1)


SHIFTS = """new PerformanceObserver((list) => {
  window.shifts = (window.shifts ?? 0) + list.getEntries().reduce((sum, { value }) => sum + value, 0);
}).observe({ type: 'layout-shift', buffered: true })"""


def test_nothing_moves_while_the_first_view_arrives(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN examples that arrive late
    held: list[Route] = []
    page = open_page("about:blank", **PHONE)
    page.add_init_script(SHIFTS)
    page.route("**/examples/**", lambda route: held.append(route))
    page.goto(api.address, wait_until="domcontentloaded")
    expect(page.locator("#camera-button")).to_be_visible()
    page.wait_for_timeout(300)
    for route in held:
        route.continue_()
    page.wait_for_load_state("load")
    page.wait_for_timeout(300)
    assert len(held) == 4
    assert page.evaluate("window.shifts ?? 0") < 0.01


RING = """() => {
  const { activeElement: held } = document;
  if (held === document.body) return true; // between the last control and the first
  const ringed = held.matches('.segments input') ? held.nextElementSibling : held;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(ringed);
  const accent = document.createElement('i');
  accent.style.color = 'var(--accent)';
  document.body.append(accent);
  const wanted = getComputedStyle(accent).color;
  accent.remove();
  return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && outlineColor === wanted;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("show", [show_first_view, show_labels, show_failure, show_camera, show_shared, show_batch])
def test_the_focus_is_seen_on_every_control(open_page: OpenPage, api: FakeApi, theme: str, show: Show) -> None:
    page = open_page(api.address, color_scheme=theme, permissions=["camera"], **STILL)
    show(page, api)
    page.keyboard.press("Tab")
    seen: list[str] = []
    while (name := focused(page)) not in seen:
        seen.append(name)
        assert page.evaluate(RING), name
        page.keyboard.press("Tab")
    assert len(seen) >= 2


def test_nothing_moves_where_motion_is_not_wanted(open_page: OpenPage, api: FakeApi) -> None:
    api.answers = [Answer(release=(release := threading.Event()))]
    page = open_page(api.address, **STILL)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-waiting")).to_have_text("Classifying…")
    assert page.evaluate("document.getAnimations().length") == 0
    release.set()
    expect(page.locator("#result-labels")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0


PROTRUDING = """() => [...document.querySelectorAll('.panel')].flatMap((panel) => {
  const { left, right } = panel.getBoundingClientRect();
  const { borderLeftWidth, borderRightWidth, paddingLeft, paddingRight } = getComputedStyle(panel);
  const from = left + parseFloat(borderLeftWidth) + parseFloat(paddingLeft);
  const upto = right - parseFloat(borderRightWidth) - parseFloat(paddingRight);
  return [...panel.querySelectorAll(':not(svg *)')]
    .filter((child) => getComputedStyle(child).clipPath === 'none')
    .map((child) => [child, child.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.left < from - 0.5 || box.right > upto + 0.5))
    .map(([child]) => `${child.tagName} ${child.id} in ${panel.id}`);
})"""


@pytest.mark.parametrize("width", [320, 390, 760])
def test_a_narrow_screen_needs_no_sideways_scrolling(open_page: OpenPage, api: FakeApi, width: int) -> None:
    page = open_page(api.address, viewport={"width": width, "height": 640})
    for show in (show_first_view, show_labels, show_failure, show_batch):
        show(page, api)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(PROTRUDING) == []
