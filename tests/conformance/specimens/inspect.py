"""The arguments, as the body of an HTTP answer."""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    return {"body": args}
