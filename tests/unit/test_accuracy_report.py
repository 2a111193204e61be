"""make accuracy: what its documents say."""

import json
from pathlib import Path
from typing import Any

from accuracy import dataset, page, report, results
from accuracy.answers import Answer
from accuracy.dataset import Photo
from accuracy.results import CHAIN, KERAS, Run
from accuracy.scores import surest_mistakes

LABELS = dataset.labels()
PHOTOS = [Photo(name, Path("/nowhere", name), "1-1", 1) for name in ("a.jpg", "<b>.jpg", "c.jpg", "d.jpg")]
ANSWERS = {
    "a.jpg": Answer("a.jpg", "1-1", (1, 2, 3, 4, 5), (0.8, 0.1, 0.01, 0.01, 0.01)),
    "<b>.jpg": Answer("<b>.jpg", "1-1", (3, 1, 2, 4, 5), (0.7, 0.1, 0.01, 0.01, 0.01)),
    "c.jpg": Answer("c.jpg", "1-1", refused="corrupt-jpeg: It ends early."),
}
MODEL = {"name": "NASNetMobile", "version": "float32-020fb642bf73", "weights": "imagenet", "runtime": "LiteRT 2.3.0"}


def run(*, keras: bool = True, **model: Any) -> Run:
    given = {CHAIN: ANSWERS, **({KERAS: {**ANSWERS, "c.jpg": ANSWERS["a.jpg"]}} if keras else {})}
    facts = {"made_at": "2026-01-01 12:00 UTC", "photos": 4}
    return Run(facts, {**MODEL, **model}, {dataset.NO_LABEL: ["x.jpg"]}, {"crop": results.fit(PHOTOS, given)})


def test_the_table_has_shares_with_their_intervals_beside_what_was_published() -> None:
    text = report.markdown(run(), LABELS)
    assert "| crop, chain | 2 | 50.0 % (9.5–90.5) | 100.0 % (34.2–100.0) | 1 | 1 |" in text
    assert "| crop, published for these weights | 50,000 | 74.4 % | 91.9 % |" in text
    assert "stand-in" not in text


def test_agreement_is_there_where_keras_is() -> None:
    assert "| crop | 2 | 100.0 % (34.2–100.0) |" in report.markdown(run(), LABELS)
    assert "## Agreement" not in report.markdown(run(keras=False), LABELS)


def test_stand_in_weights_are_said_and_not_set_beside_the_published_accuracy() -> None:
    text = report.markdown(run(weights="stand-in"), LABELS)
    assert "These are stand-in weights" in text
    assert "published" not in text


def test_what_is_not_counted_is_named() -> None:
    text = report.markdown(run(), LABELS)
    assert "Refused (crop, chain): 1 corrupt-jpeg" in text
    assert "- `c.jpg`: corrupt-jpeg: It ends early." in text
    assert "Not answered (crop, chain): 1" in text
    assert "- `d.jpg`" in text
    assert f"1: {dataset.NO_LABEL}" in text


def test_long_lists_are_cut_in_the_text() -> None:
    listed = report.listed([str(number) for number in range(50)])
    assert listed.endswith("- 19\n- and 30 more, in accuracy.json")


def test_confusions_are_named() -> None:
    assert "| 1 | goldfish (n01443537) | tiger shark (n01491361) |" in report.markdown(run(), LABELS)


def test_the_console_gets_a_line_for_each_row() -> None:
    lines = report.summary(run()).splitlines()
    assert [line.split("  ")[0] for line in lines] == ["crop, chain", "crop, Keras", "crop"]
    assert "50.0 %" in lines[0]


def test_the_json_has_everything_and_no_nan() -> None:
    document = results.document(run(), LABELS)
    text = json.dumps(document, allow_nan=False)
    crop = json.loads(text)["fits"]["crop"]
    assert crop["chain"]["top_1"]["right"] == 1
    assert crop["chain"]["unanswered"] == ["d.jpg"]
    assert crop["chain"]["classes"] == {"n01443537": {"right": 1, "of": 2}}
    assert crop["agreement"]["same_first"]["of"] == 2

    nothing = Run({}, MODEL, {}, {"crop": results.fit(PHOTOS, {CHAIN: {}, KERAS: {}})})
    json.dumps(results.document(nothing, LABELS), allow_nan=False)
    assert "| crop, chain | 0 | – | – | 0 | 4 |" in report.markdown(nothing, LABELS)


def test_the_page_names_the_mistakes_and_escapes_what_it_names() -> None:
    mistakes = {"crop": surest_mistakes(PHOTOS, ANSWERS, 9), "pad": []}
    text = page.html(mistakes, {"crop": ANSWERS}, LABELS, "4 photos & no more")
    assert text.count("<figure>") == 1
    assert "tiger shark: 0.700" in text
    assert "labelled goldfish (n01443537)" in text
    assert "&lt;b&gt;.jpg" in text
    assert "<b>" not in text
    assert "4 photos &amp; no more" in text
    assert "Keras: tiger shark 0.700" in text
    assert "No mistake." in text
