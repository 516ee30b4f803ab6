"""The documentation is a site in both languages that needs no network: nothing warns, every link leads somewhere."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from schemas.errors import CODES
from tests.pages import site
from tests.pages.adapters import adapters
from tests.pages.contents import ENGLISH_ALONE, page_names

pytestmark = pytest.mark.skipif(find_spec("sphinx") is None, reason="the extra licet[docs] is not installed")
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


class Page(HTMLParser):
    """What a page leads to, what it loads, and what can be led to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag == "link" and given.get("rel") not in ("index", "search", "next", "prev", "canonical"):
            self.loads.add(given.get("href", ""))
        if "src" in given:
            self.loads.add(given["src"])


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The site of this version, made once."""
    out = tmp_path_factory.mktemp("site")
    for each in site.build(out):
        assert each.returncode == 0, each.said
        assert each.said.strip() == ""
    return out / version("licet")


@cache
def page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def html(built: Path) -> Iterator[Path]:
    yield from built.parent.rglob("*.html")


def test_every_link_leads_to_a_page_and_a_place_that_exist(built):
    seen = 0
    for path in html(built):
        for link in page(path).links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path.relative_to(built.parent)}: {link}"
            if parts.fragment and target.suffix == ".html":
                assert unquote(parts.fragment) in page(target).anchors, f"{path.relative_to(built.parent)}: {link}"
            seen += 1
    assert seen > 5000


def test_a_page_loads_nothing_from_elsewhere(built):
    for path in html(built):
        for load in page(path).loads:
            assert not urlsplit(load).netloc and not load.startswith("//"), f"{path.name}: {load}"
    for path in [*built.rglob("*.css"), *built.rglob("*.js")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""(?:url\(|@import|fetch\(|src=)\s*['"]?(?:https?:)?//""", text), path.name


def test_every_page_is_in_both_languages(built):
    english, chinese = (
        {each.relative_to(built / language).as_posix() for each in (built / language).rglob("*.html")}
        for language in ("en", "zh")
    )
    assert english == chinese
    for name in page_names():
        assert f"{name}.html" in english
    for name, _spec in adapters():
        assert f"adapters/{name.replace('/', '-')}.html" in english
    for path in html(built):
        here = path.relative_to(built.parent).as_posix()
        twin = re.sub("/(en|zh)/", lambda found: "/zh/" if found[1] == "en" else "/en/", here, count=1)
        led = {(path.parent / urlsplit(link).path).resolve() for link in page(path).links if "://" not in link}
        assert path.parent == built.parent or (built.parent / twin).resolve() in led, here


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_a_place_that_a_link_can_name(built, language):
    found = page(built / language / "errors.html")
    wanted = {re.sub("[^a-z0-9]", "-", code): code for code in CODES}
    assert len(wanted) == len(CODES), "two codes would have one place"
    assert wanted.keys() <= found.anchors


def test_the_first_page_lists_the_versions_that_are_there(tmp_path, built):
    for number in ("0.9.0", "0.10.0"):
        (tmp_path / number / "en").mkdir(parents=True)
    listed = re.findall(r"<li>([^:]+):", site._versions(tmp_path))
    assert listed == ["0.10.0", "0.9.0"]
    assert f"{version('licet')}/zh/index.html" in (built.parent / "index.html").read_text(encoding="utf-8")


def index(built: Path, language: str) -> dict[str, Any]:
    text = (built / language / "searchindex.js").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    return found


def test_chinese_is_found_by_pairs_of_characters(built):
    found = index(built, "zh")
    names = found["docnames"]

    def with_word(word: str) -> set[str]:
        """What stands in a title of a page is not listed again among its words."""
        hits = [found[kind].get(word, []) for kind in ("terms", "titleterms")]
        return {names[n] for hit in hits for n in ([hit] if isinstance(hit, int) else hit)}

    def pages(query: str) -> set[str]:
        return set.intersection(*(with_word(query[n : n + 2]) for n in range(len(query) - 1)))

    assert "errors" in pages("终端待批准")
    assert "rules-for-hr" in pages("岗前培训学时")
    assert pages("此处没有这样一句话") == set()


@pytest.mark.skipif(BROWSER is None, reason="no chromium here (make peers)")
@pytest.mark.parametrize(
    ("language", "query", "wanted"),
    [
        ("zh", "恢复的平台接收数据", "operations.html"),
        ("zh", "中途离开", "rules-for-hr.html"),
        ("zh", "device.pending", "errors.html"),
        ("en", "enforcing", "operations.html"),
    ],
)
def test_a_browser_without_a_network_finds_what_is_asked_for(built, tmp_path, language, query, wanted):
    address = f"{(built / language / 'search.html').as_uri()}?q={query}"
    shown = subprocess.run(
        [
            *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
            *(f"--user-data-dir={tmp_path}", "--virtual-time-budget=20000", "--dump-dom", address),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    ).stdout
    results = re.search(r'<ul [^>]*class="search".*?</ul>', shown, re.DOTALL)
    assert results is not None, shown[-2000:]
    assert wanted in results[0]


def test_only_what_is_written_for_developers_is_in_english_alone():
    missing = {
        name
        for name in site.pages("en")
        if not name.startswith(ENGLISH_ALONE) and not (site.DOCS / name.replace(".md", ".zh-CN.md")).exists()
    }
    assert missing == set()
