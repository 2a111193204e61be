"""Media types as the platform's HTTP library knows them (Pekko's MediaTypes.scala): which are JSON, text or binary."""

import re

JSON = re.compile(r"application/json|.*\+json")
FORM = "application/x-www-form-urlencoded"
TEXT = re.compile(rf"text/.*|application/(.*\+)?(json|xml|javascript)|{FORM}")
BINARY = re.compile(r"(image|audio|video|font|multipart)/.*|application/(octet-stream|pdf|zip)")


def media_type(content_type: str) -> str:
    """``text/html`` of ``Text/HTML; charset=UTF-8``."""
    return content_type.partition(";")[0].strip().lower()


def has_charset(content_type: str) -> bool:
    return "charset=" in content_type.lower()


def is_json(content_type: str) -> bool:
    return JSON.fullmatch(media_type(content_type)) is not None


def is_form(content_type: str) -> bool:
    return media_type(content_type) == FORM


def is_binary(content_type: str) -> bool:
    """A type that Pekko does not know counts as text only with a charset."""
    kind = media_type(content_type)
    if BINARY.fullmatch(kind):
        return True
    return not TEXT.fullmatch(kind) and not has_charset(content_type)
