"""The answers of the action ``statistics``.

It is a raw web action: the query arrives as one string, and nothing that a caller sends can stand in for a parameter.
Parameters: ``admin_token``; optionally ``prometheus_url`` (a server that scrapes OpenWhisk's user events) and
``insecure`` (accept any TLS certificate of the API host, like ``wsk -i``).
"""

import re
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import access
from activation_trace import trace
from activations import Activation
from cost import cost
from problem import InvalidRequest, Json, StatisticsUnavailable, answer
from reader import MOST_RECORDS, MOST_SECONDS, PAGE, Reader, Reading
from rest import Get, client
from step import answered
from summary import summarize
from verdict import verdict
from window import Window, iso, parse

KNOWN = ("window", "since", "upto", "warm_ups", "format", "activation")
BOOLEANS = ("true", "false")
FORMATS = ("json", "prometheus")
DAY_MS = 86_400_000


@dataclass
class Statistics:
    """``main`` of the action and what it depends on; ``clock`` counts seconds since the epoch."""

    environment: Mapping[str, str]
    clock: Callable[[], float] = time.time
    most_records: int = MOST_RECORDS

    def __call__(self, args: Json) -> Json:
        """An HTTP answer, whatever happens."""
        return answered("statistics", self.allowed, args)

    def allowed(self, args: Json) -> Json:
        """The answer to a request, if it has the token."""
        access.check(args)
        query = query_of(args)
        with self.openwhisk(is_insecure(args)) as get:
            return self.answer(get, args, query)

    def answer(self, get: Get, args: Json, query: dict[str, str]) -> Json:
        if "activation" in query:
            return answer(trace(get, self.package, activation_id(query["activation"])))
        if query.get("format") == "prometheus":
            return self.exposition(get, query)
        window = parse(query, self.now_ms())
        with_warm_ups = query.get("warm_ups") == "true"
        if args.get("prometheus_url"):
            numbers = self.from_prometheus(get, window, args)
        else:
            numbers = self.summary(get, window, with_warm_ups)
        return answer(
            {
                "generated_at": iso(self.now_ms()),
                "package": self.package,
                "window": described(window),
                "verdict": verdict(numbers["actions"], numbers["coverage"], self.name),
                "cost": cost(numbers["actions"], numbers["warm_ups"], self.name),
                **numbers,
            }
        )

    def summary(self, get: Get, window: Window, with_warm_ups: bool) -> Json:
        """From the records of the window, compared with those of the window before."""
        started = self.clock()
        reading = self.reader(get).read(window)
        before = self.before(get, reading, MOST_SECONDS - (self.clock() - started))
        numbers = summarize(reading.activations, reading.window, self.name, with_warm_ups, before)
        return {"source": "activations", "coverage": reading.coverage, **numbers}

    def before(self, get: Get, reading: Reading, seconds: float) -> list[Activation] | None:
        """The activations of the window before, if both windows can be read completely in what is left of the time."""
        window = reading.window.before
        if window is None or reading.coverage["cut_by"]:
            return None
        reader = self.reader(get, seconds=seconds)
        in_window, _ = reader.count(window)
        if in_window is None or in_window > self.most_records:
            return None
        earlier = reader.read(window)
        return earlier.activations if earlier.coverage["complete"] else None

    def reader(self, get: Get, most_records: int | None = None, seconds: float = MOST_SECONDS) -> Reader:
        return Reader(get, self.package, self.clock, most_records or self.most_records, seconds)

    def from_prometheus(self, get: Get, window: Window, args: Json) -> Json:
        """Counts and times from Prometheus; what only records know, from the newest page of them."""
        from promql import Prometheus

        reading = self.reader(get, PAGE).read(window)
        read = summarize(reading.activations, reading.window, self.name, with_warm_ups=True)
        with client(f"{args['prometheus_url'].rstrip('/')}/api/v1", {}, is_insecure(args)) as prometheus:
            numbers = Prometheus(prometheus, self.namespace, self.package, window, read).statistics()
        return {**read, "source": "prometheus", "coverage": reading.coverage, **numbers}

    def exposition(self, get: Get, query: dict[str, str]) -> Json:
        """Counters must not fall, so they count since midnight (UTC) unless a window is asked for."""
        from exposition import CONTENT_TYPE, exposition

        midnight = {"since": str(self.now_ms() // DAY_MS * DAY_MS)}
        window = parse(query if {"window", "since"} & query.keys() else midnight, self.now_ms())
        reading = self.reader(get).read(window)
        text = exposition(reading.activations, reading.coverage["complete"])
        return answer(text, CONTENT_TYPE)

    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    @property
    def path(self) -> str:
        """``namespace/package/action``"""
        return self.environment.get("__OW_ACTION_NAME", "").strip("/")

    @property
    def namespace(self) -> str:
        return self.path.partition("/")[0]

    @property
    def name(self) -> str:
        """``package/action``"""
        return self.path.partition("/")[2]

    @property
    def package(self) -> str:
        return self.name.rpartition("/")[0]

    def openwhisk(self, insecure: bool) -> AbstractContextManager[Get]:
        """A client of the API of this action's own namespace, with this action's own key."""
        host, key = self.environment.get("__OW_API_HOST"), self.environment.get("__OW_API_KEY")
        if not host or not key:
            missing = "the API host" if key else "an API key: the annotation provide-api-key must be true"
            raise StatisticsUnavailable(f"The platform did not give this action {missing}.")
        headers = {"Authorization": f"Basic {b64encode(key.encode()).decode()}", "Accept": "application/json"}
        return client(f"{host}/api/v1/namespaces/_", headers, insecure)


def query_of(args: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the query string; one that is not known is refused."""
    query = dict(parse_qsl(str(args["__ow_query"]), keep_blank_values=True))
    if unknown := sorted(query.keys() - KNOWN):
        raise InvalidRequest(f"unknown field {unknown[0][:40]!r}; the known fields are {', '.join(KNOWN)}")
    if query.get("format", FORMATS[0]) not in FORMATS:
        raise InvalidRequest(f"format: expected one of {', '.join(FORMATS)}, but got {query['format'][:40]!r}")
    if query.get("warm_ups", BOOLEANS[0]) not in BOOLEANS:
        raise InvalidRequest(f"warm_ups: expected one of {', '.join(BOOLEANS)}, but got {query['warm_ups'][:40]!r}")
    return query


def is_insecure(args: Mapping[str, Any]) -> bool:
    """The parameter is a string where the manifest took it from an environment variable."""
    return str(args.get("insecure", "")).lower() == "true"


def activation_id(text: str) -> str:
    """``text`` if it can be one. It becomes part of a path, so nothing else may pass."""
    if not re.fullmatch("[0-9a-f]{32}", text):
        raise InvalidRequest(f"activation: expected 32 hexadecimal digits, but got {text[:40]!r}")
    return text


def described(window: Window) -> Json:
    since, upto = iso(window.since_ms), iso(window.upto_ms)
    return {"name": window.name, "since": since, "upto": upto, "seconds": window.seconds}
