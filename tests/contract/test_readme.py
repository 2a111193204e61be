"""The README says what is true: its commands exist, its links lead somewhere, its sample answer keeps the contract."""

import json
import re
from pathlib import Path

import contract

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def test_every_make_target_exists() -> None:
    mentioned = set(re.findall(r"\bmake ([a-z-]+)", README))
    assert mentioned >= {"run", "test", "deploy"}
    assert mentioned <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^):]+)\)", README)
    assert len(links) >= 8
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_sample_answer_keeps_the_contract() -> None:
    [sample] = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    contract.check("reply", json.loads(sample))


def test_every_document_is_linked_from_somewhere() -> None:
    documents = {path.name for path in (ROOT / "docs").glob("*.md")}
    texts = README + "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    assert {name for name in documents if name not in texts} == set()
