"""What must hold of an action whatever arrives. A ``Violation`` is a find."""

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

import contract
import jpeg_header
import request
from problem import CATALOGUE, ActionError, InvalidRequest, Json

Action = Callable[[Json], Json]
LONGEST_DETAIL = 800  # characters: a few excerpts of 60, the names of the known fields, and words
LONGEST_S = 2.0  # of processor time
FORMS = ("application/json", "image/jpeg", "multipart/form-data; boundary=b", "application/octet-stream", "text/plain")


class Violation(AssertionError):
    """An action did what it must not do."""


@contextmanager
def in_time(longest_s: float = LONGEST_S) -> Iterator[None]:
    started = time.process_time()
    yield
    spent_s = time.process_time() - started
    if spent_s > longest_s:
        raise Violation(f"expected an answer within {longest_s} s, but it took {spent_s:.1f} s")


def arguments(data: bytes) -> Json:
    """The arguments that the platform makes of a request: the first byte chooses the form, the rest is the body."""
    content_type = FORMS[data[0] % len(FORMS)] if data else FORMS[0]
    body = data[1:]
    args: Json = {"__ow_method": "post", "__ow_headers": {"content-type": content_type}, "__ow_path": ""}
    if content_type != "application/json":
        return {**args, "__ow_body": base64.b64encode(body).decode("ascii")}

    value = json_value(body)
    return {**args, **value} if isinstance(value, dict) else {**args, "__ow_body": value}


def json_value(text: bytes) -> Any:
    """``text`` as JSON, or as a string where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.decode("latin-1")


def parsed_request(data: bytes) -> None:
    """A request is refused in a sentence, or gives bytes and options that keep the schema."""
    with in_time():
        try:
            asked = request.parse(arguments(data))
        except ActionError as error:
            check_detail(error.detail)
            return
    contract.check("request", {"image": "x", **asked.options})


def read_header(data: bytes) -> None:
    """A header is refused in a sentence, or describes a picture within the limits."""
    with in_time():
        try:
            header = jpeg_header.read(data)
        except ActionError as error:
            check_detail(error.detail)
            return
    if not 0 < header.width * header.height <= jpeg_header.MAX_PIXELS:
        raise Violation(f"{header.width} x {header.height} pixels are accepted")


def decoded(decode: Action, data: bytes) -> None:
    """A picture becomes a raster only if libjpeg decodes all of it, and anything else a documented problem."""
    with in_time():
        answer = decode({"image": base64.b64encode(data).decode("ascii")})
    check_answer(answer, "raster")
    if "error" not in answer and not decodes_in_full(data):
        raise Violation("a raster was made of a picture that Pillow cannot decode")


def checked(samples: dict[str, Json], data: bytes) -> None:
    """A contract and jsonschema come to the same verdict, and a refusal is one sentence.

    The first byte chooses the contract, the second the place in its sample that the rest replaces.
    """
    if len(data) < 2:
        return
    name = list(samples)[data[0] % len(samples)]
    value = changed(samples[name], data[1], json_value(data[2:]))

    with in_time():
        kept = is_kept(name, value)
    if kept != contract.validator(name).is_valid(value):
        raise Violation(f"{name}: the contract says {kept}, jsonschema the opposite")


def is_kept(name: str, value: Any) -> bool:
    try:
        contract.check(name, value)
    except InvalidRequest as error:
        check_detail(error.detail)
        return False
    return True


def changed(sample: Any, place: int, value: Any) -> Any:
    """``sample`` with ``value`` in one of its places, counted from the outside."""
    places = list(walk(sample))
    path = places[place % len(places)]
    return replaced(sample, path, value)


def walk(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value inside ``value``, itself first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from walk(below, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def check_answer(answer: Json, name: str) -> None:
    """``answer`` fits into JSON, and keeps the contract ``name`` or is a problem of the catalogue, not ``internal``."""
    json.dumps(answer, allow_nan=False).encode("utf-8")
    if "error" not in answer:
        contract.check(name, answer)
        return

    problem = answer["error"]["body"]
    contract.check("problem", problem)
    if problem["code"] == "internal" or answer["error"]["statusCode"] != CATALOGUE[problem["code"]].status:
        raise Violation(f"the answer is {problem}")
    check_detail(problem["detail"])


def check_detail(detail: str) -> None:
    detail.encode("utf-8")
    if len(detail) > LONGEST_DETAIL:
        raise Violation(f"expected at most {LONGEST_DETAIL} characters of detail, but got {len(detail)}")


def decodes_in_full(data: bytes) -> bool:
    """Whether Pillow decodes ``data`` without any scaling."""
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "MPO"]) as picture:
            if isinstance(picture, JpegImageFile):
                picture.decodermaxblock = len(data)  # as the decoder: arithmetic-coded scans cannot wait for more
            picture.load()
    except Exception:
        return False
    return True
