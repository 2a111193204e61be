"""A web action that answers preflights itself."""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    return {"headers": {"Access-Control-Allow-Origin": "https://page.example"}, "body": {"method": args["__ow_method"]}}
