"""The pages of the documentation in a terminal: listed, one printed, or what an error code means and what to do."""

import re
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.wording import meant
from schemas.errors import CODES, ConfigError
from schemas.words import Words

app = typer.Typer()
_SHIPPED = Path(str(resources.files("hub") / "pages"))
PAGES = _SHIPPED if _SHIPPED.is_dir() else Path(str(resources.files("hub"))).parent / "docs"
"""Where the pages are: in a package that was built, else in the repository."""
_ENDS = {"en": ".md", "zh": ".zh-CN.md"}
_TO_DO = {
    "en": re.compile(r"^\*\*What to do:\*\* (.+)$", re.MULTILINE),
    "zh": re.compile(r"^\*\*处理：\*\* (.+)$", re.MULTILINE),
}
_TO_PAGE = re.compile(r"\[[^\]]+\]\(([\w/-]+)(?:\.zh-CN)?\.md[^)]*\)")


@app.command()
def docs(
    page: Annotated[str, typer.Argument(help="A page as they are listed, or an error code; none: all pages.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Print a page of the documentation, or what an error code means and what to do; without a name: all pages."""
    language = spoken()
    if not page:
        known = {name: _titled(name, language) for name in names()}
        show(known, as_json, lambda: "\n".join(f"{name:<34}{title}" for name, title in known.items()))
        return
    text = section(page, language) if page in CODES else _page(page, language)
    show({"page": page, "text": text}, as_json, lambda: text)


def names() -> list[str]:
    """Every page by its name, the first one first."""
    found = {each.relative_to(PAGES).as_posix() for each in PAGES.rglob("*.md")}
    english = sorted(each.removesuffix(".md") for each in found if not each.endswith(_ENDS["zh"]))
    return sorted(english, key=lambda name: (name.count("/"), name != "index"))


def section(code: str, language: str) -> str:
    """What the page of errors says of a code."""
    _, _, found = _page("errors", language).partition(f"\n### {code}\n")
    return f"{code}\n{found.partition(chr(10) + '##')[0]}".strip()


def cure_in(code: str, language: str) -> str:
    """What to do about a code, as its page says; empty for a code that has no page."""
    found = _TO_DO[language].search(section(code, language))
    return _TO_PAGE.sub(r"`licet docs \1`", found[1]).rstrip(".。") if found else ""


def _page(name: str, language: str) -> str:
    if name not in names():
        near = meant(name, [*names(), *CODES])
        raise ConfigError(
            Words(
                f"found no page and no error code {name[:64]!r}; `licet docs` lists the pages{near}",
                f"没有名为 {name[:64]!r} 的页面或错误代码；用 `licet docs` 列出全部页面{near.zh}",
            ),
            "ref.unknown-name",
        )
    return _file(name, language).read_text(encoding="utf-8")


def _file(name: str, language: str) -> Path:
    """The file of a page; in English what is written in no other language."""
    file = PAGES / f"{name}{_ENDS[language]}"
    return file if file.is_file() else PAGES / f"{name}{_ENDS['en']}"


def _titled(name: str, language: str) -> str:
    file = _file(name, language)
    found = re.search("^# (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    title = found[1] if found else name
    return title if language == "en" or file.name.endswith(_ENDS["zh"]) else f"{title}（英文）"
