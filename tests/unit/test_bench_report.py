"""Where the report puts what was measured."""

import pytest

from bench import report

TEXT = "before\n<!-- chain: made by make bench -->\nold\n<!-- end of chain -->\nafter\n"


def test_a_section_is_replaced_and_the_prose_around_it_stays() -> None:
    expected = "before\n<!-- chain: made by make bench -->\n| \\1 |\n<!-- end of chain -->\nafter\n"
    assert report.replaced(TEXT, "chain", "| \\1 |") == expected


def test_a_document_without_the_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected the marks <!-- scale: made by make bench -->"):
        report.replaced(TEXT, "scale", "new")


def test_the_document_has_marks_for_every_part() -> None:
    text = report.DOCUMENT.read_text()
    for name in (*report.PARTS, *report.DEPLOYED, "goals"):
        assert report.replaced(text, name, "new") != text
