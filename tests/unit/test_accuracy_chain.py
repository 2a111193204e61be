"""make accuracy: how photos are asked for, and what counts as an answer."""

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx
import pytest

from accuracy import answers, chain
from accuracy.answers import Answer
from accuracy.chain import Chain, ModelChanged, Unanswered
from accuracy.dataset import Photo

PHOTO = Photo("n01443537/photo.jpg", Path(__file__), "10-1", 1)
MODEL = {"name": "NASNetMobile", "version": "float32-0123", "sha256": "aa"}
LABELS = {
    "model": MODEL,
    "predictions": [{"class_index": 3, "probability": 0.9}, {"class_index": 1, "probability": 0.05}],
}
CRASHED = httpx.Response(400, json={"error": "the action developer error", "code": "x"})


def problem(status: int, code: str, detail: str) -> httpx.Response:
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(status, headers=headers, content=json.dumps({"code": code, "detail": detail}))


class Server:
    """Answers one after the other what it was told, at last always labels; notes what it was asked, and the pauses."""

    def __init__(self, *told: httpx.Response | Exception) -> None:
        self.told = list(told)
        self.asked: list[httpx.Request] = []
        self.pauses: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        told = self.told.pop(0) if self.told else httpx.Response(200, json=LABELS)
        if isinstance(told, Exception):
            raise told
        return told

    def chain(self) -> Chain:
        client = httpx.Client(transport=httpx.MockTransport(self.answer))
        return Chain("http://host/classify", client, self.pauses.append)


def test_labels_become_an_answer() -> None:
    server = Server()
    assert server.chain().ask(PHOTO, "pad") == Answer(PHOTO.name, "10-1", (3, 1), (0.9, 0.05))
    assert dict(server.asked[0].url.params) == {"top_k": "5", "fit": "pad"}
    assert server.asked[0].content == PHOTO.path.read_bytes()
    assert server.asked[0].headers["content-type"] == "image/jpeg"


def test_the_model_is_asked_for_with_a_warm_up() -> None:
    server = Server()
    assert server.chain().model() == MODEL
    assert server.asked[0].url.params["warm_up"] == "true"


def test_another_model_in_the_middle_stops_the_run() -> None:
    server = Server(httpx.Response(200, json=LABELS), httpx.Response(200, json={**LABELS, "model": {"sha256": "bb"}}))
    one = server.chain()
    one.model()
    with pytest.raises(ModelChanged):
        one.ask(PHOTO, "crop")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (problem(415, "not-a-jpeg", "It is a PNG."), "not-a-jpeg: It is a PNG."),
        (problem(422, "corrupt-jpeg", "It ends early."), "corrupt-jpeg: It ends early."),
        (httpx.Response(413, json={"error": "too large"}), "413: the platform carries no photo of this size"),
    ],
)
def test_a_refusal_is_an_answer(response: httpx.Response, reason: str) -> None:
    server = Server(response)
    assert server.chain().ask(PHOTO, "crop") == Answer(PHOTO.name, "10-1", refused=reason)
    assert server.pauses == []


@pytest.mark.parametrize(
    "passing",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(202, json={"activationId": "1"}),
        httpx.Response(502),
        problem(503, "model-unavailable", "It is damaged."),
        CRASHED,
    ],
)
def test_what_says_nothing_about_the_photo_is_tried_again(passing: httpx.Response | Exception) -> None:
    server = Server(passing, passing)
    assert server.chain().ask(PHOTO, "crop").indices == (3, 1)
    assert server.pauses == [1, 5]


def test_after_some_attempts_the_photo_has_no_answer() -> None:
    server = Server(*[httpx.Response(502, text="bad gateway")] * 4)
    with pytest.raises(Unanswered, match=r"photo.jpg: 502 bad gateway"):
        server.chain().ask(PHOTO, "crop")
    assert len(server.asked) == 4


def test_a_rate_limit_is_waited_for_as_often_as_it_takes() -> None:
    server = Server(*[httpx.Response(429)] * 6)
    assert server.chain().ask(PHOTO, "crop").indices == (3, 1)
    assert len(server.pauses) == 6
    assert all(0 < pause <= 60 for pause in server.pauses)


def test_an_answer_that_is_no_reply_is_none() -> None:
    server = Server(httpx.Response(200, text="<html>a captive portal</html>"))
    with pytest.raises(Unanswered, match="captive portal"):
        server.chain().ask(PHOTO, "crop")


def photos(count: int) -> list[Photo]:
    return [PHOTO._replace(name=str(number)) for number in range(count)]


def test_a_few_are_asked_for_at_the_same_time_and_none_gets_lost() -> None:
    together = threading.Barrier(3, timeout=10)  # nobody is answered until three ask

    def ask(photo: Photo) -> Answer:
        together.wait()
        if photo.name == "4":
            raise Unanswered("4: no answer")
        if photo.name == "5":
            raise FileNotFoundError("it was moved away")
        return Answer(photo.name, photo.version)

    outcomes = {photo.name: outcome for photo, outcome in chain.asked(photos(9), ask, 3)}
    assert set(outcomes) == set("012345678")
    assert isinstance(outcomes["4"], Unanswered)
    assert "it was moved away" in str(outcomes["5"])


def test_photos_are_taken_only_as_callers_are_free() -> None:
    taken: list[str] = []

    def one_by_one(those: Iterable[Photo]) -> Iterable[Photo]:
        for photo in those:
            taken.append(photo.name)
            yield photo

    ask: Callable[[Photo], Answer] = lambda photo: Answer(photo.name, photo.version)  # noqa: E731
    next(iter(chain.asked(one_by_one(photos(1000)), ask, 2)))
    assert len(taken) <= 4


def test_answers_survive_their_line() -> None:
    for one in (Answer("ä\n.jpg", "10-1", (3, 1), (0.9, 0.05)), Answer("b", "1-1", refused="x: y")):
        line = answers.line_of(one)
        assert "\n" not in line
        assert answers.parsed(line) == one


@pytest.mark.parametrize("line", ['{"name": "a", "vers', "", "7", "[]", '{"name": "a"}'])
def test_half_a_line_is_no_answer(line: str) -> None:
    assert answers.parsed(line) is None


def test_an_answer_to_an_older_version_of_a_photo_does_not_count() -> None:
    there = {PHOTO.name: Answer(PHOTO.name, "9-1"), "gone": Answer("gone", "1-1")}
    assert answers.current([PHOTO], there) == {}
    there[PHOTO.name] = Answer(PHOTO.name, "10-1")
    assert list(answers.current([PHOTO], there)) == [PHOTO.name]


def test_another_deployment_or_model_has_another_file() -> None:
    assert len({chain.key("a", "b"), chain.key("a", "c"), chain.key("ab", "")}) == 3
