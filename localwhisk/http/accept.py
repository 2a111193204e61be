"""Whether a caller takes an answer: the headers Accept and Accept-Charset (Pekko's ContentNegotiator.scala)."""

import re

RANGE = re.compile(r"\s*([^\s;/]+)/([^\s;,]+)\s*(?:;\s*(.*))?", re.DOTALL)
QUALITY = re.compile(r"(?:^|;)\s*q\s*=\s*([\d.]+)")


def accepts_type(accept: str | None, essence: str) -> bool:
    """Whether ``accept`` admits a media type such as text/html. Where it holds no range at all, everything goes."""
    ranges = [match for part in (accept or "").split(",") if (match := RANGE.fullmatch(part))]
    if not ranges:
        return True

    main, _, sub = essence.partition("/")
    fitting = [match for match in ranges if match[1] in ("*", main) and match[2] in ("*", sub)]
    closest = max(fitting, key=lambda match: (match[1] != "*") + (match[2] != "*"), default=None)
    return closest is not None and quality(closest[3]) > 0


def accepts_charset(accept_charset: str | None, charset: str) -> bool:
    """Whether ``accept_charset`` admits a charset such as UTF-8."""
    if not accept_charset:
        return True
    names = {part.partition(";")[0].strip().lower(): part.partition(";")[2] for part in accept_charset.split(",")}
    parameters = names.get(charset.lower(), names.get("*"))
    return parameters is not None and quality(parameters) > 0


def quality(parameters: str | None) -> float:
    match = QUALITY.search(parameters or "")
    return float(match[1]) if match else 1.0
