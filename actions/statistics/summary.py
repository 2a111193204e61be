"""The statistics of a list of activations: pure arithmetic, no platform and no clock."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from activations import OUTCOMES, SUCCESS, Activation
from calls import CALLER, SERVICE, Calls, listing
from cost import gb_seconds
from distribution import METHOD, RANKS, distribution, percentile, tenths
from problem import Json
from window import Window, iso

MOST_LABELS = 20


def summarize(
    activations: Sequence[Activation],
    window: Window,
    without: str = "",
    with_warm_ups: bool = False,
    before: Sequence[Activation] | None = None,
) -> Json:
    """The statistics of ``activations``, those of one package in one window; ``before`` are those of the window before.

    ``without`` names the action whose calls are not listed: the one that reads the statistics. Warm-ups are counted,
    and are no part of any other number unless asked for.
    """
    calls = Calls(activations)
    warm_ups = [each for each in calls.all if calls.is_warm_up(each)]
    counted = calls.all if with_warm_ups else photos(calls)
    shown = {each.id for each in counted if each.name != without}
    numbers = {name: action(own, calls, window) for name, own in by_action(counted, calls)}
    past = figures_before(before, with_warm_ups)
    started = Counter(each.name for each in warm_ups)
    return {
        "percentile_method": METHOD,
        "timeline": {
            "bucket_seconds": window.bucket_seconds,
            "bucket_starts": [iso(start) for start in window.bucket_starts_ms],
        },
        "warm_ups": {
            "included": with_warm_ups,
            "calls": sum(not each.cause for each in warm_ups),
            "gb_seconds": gb_seconds(warm_ups),
        },
        "actions": [
            {"name": name, **own, "warm_ups": started[name], "before": past.get(name)} for name, own in numbers.items()
        ],
        **labels(activations),
        **listing(calls, [each for each in calls.roots if each.id in shown]),
    }


def photos(calls: Calls) -> list[Activation]:
    """All that had somebody's request behind it."""
    return [each for each in calls.all if not calls.is_warm_up(each)]


def figures_before(activations: Sequence[Activation] | None, with_warm_ups: bool) -> dict[str, Json]:
    """The figures of each action in another window, to compare with; of an unknown one, none."""
    calls = Calls(activations or ())
    counted = calls.all if with_warm_ups else photos(calls)
    return {name: figures(own, calls) for name, own in by_action(counted, calls)}


def by_action(activations: Iterable[Activation], calls: Calls) -> list[tuple[str, list[Activation]]]:
    """The activations of each action: sequences first, then their steps in the order they run, then the others."""
    place = {each.name: index for run in calls.steps.values() for index, each in enumerate(run)}

    def order(each: Activation) -> tuple[bool, int, str]:
        return not each.is_sequence, place.get(each.name, len(place)), each.name

    ordered = sorted(activations, key=order)
    return [(name, list(own)) for name, own in groupby(ordered, key=lambda each: each.name)]


def action(own: list[Activation], calls: Calls, window: Window) -> Json:
    """The statistics of one action or sequence."""
    newest = own[-1]
    replies = [each.reply for each in own if each.reply]
    errors = Counter(code for each in own if (code := calls.error_code(each)))
    statuses = Counter(reply.http_status for reply in replies if reply.http_status)
    return {
        "kind": newest.kind,
        **figures(own, calls),
        "activations_per_minute": round(len(own) * 60 / window.seconds, 3),
        "wait_ms": distribution(each.wait_ms for each in own if each.wait_ms is not None),
        "init_ms": distribution(each.init_ms for each in own if each.init_ms is not None),
        "time_total_ms": {
            "wait": sum(each.wait_ms or 0 for each in own),
            "init": sum(each.init_ms or 0 for each in own),
            "run": sum(each.run_ms for each in own),
        },
        "memory_mb": None if newest.is_sequence else newest.memory_mb,
        "gb_seconds": None if newest.is_sequence else gb_seconds(own),
        "error_codes": ranked(errors, "code"),
        "http_statuses": ranked(statuses, "status"),
        "image_bytes": distribution(reply.image_bytes for reply in replies if reply.image_bytes is not None),
        "response_bytes": distribution(reply.characters for reply in replies if reply.characters is not None),
        "timeline": timeline(own, calls, window),
    }


def figures(own: list[Activation], calls: Calls) -> Json:
    """What can be compared with another window."""
    outcomes = Counter(each.outcome for each in own)
    faults = Counter(fault for each in own if (fault := calls.fault(each)))
    cold = sum(calls.is_cold(each) for each in own)
    return {
        "activations": len(own),
        "outcomes": {outcome: outcomes[outcome] for outcome in OUTCOMES},
        "faults": {CALLER: faults[CALLER], SERVICE: faults[SERVICE]},
        "success_ratio": round(outcomes[SUCCESS] / len(own), 4),
        "cold_starts": {"count": cold, "n": len(own), "ratio": round(cold / len(own), 4)},
        "duration_ms": distribution(each.duration_ms for each in own),
    }


def timeline(own: list[Activation], calls: Calls, window: Window) -> Json:
    """One list for each series, with one value for each bucket; a percentile of nothing is null."""
    starts = window.bucket_starts_ms
    buckets: list[list[Activation]] = [[] for _ in starts]
    for each in own:
        place = (each.start_ms - starts.start) // starts.step
        buckets[min(max(place, 0), len(buckets) - 1)].append(each)
    durations = [sorted(each.duration_ms for each in bucket) for bucket in buckets]
    cold = [sum(calls.is_cold(each) for each in bucket) for bucket in buckets]
    return {
        **{outcome: [sum(each.outcome == outcome for each in bucket) for bucket in buckets] for outcome in OUTCOMES},
        "cold": cold,
        "warm": [len(bucket) - count for bucket, count in zip(buckets, cold, strict=True)],
        "duration_total_ms": [sum(ordered) for ordered in durations],
        **{
            f"duration_{rank}_ms": [percentile(ordered, percent) if ordered else None for ordered in durations]
            for rank, percent in RANKS.items()
        },
    }


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
