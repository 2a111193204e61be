"""One word about the classifier, for who has no time for numbers."""

from problem import Json

STATES = HEALTHY, DEGRADED, FAILING = ("healthy", "degraded", "failing")
REASONS = ERRORS, SLOW, LOST = ("errors", "slow", "lost-records")

DEGRADED_SHARE, FAILING_SHARE = 0.01, 0.10  # of calls that failed through the service
FEWEST_FAILURES = 2  # one failure of few calls is no outage
SLOWER = 2.0  # times the p95 of the window before
FEWEST_CALLS = 20  # of which a p95 says something


def verdict(actions: list[Json], coverage: Json, without: str) -> Json | None:
    """The state of the first of ``actions`` that is not ``without``, the one that reads the statistics; of none, None.

    A request that was refused says nothing about the service. Records that are known to be missing do: their
    activations may have failed. A reading that was cut does not: the newest records are the ones that count.
    """
    action = next((each for each in actions if each["name"] != without), None)
    if action is None:
        return None
    failing = is_failing(action)
    signs = {
        ERRORS: failing or service_share(action) >= DEGRADED_SHARE,
        SLOW: is_slow(action),
        LOST: coverage["lost_records"] > 0,
    }
    state = FAILING if failing else DEGRADED if any(signs.values()) else HEALTHY
    return {"state": state, "action": action["name"], "reasons": [name for name, is_there in signs.items() if is_there]}


def service_share(action: Json) -> float:
    share: float = action["faults"]["service"] / action["activations"]
    return share


def is_failing(action: Json) -> bool:
    return action["faults"]["service"] >= FEWEST_FAILURES and service_share(action) >= FAILING_SHARE


def is_slow(action: Json) -> bool:
    """Whether the p95 is far above that of the window before, and both are of enough calls."""
    now, before = action["duration_ms"], (action["before"] or {}).get("duration_ms")
    if not before or min(now["n"], before["n"]) < FEWEST_CALLS or None in (now["p95"], before["p95"]):
        return False
    return bool(now["p95"] > SLOWER * before["p95"])
