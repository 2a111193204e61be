"""Where localwhisk answers otherwise on purpose: rules, each with its reason, none with a list of rows.

A rule turns what a real OpenWhisk answered into what localwhisk documents; ``documented`` is from its README.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.recordings.rows import Answer, Row

NOT_IMPLEMENTED = "localwhisk does not implement"
RATES = ("firesPerMinute", "maxActionInstances")
NOT_HTTP = {"code": "<tid>", "error": "Response is not valid 'message/http'."}
STREAM = re.compile(r"^(stdout|stderr): ")


def refused(seen: Answer) -> bool:
    """Whether localwhisk says that it has not this feature: such rows compare nothing."""
    return seen.status == 501 and NOT_IMPLEMENTED in json.dumps(seen.body)


class Rule(NamedTuple):
    """``expected`` gets what localwhisk answered, too: where the difference is a name or a number of this host."""

    documented: str
    expected: Callable[[Row, Answer, Answer], Answer]


def without_rest_cors(_: Row, answer: Answer, __: Answer) -> Answer:
    """Any web page could otherwise deploy code with the well-known credentials."""
    return without_headers(answer, "cors") if answer.headers.get("cors") == "rest" else answer


def with_request_id(_: Row, answer: Answer, __: Answer) -> Answer:
    """The gateway and the HTTP servers answer some requests themselves; here one server does it all."""
    return answer._replace(headers={"x-request-id": ["<tid>"], **answer.headers}) if answer.status else answer


def with_streams(_: Row, answer: Answer, seen: Answer) -> Answer:
    """Logs as in a cluster: each line with its stream, stderr too. A standalone has only the text of stdout."""
    if isinstance(answer.body, list):
        bodies = seen.body if isinstance(seen.body, list) else []
        records = [logged_as(record, other) for record, other in zip(answer.body, bodies, strict=False)]
        return answer._replace(body=records)
    return answer._replace(body=logged_as(answer.body, seen.body))


def logged_as(record: Any, seen: Any) -> Any:
    """``record`` with the logs of ``seen``, if their lines of stdout are the same."""
    if not isinstance(record, dict) or not isinstance(seen, dict) or not isinstance(seen.get("logs"), list):
        return record
    stdout = [STREAM.sub("", line) for line in seen["logs"] if line.startswith("stdout: ")]
    return {**record, "logs": seen["logs"]} if are_equal(record.get("logs"), stdout) else record


def are_equal(recorded: Any, lines: list[str]) -> bool:
    """Whether these are the lines that were recorded: of many lines, the first few and their number."""
    if not isinstance(recorded, list):
        return False
    cut = re.fullmatch(r"…<(\d+) items>", str(recorded[-1])) if recorded else None
    if cut:
        return len(lines) == int(cut[1]) and lines[: len(recorded) - 1] == recorded[:-1]
    return [re.sub(r"…<\d+ characters>$", "", line) for line in recorded] == [
        line[: len(line) if "…<" not in other else other.index("…<")]
        for line, other in zip(lines, recorded, strict=False)
    ] and len(lines) == len(recorded)


def refused_as_http(row: Row, answer: Answer, seen: Answer) -> Answer:
    """Statuses that end no request, and headers whose name is none, which OpenWhisk never answers or writes broken."""
    never = answer.status in (0, 101, 199)
    broken_name = "header named" in row.name and seen.body == NOT_HTTP
    if not (never or broken_name):
        return answer
    headers = {"cors": "web", "content-type": ["application/json"], "x-request-id": ["<tid>"]}
    return Answer(400, {**headers, "x-openwhisk-activation-id": ["<id>"]}, NOT_HTTP)


def without_blanks(_: Row, answer: Answer, __: Answer) -> Answer:
    """The HTTP server sends no value with a blank at its end."""
    strip = {
        name: [item.strip() for item in value] if isinstance(value, list) else value
        for name, value in answer.headers.items()
    }
    return answer._replace(headers=strip)


def fast_start(_: Row, answer: Answer, seen: Answer) -> Answer:
    """A process starts faster than a container: what ran out of time at its start there, does so later here, or not."""
    return seen if "during initialization" in json.dumps(answer.body) and is_activation(seen) else answer


def own_environment(row: Row, answer: Answer, seen: Answer) -> Answer:
    """Packages, files, flags and some variables of the process are those of this machine."""
    asked = json.dumps(row.body)
    looked_at = ("os.environ", "os.listdir", "sys.flags", "import requests")
    own = any(word in asked for word in looked_at) or "code: file" in row.name or "init parameter" in row.name
    return answer_of(seen) if own and is_activation(seen) else answer


def of_this_host(row: Row, answer: Answer, seen: Answer) -> Answer:
    """Build and kinds, limits of what does not exist, one namespace, records of whatever ran before."""
    if row.path.rstrip("/") == "/api/v1" and isinstance(answer.body, dict) and isinstance(seen.body, dict):
        own = {key: seen.body.get(key) for key in ("build", "buildno")}
        body = {**answer.body, **own}
        body.pop("swagger_paths", None)
        return answer._replace(body=body)
    if row.path.endswith("/limits"):
        return answer._replace(body={key: value for key, value in answer.body.items() if key not in RATES})
    if "is not supported by this platform. Valid values are" in json.dumps(answer.body):
        return answer._replace(body=seen.body) if "Valid values are" in json.dumps(seen.body) else answer
    if "/namespaces/whisk.system/" in row.path:
        return answer_of(seen) if seen.status == 403 else answer
    if row.path.endswith("/activations/"):
        return answer_of(seen) if seen.status == answer.status else answer
    return answer


def one_port(row: Row, answer: Answer, seen: Answer) -> Answer:
    """What is below /api/ and not below /api/v1 is the gateway's, which has a port of its own there. And this server
    forgets a question mark with nothing behind it."""
    if row.path.startswith("/api/") and not row.path.startswith("/api/v1"):
        return answer_of(seen) if seen.status == 404 else answer
    if row.path.endswith("?"):
        return answer._replace(body=json.loads(json.dumps(answer.body).replace('?"', '"')))
    return answer


def without_headers(answer: Answer, *names: str) -> Answer:
    return answer._replace(headers={name: value for name, value in answer.headers.items() if name not in names})


def is_activation(seen: Answer) -> bool:
    return isinstance(seen.body, dict) and ("activationId" in seen.body or "error" in seen.body)


def answer_of(seen: Answer) -> Answer:
    return seen


RULES = [
    Rule("CORS on the REST API", without_rest_cors),
    Rule("X-Request-ID in answers", with_request_id),
    Rule("Form of the logs", with_streams),
    Rule("Broken answers of web actions", refused_as_http),
    Rule("Blanks at the end of a header", without_blanks),
    Rule("Time to start a container", fast_start),
    Rule("Process of an action", own_environment),
    Rule("What is particular to this host", of_this_host),
    Rule("One port for all", one_port),
]


def documented(row: Row, seen: Answer) -> tuple[Answer, list[str]]:
    """The answer of a real OpenWhisk, changed as the README of localwhisk says; and which rules changed it."""
    answer, used = row.answer, []
    for rule in RULES:
        changed = rule.expected(row, answer, seen)
        if changed != answer:
            used.append(rule.documented)
        answer = changed
    return answer, used
