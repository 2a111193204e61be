"""One version, from pyproject.toml; what has to repeat it repeats it, and CHANGELOG.md names it."""

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest
import yaml

from manifest import PACKAGE

ROOT = Path(__file__).resolve().parents[2]
VERSION = subprocess.run([ROOT / "scripts/version"], capture_output=True, text=True, check=True).stdout.strip()
SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\S+)$", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()


def test_it_is_semantic() -> None:
    assert SEMANTIC.fullmatch(VERSION)


def test_the_package_and_the_api_document_repeat_it() -> None:
    openapi = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
    assert (PACKAGE["version"], openapi["info"]["version"]) == (VERSION, VERSION)


def test_the_page_repeats_it() -> None:
    assert f"This is version {VERSION}." in (ROOT / "site/about.html").read_text()


@pytest.mark.parametrize("dockerfile", ["actions/classify/Dockerfile", "runtime/Dockerfile"])
def test_an_image_gets_it_as_its_label(dockerfile: str) -> None:
    """From scripts/image, whose label tests/docker looks at."""
    assert 'org.opencontainers.image.version="${VERSION}"' in (ROOT / dockerfile).read_text()
    assert '--build-arg "VERSION=$version"' in (ROOT / "scripts/image").read_text()


def test_the_changelog_names_it_first_and_older_ones_after_it() -> None:
    releases = RELEASE.findall(CHANGELOG)
    assert releases[0][0] == VERSION
    numbers = [tuple(map(int, version.split("."))) for version, _ in releases]
    assert numbers == sorted(set(numbers), reverse=True)
    days = [date.fromisoformat(day) for _, day in releases]
    assert days == sorted(days, reverse=True)


def test_the_changelog_has_the_headings_of_keep_a_changelog() -> None:
    assert CHANGELOG.index("## [Unreleased]") < CHANGELOG.index(f"## [{VERSION}]")
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= KINDS
