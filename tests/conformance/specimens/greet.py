"""A result made of parameters from package, action and invocation, and a line on each log stream."""

import sys
from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    print("to stdout")
    print("to stderr", file=sys.stderr)
    return {"greeting": f"{args['salutation']}, {args['name']}{args['punctuation']}"}
