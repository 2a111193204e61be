"""The statistics of the actions from a Prometheus server that scrapes OpenWhisk's user events.

Counts are ``increase()`` over the window, rounded, because Prometheus extrapolates to the ends of a range; percentiles
are interpolated in the histograms' buckets, and a maximum is not kept at all.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from activations import OUTCOMES, SUCCESS
from calls import CALLER, SERVICE
from cost import DIGITS, MB_PER_GB
from distribution import RANKS, distribution
from problem import Json
from rest import Get
from window import Window, iso

METHOD = "interpolated in histogram buckets"
PREFIX = "openwhisk_action_"
TIMES = {"duration_ms": "duration_seconds", "wait_ms": "waitTime_seconds", "init_ms": "initTime_seconds"}

Values = dict[tuple[str, ...], Any]  # by the values of the labels that were asked for


class Prometheus:
    """Asks through ``get``, a client of ``…/api/v1``, for the actions of a namespace's ``package`` in ``window``.

    ``read`` are the statistics of the newest records: what the metrics do not have comes from there.
    """

    def __init__(self, get: Get, namespace: str, package: str, window: Window, read: Json) -> None:
        self.get = get
        self.window = window
        self.namespace, self.package = namespace, package
        self.selector = f'{{namespace="{namespace}",action=~"{package}/.*"}}'
        self.read = {each["name"]: each for each in read["actions"]}
        self.warm_ups = read["warm_ups"]

    def statistics(self) -> Json:
        """The members of the statistics that are not lists of labels or of single activations."""
        size, starts = self.window.bucket_seconds, self.window.bucket_starts_ms
        return {
            "percentile_method": METHOD,
            "timeline": {"bucket_seconds": size, "bucket_starts": [iso(start) for start in starts]},
            "warm_ups": {**self.warm_ups, "included": True},
            "actions": self.actions(),
        }

    def actions(self) -> list[Json]:
        """The statistics of each action that was activated, sequences first."""
        kinds = {key[0]: key[1] for key in self.increases("activations_total", "action", "kind")}
        statuses = self.increases("status_code", "action", "status_code")
        times = {field: self.distributions(metric, 1000) for field, metric in TIMES.items()}
        sizes = self.distributions("response_size_bytes", 1, ranks={})
        memory = self.instant(f"max by (action) ({PREFIX}memory{self.selector})", "action")
        timelines = self.timelines()
        figures, before = self.figures(), self.figures_before()
        return [
            {
                "name": name,
                "kind": kinds.get(name, "unknown"),
                **figures[name],
                "activations_per_minute": round(figures[name]["activations"] * 60 / self.window.seconds, 3),
                "warm_ups": self.read.get(name, {}).get("warm_ups", 0),
                **{field: values[name] for field, values in times.items()},
                "time_total_ms": time_total(**{field: values[name] for field, values in times.items()}),
                **held(kinds.get(name, "unknown"), memory.get((name,)), times["duration_ms"][name]),
                "error_codes": self.read.get(name, {}).get("error_codes", []),
                "http_statuses": [
                    {"status": int(status), "count": count}
                    for (own, status), count in sorted(statuses.items(), key=lambda item: -item[1])
                    if own == name and count
                ],
                "image_bytes": self.read.get(name, {}).get("image_bytes", distribution(())),
                "response_bytes": sizes[name],
                "timeline": timelines[name],
                "before": before.get(name),
            }
            for name in sorted(figures, key=lambda name: (kinds.get(name) != "sequence", name))
        ]

    def figures(self) -> dict[str, Json]:
        """By action, what can be compared with another window."""
        outcomes = self.increases("status", "action", "status")
        cold = self.increases("coldStarts_total", "action")
        statuses = self.increases("status_code", "action", "status_code")
        durations = self.distributions(TIMES["duration_ms"], 1000)
        active = {name for (name, _), count in outcomes.items() if count}
        by_outcome = {name: {outcome: outcomes.get((name, outcome), 0) for outcome in OUTCOMES} for name in active}
        return {
            name: {
                **counts(by_outcome[name], cold.get((name,), 0)),
                "faults": faults(by_outcome[name], server_errors(name, statuses)),
                "duration_ms": durations[name],
            }
            for name in active
        }

    def figures_before(self) -> dict[str, Json]:
        window = self.window.before
        read = {"actions": [], "warm_ups": self.warm_ups}
        return Prometheus(self.get, self.namespace, self.package, window, read).figures() if window else {}

    def increases(self, metric: str, *labels: str) -> Values:
        """By how much a counter grew in the window: whole numbers."""
        grown = self.instant(f"sum by ({','.join(labels)}) ({self.increase(metric, self.window.seconds)})", *labels)
        return {key: round(value) for key, value in grown.items()}

    def increase(self, metric: str, seconds: float) -> str:
        return f"increase({PREFIX}{metric}{self.selector}[{round(seconds * 1000)}ms])"

    def quantile(self, percent: int, metric: str, seconds: float) -> str:
        grown = self.increase(f"{metric}_bucket", seconds)
        return f"histogram_quantile({percent / 100}, sum by (le, action) ({grown}))"

    def distributions(self, metric: str, scale: int, ranks: Mapping[str, int] = RANKS) -> defaultdict[str, Json]:
        """The distribution of a histogram by action, times ``scale``; percentiles for ``ranks`` only."""
        seconds = self.window.seconds
        sums = self.instant(f"sum by (action) ({self.increase(f'{metric}_sum', seconds)})", "action")
        counts = self.instant(f"sum by (action) ({self.increase(f'{metric}_count', seconds)})", "action")
        quantiles = {rank: self.instant(self.quantile(ranks[rank], metric, seconds), "action") for rank in ranks}
        distributions = defaultdict[str, Json](lambda: distribution(()))
        for (name,), count in counts.items():
            if round(count):
                distributions[name]["n"] = round(count)
                distributions[name]["mean"] = scaled(sums.get((name,), 0) / count, scale)
                distributions[name] |= {rank: scaled(values.get((name,)), scale) for rank, values in quantiles.items()}
        return distributions

    def timelines(self) -> defaultdict[str, Json]:
        """The series of each action, a value for each bucket."""
        size = self.window.bucket_seconds
        places = len(self.window.bucket_starts_ms)
        series: defaultdict[str, Json] = defaultdict(lambda: empty_series(places))
        for (name, outcome), values in self.range(self.increase("status", size), "action", "status").items():
            if outcome in OUTCOMES:
                series[name][outcome] = [round(value or 0) for value in values]
        for (name,), values in self.range(self.increase("coldStarts_total", size), "action").items():
            series[name]["cold"] = [round(value or 0) for value in values]
        for (name,), values in self.range(self.increase("duration_seconds_sum", size), "action").items():
            series[name]["duration_total_ms"] = [scaled(value or 0, 1000) for value in values]
        for rank, percent in RANKS.items():
            for (name,), values in self.range(self.quantile(percent, "duration_seconds", size), "action").items():
                series[name][f"duration_{rank}_ms"] = [scaled(value, 1000) for value in values]
        for own in series.values():
            totals = [sum(each) for each in zip(*(own[outcome] for outcome in OUTCOMES), strict=True)]
            own["warm"] = [max(0, total - cold) for total, cold in zip(totals, own["cold"], strict=True)]
        return series

    def instant(self, query: str, *labels: str) -> Values:
        """The value of ``query`` at the end of the window, for each set of ``labels``."""
        answer = self.get("query", {"query": query, "time": str(self.window.upto_ms / 1000)})
        values = {label_values(each, labels): number(each["value"][1]) for each in answer["data"]["result"]}
        return {key: value for key, value in values.items() if value is not None}

    def range(self, query: str, *labels: str) -> Values:
        """The values of ``query`` at the end of each bucket, summed by ``labels``."""
        starts, size = self.window.bucket_starts_ms, self.window.bucket_seconds
        ends = {"start": str(starts[0] / 1000 + size), "end": str(starts[-1] / 1000 + size), "step": str(size)}
        answer = self.get("query_range", {"query": f"sum by ({','.join(labels)}) ({query})"} | ends)
        series = {}
        for each in answer["data"]["result"]:
            at = {round(moment): number(value) for moment, value in each["values"]}
            series[label_values(each, labels)] = [at.get(round(start / 1000) + size) for start in starts]
        return series


def counts(outcomes: dict[str, int], cold: int) -> Json:
    total = sum(outcomes.values())
    return {
        "activations": total,
        "outcomes": outcomes,
        "success_ratio": round(outcomes[SUCCESS] / total, 4),
        "cold_starts": {"count": min(cold, total), "n": total, "ratio": round(min(cold, total) / total, 4)},
    }


def server_errors(name: str, statuses: Values) -> int:
    """How many answers of the action had a status of 500 or more."""
    return sum(count for (own, status), count in statuses.items() if own == name and int(status) >= 500)


def faults(outcomes: dict[str, int], answered_500: int) -> dict[str, int]:
    """As ``Calls.fault`` judges single activations."""
    _, application, developer, platform = (outcomes[outcome] for outcome in OUTCOMES)
    own = min(application, answered_500)
    return {CALLER: application - own, SERVICE: own + developer + platform}


def held(kind: str, memory_mb: float | None, duration_ms: Json) -> Json:
    """The memory limit, and the gigabyte-seconds; a sequence has no container."""
    if kind == "sequence" or memory_mb is None:
        return {"memory_mb": None, "gb_seconds": None}
    seconds = duration_ms["n"] * (duration_ms["mean"] or 0) / 1000
    return {"memory_mb": round(memory_mb), "gb_seconds": round(seconds * memory_mb / MB_PER_GB, DIGITS)}


def label_values(series: Json, labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(series["metric"].get(label, "") for label in labels)


def number(text: str) -> float | None:
    """Prometheus writes NaN where there is no value, which JSON cannot carry."""
    value = float(text)
    return value if math.isfinite(value) else None


def scaled(value: float | None, scale: int) -> float | None:
    return None if value is None else round(value * scale, 2)


def empty_series(places: int) -> Json:
    return {
        **{count: [0] * places for count in (*OUTCOMES, "cold", "warm", "duration_total_ms")},
        **{f"duration_{rank}_ms": [None] * places for rank in RANKS},
    }


def time_total(duration_ms: Json, wait_ms: Json, init_ms: Json) -> dict[str, int]:
    wait, init, duration = (round(each["n"] * (each["mean"] or 0)) for each in (wait_ms, init_ms, duration_ms))
    return {"wait": wait, "init": init, "run": max(0, duration - init)}
