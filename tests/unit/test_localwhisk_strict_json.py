"""JSON as the platform reads it, and in what words it refuses what is none (spray-json's JsonParser.scala)."""

import pytest

from localwhisk import strict_json
from localwhisk.rejection import Rejected


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "Unexpected end-of-input at input index 1 (line 1, position 2), expected '\"':\n{\n ^\n"),
        (b"[1", "Unexpected end-of-input at input index 2 (line 1, position 3), expected ']':\n[1\n  ^\n"),
        (b"{'a':1}", "Unexpected character ''' at input index 1 (line 1, position 2), expected '\"':\n{'a':1}\n ^\n"),
        (b'{"a"1}', "Unexpected character '1' at input index 4 (line 1, position 5), expected ':':\n{\"a\"1}\n    ^\n"),
        (
            b"{} x",
            "Unexpected character 'x' at input index 3 (line 1, position 4), expected end-of-input:\n{} x\n   ^\n",
        ),
        (b"[NaN]", "Unexpected character 'N' at input index 1 (line 1, position 2), expected JSON Value:\n[NaN]\n ^\n"),
    ],
)
def test_the_words_for_what_is_no_json(content: bytes, complaint: str) -> None:
    with pytest.raises(Rejected) as refused:
        strict_json.parse(content)
    assert (refused.value.status, refused.value.message) == (400, f"The request content was malformed:\n{complaint}")


@pytest.mark.parametrize("content", [b"1e400", b"[" * 100_000, b"[" * 251 + b"]" * 251])
def test_what_could_not_be_written_again_is_refused(content: bytes) -> None:
    with pytest.raises(Rejected, match="malformed"):
        strict_json.parse(content)


def test_nothing_counts_as_an_empty_object_where_an_object_is_wanted() -> None:
    assert strict_json.parse_object(b"") == {}
    with pytest.raises(Rejected, match="JSON object expected"):
        strict_json.parse_object(b"[]")
