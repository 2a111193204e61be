"""What the containers held, in gigabyte-seconds: memory limit times duration. Idle containers are not among them."""

from collections.abc import Iterable

from activations import SUCCESS, Activation
from problem import Json

MB_PER_GB = 1024
DIGITS = 4


def gb_seconds(activations: Iterable[Activation]) -> float:
    """Initialization counts, waiting does not. A sequence has no container: its steps have."""
    held = (each.duration_ms * (each.memory_mb or 0) for each in activations if not each.is_sequence)
    return round(sum(held) / 1000 / MB_PER_GB, DIGITS)


def cost(actions: Iterable[Json], warm_ups: Json, without: str) -> Json:
    """The sum over ``actions`` but the one named ``without``, which reads the statistics; and for a thousand photos.

    ``warm_ups`` tells whether they are among the numbers: they are nobody's photos, yet their cost is then.
    """
    own = [each for each in actions if each["name"] != without]
    spent = round(sum(each["gb_seconds"] or 0 for each in own), DIGITS)
    sequences = [each for each in own if each["kind"] == "sequence"]
    answered = sum(each["outcomes"][SUCCESS] for each in sequences)
    nobodys = sum(each["warm_ups"] for each in sequences) if warm_ups["included"] else 0
    photos = max(0, answered - nobodys)
    per_thousand = round(spent / photos * 1000, DIGITS) if photos else None
    return {"gb_seconds": spent, "photos": photos, "gb_seconds_per_thousand_photos": per_thousand}
