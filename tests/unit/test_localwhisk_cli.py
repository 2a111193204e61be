"""What the command line of localwhisk takes, and how it refuses the rest."""

import pytest

from localwhisk.cli import parser


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "80000"], "'80000' is no port: expected a number from 0 to 65535"),
        (["--port", "http"], "'http' is no port: expected a number from 0 to 65535"),
        (["--limit-per-minute", "0"], "'0' is not a number from 1"),
        (["--site", "/nowhere"], "'/nowhere' is not a folder"),
    ],
)
def test_a_wrong_option_is_refused_in_a_sentence(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["serve", *options])
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"localwhisk serve: error: argument {options[0]}: {said}"


def test_a_development_host_is_generous_unless_it_is_told_the_platforms_limits() -> None:
    usual = parser().parse_args(["serve"])
    assert (usual.limit_per_minute, usual.limit_concurrent) == (60_000, 300)
    told = parser().parse_args(["serve", "--limit-per-minute", "60", "--limit-concurrent", "30"])
    assert (told.limit_per_minute, told.limit_concurrent) == (60, 30)
