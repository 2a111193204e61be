"""Lists of activation records (Activations.scala, docs/rest_api.md)."""

import time
from typing import Any

import pytest

from tests.conformance.openwhisk import OpenWhisk, until


@pytest.fixture(scope="module")
def three(specimens: OpenWhisk) -> list[str]:
    """Ids of three activations of one action, oldest first, all stored."""
    made = []
    for number in range(3):
        made.append(specimens.invoke("conformance/increment", {"n": number}).json()["activationId"])
        time.sleep(0.02)  # so that no two start in the same millisecond
    for identifier in made:
        specimens.activation(identifier)
    until(lambda: listing(specimens, limit=3), lambda answer: ids(answer.json()) == made[::-1])
    return made


def listing(openwhisk: OpenWhisk, **query: Any) -> Any:
    return openwhisk.api("GET", "activations", params={"name": "conformance/increment", **query})


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["activationId"] for row in rows]


def test_newest_first_and_short(specimens: OpenWhisk, three: list[str]) -> None:
    rows = listing(specimens, limit=3).json()

    assert ids(rows) == three[::-1]
    for row in rows:
        assert {"namespace", "name", "version", "annotations", "start", "end", "duration", "statusCode"} <= row.keys()
        assert row["statusCode"] == 0
        assert not {"response", "logs"} & row.keys()


@pytest.mark.usefixtures("three")
def test_with_documents(specimens: OpenWhisk) -> None:
    rows = listing(specimens, limit=3, docs="true").json()

    assert [row["response"]["result"]["n"] for row in rows] == [3, 2, 1]


def test_since_and_upto_are_times_of_the_start(specimens: OpenWhisk, three: list[str]) -> None:
    first, second, third = (specimens.activation(identifier)["start"] for identifier in three)

    assert ids(listing(specimens, since=second).json()) == [three[2], three[1]]
    assert ids(listing(specimens, since=first, upto=second).json()) == [three[1], three[0]]
    assert three[2] in ids(listing(specimens, upto=third).json())


def test_limit_and_skip(specimens: OpenWhisk, three: list[str]) -> None:
    assert ids(listing(specimens, limit=1, skip=1).json()) == [three[1]]
    assert listing(specimens, limit=201).status_code == 400  # whisk.query-limit: 200 at most


def test_count(specimens: OpenWhisk, three: list[str]) -> None:
    since = specimens.activation(three[0])["start"]

    assert listing(specimens, since=since, count="true").json() == {"activations": 3}
    assert listing(specimens, count="true", docs="true").status_code == 400


@pytest.mark.parametrize("name", ["increment", "nothing/increment"])
def test_the_package_belongs_to_the_name(specimens: OpenWhisk, three: list[str], name: str) -> None:
    """The index is over "package/action" (whisks-filters.v2.1.1, a view of the activations database)."""
    rows = specimens.api("GET", "activations", params={"name": name, "limit": 200}).json()

    assert set(ids(rows)).isdisjoint(three)


def test_an_id_has_32_characters(specimens: OpenWhisk) -> None:
    """ActivationId.scala."""
    answer = specimens.api("GET", "activations/tooshort")

    assert answer.status_code == 400
    assert {"error", "code"} <= answer.json().keys()
