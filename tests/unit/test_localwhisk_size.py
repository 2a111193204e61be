"""localwhisk stays small: under 2,000 lines of code, counted as cloc counts (no blank lines, comments, docstrings)."""

import ast
import io
import tokenize
from pathlib import Path

LIMIT = 2000
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def lines_of_code(source: str) -> int:
    documented = [node for node in ast.walk(ast.parse(source)) if isinstance(node, WITH_DOCSTRING)]
    docstrings = [node.body[0] for node in documented if ast.get_docstring(node) is not None]
    excluded = {line for docstring in docstrings for line in range(docstring.lineno, (docstring.end_lineno or 0) + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {line for token in tokens if token.type not in NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    return len(code - excluded)


def test_the_count_leaves_out_what_is_no_code() -> None:
    assert (
        lines_of_code('"""Doc\nstring."""\n\n# comment\nx = """a\nb"""\n\ndef f():\n    """Doc."""\n    return 1\n')
        == 4
    )


def test_localwhisk_is_under_its_limit() -> None:
    folder = Path(__file__).resolve().parents[2] / "localwhisk"
    counted = {path.name: lines_of_code(path.read_text("utf-8")) for path in folder.glob("*.py")}
    assert sum(counted.values()) < LIMIT, counted
