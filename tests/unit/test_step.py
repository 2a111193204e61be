"""What every action has in common: times, the cold flag, checked input, errors that stop the sequence."""

from collections.abc import Iterator
from itertools import count

import pytest

from problem import CorruptJpeg, Json
from step import carried, step

TENSOR = {"name": "image", "shape": [1, 224, 224, 3], "datatype": "UINT8", "encoding": "base64", "data": "AAAA"}


def ticking(seconds: float) -> Iterator[float]:
    return (1000 + tick * seconds for tick in count())


def test_the_result_tells_its_time_in_milliseconds() -> None:
    clock = ticking(0.0123456)
    main = step("decode", None, clock=lambda: next(clock))(lambda _: {"raster": 1})
    assert main({}) == {"raster": 1, "steps": ["decode"], "timings_ms": {"decode": 12.35}, "cold": ["decode"]}


def test_only_the_first_call_is_cold() -> None:
    main = step("decode", None)(lambda _: {})
    assert [main({})["cold"], main({})["cold"]] == [["decode"], []]


def test_a_first_call_that_fails_was_the_cold_one() -> None:
    def fails_once(args: Json) -> Json:
        if args:
            raise CorruptJpeg("Broken.")
        return {}

    main = step("decode", None)(fails_once)
    assert "error" in main({"broken": True})
    assert main({})["cold"] == []


def test_steps_their_times_and_cold_ones_add_up_along_the_sequence() -> None:
    clock = ticking(0.001)
    main = step("classify", None, clock=lambda: next(clock))(lambda _: {})
    result = main({"steps": ["decode"], "timings_ms": {"decode": 4.0}, "cold": ["decode"]})
    assert result == {
        "steps": ["decode", "classify"],
        "timings_ms": {"decode": 4.0, "classify": 1.0},
        "cold": ["decode", "classify"],
    }


def test_an_action_error_becomes_its_answer() -> None:
    def broken(_: Json) -> Json:
        raise CorruptJpeg("Broken.")

    assert step("decode", None)(broken)({})["error"]["body"]["code"] == "corrupt-jpeg"


def test_any_other_exception_is_internal_with_its_traceback_in_the_log_only(capsys: pytest.CaptureFixture[str]) -> None:
    def buggy(_: Json) -> Json:
        raise ZeroDivisionError("secret")

    answer = step("decode", None)(buggy)({})["error"]
    assert (answer["statusCode"], answer["body"]["code"]) == (500, "internal")
    assert "secret" not in str(answer)
    assert "ZeroDivisionError: secret" in capsys.readouterr().err


@pytest.mark.parametrize("args", [{}, {"tensor": TENSOR}, {"tensor": {}}, [], None], ids=str)
def test_input_that_breaks_the_contract_does_not_reach_the_function(args: Json) -> None:
    def unreachable(_: Json) -> Json:
        raise AssertionError

    answer = step("classify", accepts="tensor")(unreachable)(args)
    assert answer["error"]["body"]["code"] == "invalid-request"


def test_carried_keeps_what_later_steps_need_and_no_pixels() -> None:
    needed: Json = {"source": {}, "options": {}, "view": {}, "steps": [], "timings_ms": {}, "cold": []}
    assert carried({"raster": {}, "tensor": {}, **needed}) == needed
