"""The documents say what is true: the files, anchors, commands, options, limits and codes that they name exist."""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import contract
import reader
import request
from activations import OUTCOMES, PLATFORM_FAILURES
from calls import MOST_CALLS, MOST_FAILURES
from localwhisk import cli, limits
from localwhisk.store import RECORDS
from manifest import ROOT
from problem import CATALOGUE

# Vendored and generated files have documents of their own.
FOLDERS = (".", ".github", "docs", "localwhisk", "site/examples")
DOCUMENTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
HISTORY = ROOT / "CHANGELOG.md"  # names what may be gone
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TOP = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"build", "dist"}
CODE = (".py", ".js", ".css", ".schema.json")
OF_OTHERS = {"exec__.py"}  # of the platform's image
EXAMPLES = ("actions/check/",)  # the action that a recipe makes
EXTERNAL = (
    "aws",
    "curl",
    "docker",
    "git",
    "helm",
    "jq",
    "java",
    "kubectl",
    "mc",
    "npm",
    "openssl",
    "pipx",
    "rustup",
    "wsk",
    "wskdeploy",
)
SOURCES = ("accuracy", "scripts", "localwhisk", "bench", "fuzz", "tests")

by_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def spans(text: str) -> list[str]:
    """What is set as code within the lines."""
    return [" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose(text))]


def commands(text: str) -> list[str]:
    """What is set as code, within lines and in blocks; a command that goes on in the next line is one."""
    joined = text.replace("\\\n", " ")
    blocks = [
        block
        for fence in re.findall(r"^```\w*\n(.*?)^```", joined, re.DOTALL | re.MULTILINE)
        for block in fence.split("\n")
    ]
    indented = re.findall(r"^ {4,}(\S.*)$", prose(joined), re.MULTILINE)
    return [line for line in (*spans(text), *blocks, *indented) if line.strip()]


def anchors(document: Path) -> set[str]:
    """Of the headings, as GitHub makes them."""
    found: list[str] = []
    for heading in re.findall(r"^#+ (.*)$", prose(document.read_text("utf-8")), re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return set(found)


# --- files


@by_document
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(document.read_text("utf-8"))):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@by_document
def test_named_files_exist(document: Path) -> None:
    for word in (word for span in spans(document.read_text("utf-8")) for word in span.split()):
        path = word.rpartition("=")[2].partition("::")[0]
        if path.partition("/")[0] in TOP and "/" in path and not path.startswith(EXAMPLES):
            assert exists(path), word
        elif "/" not in path and path.endswith(CODE) and path not in (*CODE, *OF_OTHERS):
            assert any(True for name in TOP for _ in (ROOT / name).rglob(path)), word


def exists(path: str) -> bool:
    """``path`` may have the stars of a pattern, or what stands for any name."""
    pattern = re.sub(r"<\w+>|…", "*", path.rstrip("/"))
    return pattern.partition("*")[0] != "" and any(True for _ in ROOT.glob(pattern))


def test_every_document_is_linked_from_somewhere() -> None:
    texts = {path: path.read_text("utf-8") for path in DOCUMENTS}
    for document in (ROOT / "docs").glob("*.md"):
        assert any(document.name in text for path, text in texts.items() if path != document), document.name


# --- commands and options


@by_document
def test_make_verbs_and_their_variables_exist(document: Path) -> None:
    if document == HISTORY:
        return
    verbs = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    known = MAKEFILE + "".join(path.read_text("utf-8") for path in (ROOT / "scripts").iterdir() if path.is_file())
    for command in commands(document.read_text("utf-8")):
        for before, verb, after in re.findall(r"((?:\b[A-Z_]+=\S+ )*)\bmake ([a-z-]+)([^;&|]*)", command):
            assert verb in verbs, command
            for variable in re.findall(r"(?:^|\s)([A-Z_]{3,})=", f"{before} {after}"):
                assert re.search(rf"\b{variable}\b", known), command


@by_document
def test_options_exist(document: Path) -> None:
    known = {option for text in sources() for option in re.findall(r"--[a-z][a-z-]+", text)}
    for command in commands(document.read_text("utf-8")):
        if command.split()[0] not in EXTERNAL and document != HISTORY:
            own = command.partition(" --project")[0]
            assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", own)) <= known, command


def sources() -> Iterator[str]:
    """The code that takes options."""
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in (".py", "") and path != Path(__file__):
                yield path.read_text("utf-8")


def test_the_options_of_serve_are_those_of_the_parser() -> None:
    text = (ROOT / "localwhisk/README.md").read_text("utf-8")
    [table] = re.findall(r"^\| option of `serve` \|.*?\n\n", text, re.DOTALL | re.MULTILINE)
    told = {option for row in table.splitlines() for option in re.findall(r"--[a-z]+[a-z-]*", row.split(" | ")[0])}
    [subcommands] = [action for action in cli.parser()._actions if isinstance(action, argparse._SubParsersAction)]
    options = {name for action in subcommands.choices["serve"]._actions for name in action.option_strings}
    assert told == options - {"-h", "--help"}


def test_the_modules_of_localwhisk_are_listed() -> None:
    text = (ROOT / "localwhisk/README.md").read_text("utf-8")
    [table] = re.findall(r"^\| module \|.*?\n\n", text, re.DOTALL | re.MULTILINE)
    told: set[str] = set()
    for row in table.strip().splitlines()[2:]:
        names = re.findall(r"`([\w/]+)`", row.split(" | ")[0])
        folder = names[0].rpartition("/")[0]
        told |= {name if "/" in name or not folder else f"{folder}/{name}" for name in names}
    package = ROOT / "localwhisk"
    modules = {str(path.relative_to(package).with_suffix("")) for path in package.rglob("*.py")}
    assert told == {name for name in modules if not name.endswith("__init__")}


# --- limits and codes

NAMESPACE = limits.PLATFORM_QUOTA
LIMITS = {
    "docs/security.md": [f"at most {request.MAX_IMAGE_BYTES:,} bytes of picture"],
    "docs/operations.md": [
        f"One answer reads at most {reader.MOST_RECORDS:,} records and {reader.MOST_SECONDS:g} seconds",
        f"of at most {reader.MOST_SINGLE_FAILURES} failures outside of it",
        f"all up to {MOST_CALLS}; of more, failures first (up to {MOST_FAILURES})",
        f"a namespace has {NAMESPACE.per_minute} calls a minute and {NAMESPACE.concurrent} activations at once",
    ],
    "localwhisk/README.md": [
        f"in a minute of the clock ({limits.GENEROUS_QUOTA.per_minute:,})",
        f"at the same time ({limits.GENEROUS_QUOTA.concurrent})",
        f"OpenWhisk has {NAMESPACE.per_minute} and {NAMESPACE.concurrent}",
        f"for all containers together ({limits.POOL_MEMORY_MB})",
        f"more than {RECORDS:,}",
        f"(127.0.0.1:{cli.PORT})",
    ],
}


@pytest.mark.parametrize(("document", "sentence"), [(name, each) for name in LIMITS for each in LIMITS[name]])
def test_limits_are_those_of_the_code(document: str, sentence: str) -> None:
    assert sentence in " ".join((ROOT / document).read_text("utf-8").split())


def test_operations_says_of_every_error_what_to_do() -> None:
    section = (ROOT / "docs/operations.md").read_text("utf-8").partition("## Errors and what to do\n")[2]
    tables = re.findall(r"^\| code \|.*?\n\n", section, re.DOTALL | re.MULTILINE)
    own, of_the_platform = (
        sorted(code for row in table.splitlines() for code in re.findall(r"`([a-z-]+)`", row.split(" | ")[0]))
        for table in tables
    )
    assert own == sorted(CATALOGUE)
    assert of_the_platform == sorted([*PLATFORM_FAILURES.values(), *(each.replace("_", "-") for each in OUTCOMES[1:])])


def test_the_sample_answer_of_the_readme_keeps_the_contract() -> None:
    [sample] = re.findall(r"```json\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    contract.check("reply", json.loads(sample))
