"""The documentation as a site that needs no network: ``docs/`` in both languages, each made by Sphinx."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pages.contents import ENGLISH_ALONE, below, contents

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LANGUAGES = {"en": "en", "zh": "zh_CN"}
"""The folder of a language, and what Sphinx calls it."""
_CHINESE = ".zh-CN"
_OTHER_LANGUAGE = re.compile(r"^\[(?:中文|English)\]\([^)]*\)\n+", re.MULTILINE)
_LINK = re.compile(r"\]\((?!\w+:|#)([^)#]+)(#[^)]*)?\)")


@dataclass(frozen=True)
class Built:
    """How the making of one language ended; what Sphinx warned of is in ``said``."""

    returncode: int
    said: str


def build(out: Path) -> Iterator[Built]:
    """Make the site of this version in a folder, beside those of others that are there."""
    here = out / version("licet")
    for language, called in LANGUAGES.items():
        shutil.rmtree(here / language, ignore_errors=True)
        with TemporaryDirectory() as folder:
            lay_out(Path(folder), language)
            yield _made(Path(folder), here / language, called)
    (out / "index.html").write_text(_versions(out), encoding="utf-8")


def lay_out(target: Path, language: str) -> None:
    """Write the pages of one language under the names that both have, and the files that they lead to."""
    all_pages = pages(language)
    decisions = [each.removesuffix(".md") for each in all_pages if each.startswith(ENGLISH_ALONE)]
    for page in all_pages:
        name = page_of(page)
        text = _OTHER_LANGUAGE.sub("", (DOCS / page).read_text(encoding="utf-8"))
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        led = _LINK.sub(lambda each, page=page: _led(each, page, target), text)
        (target / name).write_text(led + below(name, decisions), encoding="utf-8")
    with (target / "index.md").open("a", encoding="utf-8") as index:
        index.write(contents(language))


def pages(language: str) -> list[str]:
    """The files of one language, from ``docs/``; what is written in English alone is in both."""
    found = sorted(each.relative_to(DOCS).as_posix() for each in DOCS.rglob("*.md"))
    chinese = [each for each in found if each.endswith(f"{_CHINESE}.md")]
    english = [each for each in found if each not in chinese]
    if language == "en":
        return english
    return chinese + [each for each in english if each.startswith(ENGLISH_ALONE)]


def page_of(file: str) -> str:
    """The name of a page, whatever its language."""
    return file.replace(f"{_CHINESE}.md", ".md")


def _led(link: re.Match[str], page: str, target: Path) -> str:
    """A link as it stands in the site; a file beyond ``docs/`` comes along."""
    path, anchor = link[1], link[2] or ""
    led = (DOCS / page).parent / path
    to_page = path.endswith(".md") and led.resolve().is_relative_to(DOCS)
    if (
        to_page
        and page.endswith(f"{_CHINESE}.md")
        and led.with_name(led.name.replace(".md", f"{_CHINESE}.md")).exists()
    ):
        return f"](english:{path.removesuffix('.md')}.html{anchor})"
    if to_page:
        return f"]({page_of(path)}{anchor})"
    if led.name.startswith("README") and led.parent.resolve() == ROOT:
        return "](index.md)"
    kept = target / "files" / led.name
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(led, kept)
    return f"]({os.path.relpath(kept, (target / page).parent)})"


def _made(source: Path, out: Path, language: str) -> Built:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-E", "-b", "html"]
    command += ["-c", str(DOCS / "site"), "-d", str(source / ".trees"), str(source), str(out)]
    done = subprocess.run(
        command,
        env={**os.environ, "LICET_DOCS_LANGUAGE": language, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return Built(done.returncode, done.stdout + done.stderr)


def _versions(out: Path) -> str:
    """The page of all versions that are there, the newest first."""
    found = sorted((each.parent for each in out.glob("*/en")), key=lambda each: _parts(each.name), reverse=True)
    rows = "\n".join(
        f'<li>{each.name}: <a href="{each.name}/en/index.html">English</a> · '
        f'<a href="{each.name}/zh/index.html">中文</a></li>'
        for each in found
    )
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Licet</title>'
    return (
        f'{head}<body style="font-family: sans-serif; margin: 3em"><h1>Licet</h1>\n<ul>\n{rows}\n</ul></body></html>\n'
    )


def _parts(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", text)]
