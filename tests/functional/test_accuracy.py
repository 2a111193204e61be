"""make accuracy: the whole command on photos of its own, and on the test photos beside Keras where they are there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from accuracy import answers, dataset, results
from accuracy.__main__ import GIVES_UP_AFTER, INTERRUPTED, Asked, Lost, ask, ask_all, file_of, incomplete, write
from accuracy.answers import Answer
from accuracy.chain import Unanswered
from accuracy.dataset import Photo, Unusable
from accuracy.reference import Reference
from tests.conftest import REQUIRE_ALL
from tests.pictures import jpg, smooth
from tests.serving import GUEST_KEY, GUEST_UUID, ROOT, Served, serving

LABELS = dataset.labels()
WISHES = ("APIHOST", "AUTH", "ENVIRONMENT", "WSK_CONFIG_FILE", "NASNET_WEIGHTS", "WEIGHTS")


def accuracy(*options: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in WISHES}
    command = [sys.executable, "-m", "accuracy", *map(str, options)]
    return subprocess.run(
        command, cwd=ROOT, env={**inherited, **environment}, capture_output=True, text=True, timeout=600, check=False
    )


def written(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "accuracy.json").read_text())
    return document


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


def deployed(served: Served) -> dict[str, str]:
    return {"APIHOST": served.url, "AUTH": f"{GUEST_UUID}:{GUEST_KEY}"}


# The whole command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos, one that is no JPG, half of one, and two files that are no labelled photos."""
    photos = {
        "n01443537/one.JPEG": jpg(smooth(300, 200)),
        "n01484850_two.jpg": jpg(),
        "n01484850_no_jpg.jpg": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "n01440764/half.jpg": jpg()[:-200],
        "holiday.jpg": jpg(),
        "README.md": b"about",
    }
    for name, content in photos.items():
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(content)
    return tmp_path / "photos"


def test_the_command_starts_a_chain_and_asks_only_for_what_is_missing(folder: Path, tmp_path: Path) -> None:
    # GIVEN a first run
    out = tmp_path / "out"
    options = (folder, "--no-keras", "--fit", "crop", "--fit", "pad", "--out", out)
    first = accuracy(*options)
    assert first.returncode == 0, first.stdout + first.stderr

    # THEN everything is counted, and what was refused or left out is named
    run = written(out)
    assert set(run["fits"]) == {"crop", "pad"}
    for fit in run["fits"].values():
        assert fit["chain"]["top_1"]["of"] == 2
        assert {name: reason.partition(":")[0] for name, reason in fit["chain"]["refused"].items()} == {
            "n01484850_no_jpg.jpg": "not-a-jpeg",
            "n01440764/half.jpg": "corrupt-jpeg",
        }
        assert fit["chain"]["unanswered"] == []
    assert run["left_out"] == {dataset.NO_JPG: ["README.md"], dataset.NO_LABEL: ["holiday.jpg"]}
    assert "2 photos" in first.stdout

    # and the documents are there, with pictures
    assert "holiday.jpg" in (out / "accuracy.md").read_text()
    assert (out / "mistakes.html").read_text().count("data:image/jpeg;base64,") >= 2
    for fit in ("crop", "pad"):
        assert ElementTree.parse(out / f"reliability-{fit}.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own

    # WHEN a killed run left half a line, and a photo changed
    [crop] = (out / "answers").glob("chain-*-crop.jsonl")
    [pad] = (out / "answers").glob("chain-*-pad.jsonl")
    whole, untouched = crop.read_text().splitlines(), pad.read_text()
    crop.write_text("\n".join(whole[:3]) + "\n" + whole[3][:20])
    second = accuracy(*options)
    # THEN that one is asked for again, and nothing else
    assert second.returncode == 0, second.stdout + second.stderr
    assert crop.read_text().splitlines()[:3] == whole[:3]
    assert sorted(crop.read_text().splitlines()) == sorted(whole)
    assert pad.read_text() == untouched
    assert written(out)["fits"]["crop"] == run["fits"]["crop"]

    # WHEN a photo is another one
    (folder / "n01484850_two.jpg").write_bytes(jpg(smooth(64, 64)))
    accuracy(*options)
    # THEN it is asked for, too
    assert len(crop.read_text().splitlines()) == 5


def test_a_list_and_a_deployed_chain(served: Served, folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "val.txt"
    listed.write_text("one.JPEG 1\nholiday.jpg n01484850\ngone.jpg 7\n")
    options = (folder, "--list", listed, "--no-keras", "--fit", "stretch", "--out", tmp_path / "out")
    done = accuracy(*options, **deployed(served))
    assert done.returncode == 0, done.stdout + done.stderr
    run = written(tmp_path / "out")
    assert run["chain"] == f"classifier on {served.url}"
    assert set(run["fits"]["stretch"]["chain"]["classes"]) == {"n01443537", "n01484850"}
    assert run["left_out"][dataset.NOT_THERE] == ["gone.jpg"]


def test_the_labels_of_the_test_photos_come_out_with_every_fit(served: Served, photos: Path, tmp_path: Path) -> None:
    done = accuracy(photos, "--no-keras", "--out", tmp_path, **deployed(served))
    assert done.returncode == 0, done.stdout + done.stderr
    fits = written(tmp_path)["fits"]
    assert list(fits) == ["crop", "stretch", "pad"]
    for fit in fits.values():
        share = fit["chain"]["top_1"]
        assert share["of"] == len(list(photos.glob("*.jpg")))
        assert share["interval_95"][0] < share["share"] or share["share"] == 1
        assert share["share"] >= 0.95


@pytest.mark.tensorflow
@pytest.mark.slow
def test_keras_answers_the_same_photos_the_same(
    served: Served, photos: Path, standin_weights: Path, tmp_path: Path
) -> None:
    environment = ROOT / "build" / "venv-model"
    if not (REQUIRE_ALL or environment.exists()):
        pytest.skip(f"no TensorFlow in {environment}; CLASSIFIER_REQUIRE_ALL=1 has it installed (1.6 GB)")
    few = tmp_path / "photos"
    few.mkdir()
    for photo in sorted(photos.glob("*.jpg"))[:8]:
        (few / photo.name).symlink_to(photo)
    (few / "n01443537_broken.jpg").write_bytes(b"\xff\xd8\xff")

    done = accuracy(few, "--out", tmp_path / "out", NASNET_WEIGHTS=str(standin_weights), **deployed(served))

    assert done.returncode == 0, done.stdout + done.stderr
    run = written(tmp_path / "out")
    assert "those of the chain" in run["keras"]
    # The stand-in is sensitive: with pad a rounding of sides and offsets costs it a label here and there.
    for name, least in (("crop", 8), ("stretch", 8), ("pad", 6)):
        fit = run["fits"][name]
        assert fit["keras"]["top_1"]["right"] == fit["agreement"]["same_first"]["right"] >= least
        assert list(fit["keras"]["refused"]) == ["n01443537_broken.jpg"]


def test_without_weights_keras_is_left_out_and_the_rest_is_done(served: Served, folder: Path, tmp_path: Path) -> None:
    options = (folder, "--fit", "crop", "--limit", "1", "--out", tmp_path / "out")
    done = accuracy(*options, NASNET_WEIGHTS="/nowhere/weights.h5", **deployed(served))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Keras is left out: NASNET_WEIGHTS names /nowhere/weights.h5" in done.stdout
    assert written(tmp_path / "out")["photos"] == 1


# Bad input


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("", "expected a folder: make accuracy DATA=folder"),
        ("/nowhere", "DATA: expected a folder"),
        ("docs", "no .jpg"),
    ],
)
def test_a_folder_without_labelled_photos_is_an_error(folder: str, says: str) -> None:
    done = accuracy(folder, "--no-keras")
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_host_that_is_not_there_is_an_error(folder: Path, tmp_path: Path) -> None:
    done = accuracy(folder, "--no-keras", "--out", tmp_path / "out", APIHOST="http://127.0.0.1:9", AUTH="a:b")
    assert done.returncode == 1
    assert done.stderr.startswith("accuracy: http://127.0.0.1:9 does not answer as an OpenWhisk: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "says"), [("dev", "has no API /classifier-dev"), ("Dev!", "ENVIRONMENT is 'Dev!'")]
)
def test_an_environment_that_is_not_there_is_an_error(
    served: Served, folder: Path, tmp_path: Path, environment: str, says: str
) -> None:
    done = accuracy(folder, "--no-keras", "--out", tmp_path / "out", ENVIRONMENT=environment, **deployed(served))
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_list_that_is_no_text_is_an_error(folder: Path) -> None:
    with pytest.raises(Unusable, match="LIST"):
        dataset.read(folder, folder / "n01484850_no_jpg.jpg", LABELS)


# The folder


def test_hidden_files_are_not_looked_at_and_the_order_is_a_sample(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{LABELS[number].wnid}_{number}.jpg").write_bytes(b"")
    (tmp_path / "._n01443537.jpg").write_bytes(b"")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "n01443537.jpg").write_bytes(b"")

    found = dataset.read(tmp_path, None, LABELS)
    assert len(found.photos) == 40
    assert found.left_out == {}
    assert found == dataset.read(tmp_path, None, LABELS)
    indices = [photo.class_index for photo in found.photos]
    assert sorted(indices) == list(range(40))
    assert indices != sorted(indices)
    assert found.photos[0].path.exists()


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "n01443537_gone.jpg").symlink_to(tmp_path / "gone")
    with pytest.raises(Unusable, match=f"1 files: {dataset.NOT_READABLE}"):
        dataset.read(tmp_path, None, LABELS)
    (tmp_path / "n01443537_here.jpg").write_bytes(b"")
    assert dataset.read(tmp_path, None, LABELS).left_out == {dataset.NOT_READABLE: ["n01443537_gone.jpg"]}


# A run that ends early

PHOTOS = [Photo(str(number), Path(str(number)), "1-1", 1) for number in range(50)]


def answered(photos: Sequence[Photo]) -> Iterator[tuple[Photo, Answer]]:
    return ((photo, Answer(photo.name, photo.version, (1,), (0.5,))) for photo in photos)


def test_an_interrupted_run_keeps_what_was_answered(tmp_path: Path) -> None:
    def interrupted(photos: Sequence[Photo], _fit: str) -> Iterator[tuple[Photo, Answer]]:
        yield from islice(answered(photos), 10)
        raise KeyboardInterrupt

    who = Asked("chain", "key", interrupted)
    assert ask_all(PHOTOS, [who], ["crop", "pad"], tmp_path) == INTERRUPTED
    assert len(answers.read(file_of(tmp_path, who, "crop"))) == 10

    seen: list[int] = []

    def complete(photos: Sequence[Photo], _fit: str) -> Iterator[tuple[Photo, Answer]]:
        seen.append(len(photos))
        return answered(photos)

    assert ask_all(PHOTOS, [who._replace(answers=complete)], ["crop", "pad"], tmp_path) == 0
    assert seen == [40, 50]
    assert len(answers.read(file_of(tmp_path, who, "crop"))) == 50


def test_keras_that_fails_ends_the_run_with_its_last_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failing = tmp_path / "python"
    failing.write_text("#!/bin/sh\necho no such layer >&2\nexit 3\n")
    failing.chmod(0o755)

    keras = Reference(failing, failing)

    assert ask_all(PHOTOS, [Asked("Keras", "key", keras.answers)], ["crop"], tmp_path) == 1
    assert "Keras failed: no such layer" in capsys.readouterr().out


def test_a_run_with_photos_that_were_not_answered_has_not_succeeded(tmp_path: Path) -> None:
    who = Asked("chain", "key", lambda photos, _fit: answered(photos))
    ask_all(PHOTOS[:40], [who], ["crop"], tmp_path)
    model = {"name": "NASNetMobile", "version": "1", "weights": "imagenet", "runtime": "LiteRT"}
    for photos, status in ((PHOTOS[:40], 0), (PHOTOS, 1)):
        run = results.Run({"photos": len(photos)}, model, {}, {})
        assert incomplete(write(run, photos, [who], ["crop"], tmp_path)) == status


def test_a_host_that_is_lost_ends_the_run_and_photos_without_an_answer_stay_missing(tmp_path: Path) -> None:
    asked: list[str] = []

    def lost(photos: Sequence[Photo], _fit: str) -> Iterator[tuple[Photo, Answer | Unanswered]]:
        yield from islice(answered(photos), 5)
        for photo in photos[5:]:
            asked.append(photo.name)
            yield photo, Unanswered(photo.name)

    file = tmp_path / "answers.jsonl"
    with pytest.raises(Lost):
        ask(PHOTOS, Asked("chain", "key", lost), "crop", file)
    assert len(asked) == GIVES_UP_AFTER
    assert len(answers.read(file)) == 5
