"""make load: how requests arrive, and what its table says."""

import asyncio
from collections.abc import Awaitable

from bench.load import __main__ as command
from bench.load.arrivals import Answer, closed, open_, shared
from bench.load.report import Phase, Soak, fairness, row, soaked, tenths
from bench.report import replaced


class Server:
    """Answers after a moment; notes how many wait for it at the same time."""

    def __init__(self) -> None:
        self.waiting = 0
        self.most_waiting = 0
        self.asked_at: list[float] = []

    async def ask(self) -> Answer:
        self.asked_at.append(asyncio.get_running_loop().time())
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await asyncio.sleep(0.01)
        self.waiting -= 1
        return answer()


def answer(kind: str = "200", ms: float = 1, caller: int = 0) -> Answer:
    return Answer(kind, ms, 0, None, caller)


def run(work: Awaitable[list[Answer]]) -> list[Answer]:
    async def awaited() -> list[Answer]:
        return await work

    return asyncio.run(awaited())


def test_closed_each_caller_waits_for_its_answer() -> None:
    server = Server()
    answers = run(closed(server.ask, callers=3, seconds=60, most=30))
    assert server.most_waiting == 3
    assert {one.caller for one in answers} == {0, 1, 2}


def test_closed_is_bounded_in_number() -> None:
    assert len(run(closed(Server().ask, callers=3, seconds=60, most=7))) == 7


def test_open_does_not_wait_for_answers() -> None:
    server = Server()
    answers = run(open_(server.ask, per_second=1000, seconds=0.05, most=1000))
    assert len(answers) == 50
    assert server.most_waiting > 3
    assert server.asked_at[-1] - server.asked_at[0] >= 0.048


def test_open_is_bounded_in_number() -> None:
    assert len(run(open_(Server().ask, per_second=1000, seconds=60, most=7))) == 7


def test_shared_among_as_many_callers_comes_all_at_once() -> None:
    server = Server()
    assert len(run(shared(server.ask, requests=20, callers=20))) == 20
    assert server.most_waiting == 20


def phase(*answers: Answer, callers: int = 2) -> Phase:
    return Phase("closed: 2 callers", answers, 2.0, True, callers, 1, 50.4, 0.5)


def test_a_row_counts_answers_with_200_apart() -> None:
    answers = [answer(ms=10), answer(ms=20, caller=1), answer("429", 1), answer("429", 1)]
    assert row(phase(*answers)) == [
        "closed: 2 callers", "4", "2.00", "1.00", "10.0", "20.0", "20.0", "200: 2, 429: 2", "1–1", "1", "250", "50.4",
    ]  # fmt: skip


def test_a_caller_who_got_nothing_is_the_one_with_fewest() -> None:
    assert fairness(phase(answer(caller=1), answer(caller=1))) == "0–2"


def test_without_a_single_good_answer_there_are_no_times() -> None:
    assert row(phase(answer("429")))[4:7] == ["–", "–", "–"]


def test_a_soak_shows_the_memory_tenth_by_tenth() -> None:
    memory = [(float(number), 10.0 * number) for number in range(100, 120)]
    said = soaked(Soak("4 callers for 20 s", [answer(), answer("429"), answer()], 2, 0, memory))
    assert said == (
        "4 callers for 20 s. Answers: 200: 2, 429: 1. Of the newest 2, 0 have no record or two.\n\n"
        "| memory, MB | 1. | 2. | 3. | 4. | 5. | 6. | 7. | 8. | 9. | 10. |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| host | 100 | 102 | 104 | 106 | 108 | 110 | 112 | 114 | 116 | 118 |\n"
        "| containers | 1,005 | 1,025 | 1,045 | 1,065 | 1,085 | 1,105 | 1,125 | 1,145 | 1,165 | 1,185 |"
    )


def test_no_sample_of_a_soak_is_left_out() -> None:
    memory = [(float(number), 0.0) for number in range(17)]
    assert [sample for part in tenths(memory) for sample in part] == memory


def test_the_document_has_marks_for_the_soak() -> None:
    text = command.DOCUMENT.read_text()
    assert replaced(text, "soak", "new", "make load") != text
