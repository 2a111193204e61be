"""The log of a container, as activation records hold it."""

import asyncio

from localwhisk.containers.log import INCOMPLETE, Log, log_line

SENTINEL = b"XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n"


def logged(
    out: bytes, err: bytes = b"", complete: bool = True, limit_mb: int = 1, closed: bool = False, sentinels: bool = True
) -> list[str]:
    """The lines, without their times, of an activation that wrote this to its streams."""

    async def main() -> list[str]:
        log = Log(limit_mb, lambda: 0.0, sentinels)
        following = []
        for stream, written in (("stdout", out), ("stderr", err)):
            reader = asyncio.StreamReader()
            reader.feed_data(written)
            if closed:
                reader.feed_eof()
            following.append(asyncio.create_task(log.follow(reader, stream)))
        lines = await log.take(complete)
        for task in following:
            task.cancel()
        return [line[31:] for line in lines]

    return asyncio.run(main())


def test_a_line_starts_with_its_time_in_30_characters() -> None:
    assert log_line(1700000000.2, "stdout", "ok") == "2023-11-14T22:13:20.200000000Z stdout: ok"


def test_lines_up_to_the_sentinels() -> None:
    assert logged(b"one\ntwo\n" + SENTINEL, b"oops\n" + SENTINEL) == ["stdout: one", "stdout: two", "stderr: oops"]


def test_the_last_line_may_have_no_end() -> None:
    assert logged(b"one\ntwo" + SENTINEL, b"oops" + SENTINEL) == ["stdout: one", "stdout: two", "stderr: oops"]


def test_the_end_of_a_line_is_no_part_of_it() -> None:
    assert logged(b"one\r\ntwo\n" + SENTINEL, SENTINEL) == ["stdout: one", "stdout: two"]


def test_the_log_of_a_container_that_failed_says_that_it_may_be_incomplete() -> None:
    assert logged(b"half a line", complete=False, closed=True) == ["stdout: half a line", f"stderr: {INCOMPLETE}"]
    assert logged(b"one\n", complete=False) == ["stdout: one", f"stderr: {INCOMPLETE}"]


def test_an_image_need_not_write_sentinels() -> None:
    assert logged(b"one\n", sentinels=False) == ["stdout: one"]
    assert logged(b"one\ntwo", sentinels=False) == ["stdout: one", "stdout: two"]


def test_what_a_failed_container_wrote_last_need_not_have_an_end() -> None:
    assert logged(b"one\ntwo", complete=False) == ["stdout: one", "stdout: two", f"stderr: {INCOMPLETE}"]


def test_what_exceeds_the_limit_is_cut() -> None:
    lines = logged(b"x" * 1000 + b"\n" + b"y" * 1024 * 1024 + b"\n" + SENTINEL, SENTINEL)
    assert [line[:20] for line in lines] == ["stdout: xxxxxxxxxxxx", "stderr: Logs were tr"]
    assert lines[1].endswith("the total bytes size exceeds the limit of 1048576 bytes.")


def test_a_line_without_an_end_is_cut_and_its_sentinel_seen() -> None:
    lines = logged(b"one\n" + b"x" * 3 * 1024 * 1024 + SENTINEL, SENTINEL)
    assert [line[:20] for line in lines] == ["stdout: one", "stderr: Logs were tr"]
    lines = logged(b"x" * 3 * 1024 * 1024, complete=False)
    assert [line[:20] for line in lines] == ["stderr: The action d", "stderr: Logs were tr"]


def test_empty_lines_count_too() -> None:
    lines = logged(b"\n" * 1_000_000 + SENTINEL, SENTINEL)
    assert len(lines) < 14_000
    assert "Logs were truncated" in lines[-1]


def test_without_a_limit_there_is_no_log() -> None:
    assert logged(b"one\n" + SENTINEL, SENTINEL, limit_mb=0) == []
