"""OpenWhisk action ``metrics``: the sequence's last step. Predictions -> the HTTP answer and one line in the log."""

import json

import reply
from problem import Json, answer, is_error
from step import step


@step("metrics", accepts="predictions")
def replied(args: Json) -> Json:
    return reply.reply(args)


def main(args: Json) -> Json:
    result = replied(args)
    if is_error(result):
        return result
    print(json.dumps(reply.log_entry(result)), flush=True)
    return answer(reply.body(result))
