"""The site, and the real action ``statistics`` over activation records that a test chooses."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from manifest import STEPS
from report import Statistics
from tests.browser.fake_api import SITE, Answer, asgi_server
from tests.records import Api, answering, document
from window import iso

KEY = "uuid:key"
TOKEN = "correct horse"


@dataclass
class AdminApi:
    """``answers`` are used up one by one; after them the action answers from ``records``."""

    records: Api
    statistics: Statistics
    address: str = ""
    parameters: dict[str, Any] = field(default_factory=lambda: {"admin_token": TOKEN})
    answers: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def told(self, query: str = "") -> dict[str, Any]:
        """What the action says, asked without the page."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        body: dict[str, Any] = self.statistics({**self.parameters, "__ow_headers": headers, "__ow_query": query})[
            "body"
        ]
        return body

    def app(self) -> Starlette:
        routes = [
            Route("/config.json", self.config),
            Route("/api/guest/classifier/metrics", self.metrics),
            Mount("/", StaticFiles(directory=SITE, html=True)),
        ]
        return Starlette(routes=routes)

    async def config(self, _request: Request) -> Response:
        return JSONResponse({"apiUrl": f"{self.address}/api/guest/classifier"})

    async def metrics(self, request: Request) -> Response:
        self.asked.append(request.url.query)
        if self.answers:
            return await self.prepared(self.answers.pop(0))
        headers = {key.lower(): value for key, value in request.headers.items()}
        args = {**self.parameters, "__ow_headers": headers, "__ow_query": request.url.query}
        result = await run_in_threadpool(self.statistics, args)
        answer = result.get("error", result)
        return JSONResponse(answer["body"], answer["statusCode"], answer["headers"])

    async def prepared(self, answer: Answer) -> Response:
        if answer.release:
            await run_in_threadpool(answer.release.wait, 60)
        return Response(json.dumps(answer.body), answer.status, media_type="application/json")


@contextmanager
def admin_api(documents: list[dict[str, Any]]) -> Iterator[AdminApi]:
    """Everything on free ports."""
    records = Api(documents)
    with ExitStack() as stack:
        host = stack.enter_context(answering(records, KEY))
        place = {"__OW_API_HOST": host, "__OW_API_KEY": KEY, "__OW_ACTION_NAME": "/guest/classifier/statistics"}
        api = AdminApi(records, Statistics(place))
        api.address = stack.enter_context(asgi_server(api.app()))
        yield api


LABELS = (
    "tench",
    "goldfish",
    "timber wolf",
    "espresso",
    "mountain bike",
    "tabby",
    "lighthouse",
    "pizza",
    "acoustic guitar",
)
FAILURES = (
    (1, "not-a-jpeg", 415, "This is a PNG; a JPG was expected. Save it as JPG and send it again."),
    (1, "corrupt-jpeg", 422, "The JPG ends after 12,288 of 90,112 bytes."),
    (1, "invalid-request", 400, "top_k: expected at least 1, but got 0"),
    (1, "internal", 500, "The classifier failed unexpectedly."),
    (2, None, 400, "The action exceeded its time limits of 30000 milliseconds."),
)


def busy_hour(calls: int = 260, seed: int = 7, ago_ms: int = 0) -> list[dict[str, Any]]:
    """An hour as a demonstration has it: mostly good and warm, some cold, some refused, two timed out, some warm-ups.

    It ended ``ago_ms`` ago.
    """
    chance = random.Random(seed)
    now_ms = int(time.time() * 1000) - ago_ms
    found: list[dict[str, Any]] = []
    for number in range(calls):
        start = now_ms - 4000 - int(3_580_000 * (number + chance.random()) / calls)
        found += one_call(number + seed * 1000, start, chance, warm_up=number % 20 == 7)
    return found


def one_call(number: int, start: int, chance: random.Random, warm_up: bool = False) -> Iterator[dict[str, Any]]:
    """The record of one call of the sequence after those of its steps."""
    cold = warm_up or chance.random() < 0.03
    failure = chance.choice(FAILURES) if not warm_up and chance.random() < 0.07 else None
    failing = None if failure is None else ("classify" if failure[1] is None else "decode")
    cause, at, ids = f"{number:08x}{'c' * 24}", start, []
    for place, step in enumerate(STEPS):
        wait, init = (chance.randint(180, 420), chance.randint(60, 190)) if cold else (chance.randint(1, 9), None)
        run = {
            "decode": chance.randint(9, 28),
            "preprocess": chance.randint(4, 9),
            "classify": chance.randint(30, 62),
            "metrics": 1,
        }[step]
        run = 30_000 if step == failing == "classify" else run
        annotations: dict[str, Any] = {"waitTime": wait, **({"initTime": init} if init else {})}
        annotations |= {"kind": "blackbox"} if step == "classify" else {}
        response = answer(failure, None) if step == failing else {"status": "success", "size": 300_000, "result": {}}
        ids.append(f"{number:08x}{place:024x}")
        duration = run + (init or 0)
        record = {"duration": duration, "cause": cause, "activationId": ids[-1], "annotations": annotations}
        logs = [f"{iso(at + wait + run)[:-1]}456789Z {line}" for line in log_lines(step, run)]
        yield document(0, at + wait, f"guest/classifier/{step}", response=response, logs=logs, **record)
        at += wait + duration
        if step == failing:
            break
    prediction = {
        "label": chance.choices(LABELS, weights=range(len(LABELS), 0, -1))[0],
        "probability": round(chance.betavariate(4, 1.3), 3),
    }
    whole = {
        "activationId": cause,
        "end": at,
        "duration": at - start,
        "logs": ids,
        "annotations": {"kind": "sequence", "topmost": True},
    }
    yield document(0, start, "guest/classifier/classify_image", response=answer(failure, prediction, warm_up), **whole)


def log_lines(step: str, ms: int) -> list[str]:
    """What a step logs: as a platform stores it, and for ``metrics`` as a standalone OpenWhisk does."""
    if step == "metrics":
        return [json.dumps({"event": "classified", "label": "tench", "timings_ms": {"metrics": ms}})]
    return [f'stdout: {{"event": "{step}", "ms": {ms}}}', "stderr: a warning"]


def answer(
    failure: tuple[int, str | None, int, str] | None, prediction: dict[str, Any] | None, warm_up: bool = False
) -> dict[str, Any]:
    """The response of a record."""
    if failure is None:
        body = {
            "predictions": [prediction],
            "model": {"weights": "imagenet"},
            "image": {"bytes": 180_000},
            "options": {"warm_up": warm_up},
        }
        return {"status": "success", "success": True, "size": 1400, "result": {"statusCode": 200, "body": body}}
    code, name, status, detail = failure
    told: object = detail if name is None else {"statusCode": status, "body": {"code": name, "detail": detail}}
    text = ("", "application error", "action developer error")[code]
    return {"status": text, "success": False, "size": 300, "result": {"error": told}}
