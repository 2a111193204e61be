"""The arguments with ``n`` one higher."""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    return {**args, "n": args.get("n", 0) + 1}
