"""A real HTTP server with the site and an API whose answers a test chooses: for what a healthy host never shows."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

SITE = Path(__file__).resolve().parents[2] / "site"
ACTIVATION_ID = "0123456789abcdef0123456789abcdef"


@dataclass
class Answer:
    """What the API says next. It waits for ``release``, so that a test can look at the page meanwhile."""

    status: int = 200
    body: Any = None
    release: threading.Event | None = None


@dataclass
class FakeApi:
    """``answers`` are used up one by one, then every picture is a timber wolf. ``requests`` holds what arrived: the
    options of the query string, and ``image``, the bytes of the body.

    Waking the functions up takes until ``awake`` is set, which it is unless a test clears it; ``were_awake`` tells for
    each request whether they were when it arrived.
    """

    address: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    were_awake: list[bool] = field(default_factory=list)
    warm_ups: int = 0
    awake: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.awake.set()

    def app(self) -> Starlette:
        routes = [
            Route("/config.json", self.config),
            Route("/api/guest/classifier/classify", self.classify, methods=["POST"]),
            Mount("/", StaticFiles(directory=SITE, html=True)),
        ]
        return Starlette(routes=routes, middleware=[Middleware(GZipMiddleware)])

    async def config(self, _request: Request) -> Response:
        return JSONResponse({"apiUrl": f"{self.address}/api/guest/classifier"})

    async def classify(self, request: Request) -> Response:
        options = {
            name: json.loads(value) if value.isdigit() else value for name, value in request.query_params.items()
        }
        if "warm_up" in options:
            self.warm_ups += 1
            await run_in_threadpool(self.awake.wait, 60)
            return JSONResponse(reply())
        self.requests.append({**options, "image": await request.body()})
        self.were_awake.append(self.awake.is_set())
        answer = self.answers.pop(0) if self.answers else Answer()
        if answer.release:
            await run_in_threadpool(answer.release.wait, 60)
        content = json.dumps(reply() if answer.body is None and answer.status == 200 else answer.body)
        return Response(content, answer.status, {"x-openwhisk-activation-id": ACTIVATION_ID}, "application/json")


def reply(**changes: Any) -> dict[str, Any]:
    """A reply as actions/metrics/schemas/reply.schema.json has it."""
    labels = [
        ("n02114367", "timber wolf", 0.912),
        ("n02109961", "Eskimo dog", 0.041),
        ("n02110185", "Siberian husky", 0.022),
    ]
    predictions = [
        {"rank": rank, "class_index": 268 + rank, "wnid": wnid, "label": label, "probability": probability}
        for rank, (wnid, label, probability) in enumerate(labels, 1)
    ]
    explanations = [
        {"class_index": one["class_index"], "grid": spot(row)} for row, one in enumerate(predictions, start=2)
    ]
    return {
        "predictions": predictions,
        "other_probability": 0.025,
        "model": {
            "name": "NASNetMobile",
            "version": "1.0.0",
            "weights": "imagenet",
            "sha256": "ab" * 32,
            "runtime": "LiteRT 2.3",
        },
        "explanations": explanations,
        "image": {
            "width": 640,
            "height": 480,
            "bytes": 50_000,
            "sha256": "cd" * 32,
            "orientation": 1,
            "coding": "baseline",
        },
        "view": {"left": 0.0625, "top": 0.0625, "width": 0.875, "height": 0.875},
        "options": {"top_k": 5, "fit": "crop", "explain": True, "format": "json"},
        "steps": ["decode", "preprocess", "classify", "metrics"],
        "timings_ms": {"classify": 33.9, "decode": 4.1, "metrics": 0.4, "preprocess": 2.3},  # sorted, as by OpenWhisk
        "cold": [],
    } | changes


def spot(row: int) -> list[list[float]]:
    """A class activation map, brightest in the middle of ``row``."""
    return [[max(0.0, 1 - ((down - row) ** 2 + (across - 3) ** 2) / 12) for across in range(7)] for down in range(7)]


def problem(code: str, status: int, title: str, detail: str) -> Answer:
    """An error as actions/shared/schemas/problem.schema.json has it."""
    urn = f"urn:classifier:problem:{code}"
    return Answer(status, {"type": urn, "title": title, "status": status, "detail": detail, "code": code})


@contextmanager
def asgi_server(app: Any) -> Iterator[str]:
    """Serve an ASGI app on a free port of 127.0.0.1 and give its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
