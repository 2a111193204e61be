"""The upload page with the classifier behind it: photos become their labels, and nothing that is a file breaks it."""

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_api import SITE
from tests.browser.pictures import choose, picture, transfer
from tests.serving import Served, serving

pytestmark = [pytest.mark.slow]

PHOTOS = 10
TWELVE_MEGAPIXELS = (4032, 3024)
LARGEST_BYTES, MEAN_BYTES = 90_000, 60_000  # 200 kbit/s carry 25,000 in a second


def phone_photo(photo: Path) -> bytes:
    """``photo`` as a phone would have taken it: twelve megapixels, stored lying, with EXIF orientation 6."""
    exif = Image.Exif()
    exif[0x0112] = 6
    content = io.BytesIO()
    large = Image.open(photo).convert("RGB").resize(TWELVE_MEGAPIXELS, Image.Resampling.BICUBIC)
    large.transpose(Image.Transpose.ROTATE_90).save(content, "JPEG", quality=92, exif=exif)
    return content.getvalue()


def outcomes(page: Page) -> list[dict[str, Any]]:
    """What the page exports as JSON once everything has an outcome."""
    expect(page.locator("#visit-count")).to_have_text(str(page.locator("#visit-rows li").count()), timeout=300_000)
    with page.expect_download() as download:
        page.click("#export-json")
    exported: list[dict[str, Any]] = json.loads(Path(download.value.path()).read_text("utf-8"))
    return exported


def rightly_named(exported: list[dict[str, Any]]) -> list[str]:
    """The photos whose first label is the one that their file name begins with."""
    done = [outcome for outcome in exported if "reply" in outcome]
    return [one["name"] for one in done if one["name"].startswith(one["reply"]["predictions"][0]["wnid"])]


def test_photos_get_their_labels(open_page: OpenPage, host: Served, photos: Path) -> None:
    chosen = sorted(photos.glob("*.jpg"))
    page = open_page(host.url)
    page.set_input_files("#file-input", chosen)
    assert len(rightly_named(outcomes(page))) >= 0.95 * len(chosen)


def test_labels_through_the_page_are_those_of_the_files_sent_by_curl(
    open_page: OpenPage, host: Served, photos: Path
) -> None:
    chosen = [*sorted(photos.glob("*.jpg")), *sorted((SITE / "examples").glob("*.jpg"))]
    page = open_page(host.url)
    page.set_input_files("#file-input", chosen)
    through_the_page = {one["name"]: one["reply"]["predictions"][0]["label"] for one in outcomes(page)}
    assert through_the_page == {photo.name: sent_as_it_is(host, photo) for photo in chosen}


def sent_as_it_is(host: Served, photo: Path) -> str:
    """The first label of the file itself."""
    headers = {"Content-Type": "image/jpeg"}
    answer = httpx.post(host.classify_url, content=photo.read_bytes(), headers=headers, timeout=60)
    label: str = answer.json()["predictions"][0]["label"]
    return label


def test_twelve_megapixels_of_a_phone_get_theirs_and_travel_small(
    open_page: OpenPage, host: Served, photos: Path, tmp_path: Path
) -> None:
    chosen = sorted(photos.glob("*.jpg"))[::6][:PHOTOS]
    page = open_page(host.url)
    for photo in chosen:
        (tmp_path / photo.name).write_bytes(phone_photo(photo))
    page.set_input_files("#file-input", [tmp_path / photo.name for photo in chosen])
    exported = outcomes(page)
    assert sorted(rightly_named(exported)) == [photo.name for photo in chosen]
    sent = [one["reply"]["image"]["bytes"] for one in exported]
    assert max(sent) < LARGEST_BYTES
    assert sum(sent) / len(sent) < MEAN_BYTES


def test_a_photo_is_explained_and_the_stand_in_is_named(open_page: OpenPage, host: Served, photos: Path) -> None:
    page = open_page(host.url)
    photo = next(photos.glob("*timber_wolf.jpg"))
    page.set_input_files("#file-input", photo)
    expect(page.locator("#result-title")).to_have_text("timber wolf", ignore_case=True)
    expect(page.locator("#standin-banner")).to_be_visible()
    second = page.locator("#result-bars li:nth-child(2)")
    label = str(second.locator(".bar-label").text_content())
    second.get_by_role("button").click()
    expect(page.locator("#stage-caption")).to_contain_text(f"Bright areas counted most for “{label}”.")
    expect(page.locator("#result-gloss")).to_contain_text(f"{label}: ")
    # The host tells its activation id, and knows the activation by it.
    shown = page.locator("#timings code").last.text_content()
    assert shown in [record["activationId"] for record in host.records("classifier/classify_image", limit=20)]


def test_every_file_of_the_corpus_gets_a_label_or_a_reason(
    open_page: OpenPage, host: Served, jpeg_corpus: Path
) -> None:
    files = [path for path in sorted(jpeg_corpus.rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg")]
    page = open_page(host.url)
    page.set_input_files("#file-input", files)
    exported = outcomes(page)
    assert len(exported) == len(files)
    codes = {one["problem"]["code"] for one in exported if "problem" in one}
    assert codes == {"corrupt-jpeg", "unsupported-jpeg"}
    assert sum(one["state"] == "done" for one in exported) > len(files) / 2


@pytest.mark.parametrize("way", ["drop", "paste", "camera"])
def test_every_way_in_leads_to_labels(open_page: OpenPage, host: Served, way: str) -> None:
    page = open_page(host.url, permissions=["camera"])
    if way == "camera":
        page.click("#camera-button")
        page.click("#camera-shoot")
    else:
        transfer(page, way, picture(form="PNG"))
    expect(page.locator("#result-labels")).to_be_visible()


def test_a_call_can_be_cancelled(open_page: OpenPage, tmp_path: Path) -> None:
    # GIVEN a host whose functions still have to start
    with serving(tmp_path) as fresh:
        page = open_page(fresh.url)
        choose(page, ("drawing.jpg", picture()))
        page.click("#cancel-button")
        expect(page.locator("#result-title")).to_have_text("Cancelled")
        page.click("#retry-button")
        expect(page.locator("#result-labels")).to_be_visible()


def test_a_cold_start_is_told(open_page: OpenPage, tmp_path: Path) -> None:
    with serving(tmp_path) as fresh:
        page = open_page("about:blank")
        # The page has woken the functions up a moment ago, or so it thinks.
        page.add_init_script("localStorage.setItem('warmed-up-at', String(Date.now()))")
        page.goto(fresh.url)
        choose(page, ("drawing.jpg", picture()))
        expect(page.locator("#result-labels")).to_be_visible()
        page.click("#timings-details summary")
        expect(page.locator("#timings .badge-cold").first).to_be_visible()
        assert page.evaluate("Number(localStorage.getItem('cold-start-ms'))") > 0


def claiming(width: int, height: int) -> bytes:
    """A small JPG whose frame header claims another size."""
    jpg = bytearray(picture(64, 64))
    frame = jpg.index(b"\xff\xc0")
    jpg[frame + 5 : frame + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(jpg)


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (claiming(30_000, 30_000), "The picture has too many pixels"),
        (picture()[:400], "The JPG is damaged"),
    ],
    ids=["too many pixels", "cut short"],
)
def test_the_classifiers_own_refusals_are_shown(open_page: OpenPage, host: Served, content: bytes, title: str) -> None:
    page = open_page(host.url)
    choose(page, ("odd.jpg", content))
    expect(page.locator("#result-title")).to_have_text(title)
    told = page.locator("#result-activation a").text_content()
    assert told in [record["activationId"] for record in host.records("classifier/classify_image", limit=20)]


def test_the_curl_line_of_the_page_works(open_page: OpenPage, host: Served, tmp_path: Path) -> None:
    page = open_page(host.url)
    choose(page, ("my picture; rm -rf.jpg", picture()))
    expect(page.locator("#result-labels")).to_be_visible()
    with page.expect_download() as download:
        page.click("#download-link")
    download.value.save_as(tmp_path / download.value.suggested_filename)
    page.get_by_text("The same in code").click()
    line = str(page.locator("#snippet").text_content())

    answer = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, check=True, text=True)
    page.get_by_role("radio", name="Reply").check()
    shown = str(page.locator("#snippet").text_content())
    best = httpx.Response(200, text=answer.stdout).json()["predictions"][0]
    assert f'"wnid": "{best["wnid"]}"' in shown
    assert [path.name for path in tmp_path.iterdir()] == ["my-picture-rm--rf-as-sent.jpg"]
