"""The request in any of its forms: the bytes of a picture, and the options.

Every form is brought to the JSON form first, so that one schema and one check of the base64 hold for all of them.
OpenWhisk names the arguments (docs/webactions.md, "HTTP Context"; WebActions.scala): query parameters and the members
of a JSON body have their own names, any other body is ``__ow_body``, in base64 unless its type is textual.
"""

import binascii
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import contract
from problem import InvalidRequest, Json, PayloadTooLarge

if TYPE_CHECKING:
    from multipart import MultipartPart

# A message of the platform holds 1 MiB, and base64 makes 4 bytes of 3 (OpenWhisk docs/reference.md; with Kafka between
# controller and invoker the cap is 1,054,644 bytes for the message with everything in it).
MAX_IMAGE_BYTES = 780_000
RULES = contract.schema("request")["properties"]
contract.judge_of("request")  # while the container starts, not during the first call
DEFAULTS = {name: rule["default"] for name, rule in RULES.items() if "default" in rule}
DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)
INTEGER = re.compile(r"-?[0-9]{1,9}")
BOOLEANS = {"true": True, "false": False}
TEXTUAL = ("text/", "application/xml", "application/javascript")
EMPTY = "image: the picture is empty (0 bytes); expected the bytes of a JPG"


@dataclass(frozen=True)
class Request:
    """A valid request: the picture's bytes as they came, and every option with its value or default."""

    image: bytes
    options: Json


def parse(args: Json) -> Request:
    """The request in the arguments of an invocation.

    Raises ``InvalidRequest``, saying what was expected and what arrived, or ``PayloadTooLarge``.
    """
    fields = coerced(json_form(args))
    if fields.get("image") == "":
        raise InvalidRequest(EMPTY)
    contract.check("request", fields)
    image = picture(fields.pop("image"))
    return Request(image, {**DEFAULTS, **fields})


def json_form(args: Any) -> Json:
    """The fields of the request as the JSON form has them, whatever form it came in."""
    if not isinstance(args, dict):
        raise InvalidRequest(f"expected a JSON object with the field image, but got {contract.excerpt(args)}")
    method = str(args.get("__ow_method", "post")).upper()
    if method != "POST":
        raise InvalidRequest(f"expected a POST request with a JPG, but got {contract.excerpt(method)}")
    fields = {name: value for name, value in args.items() if not name.startswith("__ow_")}
    content_type = header(args, "content-type")
    media_type = content_type.partition(";")[0].strip().lower()
    body = args.get("__ow_body")
    if media_type == "application/x-www-form-urlencoded" or media_type.startswith(TEXTUAL):
        raise InvalidRequest(
            "Content-Type: expected image/jpeg, application/octet-stream, application/json or multipart/form-data, "
            f"but got {contract.excerpt(media_type)}. "
            "With curl, send a file with -H 'Content-Type: image/jpeg' --data-binary @photo.jpg"
        )
    if media_type == "multipart/form-data":
        return {**fields, **multipart_fields(str(body or ""), content_type)}
    if media_type.endswith("json") or (body is None and not media_type):
        return json_fields(fields, body)
    return {**fields, "image": body or ""}


def header(args: Json, name: str) -> str:
    """A header of the HTTP request, or an empty string, as in an invocation that is no HTTP request."""
    headers = args.get("__ow_headers")
    return str(headers.get(name, "")) if isinstance(headers, dict) else ""


def json_fields(fields: Json, body: object) -> Json:
    """The JSON form itself; with ``format=hf`` also as Hugging Face clients write it."""
    if body is not None:  # the platform puts any JSON but an object here
        raise InvalidRequest(f"expected a JSON object with the field image, but got {contract.excerpt(body)}")
    if fields.get("format") != "hf" or "inputs" not in fields or "image" in fields:
        return fields
    rest = {name: value for name, value in fields.items() if name not in ("inputs", "parameters")}
    return {**rest, **hugging_face_parameters(fields.get("parameters")), "image": fields["inputs"]}


def hugging_face_parameters(parameters: object) -> Json:
    """The ``parameters`` object of a Hugging Face client as options; null means not given."""
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise InvalidRequest(f"parameters: expected a JSON object, but got {contract.excerpt(parameters)}")
    given = {name: value for name, value in parameters.items() if value is not None}
    function = given.pop("function_to_apply", "softmax")
    if function != "softmax":
        raise InvalidRequest(
            f'parameters.function_to_apply: expected "softmax" (probabilities are all that the model gives), '
            f"but got {contract.excerpt(function)}"
        )
    return given


def multipart_fields(body: str, content_type: str) -> Json:
    """The fields of a ``multipart/form-data`` body (RFC 7578), which the platform hands over in base64 as a whole."""
    form = contract.octets("the form", body)
    if not form:
        raise InvalidRequest("expected a form with the file field image, but the body is empty")
    fields = parts(form, content_type)
    names = [name for name, _ in fields]
    for name in names:
        if names.count(name) > 1:
            raise InvalidRequest(
                f"{contract.excerpt(name)}: expected one field of this name, but got {names.count(name)}"
            )
    return dict(fields)


def parts(form: bytes, content_type: str) -> list[tuple[str, str]]:
    """Name and content of each part of ``form``: files in base64, anything else as text."""
    from multipart import MultipartError, MultipartParser, parse_options_header

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    whole = len(form) + 1  # so that nothing goes to a temporary file
    try:
        read = MultipartParser(io.BytesIO(form), boundary, len(form), spool_limit=whole, memory_limit=whole)
        return [(part.name, text_of(part)) for part in read]
    except (MultipartError, UnicodeDecodeError) as error:
        expected = f"a complete multipart/form-data body with the boundary {contract.excerpt(boundary)}"
        raise InvalidRequest(f"expected {expected}, but: {reason(error)}") from error


def reason(error: Exception) -> str:
    """What is wrong with the form, without the bytes of it that the parser's exception may hold."""
    if isinstance(error, UnicodeDecodeError):
        return "a field other than image is no UTF-8 text"
    return str(error.args[0])[: contract.SHOWN_CHARACTERS]


def text_of(part: "MultipartPart") -> str:
    """The content of a part as the JSON form has it."""
    if part.filename or part.name == "image":
        return binascii.b2a_base64(part.raw, newline=False).decode("ascii")
    return str(part.raw, "utf-8")  # whatever charset it names (RFC 7578, section 5.1.2)


def coerced(fields: Json) -> Json:
    """``fields`` with numbers and booleans for the options that a query or a form could only give as text."""
    return {**fields, **{name: option(name, fields[name]) for name in RULES if name in fields}}


def option(name: str, value: Any) -> Any:
    """``value`` in the type of the option ``name``. What cannot be converted stays as it is: the schema refuses it."""
    kind = RULES[name].get("type")
    if kind == "boolean" and isinstance(value, str):
        return BOOLEANS.get(value.lower(), value)
    if kind == "integer" and isinstance(value, str) and INTEGER.fullmatch(value):
        return int(value)
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)  # 5.0 is an integer to JSON Schema, but no index to Python
    return value


def picture(text: str) -> bytes:
    """The bytes of the base64 ``text``, which may have MIME's line breaks. Its size is checked before it is decoded."""
    prefix = DATA_URL.match(text)
    text = text[prefix.end() if prefix else 0 :].replace("\r", "").replace("\n", "")
    size = len(text) * 3 // 4 - text[-2:].count("=")
    if size > MAX_IMAGE_BYTES:
        raise PayloadTooLarge(
            f"The picture has {size:,} bytes, but the platform carries at most {MAX_IMAGE_BYTES:,}. "
            "Make it smaller, for instance 1600 pixels on its longer side, or save it with a lower JPG quality.",
            limit_bytes=MAX_IMAGE_BYTES,
            actual_bytes=size,
        )
    if not text:
        raise InvalidRequest(EMPTY)
    return contract.octets("image", text)
