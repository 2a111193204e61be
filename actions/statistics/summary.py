"""The statistics of a list of activations: pure arithmetic, no platform and no clock."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from activations import OUTCOMES, SUCCESS, Activation
from distribution import METHOD, RANKS, distribution, percentile, tenths
from problem import Json
from window import Window, iso

MOST_LABELS, MOST_RECENT, MOST_SLOWEST = 20, 50, 10


def summarize(activations: Sequence[Activation], window: Window, without: str = "") -> Json:
    """The statistics of ``activations``, those of one package in one window.

    ``without`` names the action whose calls are not listed as recent or slowest: the one that reads the statistics.
    """
    steps = components(activations)
    codes = {each.id: each.reply.error_code for each in activations if each.reply and each.reply.error_code}
    calls = [each for each in activations if not each.cause and each.name != without]
    newest = sorted(calls, key=lambda each: (-each.start_ms, each.id))[:MOST_RECENT]
    slowest = sorted(calls, key=lambda each: (-each.duration_ms, -each.start_ms, each.id))[:MOST_SLOWEST]
    return {
        "percentile_method": METHOD,
        "timeline": {
            "bucket_seconds": window.bucket_seconds,
            "bucket_starts": [iso(start) for start in window.bucket_starts_ms],
        },
        "actions": [action(name, own, steps, codes, window) for name, own in by_action(activations, steps)],
        **labels(activations),
        "recent": [call(each, steps, codes) for each in newest],
        "slowest": [call(each, steps, codes) for each in slowest],
    }


def components(activations: Iterable[Activation]) -> dict[str, list[Activation]]:
    """The steps of each sequence activation, by its id, in the order they ran."""
    steps: dict[str, list[Activation]] = defaultdict(list)
    for each in sorted(activations, key=lambda each: (each.start_ms, each.id)):
        if each.cause:
            steps[each.cause].append(each)
    return steps


def by_action(
    activations: Iterable[Activation], steps: dict[str, list[Activation]]
) -> list[tuple[str, list[Activation]]]:
    """The activations of each action: sequences first, then their steps in the order they run, then the others."""
    place = {each.name: index for run in steps.values() for index, each in enumerate(run)}

    def order(each: Activation) -> tuple[bool, int, str]:
        return not each.is_sequence, place.get(each.name, len(place)), each.name

    ordered = sorted(activations, key=order)
    return [(name, list(own)) for name, own in groupby(ordered, key=lambda each: each.name)]


def action(
    name: str, own: list[Activation], steps: dict[str, list[Activation]], codes: dict[str, str], window: Window
) -> Json:
    """The statistics of one action or sequence."""
    outcomes = Counter(each.outcome for each in own)
    cold = sum(is_cold(each, steps) for each in own)
    replies = [each.reply for each in own if each.reply]
    errors = Counter(code for each in own if (code := error_code(each, codes)))
    statuses = Counter(reply.http_status for reply in replies if reply.http_status)
    return {
        "name": name,
        "kind": own[-1].kind,
        "activations": len(own),
        "warm_ups": sum(reply.warm_up for reply in replies),
        "outcomes": {outcome: outcomes[outcome] for outcome in OUTCOMES},
        "success_ratio": round(outcomes[SUCCESS] / len(own), 4),
        "activations_per_minute": round(len(own) * 60 / window.seconds, 3),
        "cold_starts": {"count": cold, "n": len(own), "ratio": round(cold / len(own), 4)},
        "duration_ms": distribution(each.duration_ms for each in own),
        "wait_ms": distribution(each.wait_ms for each in own if each.wait_ms is not None),
        "init_ms": distribution(each.init_ms for each in own if each.init_ms is not None),
        "time_total_ms": {
            "wait": sum(each.wait_ms or 0 for each in own),
            "init": sum(each.init_ms or 0 for each in own),
            "run": sum(each.run_ms for each in own),
        },
        "error_codes": ranked(errors, "code"),
        "http_statuses": ranked(statuses, "status"),
        "image_bytes": distribution(reply.image_bytes for reply in replies if reply.image_bytes is not None),
        "response_bytes": distribution(reply.characters for reply in replies if reply.characters is not None),
        "timeline": timeline(own, steps, window),
    }


def timeline(own: list[Activation], steps: dict[str, list[Activation]], window: Window) -> Json:
    """One list for each series, with one value for each bucket; a percentile of nothing is null."""
    starts = window.bucket_starts_ms
    buckets: list[list[Activation]] = [[] for _ in starts]
    for each in own:
        place = (each.start_ms - starts.start) // starts.step
        buckets[min(max(place, 0), len(buckets) - 1)].append(each)
    durations = [sorted(each.duration_ms for each in bucket) for bucket in buckets]
    cold = [sum(is_cold(each, steps) for each in bucket) for bucket in buckets]
    return {
        **{outcome: [sum(each.outcome == outcome for each in bucket) for bucket in buckets] for outcome in OUTCOMES},
        "cold": cold,
        "warm": [len(bucket) - count for bucket, count in zip(buckets, cold, strict=True)],
        **{
            f"duration_{rank}_ms": [percentile(ordered, percent) if ordered else None for ordered in durations]
            for rank, percent in RANKS.items()
        },
    }


def is_cold(each: Activation, steps: dict[str, list[Activation]]) -> bool:
    """A sequence starts no container itself: it counts as cold if one of its steps was."""
    return each.cold or any(step.cold for step in steps.get(each.id, ()))


def error_code(each: Activation, codes: dict[str, str]) -> str | None:
    """Why ``each`` failed. A step has the code of its sequence, which answers with the failure of its step."""
    if each.outcome == SUCCESS:
        return None
    unread = "time-out" if each.timed_out else each.outcome.replace("_", "-")
    return codes.get(each.id) or codes.get(each.cause or "") or unread


def ranked(counts: Counter[str] | Counter[int], key: str) -> list[Json]:
    """The most frequent first, equally frequent ones by name."""
    return [{key: value, "count": count} for value, count in sorted(counts.items(), key=lambda item: (-item[1], item))]


def labels(activations: Iterable[Activation]) -> Json:
    """What the sequences answered: the first labels, their probabilities, and the weights of the model."""
    replies = [each.reply for each in activations if each.reply and each.reply.label and each.is_sequence]
    sure = [reply.probability for reply in replies if reply.probability is not None]
    edges = [round(tenth / 10, 1) for tenth in range(11)]
    bins = zip(edges, edges[1:], tenths(sure), strict=False)
    return {
        "labels": ranked(Counter(reply.label for reply in replies if reply.label), "label")[:MOST_LABELS],
        "confidence": {
            "n": len(sure),
            "bins": [{"from": low, "to": high, "count": count} for low, high, count in bins],
        },
        "weights": ranked(Counter(reply.weights for reply in replies if reply.weights), "weights"),
    }


def call(each: Activation, steps: dict[str, list[Activation]], codes: dict[str, str]) -> Json:
    """One activation with its components."""
    reply = each.reply
    return {
        **span(each, each, codes),
        "cold": is_cold(each, steps),
        "http_status": reply.http_status if reply else None,
        "error_detail": reply.error_detail if reply else None,
        "label": reply.label if reply else None,
        "probability": reply.probability if reply else None,
        "warm_up": bool(reply and reply.warm_up),
        "components": [span(step, each, codes) for step in steps.get(each.id, ())],
    }


def span(each: Activation, root: Activation, codes: dict[str, str]) -> Json:
    """One activation on the time axis: it waits before its start, and initializes after it."""
    return {
        "activation_id": each.id,
        "name": each.name,
        "start": iso(each.start_ms),
        "offset_ms": each.start_ms - root.start_ms,
        "duration_ms": each.duration_ms,
        "wait_ms": each.wait_ms,
        "init_ms": each.init_ms,
        "run_ms": each.run_ms,
        "cold": each.cold,
        "outcome": each.outcome,
        "error_code": error_code(each, codes),
    }
