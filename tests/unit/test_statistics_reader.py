"""Which records are read, with which requests, and what is said of those that were not."""

from collections import Counter
from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest

from activation_trace import lines, trace
from problem import NoSuchActivation
from reader import Reader
from rest import TooLarge
from tests.records import Api, document, recorded
from window import Window, iso

WINDOW = Window("custom", 0, 2_000_000_000_000)
SEQUENCE = {"kind": "sequence"}


def standing_clock() -> float:
    return 0.0


def reader(api: Api, **limits: int) -> Reader:
    return Reader(api.get, "classifier", standing_clock, **limits)


def test_the_mixed_records() -> None:
    reading = reader(Api(recorded("mixed"))).read(WINDOW)
    assert reading.coverage == {
        "complete": True,
        "cut_by": None,
        "since": iso(0),
        "records_read": 31,
        "records_in_window": 31,
        "lost_records": 0,
        "other_records": 1,
        "unreadable_records": 1,
        "skewed_records": 1,
        "replies_wanted": 8,
        "replies_read": 8,
    }
    assert len(reading.activations) == 29
    assert Counter(each.reply.error_code for each in reading.activations if each.reply) == {
        None: 3,
        "not-a-jpeg": 1,
        "action-developer-error": 1,
        "time-out": 1,
        "invalid-request": 1,
        "unauthorized": 1,
    }


def test_documents_are_read_of_sequences_only_and_of_failures_one_by_one() -> None:
    api = Api(recorded("mixed"))
    reader(api).read(WINDOW)
    lists = [query for path, query in api.asked if path == "activations"]
    assert [query.get("name") for query in lists if query.get("docs")] == ["classifier/classify_image"]
    assert sum(path.startswith("activations/") for path, _ in api.asked) == 2


@pytest.mark.parametrize("records", [0, 1, 199, 200, 201, 401])
def test_every_page_is_read_once(records: int) -> None:
    api = Api(document(number, number) for number in range(records))
    reading = reader(api).read(WINDOW)
    assert sorted(each.start_ms for each in reading.activations) == list(range(records))
    pages = [query for _path, query in api.asked if "skip" in query]
    assert [query["skip"] for query in pages] == list(range(0, records + 1, 200))


def test_the_newest_records_are_read_when_there_are_too_many_and_it_says_so() -> None:
    api = Api(document(number, 1000 + number) for number in range(1000))
    reading = reader(api, most_records=400).read(WINDOW)
    assert {each.start_ms for each in reading.activations} == set(range(1600, 2000))
    told = reading.coverage
    assert (told["complete"], told["cut_by"], told["records_read"], told["records_in_window"]) == (
        False,
        "records",
        400,
        1000,
    )
    assert (told["since"], reading.window.since_ms) == (iso(1600), 1600)


def test_a_step_that_has_no_record_is_lost() -> None:
    # GIVEN two sequences of which each names a step without a record; one ended just now, its records may still come
    upto = WINDOW.upto_ms
    api = Api(
        document(number, start, "guest/classifier/classify_image", annotations=SEQUENCE, logs=[f"{9 + number:032x}"])
        for number, start in enumerate((upto - 70_000, upto - 50_000))
    )
    coverage = reader(api).read(WINDOW).coverage
    assert (coverage["lost_records"], coverage["complete"]) == (1, False)


def test_a_host_that_says_how_many_records_it_could_not_keep_is_believed() -> None:
    class Full(Api):
        def get(self, path: str, query: Mapping[str, str | int]) -> Any:
            answer = super().get(path, query)
            return {**answer, "lost": 57} if query.get("count") else answer

    coverage = reader(Full([document(1, 1)])).read(WINDOW).coverage
    assert (coverage["lost_records"], coverage["complete"], coverage["cut_by"]) == (57, False, None)


def test_the_reading_ends_in_time() -> None:
    # GIVEN a clock that moves by a third of the time at every look
    ticks = count()
    clock = Reader(
        Api(document(number, number) for number in range(1000)).get,
        "classifier",
        lambda: next(ticks) * 20 / 3,
    )
    reading = clock.read(WINDOW)
    assert (reading.coverage["cut_by"], reading.coverage["records_read"]) == ("time", 600)


def test_a_record_that_arrives_meanwhile_is_not_counted_twice() -> None:
    # GIVEN a list that a record stored late moves on by one between the pages
    api = Api(document(number, number) for number in range(300))

    def get(path: str, query: Mapping[str, str | int]) -> Any:
        page = api.get(path, query)
        if query.get("skip") == 0:
            api.documents.insert(0, document(300, 300))
        return page

    reading = Reader(get, "classifier", standing_clock).read(WINDOW)
    assert sorted(each.start_ms for each in reading.activations) == list(range(300))


def test_a_record_that_is_gone_meanwhile_lacks_only_its_reply() -> None:
    failed = document(1, 1, response={"status": "application error", "result": {"error": "no"}})

    class Forgetful(Api):
        def one(self, activation_id: str) -> dict[str, Any]:
            self.documents.clear()
            return super().one(activation_id)

    reading = reader(Forgetful([failed])).read(WINDOW)
    assert [(each.outcome, each.reply) for each in reading.activations] == [("application_error", None)]
    assert (reading.coverage["replies_wanted"], reading.coverage["replies_read"]) == (1, 0)


def test_failures_outside_a_sequence_are_read_up_to_a_limit() -> None:
    failed = {"status": "application error", "result": {"error": "no"}}
    api = Api(document(number, number, response=failed) for number in range(60))
    coverage = reader(api).read(WINDOW).coverage
    assert (coverage["replies_wanted"], coverage["replies_read"]) == (60, 50)


class Bulky(Api):
    """Refuses pages of documents that hold more than 3 records, and every page that holds number 5."""

    def get(self, path: str, query: Mapping[str, str | int]) -> Any:
        page = super().get(path, query)
        if query.get("docs") and (len(page) > 3 or any(each["start"] == 5 for each in page)):
            raise TooLarge(path)
        return page


def test_a_page_that_is_too_large_is_read_in_pieces_and_a_record_that_is_is_left_out() -> None:
    api = Bulky(
        document(number, number, "guest/classifier/classify_image", annotations=SEQUENCE) for number in range(20)
    )
    reading = reader(api).read(WINDOW)
    assert sorted(each.start_ms for each in reading.activations) == list(range(20))
    assert [each.start_ms for each in reading.activations if each.reply is None] == [5]
    assert (reading.coverage["replies_wanted"], reading.coverage["replies_read"]) == (20, 19)


def test_records_of_a_window_only() -> None:
    api = Api(document(number, number) for number in range(10))
    reading = reader(api).read(Window("custom", 3, 6))
    assert sorted(each.start_ms for each in reading.activations) == [3, 4, 5, 6]


def traced(tag: str) -> dict[str, Any]:
    api = Api(recorded("mixed"))
    found: dict[str, Any] = trace(api.get, "classifier", (tag.encode().hex() + "0" * 32)[:32])
    return found


def test_the_trace_of_a_sequence_has_the_logs_of_its_steps() -> None:
    told = traced("C")
    assert (told["activation"]["error_code"], told["activation"]["fault"]) == ("not-a-jpeg", "caller")
    assert [each["name"] for each in told["activation"]["components"]] == ["classifier/decode"]
    assert [each["lines"] for each in told["logs"]] == [["2026-11-18T11:07:00.000000000Z stdout: decode ran"]]
    assert told["missing"] == []


def test_the_logs_of_a_standalone_openwhisk_name_no_stream() -> None:
    """They are shown as they are."""
    assert lines({"logs": ["2026-11-18T11:07:02.000000000Z classify ran"]}) == [
        "2026-11-18T11:07:02.000000000Z classify ran"
    ]


def test_the_trace_of_one_action_has_its_own_logs() -> None:
    told = traced("Bc")
    assert (told["activation"]["name"], told["activation"]["components"]) == ("classifier/classify", [])
    assert told["logs"][0]["lines"] == ["2026-11-18T11:07:02.000000000Z stdout: classify ran"]


def test_the_trace_of_a_sequence_is_a_waterfall_of_its_steps() -> None:
    whole = traced("A")["activation"]
    assert (whole["label"], whole["http_status"], whole["cold"], whole["cause"]) == ("tench", 200, True, None)
    assert [
        (each["name"], each["offset_ms"], each["wait_ms"], each["init_ms"], each["run_ms"])
        for each in whole["components"]
    ] == [
        ("classifier/decode", 300, 300, 80, 20),
        ("classifier/preprocess", 650, 250, 60, 10),
        ("classifier/classify", 1120, 400, 150, 40),
        ("classifier/metrics", 1510, 200, 50, 2),
    ]


def test_the_trace_of_a_step_names_its_sequence() -> None:
    assert traced("Bc")["activation"]["cause"] == (b"B".hex() + "0" * 32)[:32]


def test_a_step_whose_record_is_gone_is_named() -> None:
    gone = "b" * 32
    call = document(1, 1000, "guest/classifier/classify_image", annotations=SEQUENCE, logs=[gone])
    told = trace(Api([call]).get, "classifier", call["activationId"])
    assert (told["missing"], told["activation"]["components"]) == ([gone], [])


@pytest.mark.parametrize("tag", ["I", "J", "?"])
def test_there_is_no_trace_of_what_is_not_an_activation_of_the_package(tag: str) -> None:
    with pytest.raises(NoSuchActivation):
        traced(tag)


MANY_LINES = [f"line {number}" for number in range(5000)]
LONG_LINES = ["x" * 15_000, "y" * 15_000, "last"]


@pytest.mark.parametrize("logs", [MANY_LINES, LONG_LINES])
def test_long_logs_are_cut_to_their_end(logs: list[str]) -> None:
    told = trace(Api([document(1, 1000, logs=logs)]).get, "classifier", f"{1:032x}")
    lines = told["logs"][0]["lines"]
    assert lines == logs[-len(lines) :]
    assert sum(map(len, lines)) <= 20_000
    assert len(lines) <= 200
