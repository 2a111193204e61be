"""Activations in the Prometheus text format, under the names and labels of OpenWhisk's user events.

The names are those of PrometheusRecorder.scala, so that its dashboards and rules work on both; times are in seconds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics import Histogram
from prometheus_client.metrics_core import Metric, UnknownMetricFamily
from prometheus_client.registry import Collector

from activations import OUTCOMES, Activation

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
LABELS = ("namespace", "initiator", "action")
SECONDS_BUCKETS = Histogram.DEFAULT_BUCKETS  # also those of the Java client that OpenWhisk uses
BYTES_BUCKETS = (*(step * 1024.0 * 1024.0 for step in range(10)), float("inf"))
DECLARED = OUTCOMES[:2]  # in these outcomes the result is the action's own, and can have an HTTP status

Key = tuple[str, ...]


def exposition(activations: list[Activation], complete: bool) -> str:
    """The text; ``complete`` tells a scraper whether every record of the time was read."""
    registry = CollectorRegistry()
    registry.register(ActivationCollector(activations, complete))
    return generate_latest(registry).decode()


class ActivationCollector(Collector):
    """The metric families of a list of activations."""

    def __init__(self, activations: list[Activation], complete: bool) -> None:
        self.activations = activations
        self.complete = complete

    def collect(self) -> Iterator[Metric]:
        yield counted(
            CounterMetricFamily("openwhisk_action_activations", "Activations", labels=[*LABELS, "kind", "memory"]),
            ((*key(each), each.kind, str(each.memory_mb or "")) for each in self.activations),
        )
        yield counted(
            CounterMetricFamily("openwhisk_action_coldStarts", "Cold starts", labels=LABELS),
            (key(each) for each in self.activations if each.cold),
        )
        yield from self.histograms()
        # The client library gives every counter the suffix _total. OpenWhisk's two lack it, so these are untyped.
        yield counted(
            UnknownMetricFamily("openwhisk_action_status", "Activations by outcome", labels=[*LABELS, "status"]),
            ((*key(each), each.outcome) for each in self.activations),
        )
        yield counted(
            UnknownMetricFamily("openwhisk_action_status_code", "Replies by status", labels=[*LABELS, "status_code"]),
            ((*key(each), status) for each in self.activations if (status := declared_status(each))),
        )
        memory = GaugeMetricFamily("openwhisk_action_memory", "Memory limit, in megabytes", labels=LABELS)
        for labels, megabytes in {key(each): each.memory_mb for each in self.activations if each.memory_mb}.items():
            memory.add_metric(labels, megabytes)
        yield memory
        yield GaugeMetricFamily(
            "classifier_statistics_complete", "1 if every record of the time was read", value=int(self.complete)
        )

    def histograms(self) -> Iterator[Metric]:
        yield self.seconds("waitTime", "Time before the container began", lambda each: each.wait_ms)
        yield self.seconds("initTime", "Initialization time of cold starts", lambda each: each.init_ms)
        yield self.seconds("duration", "Duration, initialization included", lambda each: each.duration_ms)
        replies = ((key(each), each.reply) for each in self.activations)
        sizes = [(labels, reply.characters) for labels, reply in replies if reply and reply.characters is not None]
        family = HistogramMetricFamily("openwhisk_action_response_size_bytes", "Size of the response", labels=LABELS)
        yield observed(family, BYTES_BUCKETS, sizes)

    def seconds(self, name: str, help_text: str, measure: Callable[[Activation], int | None]) -> Metric:
        measured = ((key(each), measure(each)) for each in self.activations)
        family = HistogramMetricFamily(f"openwhisk_action_{name}_seconds", help_text, labels=LABELS)
        return observed(family, SECONDS_BUCKETS, [(labels, ms / 1000) for labels, ms in measured if ms is not None])


def key(each: Activation) -> Key:
    """The values of LABELS."""
    return each.namespace, each.initiator, each.name


def declared_status(each: Activation) -> str | None:
    """The HTTP status in the result of an action that came to give one."""
    status = each.reply.http_status if each.reply and each.outcome in DECLARED else None
    return str(status) if status else None


def bound_label(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(bound)


def counted(family: CounterMetricFamily | UnknownMetricFamily, labels: Iterable[Key]) -> Metric:
    """``family`` with one sample for each different set of labels: how often it occurs."""
    for values, count in sorted(Counter(labels).items()):
        family.add_metric(values, count)
    return family


def observed(
    family: HistogramMetricFamily, bounds: tuple[float, ...], values: Sequence[tuple[Key, float]]
) -> HistogramMetricFamily:
    """``family`` with the cumulative histogram of the values of each set of labels."""
    for labels in sorted({labels for labels, _ in values}):
        own = [value for those, value in values if those == labels]
        buckets = [(bound_label(bound), sum(value <= bound for value in own)) for bound in bounds]
        family.add_metric(labels, buckets, sum(own))
    return family
