"""Every action's result keeps the contract of the next edge; every refusal is a problem document."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import contract
from manifest import STEPS
from problem import Json
from tests.action_modules import ACTIONS, assert_problem, load, with_model
from tests.pictures import cmyk, header_only, jpg, quarters, rgb_jpg, smooth, with_segment, ycck

MAX_JSON_BYTES = 300_000
PICTURES = {
    "YCbCr": jpg(smooth(500, 375)),
    "progressive": jpg(smooth(500, 375), progressive=True),
    "grey": jpg(smooth(500, 375).convert("L")),
    "RGB": rgb_jpg(quarters()),
    "CMYK": jpg(cmyk(quarters())),
    "YCCK": ycck(quarters()),
    "one pixel": jpg(quarters(1, 1)),
    "one column": jpg(smooth(1, 3000)),
    "one row": jpg(smooth(3000, 1)),
    "12 megapixels": jpg(smooth(4000, 3000), quality=50),
    **{f"orientation {number}": jpg(orientation=number) for number in range(1, 9)},
}
# From each action's result to the contract of what comes next.
ACCEPTS = {"decode": "raster", "preprocess": "tensor", "classify": "predictions"}


@pytest.fixture(scope="module")
def mains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[[Json], Json]]:
    """The four actions, ``classify`` with the stand-in model."""
    folders = {name: ACTIONS / name for name in STEPS}
    folders["classify"] = with_model(tmp_path_factory.mktemp("action") / "classify")
    return {name: load(folder) for name, folder in folders.items()}


def sent(data: bytes, **options: Any) -> Json:
    return {"image": base64.b64encode(data).decode(), **options}


def results(mains: dict[str, Callable[[Json], Json]], request: Json) -> dict[str, Json]:
    """What each action of the sequence answers, by its name."""
    found = {}
    for name in STEPS:
        request = found[name] = mains[name](request)
    return found


@pytest.mark.parametrize("fit", ["crop", "stretch", "pad"])
@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES)
def test_results_keep_the_contract_of_the_next_edge(mains: dict[str, Any], data: bytes, fit: str) -> None:
    found = results(mains, sent(data, fit=fit, explain=True))
    for name, accepted in ACCEPTS.items():
        contract.check(accepted, found[name])
        assert len(json.dumps(found[name])) < MAX_JSON_BYTES
    contract.check("reply", found["metrics"]["body"])
    assert found["metrics"]["body"]["steps"] == list(found["metrics"]["body"]["timings_ms"]) == list(STEPS)
    assert "explanations" in found["metrics"]["body"]


@pytest.mark.parametrize("top_k", [1, 5, 100])
def test_options_reach_the_reply(mains: dict[str, Any], top_k: int) -> None:
    body = results(mains, sent(jpg(), top_k=top_k))["metrics"]["body"]
    assert len(body["predictions"]) == body["options"]["top_k"] == top_k
    assert body["other_probability"] + sum(one["probability"] for one in body["predictions"]) == pytest.approx(
        1, abs=1e-3
    )


def test_the_reply_is_an_http_answer(mains: dict[str, Any]) -> None:
    answer = results(mains, sent(jpg()))["metrics"]
    assert answer["statusCode"] == 200
    assert answer["headers"] == {
        "Content-Type": "application/json",
        "Access-Control-Expose-Headers": "x-openwhisk-activation-id, x-request-id",
        "Cache-Control": "no-store",
    }
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_hugging_face_clients_get_a_list(mains: dict[str, Any]) -> None:
    request = {"inputs": base64.b64encode(jpg()).decode(), "parameters": {"top_k": 3}, "format": "hf"}
    body = results(mains, request)["metrics"]["body"]
    assert [set(one) for one in body] == [{"label", "score"}] * 3
    assert [one["score"] for one in body] == sorted((one["score"] for one in body), reverse=True)


def test_the_log_has_one_line_without_pixels(mains: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    body = results(mains, sent(jpg()))["metrics"]["body"]
    (line,) = capsys.readouterr().out.splitlines()
    entry = json.loads(line)
    assert entry["event"] == "classified"
    assert (entry["label"], entry["probability"]) == tuple(
        body["predictions"][0][key] for key in ("label", "probability")
    )
    assert entry["timings_ms"].keys() == body["timings_ms"].keys()
    assert len(line) < 1000


def test_the_first_call_of_every_action_is_cold() -> None:
    decode, preprocess = load(ACTIONS / "decode"), load(ACTIONS / "preprocess")
    assert preprocess(decode(sent(jpg())))["cold"] == ["decode", "preprocess"]
    assert preprocess(decode(sent(jpg())))["cold"] == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, "invalid-request"),
        ({"image": "*"}, "invalid-request"),
        ({"image": ""}, "invalid-request"),
        (sent(jpg(), top_k=0), "invalid-request"),
        (sent(jpg(), color="red"), "invalid-request"),
        ([], "invalid-request"),
        (sent(bytes(780_001)), "payload-too-large"),
        (sent(b"\x89PNG\r\n\x1a\n"), "not-a-jpeg"),
        (sent(b"no picture at all"), "not-a-jpeg"),
        (sent(header_only(96, 64, bits=12)), "unsupported-jpeg"),
        (sent(header_only(96, 64, marker=0xC3)), "unsupported-jpeg"),
        (sent(header_only(30000, 30000)), "too-many-pixels"),
        (sent(jpg()[:-20]), "corrupt-jpeg"),
        (sent(jpg()[:200]), "corrupt-jpeg"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_decode_refuses_with_the_catalogues_codes(mains: dict[str, Any], request_: Json, code: str) -> None:
    assert_problem(mains["decode"](request_), code)


def test_the_facts_of_a_refusal_can_be_read_by_a_program(mains: dict[str, Any]) -> None:
    large = assert_problem(mains["decode"](sent(bytes(780_003))), "payload-too-large")
    assert (large["limit_bytes"], large["actual_bytes"]) == (780_000, 780_003)
    wide = assert_problem(mains["decode"](sent(header_only(30000, 30000))), "too-many-pixels")
    assert (wide["width"], wide["height"], wide["limit"]) == (30000, 30000, 40_000_000)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"width": 95}, "expected a zlib stream of 18240 bytes, but got one of more"),
        ({"width": 97}, "expected 18624 bytes (width 97 x height 64 x 3), but got 18432"),
        ({"height": 10**12}, "but got 18432"),
        ({"data": "AAAA"}, "expected a zlib stream"),
        ({"data": "AAAA", "encoding": "base64"}, "but got 3"),
        ({"encoding": "png"}, "raster.encoding"),
        ({"view": {"left": 0.5, "top": 0, "width": 0.5, "height": 1}}, "needs more of the picture"),
        ({"view": {"left": 0, "top": 0, "width": 0, "height": 1}}, "raster.view.width"),
        ({"data": "*"}, "expected base64"),
        ({"width": 0}, "raster.width: expected at least 1"),
        ({"width": 96.5}, "raster.width"),
        ({"width": "96"}, "raster.width"),
        ({"mode": "L"}, "raster.mode"),
        ({"depth": 8}, 'unknown field "depth"'),
    ],
    ids=str,
)
def test_preprocess_refuses_a_raster_that_does_not_agree_with_itself(
    mains: dict[str, Any], change: Json, words: str
) -> None:
    decoded = mains["decode"](sent(jpg()))
    body = assert_problem(
        mains["preprocess"]({**decoded, "raster": {**decoded["raster"], **change}}), "invalid-request"
    )
    assert words in body["detail"]


@pytest.mark.parametrize("name", ["preprocess", "classify", "metrics"])
@pytest.mark.parametrize("args", [{}, [], {"raster": 5, "tensor": 5, "predictions": 5}], ids=str)
def test_later_actions_refuse_what_is_not_their_contract(mains: dict[str, Any], name: str, args: Json) -> None:
    assert_problem(mains[name](args), "invalid-request")


@pytest.mark.parametrize("data", ["", "AAAA", "*", "A" * 200_703], ids=len)
def test_classify_refuses_pixels_that_are_not_its_tensor(mains: dict[str, Any], data: str) -> None:
    tensor = mains["preprocess"](mains["decode"](sent(jpg())))
    assert_problem(mains["classify"]({**tensor, "tensor": {**tensor["tensor"], "data": data}}), "invalid-request")


def test_classify_without_a_model_says_so(mains: dict[str, Any], tmp_path: Path) -> None:
    without = load(with_model(tmp_path / "classify", tmp_path / "nothing"))
    assert_problem(without(mains["preprocess"](mains["decode"](sent(jpg())))), "model-unavailable")


def test_a_picture_with_a_lot_of_metadata_is_still_within_bounds(mains: dict[str, Any]) -> None:
    data = with_segment(jpg(smooth(900, 900)), 0xE1, b"Exif\0\0" + bytes(60_000))
    assert len(json.dumps(mains["decode"](sent(data)))) < MAX_JSON_BYTES


def test_the_largest_json_there_can_be_is_within_bounds(mains: dict[str, Any]) -> None:
    # GIVEN the largest picture that is kept whole, of noise, and everything else as long as it gets
    noise = Image.merge("RGB", [Image.effect_noise((255, 255), 200) for _ in range(3)])
    result = mains["decode"](sent(jpg(noise, quality=100, subsampling=0)))
    assert (result["raster"]["width"], result["raster"]["height"]) == (255, 255)
    longest = {
        **result,
        "timings_ms": {"decode": 299999.99},
        "source": {**result["source"], "coding": "arithmetic-progressive"},
    }
    assert len(json.dumps(longest)) < MAX_JSON_BYTES - 5_000
