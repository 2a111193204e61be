"""localwhisk answers as a real OpenWhisk did: the recordings, asked again in their order, compared row by row.

Each row ends as one of four: refused (localwhisk says that it has not the feature), equal, documented (it differs as
the README of localwhisk says: rules.py), or different. The last number must be 0; the report has a line for each.
"""

import base64
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.conformance.localwhisk import AUTH, localwhisk
from tests.conftest import data_folder
from tests.recordings import normal, preparations, rows, rules, wire
from tests.recordings.rows import Answer, Row
from tests.serving import GUEST_UUID

LIMITS = ("--limit-per-minute", "6000", "--limit-concurrent", "200")  # of the platform that was recorded
README = Path(__file__).resolve().parents[2] / "localwhisk" / "README.md"


class Outcome(NamedTuple):
    row: Row
    kind: str
    differences: list[str]
    rules: list[str]  # that the answer is documented by


class Replay:
    """The recordings asked of the host at ``url``, and what earlier answers say for later requests."""

    def __init__(self, url: str) -> None:
        self.host, self.port = str(urlsplit(url).hostname), int(urlsplit(url).port or 0)
        credentials = base64.b64encode(AUTH.encode()).decode()
        self.values = {"<guest>": credentials, "<space>": GUEST_UUID, "<host>": f"{self.host}:{self.port}"}
        self.values["<part of guest>"] = base64.b64encode(AUTH.rpartition("O")[0].encode()).decode()
        self.names = {credentials: "<guest>", AUTH: "<guest>", GUEST_UUID: "<space>"}
        self.names |= {f"{self.host}:{self.port}": "<host>", self.host: "<host>"}
        self.activation_id = ""

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        target = rows.filled(path, self.values).removeprefix("gw:").replace("<id>", self.activation_id)
        sent = {name: rows.filled(value, self.values) for name, value in headers.items()}
        received = wire.exchange(self.host, self.port, method, target, sent, body)
        found = {name.lower(): value for name, value in received.headers}.get("x-openwhisk-activation-id")
        self.activation_id = found or self.activation_id
        return normal.answered(received, self.names)

    def prepare(self, request: preparations.Request) -> Answer:
        path = request.path if request.path.startswith("/") else f"/api/v1/namespaces/_/{request.path}"
        headers = {"Authorization": "Basic <guest>", "Content-Type": "application/json"}
        body = None if request.body is None else rows.filled(rows.compact(request.body), self.values).encode()
        return self.ask(request.method, path, headers, body)

    def learn_values(self) -> None:
        """What the records of diffseq/l, newest first, say for the rows that list them."""
        path = "/api/v1/namespaces/_/activations?name=diffseq/l&docs=true"
        headers = {"Authorization": f"Basic {self.values['<guest>']}"}
        newest, *_, oldest = json.loads(wire.exchange(self.host, self.port, "GET", path, headers, None).body)
        self.values |= {"{l0}": oldest["activationId"], "{start}": str(newest["start"])}
        self.values |= {"{before}": str(newest["start"] - 1), "{after}": str(newest["start"] + 1)}

    def outcome(self, row: Row, previous: Row) -> Outcome:
        for request in preparations.before(row, previous):
            self.prepare(request)
        if row.file == "activations" and row.number == 1:
            self.learn_values()
        if row.method == "PUT" and row.answer.status == 200 and "overwrite" not in row.path:
            self.prepare(preparations.Request("DELETE", f"{row.path}?force=true"))
        sent = rows.sent(row)
        seen = self.ask(row.method, rows.target(row), rows.whole(row.headers), sent)
        for _ in range(50):  # records are stored after the answer
            if not (row.answer.status == 200 and seen.status == 404 and "/activations/" in row.path):
                break
            time.sleep(0.1)
            seen = self.ask(row.method, rows.target(row), rows.whole(row.headers), sent)
        return compared(row, seen)


def compared(row: Row, seen: Answer) -> Outcome:
    if rules.refused(seen):
        return Outcome(row, "refused", [], [])
    if not normal.differences(normal.normal(row.answer, {}), seen):
        return Outcome(row, "equal", [], [])
    expected, used = rules.documented(row, seen)
    found = normal.differences(normal.normal(expected, {}), seen)
    return Outcome(row, "different" if found else "documented", found, used)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Outcome]]:
    folder = data_folder("openwhisk-recordings")
    with localwhisk(tmp_path_factory.mktemp("localwhisk"), *LIMITS) as url:
        replay = Replay(url)
        read = [row for file in rows.FILES for row in rows.read(folder / f"{file}.jsonl")]
        yield [replay.outcome(row, before) for before, row in zip([read[0], *read], read, strict=False)]


def test_localwhisk_answers_as_a_real_openwhisk_did(outcomes: list[Outcome]) -> None:
    count = Counter(outcome.kind for outcome in outcomes)
    print(", ".join(f"{count[kind]} {kind}" for kind in ("refused", "equal", "documented", "different")))
    for rule, number in Counter(rule for outcome in outcomes for rule in outcome.rules).items():
        print(f"{number:4} {rule}")
    wrong = [
        f"{outcome.row} {'; '.join(outcome.differences)[:400]}" for outcome in outcomes if outcome.kind == "different"
    ]

    assert not wrong, "\n".join(["", *wrong])


def test_every_documented_difference_is_in_the_readme() -> None:
    text = README.read_text()

    assert [rule.documented for rule in rules.RULES if rule.documented not in text] == []
