"""Every way in and out of the upload page besides the file dialog."""

import re
import threading
from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_api import SITE, Answer, FakeApi, reply
from tests.browser.pictures import choose, kept, photo_row, picture, transfer


def test_drop(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    transfer(page, "dragenter", picture(form="PNG"))
    expect(page.locator("body")).to_have_class("dragging")
    transfer(page, "drop", picture(form="PNG"))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    expect(page.locator("body")).not_to_have_class(re.compile("dragging"))


def test_paste(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    transfer(page, "paste", picture(form="PNG"))
    expect(page.locator("#result-title")).to_have_text("timber wolf")


def test_a_picture_dragged_from_another_page_is_explained(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    transfer(page, "drop", b"")
    expect(page.locator("#intake-message")).to_contain_text("copy the picture itself")


def test_a_picture_that_comes_inside_of_html_is_taken(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    inline = b64encode(picture(form="PNG")).decode()
    html = f'<meta charset="utf-8"><img alt="a > b" class="x" src="data:image/png;base64,{inline}">'
    page.locator("body").evaluate(
        """(body, html) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.setData('text/html', html);
          body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
        }""",
        html,
    )
    expect(page.locator("#result-title")).to_have_text("timber wolf")


def test_dragging_is_seen_wherever_the_page_is_scrolled_to(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, viewport={"width": 390, "height": 500})
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    page.mouse.wheel(0, 5000)
    transfer(page, "dragenter", picture(form="PNG"))
    over = "(({ position, inset }) => [position, inset])(getComputedStyle(document.body, '::after'))"
    assert page.evaluate(over) == ["fixed", "0px"]
    transfer(page, "dragleave", picture(form="PNG"))
    assert page.evaluate(over)[0] != "fixed"


def test_the_paste_button_reads_the_clipboard(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('only text')")
    page.click("#paste-button")
    expect(page.locator("#intake-message")).to_have_text("There is no picture on the clipboard.")

    page.evaluate(
        """async () => {
          const canvas = document.createElement('canvas');
          canvas.getContext('2d').fillRect(0, 0, 9, 9);
          const blob = await new Promise((resolve) => canvas.toBlob(resolve));
          await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
        }"""
    )
    page.click("#paste-button")
    expect(page.locator("#result-title")).to_have_text("timber wolf")


@pytest.mark.parametrize(("platform", "key"), [("MacIntel", "Command"), ("Win32", "Ctrl"), ("Linux x86_64", "Ctrl")])
def test_the_keys_that_paste_are_those_of_the_system(
    open_page: OpenPage, api: FakeApi, platform: str, key: str
) -> None:
    page = open_page("about:blank")
    page.context.new_cdp_session(page).send(
        "Emulation.setUserAgentOverride", {"userAgent": "a browser", "platform": platform}
    )
    page.goto(api.address)
    expect(page.locator(".intake-words kbd")).to_have_text([key, "V"])
    page.click("#paste-button")
    expect(page.locator("#intake-message")).to_contain_text(f"the keys {key} and V do")


def test_camera(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, permissions=["camera"])
    page.click("#camera-button")
    page.click("#camera-shoot")
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    expect(page.locator("#camera-dialog")).to_be_hidden()
    assert page.evaluate("document.getElementById('camera-video').srcObject") is None


def test_escape_turns_the_camera_off(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, permissions=["camera"])
    page.click("#camera-button")
    expect(page.locator("#camera-shoot")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.locator("#camera-dialog")).to_be_hidden()
    assert page.evaluate("document.getElementById('camera-video').srcObject") is None
    assert api.requests == []


SLOW_CAMERA = """(() => {
  const media = navigator.mediaDevices;
  const open = media.getUserMedia.bind(media);
  window.streams = [];
  media.getUserMedia = async (wanted) => {
    await new Promise((resolve) => { window.allow = [...(window.allow ?? []), resolve]; });
    window.streams.push(await open(wanted));
    return window.streams.at(-1);
  };
})();"""


def test_a_camera_dialog_that_is_closed_and_opened_again_while_the_browser_asks_has_one_camera(
    open_page: OpenPage, api: FakeApi
) -> None:
    # GIVEN a browser that asks each time, and answers that come when the test says so
    page = open_page("about:blank", permissions=["camera"])
    page.add_init_script(SLOW_CAMERA)
    page.goto(api.address)
    page.click("#camera-button")
    page.keyboard.press("Escape")
    page.click("#camera-button")
    # WHEN both are answered
    page.evaluate("for (const allow of window.allow) allow()")
    expect(page.locator("#camera-shoot")).to_be_enabled()
    # THEN only the stream that is shown is on
    live = "window.streams.map((stream) => [stream.active, stream === document.querySelector('video').srcObject])"
    assert sorted(page.evaluate(live)) == [[False, False], [True, True]]


def test_a_camera_that_is_closed_while_it_starts_is_no_failure(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, permissions=["camera"])
    page.evaluate(
        """async () => {
          const video = document.getElementById('camera-video');
          const ended = new Promise((resolve) => {
            const play = video.play.bind(video);
            video.play = () => { const playing = play(); playing.then(resolve, resolve); return playing; };
          });
          document.getElementById('camera-button').click();
          while (!video.srcObject) await new Promise((resolve) => setTimeout(resolve));
          document.getElementById('camera-close').click();
          await ended;
        }"""
    )
    expect(page.locator("#camera-dialog")).to_be_hidden()
    page.wait_for_timeout(100)
    expect(page.locator("#intake-message")).to_be_hidden()


def test_the_functions_are_woken_once(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN a page whose warm-up has been answered: the page remembers it before, and a reload would cut it off
    page = open_page("about:blank")
    with page.expect_response("**/classify?*") as warmed:
        page.goto(api.address)
    warmed.value.finished()
    page.reload()
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    assert api.warm_ups == 1


def test_options_that_change_before_the_request_leaves_are_asked_once(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN a photo that is to be asked anew, and functions that have to wake up first
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    api.awake.clear()
    page.evaluate("localStorage.clear()")
    with page.expect_request("**/classify?*"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.select_option("#option-fit", "stretch")
    expect(page.locator("#result-again")).to_contain_text("Sending")
    # WHEN somebody chooses again meanwhile
    page.select_option("#option-fit", "pad")
    api.awake.set()
    # THEN there is one more request, with what was chosen last
    expect(page.locator("#result-again")).to_be_hidden()
    assert [request["fit"] for request in api.requests] == ["crop", "pad"]


def photo_that_waits(open_page: OpenPage, api: FakeApi) -> Page:
    """A page, its clock held, with a photo that has waited four seconds for the functions to wake up."""
    api.awake.clear()
    page = open_page("about:blank")
    begin = datetime(2026, 1, 1)
    page.clock.install(time=begin)
    with page.expect_request("**/classify?*"):  # which wakes the functions up: all before it is done
        page.goto(api.address)
    page.clock.pause_at(begin + timedelta(minutes=1))
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-waiting")).to_have_text("Sending…")
    page.clock.run_for(4000)
    return page


def test_a_photo_waits_for_the_functions_to_wake_up(open_page: OpenPage, api: FakeApi) -> None:
    page = photo_that_waits(open_page, api)
    expect(page.locator("#result-waiting")).to_contain_text("Warming up")
    api.awake.set()
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    assert api.were_awake == [True]


def test_a_photo_does_not_wait_for_ever(open_page: OpenPage, api: FakeApi) -> None:
    page = photo_that_waits(open_page, api)
    assert api.requests == []
    page.clock.run_for(2000)
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    assert api.were_awake == [False]
    api.awake.set()


@pytest.mark.parametrize("viewport", [(1280, 800), (390, 664)], ids=["desktop", "phone"])
def test_the_examples_are_in_view_and_one_click_classifies(
    open_page: OpenPage, api: FakeApi, viewport: tuple[int, int]
) -> None:
    page = open_page(api.address, viewport={"width": viewport[0], "height": viewport[1]})
    examples = page.locator("#examples button")
    expect(examples).to_have_count(4)
    for example in examples.all():
        expect(example).to_be_in_viewport(ratio=1)
    for author in ("Rachel Michetti", "Stéfan van der Walt", "SpaceX", "danielbuechele"):
        expect(page.locator(".credits")).to_contain_text(author)

    page.get_by_role("button", name="Classify the example: a cat").click()
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    expect(page.locator("#result-name")).to_have_text("cat.jpg")
    assert len(api.requests) == 1


def test_an_example_that_does_not_arrive_is_told(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    page.route("**/examples/cat.jpg", lambda route: route.abort())
    page.get_by_role("button", name="Classify the example: a cat").click()
    expect(page.locator("#intake-message")).to_contain_text("could not be loaded")


@pytest.mark.parametrize("name", ["cat", "espresso", "pagoda", "rocket"])
def test_a_small_picture_shows_the_middle_of_its_example(name: str) -> None:
    photo = Image.open(SITE / f"examples/{name}.jpg").convert("RGB")
    small = Image.open(SITE / f"examples/small/{name}.jpg").convert("RGB")
    middle = ImageOps.fit(photo, small.size, Image.Resampling.LANCZOS)
    assert max(ImageStat.Stat(ImageChops.difference(small, middle)).mean) < 12


def test_nothing_is_asked_of_other_hosts(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(api.address)
    page.get_by_role("button", name="Classify the example: a rocket").click()
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    assert [url for url in asked if not url.startswith((api.address, "blob:", "data:"))] == []


def test_a_reload_keeps_the_results_of_the_visit(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    kept(page, 1)
    page.reload()
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    expect(page.locator("#stage-photo")).to_be_visible()
    page.get_by_role("button", name="Remove wolf.jpg").click()
    page.reload()
    expect(page.locator("#examples")).to_be_in_viewport()
    expect(page.locator("#result")).to_be_hidden()


def test_what_was_cleared_or_removed_does_not_come_back(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    choose(page, *((f"{number}.jpg", picture()) for number in range(3)))
    kept(page, 3)
    # WHEN one is removed
    photo_row(page, "1.jpg").click()
    page.get_by_role("button", name="Remove 1.jpg").click()
    kept(page, 2)
    page.reload()
    # THEN the others are there after a reload, in their order
    expect(page.locator("#visit-rows .photo-name")).to_have_text(["0.jpg", "2.jpg"])
    # AND after clearing, nothing is, however late something else is written
    choose(page, *((f"{number}.jpg", picture()) for number in range(3, 6)))
    kept(page, 5)
    page.click("#clear-button")
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator("#visit")).to_be_hidden()


def test_a_link_shares_the_labels_without_the_photo(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, permissions=["clipboard-read", "clipboard-write"])
    choose(page, ("private name.jpg", picture()))
    page.click("#share-button")
    expect(page.locator("#share-button")).to_have_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert "private" not in link
    assert len(link) < 300

    other = open_page(link)
    expect(other.locator("#shared-labels li").first).to_have_text("timber wolf 91.2\u202f%")
    other.click("#shared-close")
    expect(other.locator("#shared")).to_be_hidden()
    assert "#" not in other.url


def test_markup_in_a_link_or_a_name_stays_text(open_page: OpenPage, api: FakeApi) -> None:
    evil = "<img src=x onerror=alert(1)>"
    page = open_page(f"{api.address}/#label=0.5+%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(page.locator("#shared-labels")).to_contain_text(evil)
    choose(page, (evil, picture()))
    expect(page.locator("#result-name")).to_have_text(evil)
    assert page.locator("main img[src=x]").count() == 0


def test_a_forged_link_is_ignored(open_page: OpenPage, api: FakeApi) -> None:
    for fragment in ("label=2.5+wolf", "label=0.9+a&label=0.9+b", "label=0.5+" + "x" * 200, "nonsense"):
        page = open_page(f"{api.address}/#{fragment}")
        expect(page.locator("#shared")).to_be_hidden()


def test_the_photo_is_sent_small_upright_and_without_its_location(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN twelve megapixels as a phone stores them: lying on the side, EXIF says so, and where they were taken
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    upright = Image.new("RGB", (3024, 4032), "white")
    upright.paste("red", (0, 0, 3024, 1000))
    stored = BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(stored, "JPEG", exif=exif)
    page = open_page(api.address)
    choose(page, ("phone.jpg", stored.getvalue()))

    # THEN what arrives is upright, as small as the model needs it, and bare
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    jpg = api.requests[0]["image"]
    assert b"Exif" not in jpg
    arrived = Image.open(BytesIO(jpg)).convert("RGB")
    assert arrived.size == (384, 512)
    red, green, _blue = arrived.getpixel((arrived.width // 2, 20))  # type: ignore[misc]
    assert red > 200
    assert green < 60
    note = page.locator("#stage-caption").text_content() or ""
    assert "shrunk from 3024 × 4032, turned upright, its location removed" in note


@pytest.mark.parametrize(
    ("stored", "sent"), [((4000, 500), (2048, 256)), ((9000, 300), (5608, 187)), ((300, 200), (300, 200))]
)
def test_a_panorama_keeps_the_height_that_the_model_needs(
    open_page: OpenPage, api: FakeApi, stored: tuple[int, int], sent: tuple[int, int]
) -> None:
    page = open_page(api.address)
    choose(page, ("panorama.png", picture(*stored, form="PNG")))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    arrived = Image.open(BytesIO(api.requests[0]["image"]))
    assert all(abs(there - wanted) <= 1 for there, wanted in zip(arrived.size, sent, strict=True))


def noise(**options: object) -> bytes:
    """So coarse a JPG that any other of the same pixels has more bytes."""
    content = BytesIO()
    Image.effect_noise((500, 300), 90).convert("RGB").save(content, "JPEG", quality=5, **options)
    return content.getvalue()


def test_a_small_jpg_without_metadata_is_sent_as_it_is(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    bare, commented = noise(), noise(comment=b"my street, my house")
    for content in (bare, commented):
        choose(page, ("wolf.jpg", content))
        expect(page.locator("#result-title")).to_have_text("timber wolf")
    assert api.requests[0]["image"] == bare
    assert b"my house" not in api.requests[1]["image"]
    # AND nobody is told that more bytes were sent "instead of" fewer
    expect(page.locator("#stage-caption")).to_contain_text("without metadata")
    expect(page.locator("#stage-caption")).not_to_contain_text("instead of")
    photo_row(page, "wolf.jpg").last.click()
    expect(page.locator("#stage-caption")).to_contain_text("the file itself, 500 × 300 JPG")


def test_the_code_names_the_file_that_was_sent(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    choose(page, ("Bär im Grünen (2).jpeg", picture(2000, 1000)))
    expect(page.locator("#result-labels")).to_be_visible()
    page.get_by_text("The same in code").click()
    expect(page.locator("#snippet")).to_contain_text("--data-binary @Bär-im-Grünen-2-as-sent.jpg")
    with page.expect_download() as download:
        page.click("#download-link")
    assert download.value.suggested_filename == "Bär-im-Grünen-2-as-sent.jpg"
    assert Path(download.value.path()).read_bytes() == api.requests[0]["image"]


def twenty() -> Answer:
    """An answer with as many labels as the page asks for."""
    predictions = [
        {"rank": rank, "class_index": rank, "wnid": "n02114367", "label": f"label {rank}", "probability": 0.7 / 2**rank}
        for rank in range(1, 21)
    ]
    return Answer(
        body=reply(predictions=predictions, other_probability=1 - sum(one["probability"] for one in predictions))
    )


PLACES = """() => ['#result-title', '#option-fit', '#option-top-k', '#result-bars li:first-child', '#stage']
  .map((selector) => { const { x, y } = document.querySelector(selector).getBoundingClientRect(); return [x, y]; })"""


@pytest.mark.parametrize("width", [390, 1280])
def test_options_move_nothing(open_page: OpenPage, api: FakeApi, width: int) -> None:
    release = threading.Event()
    api.answers = [twenty(), replace(twenty(), release=release)]
    page = open_page(api.address, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    choose(page, ("wolf.jpg", picture()))
    labels = page.locator("#result-bars li")
    expect(labels).to_have_count(5 + 1)
    expect(page.locator("#stage-photo")).to_be_visible()
    before = page.evaluate(PLACES)[: 5 if width > 500 else 4]

    # WHEN more labels are wanted, they are there already
    page.select_option("#option-top-k", "20")
    expect(labels).to_have_count(20 + 1)
    assert page.evaluate(PLACES)[: len(before)] == before
    page.select_option("#option-top-k", "3")
    expect(labels).to_have_count(3 + 1)
    expect(labels.last).to_have_text("997 other classes together 38.8\u202f%")
    assert len(api.requests) == 1

    # AND while the photo is asked anew, the old labels stay where they are
    page.select_option("#option-fit", "pad")
    expect(page.locator("#result-again")).to_have_text("Classifying…")
    assert page.evaluate(PLACES)[: len(before)] == before
    release.set()
    expect(page.locator("#result-again")).to_be_hidden()
    assert page.evaluate(PLACES)[: len(before)] == before
    assert [(request["fit"], request["top_k"]) for request in api.requests] == [("crop", 20), ("pad", 20)]


def fits(api: FakeApi) -> list[str]:
    return [request["fit"] for request in api.requests]


def test_options_by_keyboard_leave_focus_and_view_where_they_are(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN a photo under its heat map, and the focus on an option
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    page.get_by_role("radio", name="Heat map").check()
    page.locator("#option-fit").focus()
    # WHEN the arrow key walks on before the first answer has come
    release = threading.Event()
    api.answers = [Answer(release=release)]
    page.keyboard.press("ArrowDown")
    expect(page.locator("#result-again")).to_have_text("Classifying…")
    page.keyboard.press("ArrowDown")
    release.set()
    # THEN the labels are those of what was chosen last
    expect(page.locator("#result-again")).to_be_hidden()
    assert fits(api) == ["crop", "stretch", "pad"]
    expect(page.locator("#option-fit")).to_be_focused()
    expect(page.locator("#stage-overlay")).to_be_visible()
    expect(page.get_by_role("radio", name="Heat map")).to_be_checked()


def test_options_are_those_of_the_photo_they_stand_under(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN two photos that were asked with different options, and the newer one shown
    page = open_page(api.address)
    choose(page, ("first.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    page.select_option("#option-fit", "pad")
    expect(page.locator("#result-again")).to_be_hidden()
    choose(page, ("second.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    page.select_option("#option-fit", "stretch")
    expect(page.locator("#result-again")).to_be_hidden()
    # WHEN the older one is chosen
    photo_row(page, "first.jpg").click()
    expect(page.locator("#option-fit")).to_have_value("pad")
    # THEN the next photo is asked as somebody chose last all the same
    choose(page, ("third.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    assert fits(api) == ["crop", "pad", "pad", "stretch", "stretch"]
    # AND a photo of which only the result is left cannot be asked again
    kept(page, 3)
    page.reload()
    photo_row(page, "first.jpg").click()
    expect(page.locator("#option-fit")).to_have_value("pad")
    expect(page.locator("#option-fit")).to_be_disabled()
    expect(page.locator("#options-hint")).to_contain_text("add it again")
    expect(page.locator("#option-top-k")).to_be_enabled()


def test_the_focus_stays_in_the_result_when_its_button_goes(open_page: OpenPage, api: FakeApi) -> None:
    api.answers = [Answer(release=(release := threading.Event()))]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-waiting")).to_have_text("Classifying…")
    page.locator("#cancel-button").press("Enter")
    release.set()
    expect(page.locator("#result-title")).to_be_focused()
    page.locator("#retry-button").press("Enter")
    expect(page.locator("#result-title")).to_be_focused()
    expect(page.locator("#result-title")).to_have_text("timber wolf")


NO_STORAGE = """for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, { get() { throw new DOMException('switched off', 'SecurityError'); } });"""


def test_a_browser_that_keeps_nothing_has_a_page_that_works(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page("about:blank", color_scheme="dark")
    page.add_init_script(NO_STORAGE)
    page.goto(api.address)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    page.click("[data-theme-toggle]")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
