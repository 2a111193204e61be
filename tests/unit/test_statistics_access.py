"""Who may read the statistics."""

from typing import Any

import pytest

from access import SLOWEST_S, Gate
from problem import Unauthorized

TOKEN = "correct horse"


def args(token: object = TOKEN, header: object = f"Bearer {TOKEN}", **other: Any) -> dict[str, Any]:
    return {"admin_token": token, "__ow_headers": {"authorization": header}, "__ow_query": "", **other}


def gate() -> tuple[Gate, list[float]]:
    slept: list[float] = []
    return Gate(slept.append), slept


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Bearer  {TOKEN} "])
def test_the_token_lets_pass(header: str) -> None:
    gate()[0].check(args(header=header))


@pytest.mark.parametrize(
    "refused",
    [
        args(header=""),
        args(header="Bearer "),
        args(header="Bearer correct horsf"),
        args(header="Bearer correct hors"),
        args(header="Bearer tökén"),
        args(header=f"Basic {TOKEN}"),
        args(header=TOKEN),
        args(token=""),
        args(token="", header="Bearer "),
        args(token="", header=""),
        args(token=None, header="Bearer None"),
        args(token=None, header="Bearer "),
        args(token=0, header="Bearer 0"),
        {"admin_token": TOKEN, "__ow_query": ""},
        {"__ow_headers": {"authorization": "Bearer "}, "__ow_query": ""},
        {},
    ],
)
def test_nothing_else_does(refused: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized) as error:
        gate()[0].check(refused)
    assert TOKEN not in str(error.value)


def test_a_token_that_the_caller_could_have_set_as_parameter_does_not_count() -> None:
    # GIVEN a web action that is not raw: the query string is merged with the parameters
    merged = args()
    del merged["__ow_query"]
    with pytest.raises(Unauthorized):
        gate()[0].check(merged)


def test_wrong_tries_wait_longer_and_longer_and_a_right_one_starts_afresh() -> None:
    own, slept = gate()
    for _ in range(20):
        with pytest.raises(Unauthorized):
            own.check(args(header="Bearer wrong"))
    assert slept == sorted(slept)
    assert slept[0] < slept[3] < slept[-1] == SLOWEST_S
    own.check(args())
    with pytest.raises(Unauthorized):
        own.check(args(header="Bearer wrong"))
    assert slept[-1] == slept[0]
