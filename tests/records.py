"""Activation records for tests, and OpenWhisk's list of them in memory."""

import json
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from localwhisk.store import Store
from rest import NotFound
from tests.serving import Handler, http_server

STATUSES = ("success", "application error", "action developer error", "whisk internal error")
RECORDED = Path(__file__).with_name("data") / "activations"


def recorded(name: str) -> list[dict[str, Any]]:
    """The documents of ``tests/data/activations/<name>.json``, newest first."""
    documents: list[dict[str, Any]] = json.loads((RECORDED / f"{name}.json").read_text())
    return documents


def moved(documents: list[dict[str, Any]], newest_ms: int) -> list[dict[str, Any]]:
    """``documents`` at another time, the newest at ``newest_ms``."""
    by = newest_ms - max(each["start"] for each in documents)
    return [
        {key: value + by if key in ("start", "end") else value for key, value in each.items()} for each in documents
    ]


def document(number: int, start_ms: int, path: str = "guest/classifier/decode", **fields: Any) -> dict[str, Any]:
    """A record with a result: a plain, warm, successful activation of ``path``, changed by ``fields``.

    ``annotations`` are added to those that every activation has.
    """
    usual = {"path": path, "kind": "python:3.11", "waitTime": 1, "limits": {"memory": 128}}
    annotations = {**usual, **fields.pop("annotations", {})}
    duration = fields.get("duration", 10)
    return {
        "namespace": path.partition("/")[0],
        "name": path.rpartition("/")[2],
        "activationId": f"{number:032x}",
        "start": start_ms,
        "end": start_ms + duration,
        "duration": duration,
        "response": {"status": "success", "success": True, "size": 2, "result": {}},
        "logs": [],
        "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
        **fields,
    }


def row(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row of ``record`` in a list without documents."""
    kept = {key: value for key, value in record.items() if key not in ("response", "logs", "subject")}
    if "end" not in record:
        return kept
    is_sequence = {"key": "kind", "value": "sequence"} in record["annotations"]
    duration = record["end"] - record["start"] if is_sequence else record["duration"]
    return {**kept, "duration": duration, "statusCode": STATUSES.index(record["response"]["status"])}


def ten_thousand(now_ms: int, body: object) -> Iterator[dict[str, Any]]:
    """2,000 calls of a sequence with four steps, each answered with ``body``; the newest a second ago."""
    reply = {"statusCode": 200, "body": body}
    for call in range(2000):
        start, cause = now_ms - 1000 - call * 300, f"{call:08x}{'c' * 24}"
        kind = {"kind": "sequence", "topmost": True}
        answer = {"status": "success", "success": True, "size": 900, "result": reply}
        yield document(
            0, start, "guest/classifier/classify_image", annotations=kind, response=answer, activationId=cause
        )
        for place in range(4):
            activation_id = f"{call:08x}{place:024x}"
            yield document(0, start + place, f"guest/classifier/step_{place}", cause=cause, activationId=activation_id)


def store_ten_thousand(data: Path) -> None:
    """Put them where a localwhisk with its data in ``data`` finds its own records; the newest is a second old."""
    data.mkdir()
    store = Store(data / "localwhisk.sqlite3")
    reply = recorded("mixed")[-1]["response"]["result"]["body"]
    for each in ten_thousand(int(time.time() * 1000), reply):
        path = next(str(a["value"]) for a in each["annotations"] if a["key"] == "path").partition("/")[2]
        store.add_activation(path, row(each), each)
    store.close()


class Api:
    """``GET namespaces/_/activations`` and ``…/activations/<id>`` over documents in memory; counts what it is asked."""

    def __init__(self, documents: Iterable[dict[str, Any]]) -> None:
        self.documents = sorted(documents, key=lambda each: -each["start"])
        self.asked: list[tuple[str, Mapping[str, str | int]]] = []
        self.lost = 0  # as localwhisk tells in a count

    def get(self, path: str, query: Mapping[str, str | int]) -> Any:
        self.asked.append((path, query))
        if path != "activations":
            return self.one(path.removeprefix("activations/"))
        found = [each for each in self.documents if int(query["since"]) <= each["start"] <= int(query["upto"])]
        if "name" in query:
            found = [
                each
                for each in found
                if any(str(a["value"]).endswith(f"/{query['name']}") for a in each["annotations"])
            ]
        if query.get("count") == "true":
            return {"activations": len(found), **({"lost": self.lost} if self.lost else {})}
        page = found[int(query["skip"]) :][: int(query["limit"])]
        return page if query.get("docs") == "true" else [row(each) for each in page]

    def one(self, activation_id: str) -> dict[str, Any]:
        for each in self.documents:
            if each["activationId"] == activation_id:
                return each
        raise NotFound(activation_id)


@contextmanager
def answering(api: Api, key: str) -> Iterator[str]:
    """``api`` over HTTP on a free port, for who has ``key``; gives the address."""
    expected = f"Basic {b64encode(key.encode()).decode()}"

    class Platform(Handler):
        protocol_version = "HTTP/1.1"

        def get(self) -> None:
            if self.headers.get("Authorization") != expected:
                return self.reply(401, {"error": f"refused {self.headers.get('Authorization')}", "code": "1"})
            path, _, query = self.path.partition("?")
            try:
                answer = api.get(path.removeprefix("/api/v1/namespaces/_/"), dict(parse_qsl(query)))
            except NotFound:
                return self.reply(404, {"error": "The requested resource does not exist.", "code": "1"})
            return self.reply(200, answer)

        def reply(self, status: int, content: object) -> None:
            self.answer(status, "application/json", json.dumps(content).encode())

    with http_server(Platform) as address:
        yield address
