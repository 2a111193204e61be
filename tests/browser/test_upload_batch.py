"""Many photos at once: what failed comes first, nothing is lost by mistake, and nothing jumps."""

import threading

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_api import Answer, FakeApi, problem, reply
from tests.browser.pictures import choose, kept, photo_row, picture

DAMAGED = problem("corrupt-jpeg", 422, "The JPG is damaged", "It ends early.")
UNAVAILABLE = problem("model-unavailable", 503, "The model is not available", "Please try again later.")
DOWN = Answer(503, {"error": "no"})


def choose_photos(page: Page, count: int) -> None:
    choose(page, *((f"{number}.jpg", picture()) for number in range(count)))


def done(page: Page, count: int) -> None:
    expect(page.locator("#visit-rows .photo-label", has_text="timber wolf")).to_have_count(count)


def names(page: Page) -> list[str]:
    return page.locator("#visit-rows .photo-name").all_text_contents()


def test_failures_come_first_are_counted_and_tried_again_together(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN two photos that are refused for a while, and one that is damaged
    page = open_page(api.address)
    api.answers = [UNAVAILABLE, UNAVAILABLE, DAMAGED]
    choose_photos(page, 4)
    done(page, 1)
    expect(page.locator("#visit-failed")).to_have_text("3 failed")
    assert names(page) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]

    choose(page, ("new.jpg", picture()))
    done(page, 2)
    assert names(page) == ["0.jpg", "1.jpg", "2.jpg", "new.jpg", "3.jpg"]
    # WHEN all that may succeed is tried again
    page.get_by_role("button", name="Retry failed").click()
    # THEN only the damaged one is left, and there is nothing more to try
    done(page, 4)
    expect(page.locator("#visit-failed")).to_have_text("1 failed")
    assert names(page) == ["2.jpg", "new.jpg", "0.jpg", "1.jpg", "3.jpg"]
    expect(page.locator("#retry-failed")).to_be_hidden()


def test_all_can_be_cancelled(open_page: OpenPage, api: FakeApi) -> None:
    release = threading.Event()
    api.answers = [Answer(release=release) for _ in range(2)]
    page = open_page(api.address)
    choose_photos(page, 6)
    expect(page.locator("#result-waiting")).to_have_text("Classifying…")
    page.get_by_role("button", name="Cancel all").click()
    expect(page.locator("#visit-rows .photo-label", has_text="cancelled")).to_have_count(6)
    expect(page.locator("#cancel-all")).to_be_hidden()
    release.set()
    assert len(api.requests) == 2


def test_what_was_cleared_can_be_brought_back(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN one photo that is done, and two that are on their way
    page = open_page(api.address)
    choose(page, ("first.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    release = threading.Event()
    api.answers = [Answer(release=release), Answer(release=release)]
    choose_photos(page, 2)
    expect(page.locator("#result-waiting")).to_have_text("Classifying…")
    # WHEN all are cleared
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#undo")).to_contain_text("3 photos removed.")
    kept(page, 0)
    release.set()
    # THEN one click brings them back, and those that were on their way go on
    page.get_by_role("button", name="Undo").click()
    done(page, 3)
    assert names(page) == ["0.jpg", "1.jpg", "first.jpg"]
    kept(page, 3)
    expect(page.locator("#undo")).to_be_hidden()

    # AND one that is removed alone comes back to its place
    photo_row(page, "1.jpg").click()
    page.get_by_role("button", name="Remove 1.jpg").click()
    page.get_by_role("button", name="Undo").click()
    assert names(page) == ["0.jpg", "1.jpg", "first.jpg"]
    # AND new photos end the offer
    page.get_by_role("button", name="Clear").click()
    choose(page, ("other.jpg", picture()))
    expect(page.locator("#undo")).to_be_hidden()


def test_a_reload_that_would_lose_photos_asks_first(open_page: OpenPage, api: FakeApi) -> None:
    release = threading.Event()
    api.answers = [Answer(release=release), Answer(release=release)]
    page = open_page(api.address)
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    choose_photos(page, 2)
    page.click("#result-title")  # browsers ask only where somebody has done something
    expect(page.locator("#result-waiting")).to_have_text("Classifying…")
    page.reload()
    assert asked == ["beforeunload"]
    release.set()

    choose_photos(page, 2)
    done(page, 2)
    page.click("#result-title")
    page.reload()
    assert asked == ["beforeunload"]


def test_the_queue_waits_for_an_api_that_is_down(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    api.answers = [DOWN] * 1000
    choose_photos(page, 20)
    banner = page.locator("#halt")
    expect(banner).to_contain_text("The function did not finish. Your photos wait")
    page.wait_for_timeout(1000)
    # THEN it has not asked for each photo, and none is given up
    assert len(api.requests) <= 8
    expect(page.locator("#visit-failed")).to_have_text("")
    expect(page.locator("#visit-rows .photo-label", has_text="waiting…")).to_have_count(20)

    # AND a try that fails costs one photo's requests
    asked = len(api.requests)
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("#visit-rows .photo-label", has_text="retrying…")).to_have_count(1)
    expect(page.locator("#visit-rows .photo-label", has_text="waiting…")).to_have_count(20)
    assert len(api.requests) == asked + 2

    # WHEN the API is there again
    api.answers.clear()
    page.get_by_role("button", name="Try now").click()
    done(page, 20)
    expect(banner).to_be_hidden()

    # AND where nothing waits any more, nothing is said of waiting
    api.answers = [DOWN] * 1000
    choose_photos(page, 4)
    expect(banner).to_be_visible()
    page.get_by_role("button", name="Cancel all").click()
    expect(banner).to_be_hidden()


def test_arrow_keys_walk_from_photo_to_photo(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, viewport={"width": 1280, "height": 640})
    choose_photos(page, 30)
    done(page, 30)
    name = page.locator("#result-name")
    place = page.locator("#result").bounding_box()
    # From anywhere, as long as nothing else has the focus
    walk = "ArrowDown 1, ArrowRight 2, ArrowUp 1, ArrowLeft 0, ArrowUp 0, End 29, ArrowDown 29, Home 0"
    for key, number in (step.split() for step in walk.split(", ")):
        page.keyboard.press(key)
        expect(name).to_have_text(f"{number}.jpg")
        expect(photo_row(page, f"{number}.jpg")).to_be_focused()
        expect(photo_row(page, f"{number}.jpg")).to_be_in_viewport(ratio=1)
        assert page.locator("#result").bounding_box() == place  # the details stay where they are
    # AND where arrows have their own meaning, they keep it
    page.locator("#option-fit").focus()
    page.keyboard.press("ArrowDown")
    expect(name).to_have_text("0.jpg")


@pytest.mark.parametrize("room", ["some", "none"])
def test_what_does_not_survive_a_reload_is_said(open_page: OpenPage, api: FakeApi, room: str) -> None:
    # GIVEN a tab whose storage is full but for some results
    page = open_page(api.address)
    page.evaluate(
        """(spare) => {
          let size = 1 << 20;
          for (let n = 0; size > 256; ) {
            try { sessionStorage.setItem(`full-${n}`, 'x'.repeat(size)); n += 1; } catch { size >>= 1; }
          }
          if (spare) sessionStorage.setItem('full-0', 'x'.repeat((1 << 20) - 30_000));
        }""",
        room == "some",
    )
    choose_photos(page, 12)
    done(page, 12)
    message = page.locator("#visit-unkept")
    expect(message).to_contain_text("results will be gone after a reload")
    lost = int((message.text_content() or "").split(" ")[0])
    assert (0 < lost < 12) if room == "some" else lost == 12
    # THEN those that are not named are there after it
    page.reload()
    expect(page.locator("#visit-rows li")).to_have_count(12 - lost)


def test_sixty_results_survive_a_reload(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    choose_photos(page, 60)
    done(page, 60)
    kept(page, 60)
    expect(page.locator("#visit-unkept")).to_be_hidden()
    page.reload()
    done(page, 60)


def test_the_photo_stays_in_view_beside_a_long_list_of_labels(open_page: OpenPage, api: FakeApi) -> None:
    predictions = [
        {"rank": rank, "class_index": rank, "wnid": "n02114367", "label": f"label {rank}", "probability": 0.05}
        for rank in range(1, 21)
    ]
    api.answers = [Answer(body=reply(predictions=predictions, other_probability=0))]
    page = open_page(api.address, viewport={"width": 1280, "height": 720})
    choose(page, ("wolf.jpg", picture()))
    page.select_option("#option-top-k", "20")
    page.locator("#result-bars li").nth(19).scroll_into_view_if_needed()
    expect(page.locator("#result-title")).not_to_be_in_viewport()
    expect(page.locator("#stage-photo")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [320, 1280])
def test_a_long_name_takes_two_lines_at_most(open_page: OpenPage, api: FakeApi, width: int) -> None:
    page = open_page(api.address, viewport={"width": width, "height": 700})
    name = "holiday_" * 40 + ".jpg"
    choose(page, (name, picture()), ("second.jpg", picture()))
    done(page, 2)
    shown = page.locator("#result-name")
    expect(shown).to_have_attribute("title", name)
    lines = shown.evaluate("(one) => one.clientHeight / parseFloat(getComputedStyle(one).lineHeight)")
    assert lines < 2.1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
