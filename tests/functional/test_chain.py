"""The main job through a running server: photos in, labels out, in every request form; an answer to all else."""

import base64
import io
import json
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image

import contract
from manifest import STEPS
from tests.containers import NO_CERTIFICATES
from tests.pictures import jpg, smooth
from tests.serving import ROOT, Served, serving

Send = Callable[[Served, bytes, dict[str, Any]], httpx.Response]
MAX_STEP_BYTES = 400_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


def send_json(served: Served, picture: bytes, options: dict[str, Any]) -> httpx.Response:
    body = {"image": base64.b64encode(picture).decode(), **options}
    return httpx.post(served.classify_url, verify=NO_CERTIFICATES, json=body, timeout=60)


def send_raw(served: Served, picture: bytes, options: dict[str, Any]) -> httpx.Response:
    headers = {"Content-Type": "image/jpeg"}
    return httpx.post(
        served.classify_url, verify=NO_CERTIFICATES, content=picture, params=options, headers=headers, timeout=60
    )


def send_multipart(served: Served, picture: bytes, options: dict[str, Any]) -> httpx.Response:
    files = {"image": ("photo.jpg", picture, "image/jpeg")}
    return httpx.post(served.classify_url, verify=NO_CERTIFICATES, files=files, params=options, timeout=60)


FORMS: dict[str, Send] = {"json": send_json, "raw": send_raw, "multipart": send_multipart}


def assert_problem_answer(response: httpx.Response, code: str, status: int) -> dict[str, Any]:
    """The answer is the problem ``code``, in the one shape that every error has."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = response.json()
    contract.check("problem", body)
    assert (body["code"], body["status"]) == (code, status)
    return body


def top_wnid(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    reply = response.json()
    contract.check("reply", reply)
    wnid: str = reply["predictions"][0]["wnid"]
    return wnid


def expected_wnid(photo: Path) -> str:
    return photo.name.split("_")[0]


@pytest.mark.parametrize("fit", ["crop", "stretch"])
@pytest.mark.parametrize("form", FORMS)
def test_the_right_label_comes_first(served: Served, photos: Path, form: str, fit: str) -> None:
    files = sorted(photos.glob("*.jpg"))

    def is_right(photo: Path) -> bool:
        return top_wnid(FORMS[form](served, photo.read_bytes(), {"fit": fit})) == expected_wnid(photo)

    with ThreadPoolExecutor(2) as callers:
        right = sum(callers.map(is_right, files))

    assert len(files) >= 50
    assert right >= 0.95 * len(files), f"{right} of {len(files)}"


def twelve_megapixels(photo: Path) -> bytes:
    """``photo`` resized up to 12 megapixels, in the best quality that stays under the byte limit."""
    with Image.open(photo) as picture:
        scale = (12_000_000 / (picture.width * picture.height)) ** 0.5
        large = picture.convert("RGB").resize((round(picture.width * scale), round(picture.height * scale)))
    for quality in (85, 70, 55, 40, 25):
        output = io.BytesIO()
        large.save(output, "JPEG", quality=quality)
        if output.tell() <= 780_000:
            return output.getvalue()
    pytest.fail(f"{photo.name} does not fit under the byte limit at 12 megapixels")


def test_twelve_megapixel_photos_keep_their_label(served: Served, photos: Path) -> None:
    for photo in sorted(photos.glob("*.jpg"))[::6]:
        picture = twelve_megapixels(photo)
        assert top_wnid(send_raw(served, picture, {})) == expected_wnid(photo), photo.name


def test_every_corpus_file_is_classified_or_refused_with_a_code(served: Served, jpeg_corpus: Path) -> None:
    # GIVEN warm containers
    assert send_raw(served, small_jpeg(), {}).status_code == 200
    pids = action_pids(served)
    assert len(pids) >= len(STEPS)
    # WHEN everything in the corpus is sent
    for file in sorted(jpeg_corpus.rglob("*.jpg")):
        response = send_raw(served, file.read_bytes(), {"explain": "true"})
        if response.status_code == 200:
            contract.check("reply", response.json())
        else:
            assert response.status_code in (413, 415, 422), (file.name, response.text)
            assert_problem_answer(response, response.json()["code"], response.status_code)
    # THEN none of them broke one
    assert pids <= action_pids(served), "a container was replaced"


def test_no_json_between_two_actions_exceeds_the_bound(served: Served, photos: Path, jpeg_corpus: Path) -> None:
    # GIVEN the largest photos and everything in the corpus
    largest = sorted(photos.glob("*.jpg"), key=lambda file: file.stat().st_size)[-10:]
    for file in [*largest, *sorted(jpeg_corpus.rglob("*.jpg"))]:
        send_raw(served, file.read_bytes(), {"top_k": 100, "explain": "true"})

    # THEN every result that the platform recorded is bounded
    sizes = [
        len(json.dumps(record["response"]["result"]))
        for component in STEPS
        for record in served.records(f"classifier/{component}")
    ]
    assert len(sizes) > 200
    assert max(sizes) < MAX_STEP_BYTES


def small_jpeg() -> bytes:
    return jpg(smooth(256, 256))


def huge_header() -> bytes:
    """A JPG whose frame header says 30000 x 30000."""
    picture = small_jpeg()
    frame = picture.index(b"\xff\xc0")
    return picture[: frame + 5] + struct.pack(">HH", 30000, 30000) + picture[frame + 9 :]


def png() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (8, 8)).save(output, "PNG")
    return output.getvalue()


BAD_PICTURES: dict[str, tuple[Callable[[], bytes], str, int]] = {
    "a PNG": (png, "not-a-jpeg", 415),
    "text": (lambda: b"hello", "not-a-jpeg", 415),
    "0 bytes": (lambda: b"", "invalid-request", 400),
    "a 30000 x 30000 header": (huge_header, "too-many-pixels", 422),
    "half a JPG": (lambda: small_jpeg()[: len(small_jpeg()) // 2], "corrupt-jpeg", 422),
    "781 kB": (lambda: small_jpeg() + bytes(781_000 - len(small_jpeg())), "payload-too-large", 413),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", BAD_PICTURES)
def test_bad_pictures_get_their_code(served: Served, what: str, form: str) -> None:
    make, code, status = BAD_PICTURES[what]
    assert_problem_answer(FORMS[form](served, make(), {}), code, status)


IMAGE = base64.b64encode(small_jpeg()).decode()
BAD_BODIES: dict[str, dict[str, Any]] = {
    "no image": {},
    "bad base64": {"image": "%%%"},
    "an image that is a number": {"image": 7},
    "an unknown field": {"image": IMAGE, "topk": 3},
    "top_k 0": {"image": IMAGE, "top_k": 0},
    "top_k 101": {"image": IMAGE, "top_k": 101},
    "an unknown fit": {"image": IMAGE, "fit": "squash"},
}


@pytest.mark.parametrize("what", BAD_BODIES)
def test_bad_requests_say_what_was_expected(served: Served, what: str) -> None:
    response = httpx.post(served.classify_url, json=BAD_BODIES[what], timeout=30)
    assert len(assert_problem_answer(response, "invalid-request", 400)["detail"]) > 20


def test_an_empty_body_is_an_invalid_request(served: Served) -> None:
    assert_problem_answer(httpx.post(served.classify_url, timeout=30), "invalid-request", 400)


def test_a_body_over_the_platforms_limit_is_refused(served: Served) -> None:
    response = httpx.post(served.classify_url, content=bytes(1_100_000), headers={"Content-Type": "image/jpeg"})
    assert response.status_code == 413


def test_the_hugging_face_form(served: Served) -> None:
    reply = send_raw(served, small_jpeg(), {"format": "hf", "top_k": 3}).json()
    assert [set(entry) for entry in reply] == [{"label", "score"}] * 3


def test_the_first_explanation_is_a_map_of_the_winner(served: Served) -> None:
    reply = send_json(served, small_jpeg(), {"explain": True}).json()
    assert reply["explanations"][0]["class_index"] == reply["predictions"][0]["class_index"]
    assert [len(row) for row in reply["explanations"][0]["grid"]] == [7] * 7


def action_pids(served: Served) -> set[int]:
    """The processes in which actions run: the host's children."""
    return {child.pid for child in psutil.Process(served.process.pid).children(recursive=True)}


def test_a_killed_action_process_gives_an_error_and_the_next_call_works(served: Served) -> None:
    # GIVEN warm containers
    assert send_json(served, small_jpeg(), {}).status_code == 200
    # WHEN every action process is killed
    for pid in action_pids(served):
        psutil.Process(pid).kill()
    # THEN the caller gets an answer at once, and soon a good one again
    first = send_json(served, small_jpeg(), {})
    assert first.status_code in (200, 400)
    assert send_json(served, small_jpeg(), {}).status_code == 200


def test_ctrl_c_ends_every_child(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        assert send_json(running, small_jpeg(), {}).status_code == 200
        children = [psutil.Process(pid) for pid in action_pids(running)]
        assert len(children) >= len(STEPS)
    deadline = time.monotonic() + 5
    while any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children):
        assert time.monotonic() < deadline, [child.cmdline() for child in children if child.is_running()]
        time.sleep(0.05)


def localwhisk(*arguments: str, stdin: bytes = b"") -> dict[str, Any]:
    """`localwhisk …`: its standard output as JSON."""
    command = [str(Path(sys.executable).with_name("localwhisk")), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_each_action_can_be_invoked_alone(served: Served, tmp_path: Path) -> None:
    # GIVEN a photo in a file and the running server
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(small_jpeg())
    host = ("--apihost", served.url)
    # WHEN each action gets what the one before it gave
    raster = localwhisk("invoke", "classifier/decode", "-p", f"image=@{photo}", *host)
    tensor = localwhisk("invoke", "classifier/preprocess", "-P", "-", *host, stdin=json.dumps(raster).encode())
    predictions = localwhisk("invoke", "classifier/classify", "-P", "-", *host, stdin=json.dumps(tensor).encode())
    reply = localwhisk("invoke", "classifier/metrics", "-P", "-", *host, stdin=json.dumps(predictions).encode())
    # THEN each result keeps its contract
    for name, result in (
        ("raster", raster),
        ("tensor", tensor),
        ("predictions", predictions),
        ("reply", reply["body"]),
    ):
        contract.check(name, result)


def test_the_server_stops_on_sigterm_too(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(10)
