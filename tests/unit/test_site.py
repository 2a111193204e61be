"""What can be said about the site without a browser."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[2] / "site"
PAGES = sorted(path.name for path in SITE.glob("*.html"))


class Page(HTMLParser):
    """The elements of a page: ``(tag, attributes)``."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed((SITE / name).read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        found = [attributes for name, attributes in self.elements if name == tag]
        return [one for one in found if all(one.get(key) == value for key, value in wanted.items())]


def imported(module: Path) -> set[Path]:
    """Every module that ``module`` needs, through any number of imports."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        for name in re.findall(r"""from '(\.{1,2}/[^']+)'""", current.read_text("utf-8")):
            target = (current.parent / name).resolve()
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_preloads_exactly_the_modules_that_it_needs(name: str) -> None:
    page = Page(name)
    entries = [SITE / str(one["src"]) for one in page.all("script", type="module")]
    needed = {module.relative_to(SITE).as_posix() for entry in entries for module in imported(entry)}
    assert {link["href"] for link in page.all("link", rel="modulepreload")} == needed


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_inline_code_or_style_and_a_policy_that_forbids_them(name: str) -> None:
    page = Page(name)
    assert all("src" in script for script in page.all("script"))
    assert page.all("style") == []
    for _tag, attributes in page.elements:
        assert not [key for key in attributes if key == "style" or key.startswith("on")]
    (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    content = str(policy["content"])
    assert "default-src 'none'" in content
    assert "script-src 'self';" in content
    assert "style-src 'self';" in content
    assert "unsafe" not in content


@pytest.mark.parametrize("name", PAGES)
def test_everything_that_a_page_names_exists(name: str) -> None:
    page = Page(name)
    named = [*page.all("link"), *page.all("script"), *page.all("img"), *page.all("a"), *page.all("use")]
    addresses = {str(one.get("href") or one.get("src") or "") for one in named}
    local = {address.split("#")[0] for address in addresses if not address.startswith(("http", "#"))}
    assert {address for address in local if not (SITE / address).exists()} == set()


def test_every_drawing_that_is_named_is_in_the_sprite() -> None:
    sources = [*SITE.glob("*.html"), *SITE.glob("js/**/*.js")]
    text = "".join(path.read_text("utf-8") for path in sources)
    named = set(re.findall(r"icons\.svg#([a-z-]+)", text)) | set(re.findall(r"\bicon\('([a-z-]+)'\)", text))
    drawn = set(re.findall(r'symbol id="([a-z-]+)"', (SITE / "img/icons.svg").read_text("utf-8")))
    assert named == drawn


def test_the_vendored_files_are_those_that_were_recorded() -> None:
    recorded = re.findall(r"^([0-9a-f]{64})  (\S+)$", (SITE / "vendor/README.md").read_text("utf-8"), re.MULTILINE)
    there = {path.name for path in (SITE / "vendor").iterdir()} - {"README.md"}
    assert {name for _hash, name in recorded} == there
    for expected, name in recorded:
        assert hashlib.sha256((SITE / "vendor" / name).read_bytes()).hexdigest() == expected
