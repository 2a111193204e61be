"""Requests that schemathesis makes from the API document, valid and broken ones: the document has every answer."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, checks

from api_document import bundled
from tests.pictures import header_only, jpg, quarters
from tests.serving import ADMIN_TOKEN, GUEST_UUID, Served, serving

API = schemathesis.openapi.from_dict(bundled())
CLASSIFY, METRICS = API["/classify"]["POST"], API["/metrics"]["GET"]
CHECKS = [
    checks.not_a_server_error,  # nothing is wrong with this host: a documented one would be wrong as well
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
PHOTO = jpg(quarters())
PICTURES = st.sampled_from([PHOTO, PHOTO[:-20], header_only(30000, 30000), b"\x89PNG\r\n\x1a\n", bytes(780_001)])
FEW = settings(deadline=None, derandomize=True, database=None, max_examples=20, suppress_health_check=list(HealthCheck))
MODES = pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("generated")) as host:
        yield host


def ask(served: Served, case: Case[Any], **headers: str) -> None:
    """Send the request and compare the answer with the document."""
    case.headers.update(headers)
    case.call_and_validate(f"{served.url}/api/{GUEST_UUID}/classifier", checks=CHECKS)


def with_picture(case: Case[Any], picture: bytes) -> None:
    """Put ``picture`` in place of what was made up for it."""
    body: Any = case.body
    if case.media_type in ("image/jpeg", "application/octet-stream"):
        case.body = picture
    elif isinstance(body, dict):
        body["image"] = base64.b64encode(picture).decode() if case.media_type == "application/json" else picture


@MODES
@FEW
@given(data=st.data())
def test_pictures(served: Served, mode: GenerationMode, data: st.DataObject) -> None:
    case = data.draw(CLASSIFY.as_strategy(mode))
    if data.draw(st.booleans(), label="with a picture"):
        with_picture(case, data.draw(PICTURES))
    ask(served, case)


@MODES
@pytest.mark.parametrize("token", [ADMIN_TOKEN, "wrong", ""])
@FEW
@given(data=st.data())
def test_statistics(served: Served, token: str, mode: GenerationMode, data: st.DataObject) -> None:
    ask(served, data.draw(METRICS.as_strategy(mode)), **({"Authorization": f"Bearer {token}"} if token else {}))
