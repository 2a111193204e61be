"""What the actions have in common: the error answer, and in a sequence the input check, the clock and the cold flag."""

import sys
import time
import traceback
from collections.abc import Callable

import contract
from problem import ActionError, InternalError, Json, error_result, is_error

Action = Callable[[Json], Json]
CARRIED = tuple(contract.schema("carried")["properties"])


def answered(name: str, action: Action, args: Json) -> Json:
    """The result of ``action``, an error as its HTTP answer.

    What is no ``ActionError`` is logged with its traceback and answered as ``internal``, without one.
    """
    try:
        return action(args)
    except ActionError as error:
        return error_result(error)
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return error_result(InternalError(f"The action {name} failed; its log tells why. Please try again."))


def step(name: str, accepts: str | None, clock: Callable[[], float] = time.perf_counter) -> Callable[[Action], Action]:
    """Make ``main`` of a function from one contract to the next.

    ``accepts`` names the schema that the arguments must keep; ``None`` leaves the check to the function (``decode``,
    whose request comes in three forms). The result gains ``name`` at the end of ``steps``, ``timings_ms[name]``
    (milliseconds on ``clock``, which counts seconds) and, on the first call of this container, ``name`` in ``cold``. An
    error becomes its HTTP answer.
    """

    def decorate(function: Action) -> Action:
        first_call = True
        if accepts is not None:
            contract.judge_of(accepts)  # while the container starts, not during the first call

        def checked(args: Json) -> Json:
            if accepts is not None:
                contract.check(accepts, args)
            return function(args)

        def main(args: Json) -> Json:
            nonlocal first_call
            cold, first_call = first_call, False

            started = clock()
            result = answered(name, checked, args)
            spent_ms = round((clock() - started) * 1000, 2)

            if is_error(result):
                return result
            return {
                **result,
                "steps": [*args.get("steps", []), name],
                "timings_ms": {**args.get("timings_ms", {}), name: spent_ms},
                "cold": [*args.get("cold", []), *([name] if cold else [])],
            }

        return main

    return decorate


def carried(args: Json) -> Json:
    """What later steps need of earlier ones: a component sees only the previous result (SequenceActions.scala)."""
    return {key: args[key] for key in CARRIED if key in args}
