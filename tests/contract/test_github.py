"""What GitHub reads keeps GitHub's schemas, and every command that it runs is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml"))
CONFIG = [ROOT / ".github/ISSUE_TEMPLATE/config.yml"]
MAKEFILE = (ROOT / "Makefile").read_text()
COMMANDS = re.compile(r"^ *(?:- )?run: (.+)$", re.MULTILINE)
ACTIONS = re.compile(r"uses: (.+)")
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-issue-config", CONFIG),
        ("vendor.dependabot", [ROOT / ".github/dependabot.yml"]),
    ],
)
def test_they_keep_the_schema(schema: str, files: list[Path]) -> None:
    assert files
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    run = subprocess.run(check, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_is_there(workflow: Path) -> None:
    commands = [command.split() for command in COMMANDS.findall(workflow.read_text())]
    assert commands
    targets = re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)
    for words in commands:
        if words[0] == ".ci/debian":
            assert (ROOT / words.pop(0)).exists()
        if words[0] == "gh":  # GitHub's own, which its machines have
            continue
        assert words[1] in targets if words[0] == "make" else (ROOT / words[0]).exists(), words


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_to_a_commit(workflow: Path) -> None:
    """A tag can be moved to other code."""
    used = ACTIONS.findall(workflow.read_text())
    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []
