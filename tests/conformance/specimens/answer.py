"""The result that the caller asks for."""

from typing import Any


def main(args: dict[str, Any]) -> Any:
    return args.get("answer", {})
