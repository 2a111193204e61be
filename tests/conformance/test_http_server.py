"""What the platform's HTTP server refuses or writes anew, before and after anything else (Pekko HTTP)."""

import http.client
from urllib.parse import urlsplit

import pytest

from tests.conformance.openwhisk import OpenWhisk
from tests.conformance.test_rest_api import refused


def status_of(openwhisk: OpenWhisk, path: str, headers: dict[str, str] | None = None) -> int:
    """The status of a GET that is sent as it stands: httpx would escape what is no character of a URL."""
    url = urlsplit(openwhisk.target.url)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=60)
    try:
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/a|b", "/a%zz", '/?a="', "/?a=[1]", "/?a=%2"])
def test_what_is_no_url_is_400(openwhisk: OpenWhisk, path: str) -> None:
    assert status_of(openwhisk, f"/api/v1{path}") == 400


def test_a_url_may_be_too_long(openwhisk: OpenWhisk) -> None:
    """max-uri-length, 8192."""
    assert status_of(openwhisk, f"/api/v1?{'a' * 8300}") == 414


@pytest.mark.parametrize(
    "headers", [{"X-Long": "x" * 8300}, {f"X-{number}": "x" for number in range(70)}, {"X-Letter": "é"}]
)
def test_headers_may_be_too_long_too_many_or_no_ascii(openwhisk: OpenWhisk, headers: dict[str, str]) -> None:
    """max-header-value-length and max-header-count; a proxy before the platform may have another status."""
    assert status_of(openwhisk, "/api/v1", headers) in (400, 431)


def test_a_body_of_the_rest_api_is_json(openwhisk: OpenWhisk) -> None:
    """With another type, and also with a parameter of that type, it is not even looked at."""
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/json; a=b", "nothing"):
        answer = openwhisk.api(
            "PUT", "packages/conformance_refused", content=b"{}", headers={"Content-Type": media_type}
        )

        assert refused(answer, 415).endswith("Expected:\napplication/json")


def test_a_charset_is_no_other_type(openwhisk: OpenWhisk) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = openwhisk.api("PUT", "packages/conformance_scratch", content=b"{}", headers=headers)
    openwhisk.api("DELETE", "packages/conformance_scratch")

    assert answer.status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0"])
def test_a_caller_may_take_no_json(specimens: OpenWhisk, accept: str) -> None:
    answer = specimens.api("GET", "actions/conformance/greet", headers={"Accept": accept})

    assert refused(answer, 406).endswith("application/json")


def test_a_web_action_answers_only_what_its_caller_takes(specimens: OpenWhisk) -> None:
    page = {"answer": {"headers": {"Content-Type": "text/html"}, "body": "<p>"}}
    for accept, status in (("text/html", 200), ("text/*;q=0.1", 200), ("application/json", 406)):
        answer = specimens.web("conformance/answer.http", "POST", json=page, headers={"Accept": accept})

        assert answer.status_code == status


def test_a_page_of_another_collection_is_unknown(openwhisk: OpenWhisk) -> None:
    assert openwhisk.api("GET", "nothing").status_code == 404
