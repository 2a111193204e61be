"""The upload page in every state, against an API that says what the test wants."""

import json
import re
import threading
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from problem import CATALOGUE
from tests.browser.conftest import OpenPage
from tests.browser.fake_api import ACTIVATION_ID, Answer, FakeApi, problem, reply
from tests.browser.pictures import choose, kept, photo_row, picture


def test_a_chosen_photo_is_named_with_its_shares_and_the_rest(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))

    expect(page.locator("#result-title")).to_have_text("timber wolf")
    bars = page.locator("#result-bars li")
    expect(bars).to_have_text(["timber wolf 91.2\u202f%", "Eskimo dog 4.1\u202f%", "Siberian husky 2.2\u202f%",
                               "997 other classes together 2.5\u202f%"])  # fmt: skip
    expect(page.locator("#timings")).to_be_hidden()  # until somebody asks
    link = page.locator("#timings a", has_text=ACTIVATION_ID)
    expect(link).to_have_attribute("href", f"admin.html#activation={ACTIVATION_ID}")
    expect(page.locator("#standin-banner")).to_be_hidden()


def test_waiting_is_shown_and_can_be_cancelled(open_page: OpenPage, api: FakeApi) -> None:
    release = threading.Event()
    api.answers = [Answer(release=release)]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))

    expect(page.locator("#result-waiting")).to_have_text("Classifying…")
    # The functions have just answered, so nothing is said of starting them.
    expect(page.locator("#result-waiting")).to_have_text(re.compile(r"Classifying… \d s so far\."))
    page.click("#cancel-button")
    expect(page.locator("#result-title")).to_have_text("Cancelled")
    release.set()

    # WHEN the person changes their mind
    page.click("#retry-button")
    expect(page.locator("#result-title")).to_have_text("timber wolf")


def test_each_error_of_the_classifier_is_shown_in_its_own_words_once(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    for number, error in enumerate(CATALOGUE.values(), 1):
        detail = f"What is {error.code}, and what to do."
        api.answers = [problem(error.code, error.status, error.title, detail)]
        choose(page, (f"{error.code}.jpg", picture()))

        expect(page.locator("#result-reason")).to_have_text(detail)
        expect(page.locator("#result-title")).to_have_text(error.title)
        # What is wrong with the photo stays wrong; what is wrong behind the API may not.
        expect(page.locator("#retry-button")).to_be_visible(visible=error.status >= 500)
        assert len(api.requests) == number


WHOLE = {"left": 0, "top": 0, "width": 1, "height": 1}
PADDED = {"left": 0, "top": -0.1667, "width": 1, "height": 1.3333}
CRASH = {"error": "Response is not valid 'message/http'.", "code": "x"}


@pytest.mark.parametrize(
    "answer",
    [Answer(400, CRASH), Answer(202, {"activationId": ACTIVATION_ID}), Answer(502), Answer(429, {"error": "busy"})],
    ids=["crash", "slow start", "bad gateway", "throttled"],
)
def test_what_is_the_platforms_fault_is_tried_once_more(open_page: OpenPage, api: FakeApi, answer: Answer) -> None:
    api.answers = [answer]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))

    expect(page.locator("#result-title")).to_have_text("timber wolf")
    assert len(api.requests) == 2


@pytest.mark.parametrize("told", [True, False], ids=["told", "kept from before steps were told"])
def test_steps_stand_in_the_order_of_the_reply(open_page: OpenPage, api: FakeApi, told: bool) -> None:
    times = {"classify": 33.9, "decode": 4.1, "tidy": 0.4}  # sorted, as OpenWhisk does it
    body = reply(timings_ms=times, steps=["tidy", "decode", "classify"])
    if not told:
        del body["steps"]
    api.answers = [Answer(body=body)]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    steps = ["tidy", "decode", "classify"] if told else list(times)
    names = ["shrink, in this browser", *steps, "network and platform"]
    expect(page.locator("#timings li > span:first-child")).to_have_text(names)


def test_what_was_waited_before_the_answered_request_is_told_apart_from_it(open_page: OpenPage, api: FakeApi) -> None:
    # GIVEN a first attempt that fails and a second one, after a pause of 1.5 s, that starts a function
    api.answers = [Answer(502), Answer(body=reply(cold=["classify"]))]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("timber wolf")

    def milliseconds(selector: str) -> float:
        return float((page.locator(selector).text_content() or "").split("\u202f")[0])

    # THEN the pause is nobody else's time, nor that of a cold start
    names = ["shrink, in this browser", "waiting for the functions", "decode", "preprocess", "classifycold start",
             "metrics", "network and platform"]  # fmt: skip
    expect(page.locator("#timings li > span:first-child")).to_have_text(names)
    assert milliseconds("#timings li:nth-child(2) .numeric") >= 1500
    assert milliseconds("#timings li:last-child .numeric") < 1500
    assert 0 < page.evaluate("Number(localStorage.getItem('cold-start-ms'))") < 1500


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        (Answer(400, CRASH), "The function did not finish"),
        (Answer(202, {"activationId": ACTIVATION_ID}), "The functions are still starting"),
        (Answer(429, {"error": "busy"}), "Too many requests"),
        (Answer(413, {"error": "too large"}), "The platform refused the photo"),
        (Answer(404, {"error": "no"}), "There is no classifier here"),
        (Answer(200, {"unexpected": True}), "The answer is not understood"),
        (Answer(503, {"error": "no"}), "The function did not finish"),
    ],
)
def test_an_error_that_stays_is_explained(open_page: OpenPage, api: FakeApi, answer: Answer, title: str) -> None:
    api.answers = [answer, answer]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))

    expect(page.locator("#result-title")).to_have_text(title)
    expect(page.locator("#retry-button")).to_be_visible(visible=answer.status != 413)
    link = page.locator("#result-activation a")
    expect(link).to_have_text(ACTIVATION_ID)
    expect(link).to_have_attribute("href", f"admin.html#activation={ACTIVATION_ID}")


def test_a_photo_waits_for_a_lost_connection(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    page.context.set_offline(True)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("You are offline")

    page.context.set_offline(False)
    expect(page.locator("#result-title")).to_have_text("timber wolf")


def test_stand_in_weights_are_named(open_page: OpenPage, api: FakeApi) -> None:
    model = reply()["model"] | {"weights": "stand-in"}
    api.answers = [Answer(body=reply(model=model))]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    banner = page.locator("#standin-banner")
    expect(banner).to_contain_text("not trained on ImageNet")

    # AND after a reload, when no function has been asked, and beside a photo with other weights
    kept(page, 1)
    page.reload()
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    expect(banner).to_be_visible()
    choose(page, ("second.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    expect(banner).to_be_visible()
    photo_row(page, "wolf.jpg").click()
    page.get_by_role("button", name="Remove wolf.jpg").click()
    expect(banner).to_be_hidden()


def test_only_a_margin_that_is_there_is_spoken_of(open_page: OpenPage, api: FakeApi) -> None:
    api.answers = [Answer(body=reply()), Answer(body=reply(view=PADDED))]
    page = open_page(api.address)
    choose(page, ("crop.jpg", picture()))
    page.get_by_role("radio", name="Heat map").check()
    caption = page.locator("#stage-caption")
    expect(caption).to_have_text("Bright areas counted most for “timber wolf”. The model did not see the dark margin.")
    choose(page, ("pad.jpg", picture()))
    expect(caption).to_have_text("Bright areas counted most for “timber wolf”.")


BRIGHTEST = """(canvas) => {
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  let best = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] + data[at + 1] > data[best] + data[best + 1]) best = at;
  return Math.floor(best / 4 / width) / height;
}"""


def test_each_label_has_its_heat_map_and_its_description(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    gloss = page.locator("#result-gloss")
    expect(gloss).to_have_text(
        "timber wolf: a wolf with a brindled grey coat living in forested northern regions of North America."
    )
    first = page.get_by_role("button", name=re.compile("timber wolf 91"))
    expect(first).to_have_attribute("aria-pressed", "true")

    # WHEN another label is chosen, by keyboard
    husky = page.get_by_role("button", name=re.compile("Siberian husky"))
    husky.press("Enter")
    # THEN its heat map is shown, which is brightest further down, and what it is
    expect(page.locator("#stage-caption")).to_contain_text("Bright areas counted most for “Siberian husky”.")
    expect(gloss).to_have_text(re.compile("^Siberian husky: breed of sled dog"))
    expect(husky).to_have_attribute("aria-pressed", "true")
    expect(husky).to_be_focused()
    lower = page.locator("#stage-overlay").evaluate(BRIGHTEST)
    first.click()
    expect(page.locator("#stage-caption")).to_contain_text("“timber wolf”")
    assert page.locator("#stage-overlay").evaluate(BRIGHTEST) < lower


def dogs(*probabilities: float) -> Answer:
    """Eskimo dog, Siberian husky, malamute: all of them dogs."""
    labels = [("n02109961", "Eskimo dog"), ("n02110185", "Siberian husky"), ("n02110063", "malamute")]
    predictions = [
        {"rank": rank, "class_index": rank, "wnid": wnid, "label": label, "probability": probability}
        for rank, ((wnid, label), probability) in enumerate(zip(labels, probabilities, strict=True), start=1)
    ]
    return Answer(body=reply(predictions=predictions, other_probability=1 - sum(probabilities)))


@pytest.mark.parametrize(
    ("probabilities", "title", "doubt"),
    [
        (
            (0.32, 0.31, 0.30),
            "working dog, 93.0\u202f%",
            "All labels of the kind “working dog” together have 93.0\u202f%.",
        ),
        (
            (0.40, 0.31, 0.22),
            "Eskimo dog",
            "This is the best guess; others are possible. All labels of the kind “working dog”",
        ),
        ((0.20, 0.19, 0.18), "Not sure", "No label stands out."),
    ],
)
def test_labels_of_one_kind_are_counted_together(
    open_page: OpenPage, api: FakeApi, probabilities: tuple[float, ...], title: str, doubt: str
) -> None:
    api.answers = [dogs(*probabilities)]
    page = open_page(api.address)
    choose(page, ("dog.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text(title)
    expect(page.locator("#result-doubt")).to_contain_text(doubt)


def test_without_descriptions_labels_stand_alone(open_page: OpenPage, api: FakeApi) -> None:
    api.answers = [dogs(0.32, 0.31, 0.30)]
    page = open_page("about:blank")
    page.route("**/data/wordnet.json", lambda route: route.fulfill(status=404))
    page.goto(api.address)
    choose(page, ("dog.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("Not sure")
    expect(page.locator("#result-gloss")).to_have_text("")


@pytest.mark.parametrize(("orientation", "said"), [(0, False), (1, False), (3, True), (8, True), (9, False)])
def test_turning_is_said_of_what_was_turned(open_page: OpenPage, api: FakeApi, orientation: int, said: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = open_page(api.address)
    choose(page, ("photo.jpg", picture(exif=exif)))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    assert ("turned upright" in str(page.locator("#stage-caption").text_content())) == said


@pytest.mark.parametrize(
    ("probabilities", "title", "doubt"),
    [
        ((0.71, 0.2), "timber wolf", ""),
        ((0.69, 0.2), "timber wolf", "This is the best guess; others are possible."),
        ((0.34, 0.33), "timber wolf", "This is the best guess; others are possible."),
        # Improbable by itself, and yet nothing else comes near it.
        ((0.215, 0.007), "timber wolf?", "This label stands out, but the model is far from sure."),
        ((0.215, 0.2), "Not sure", "No label stands out."),
        ((0.04, 0.001), "Not sure", "No label stands out."),
    ],
)
def test_how_sure_the_model_is_is_said(
    open_page: OpenPage, api: FakeApi, probabilities: tuple[float, float], title: str, doubt: str
) -> None:
    pairs = zip(reply()["predictions"], probabilities, strict=False)
    predictions = [one | {"probability": probability} for one, probability in pairs]
    api.answers = [Answer(body=reply(predictions=predictions, other_probability=1 - sum(probabilities)))]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text(title)
    expect(page.locator("#result-doubt")).to_contain_text(doubt)
    expect(page.locator("#result-doubt")).to_be_visible(visible=doubt != "")


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(1.0, ">99.9"), (0.99951, ">99.9"), (0.9994, "99.9"), (0.0006, "0.1"), (0.00049, "<0.1"), (0.0, "<0.1")],
)
def test_no_probability_is_shown_as_0_or_100_percent(
    open_page: OpenPage, api: FakeApi, probability: float, shown: str
) -> None:
    best, *_others = reply()["predictions"]
    api.answers = [Answer(body=reply(predictions=[best | {"probability": probability}], other_probability=0))]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-bars li:first-child .numeric")).to_have_text(f"{shown}\u202f%")


@pytest.mark.parametrize(
    ("size", "changes", "said"),
    [
        ((640, 480), {}, "the central 87.5\u202f% of each side, squeezed into a square."),
        ((480, 480), {}, "the central 87.5\u202f% of each side."),
        ((640, 480), {"view": WHOLE, "options": {"fit": "stretch"}}, "the whole photo, squeezed into a square."),
        ((640, 480), {"view": PADDED, "options": {"fit": "pad"}}, "the whole photo with a border."),
    ],
)
def test_what_the_model_saw_is_said(
    open_page: OpenPage, api: FakeApi, size: tuple[int, int], changes: dict[str, dict[str, object]], said: str
) -> None:
    api.answers = [Answer(body=reply(**{name: reply()[name] | change for name, change in changes.items()}))]
    page = open_page(api.address)
    choose(page, ("wolf.jpg", picture(*size)))
    page.get_by_role("radio", name="Model’s view").check()
    expect(page.locator("#stage-caption")).to_have_text(f"The model gets 224 × 224 pixels: {said}")


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"", "The file is empty"),
        (b"hello, world", "This is not a picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "This browser cannot read HEIC files"),
        (b"%PDF-1.7 ...", "This browser cannot read PDF files"),
        (b"\x89PNG\r\n\x1a\n broken", "This browser cannot read PNG files"),
        (b"\xff\xd8\xff" + bytes(900_000), "This browser cannot read the JPG"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(open_page: OpenPage, api: FakeApi, content: bytes, title: str) -> None:
    page = open_page(api.address)
    choose(page, ("file.jpg", content))
    expect(page.locator("#result-title")).to_have_text(title)
    for what_cannot_help in ("#retry-button", "#option-fit", "#options-hint", "#result-activation"):
        expect(page.locator(what_cannot_help)).to_be_hidden()
    assert api.requests == []


def test_a_file_that_is_gone_when_its_turn_comes_is_told(open_page: OpenPage, api: FakeApi, tmp_path: Path) -> None:
    # GIVEN a photo that waits for two others
    release = threading.Event()
    api.answers = [Answer(release=release), Answer(release=release)]
    files = [tmp_path / f"{number}.jpg" for number in range(3)]
    for file in files:
        file.write_bytes(picture())
    page = open_page(api.address)
    page.set_input_files("#file-input", files)
    photo_row(page, "2.jpg").click()
    expect(page.locator("#result-waiting")).to_have_text("Waiting for its turn…")
    # WHEN it is moved away meanwhile, and the others are done
    files[2].unlink()
    release.set()
    # THEN nobody is told of a mistake of the page
    expect(page.locator("#result-title")).to_have_text("The file cannot be read")
    expect(page.locator("#result-reason")).to_contain_text("a folder, or it has been moved")
    expect(page.locator("#retry-button")).to_be_hidden()


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "BMP"])
def test_other_formats_become_jpg(open_page: OpenPage, api: FakeApi, form: str) -> None:
    page = open_page(api.address)
    choose(page, ("picture", picture(form=form)))
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    expect(page.locator("#stage-caption")).to_contain_text("converted from")
    assert api.requests[0]["image"].startswith(b"\xff\xd8\xff")


def test_a_jpg_that_only_the_server_can_judge_is_sent_as_it_is(open_page: OpenPage, api: FakeApi) -> None:
    odd = b"\xff\xd8\xff\xe0 broken"
    page = open_page(api.address)
    choose(page, ("odd.jpg", odd))
    expect(page.locator("#stage-caption")).to_contain_text("is sent as it is")
    expect(page.locator("#stage-empty")).to_be_visible()
    expect(page.locator("#stage-modes")).to_be_hidden()  # there is nothing to choose from
    # AND it can be had as it was sent
    with page.expect_download() as saved:
        page.click("#download-link")
    assert saved.value.path().read_bytes() == odd

    # WHEN the page is loaded again
    kept(page, 1)
    page.reload()
    # THEN it is there no more
    expect(page.locator("#result-labels")).to_be_visible()
    expect(page.locator("#download-link")).to_be_hidden()


def test_a_missing_configuration_is_said_at_once(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page("about:blank")
    page.route("**/config.json", lambda route: route.fulfill(json={"api": "misspelt"}))
    page.goto(api.address)
    expect(page.locator("#page-problem")).to_contain_text("config.json should hold")


@pytest.mark.parametrize("failure", ["no connection", "HTTP 503"])
def test_settings_that_cannot_be_reached_are_asked_for_again(open_page: OpenPage, api: FakeApi, failure: str) -> None:
    def fail(route: Route) -> None:
        if failure == "HTTP 503":
            route.fulfill(status=503)
        else:
            route.abort()

    # GIVEN a page that could not learn where the API is
    page = open_page("about:blank")
    page.route("**/config.json", fail)
    page.goto(api.address)
    expect(page.locator("#page-problem")).to_contain_text("cannot be reached")
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("The page’s settings cannot be reached")
    # WHEN the settings are there again
    page.unroute("**/config.json")
    page.click("#retry-button")
    # THEN another try succeeds, and nothing more is complained of
    expect(page.locator("#result-title")).to_have_text("timber wolf")
    expect(page.locator("#page-problem")).to_be_hidden()


def test_a_page_that_arrives_in_part_loads_itself_again_and_then_says_so(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page("about:blank")
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
    page.route("**/js/upload/api.js", lambda route: route.abort())
    page.goto(api.address)
    expect(page.locator("#page-problem")).to_have_text("This page did not load completely. Please reload it.")
    assert len(loads) == 2

    page.unroute("**/js/upload/api.js")
    page.reload()
    expect(page.locator("#page-problem")).to_be_hidden()
    choose(page, ("wolf.jpg", picture()))
    expect(page.locator("#result-title")).to_have_text("timber wolf")


def test_the_theme_is_the_systems_until_somebody_chooses(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(api.address, color_scheme="dark")
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "dark")
    page.click("[data-theme-toggle]")
    expect(html).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(html).to_have_attribute("data-bs-theme", "light")


def test_several_photos_make_a_table_that_can_be_exported(open_page: OpenPage, api: FakeApi, tmp_path: Path) -> None:
    api.answers = [problem("corrupt-jpeg", 422, "The JPG is damaged", "It ends early.")]
    page = open_page(api.address)
    choose(page, ("=1+1.jpg", picture()), ("second.jpg", picture()), ("third.jpg", picture()))
    expect(page.locator("#visit-count")).to_have_text("3")
    expect(page.locator("#visit-rows")).to_contain_text("The JPG is damaged")

    with page.expect_download() as saved:
        page.click("#export-csv")
    saved.value.save_as(tmp_path / "labels.csv")
    lines = (tmp_path / "labels.csv").read_text().splitlines()
    assert len(lines) == 1 + 1 + 2 * 3
    assert sum(",done,1,timber wolf,n02114367,0.912,imagenet," in line for line in lines) == 2
    assert not any(line.startswith("=") for line in lines)  # a spreadsheet would run it

    with page.expect_download() as saved:
        page.click("#export-json")
    saved.value.save_as(tmp_path / "labels.json")
    results = json.loads((tmp_path / "labels.json").read_text())
    assert sorted(result["state"] for result in results) == ["done", "done", "failed"]
    assert {result["activation_id"] for result in results} == {ACTIVATION_ID}
    assert sum(ACTIVATION_ID in line for line in lines) == 1 + 2 * 3
