"""OpenWhisk action ``metrics``: the sequence's last step. Predictions -> the HTTP answer and one line in the log."""

import json

import reply
from problem import EXPOSED_HEADERS, Json
from step import step


@step("metrics", accepts="predictions")
def answered(args: Json) -> Json:
    return reply.reply(args)


def main(args: Json) -> Json:
    answer = answered(args)
    if "error" in answer:
        return answer
    print(json.dumps(reply.log_entry(answer)), flush=True)
    headers = {"Content-Type": "application/json", **EXPOSED_HEADERS}
    return {"statusCode": 200, "headers": headers, "body": reply.body(answer)}
