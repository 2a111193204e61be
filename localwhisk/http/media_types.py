"""Content types as the platform's HTTP library reads and writes them (Pekko's MediaTypes.scala, ContentType.scala)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

TCHAR = r"[\w!#$%&'*+.^`|~-]+"
CONTENT_TYPE = re.compile(rf'({TCHAR})/({TCHAR})((?:\s*;\s*{TCHAR}=(?:{TCHAR}|"[^"]*"))*)\s*', re.ASCII)
PARAMETER = re.compile(rf'({TCHAR})=({TCHAR}|"[^"]*")', re.ASCII)

# What Pekko has registered as text. Another type is binary, even text/javascript; only a charset makes it text.
FIXED_CHARSET = {
    *(f"application/{name}" for name in ("json", "json-patch+json", "merge-patch+json", "problem+json")),
    *("application/vnd.api+json", "application/x-www-form-urlencoded", "text/event-stream"),
}
OPEN_CHARSET = {
    *(f"application/{name}+xml" for name in ("atom", "problem", "rss", "soap", "vnd.google-earth.kml", "xhtml")),
    *(f"application/{name}" for name in ("base64", "javascript", "x-latex", "x-vrml", "xml", "xml-dtd")),
    *(
        f"text/{name}"
        for name in ("asp", "cache-manifest", "calendar", "css", "csv", "html", "markdown", "mcf", "plain")
    ),
    *(f"text/{name}" for name in ("richtext", "tab-separated-values", "uri-list", "vnd.wap.wml", "vnd.wap.wmlscript")),
    *(f"text/x-{name}" for name in ("asm", "c", "component", "h", "java-source", "pascal", "server-parsed-html")),
    *(f"text/x-{name}" for name in ("setext", "sgml", "speech", "uuencode", "vcalendar", "vcard")),
    *(f"text/x-script{name}" for name in ("", "csh", "elisp", "ksh", "lisp", "perl", "perl-module", "phyton", "rexx")),
    *(f"text/x-script{name}" for name in ("scheme", "sh", "tcl", "tcsh", "zsh")),
    "text/xml",
}
CHARSETS = re.compile(r"utf-(8|16|16be|16le|32|32be|32le)|iso-8859-\d+|us-ascii", re.IGNORECASE)


@dataclass(frozen=True)
class ContentType:
    """A media type with its parameters, of which the charset is one of its own."""

    essence: str  # text/plain
    parameters: Mapping[str, str] = field(default_factory=dict)
    charset: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The content type that ``text`` writes; None if it writes none."""
        match = CONTENT_TYPE.fullmatch(text.strip())
        if match is None:
            return None

        parameters = {name: value.strip('"') for name, value in PARAMETER.findall(match[3])}
        charset = parameters.pop("charset", None)
        if charset is not None and CHARSETS.fullmatch(charset):
            charset = charset.upper()
        return cls(f"{match[1]}/{match[2]}".lower(), parameters, charset)

    def __str__(self) -> str:
        shown_charset = None if self.has_fixed_charset else self.charset
        charset = {} if shown_charset is None else {"charset": shown_charset}
        return "; ".join([self.essence, *(f"{name}={value}" for name, value in {**self.parameters, **charset}.items())])

    @property
    def has_fixed_charset(self) -> bool:
        return self.essence in FIXED_CHARSET

    @property
    def is_binary(self) -> bool:
        return not self.has_fixed_charset and self.essence not in OPEN_CHARSET and self.charset is None

    @property
    def is_application_json(self) -> bool:
        """With a parameter it is another type."""
        return self.essence == "application/json" and not self.parameters

    @property
    def is_json(self) -> bool:
        """JSON, or a format that is written in JSON (WebActions.scala, isJsonFamily)."""
        return self.is_application_json or (self.essence.endswith("+json") and not self.parameters)

    @property
    def is_form(self) -> bool:
        return self.essence == "application/x-www-form-urlencoded"

    def in_utf8(self) -> Self:
        """The type of a text that this host writes: always UTF-8, whatever charset was named."""
        return type(self)(self.essence, self.parameters, None if self.is_binary or self.has_fixed_charset else "UTF-8")


OCTET_STREAM = ContentType("application/octet-stream")


def of_request(header: str | None) -> ContentType:
    """The content type of a body. Without a header, or with one that is none, it is a stream of bytes."""
    return (ContentType.parse(header) if header else None) or OCTET_STREAM
