"""Where localwhisk answers otherwise on purpose: rules, each with its reason, none with a list of rows.

A rule turns what a real OpenWhisk answered into what localwhisk documents; ``documented`` is a sentence of its README.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

from tests.recordings.rows import Answer, Row

NOT_IMPLEMENTED = "localwhisk does not implement"


def refused(seen: Answer) -> bool:
    """Whether localwhisk says that it has not this feature: such rows compare nothing."""
    return seen.status == 501 and NOT_IMPLEMENTED in json.dumps(seen.body)


class Rule(NamedTuple):
    documented: str
    expected: Callable[[Row, Answer], Answer]


def without_rest_cors(_: Row, answer: Answer) -> Answer:
    """Any web page could otherwise deploy code with the well-known credentials."""
    if answer.headers.get("cors") != "rest":
        return answer
    return answer._replace(headers={name: value for name, value in answer.headers.items() if name != "cors"})


RULES = [
    Rule("CORS on the REST API", without_rest_cors),
]


def documented(row: Row) -> Answer:
    """The answer of a real OpenWhisk, changed as the README of localwhisk says."""
    answer = row.answer
    for rule in RULES:
        answer = rule.expected(row, answer)
    return answer
