"""What every action of the sequence has in common: the clock, the cold flag, the input check and the error answer."""

import sys
import time
import traceback
from collections.abc import Callable

import contract
from problem import ActionError, InternalError, Json, error_result

Action = Callable[[Json], Json]
CARRIED = ("source", "options", "view", "timings_ms", "cold")


def step(name: str, accepts: str | None, clock: Callable[[], float] = time.perf_counter) -> Callable[[Action], Action]:
    """Make ``main`` of a function from one contract to the next.

    ``accepts`` names the schema that the arguments must keep; ``None`` leaves the check to the function (``decode``,
    whose request comes in three forms). The result gains ``timings_ms[name]`` (milliseconds on ``clock``, which counts
    seconds) and, on the first call of this container, ``name`` in ``cold``. An ``ActionError`` becomes its
    HTTP answer; anything else is logged with its traceback and answered as ``internal``, without one.
    """

    def decorate(function: Action) -> Action:
        first_call = True

        def main(args: Json) -> Json:
            nonlocal first_call
            cold, first_call = first_call, False
            started = clock()
            try:
                if accepts is not None:
                    contract.check(accepts, args)
                result = function(args)
            except ActionError as error:
                return error_result(error)
            except Exception:
                traceback.print_exc(file=sys.stderr)
                return error_result(InternalError(f"The action {name} failed; its log tells why. Please try again."))
            spent_ms = round((clock() - started) * 1000, 2)
            return {
                **result,
                "timings_ms": {**args.get("timings_ms", {}), name: spent_ms},
                "cold": [*args.get("cold", []), *([name] if cold else [])],
            }

        return main

    return decorate


def carried(args: Json) -> Json:
    """What later steps need of earlier ones: a component sees only the previous result (SequenceActions.scala)."""
    return {key: args[key] for key in CARRIED if key in args}
