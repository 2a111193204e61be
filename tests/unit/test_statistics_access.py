"""Who may read the statistics."""

from typing import Any

import pytest

import access
from problem import Unauthorized

TOKEN = "correct horse"


def args(token: object = TOKEN, header: object = f"Bearer {TOKEN}", **other: Any) -> dict[str, Any]:
    return {"admin_token": token, "__ow_headers": {"authorization": header}, "__ow_query": "", **other}


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Bearer  {TOKEN} "])
def test_the_token_lets_pass(header: str) -> None:
    access.check(args(header=header))


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
        access.check(refused)
    assert TOKEN not in str(error.value)


def test_a_token_that_the_caller_could_have_set_as_parameter_does_not_count() -> None:
    # GIVEN a web action that is not raw: the query string is merged with the parameters
    merged = args()
    del merged["__ow_query"]
    with pytest.raises(Unauthorized):
        access.check(merged)
