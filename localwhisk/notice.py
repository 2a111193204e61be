"""What the host tells whoever runs it, in a line on standard error."""

import sys
from contextlib import suppress
from functools import cache


def warn(sentence: str) -> None:
    with suppress(OSError):  # the disk with the log may be full, and whoever read it gone
        print(f"localwhisk: warning: {sentence}", file=sys.stderr, flush=True)


@cache
def warn_once(sentence: str) -> None:
    warn(sentence)
