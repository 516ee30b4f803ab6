"""Every page of the documentation that is taken from the code, by its file in ``docs/``."""

import re
from collections.abc import Iterator
from pathlib import Path

from schemas.words import Words, told
from tests.pages.adapters import adapter_page, adapters, connectors_page, page_name
from tests.pages.commands import commands_page
from tests.pages.errors import errors_page
from tests.pages.settings import settings_page

_DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions"
_HEAD = Words(
    """# Decisions

<!-- {note} -->

What was costly to undo: a page each, with the question, the options, the choice and its price.
""",
    """# 设计决定

<!-- {note} -->

难以更改的设计决定，每项一页：问题、备选方案、选择与代价。面向开发人员，只有英文。
""",
)


def derived_pages(note: str) -> Iterator[tuple[str, str]]:
    """File and text of each, in both languages."""
    for language in ("en", "zh"):
        end = ".zh-CN.md" if language == "zh" else ".md"
        yield f"commands{end}", commands_page(note, language)
        yield f"settings{end}", settings_page(note, language)
        yield f"errors{end}", errors_page(note, language)
        yield f"connectors{end}", connectors_page(note, language)
        yield f"decisions{end}", _decisions_page(note, language)
        for name, spec in adapters():
            yield page_name(name, language), adapter_page(name, spec, note, language)


def _decisions_page(note: str, language: str) -> str:
    found = [(each.name, each.read_text(encoding="utf-8").splitlines()[0]) for each in sorted(_DECISIONS.glob("*.md"))]
    rows = [f"- [{re.sub('^# ', '', title)}](decisions/{name})" for name, title in found]
    return "\n".join([told(_HEAD, language).format(note=note), *rows]) + "\n"
