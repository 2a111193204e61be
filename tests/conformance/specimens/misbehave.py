"""What can go wrong in an action; ``way`` says which of it."""

import os
import time
from typing import Any

PROBLEM = {"statusCode": 418, "headers": {"X-Kind": "teapot"}, "body": {"title": "I'm a teapot"}}
RESULTS: dict[str, Any] = {
    "error": {"error": PROBLEM, "dropped": True},
    "text": {"error": "nothing but a sentence"},
    "nan": {"n": float("nan")},
    "bytes": {"n": b"no JSON"},
    "none": None,
    "scalar": 42,
    "list": [1, 2],
}


def main(args: dict[str, Any]) -> Any:
    match args.get("way"):
        case "raise":
            raise ValueError("raised on purpose")
        case "exit":
            os._exit(7)
        case "sleep":
            time.sleep(args["seconds"])
        case "oversized":
            return {"data": "x" * args["size"]}
    return RESULTS.get(args.get("way", ""), args)
