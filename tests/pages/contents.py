"""In which order the pages of the site stand, and under which headings."""

from collections.abc import Mapping, Sequence

from schemas.words import Words, told
from tests.pages.adapters import adapters, page_name

ENGLISH_ALONE = ("decisions/",)
"""Written for who changes the hub itself, in the language of its code."""
_SECTIONS: Mapping[Words, Sequence[str]] = {
    Words("First steps", "入门"): ("start", "first-terminal", "first-mapping"),
    Words("For HR", "人力资源"): ("rules-for-hr", "sheets", "register"),
    Words("Running it", "运行与安全"): ("operations", "scale", "security", "jobs", "airflow", "packages", "proving"),
    Words("Connecting systems", "接入外部系统"): (
        "connectors",
        "for-authorities",
        "qualification-system",
        "envelopes",
        "asking",
        "receipts",
        "pull-and-drop",
        "soap",
        "badges",
        "rest-door",
    ),
    Words("Reference", "参考"): ("commands", "settings", "errors", "position-files", "mapping", "entries"),
    Words("Inside", "内部结构"): ("architecture", "decisions"),
}


def contents(language: str) -> str:
    """The headings and pages, as Sphinx reads them at the end of the first page."""
    parts = [_tree(told(title, language), names) for title, names in _SECTIONS.items()]
    return "\n".join(["", *parts])


def page_names() -> list[str]:
    """Every page that the contents name, without those of adapters and decisions, which their pages list."""
    return [name for names in _SECTIONS.values() for name in names]


def below(page: str, decisions: Sequence[str]) -> str:
    """What a page of many others lists, as Sphinx reads it at the end of that page."""
    if page == "connectors.md":
        return _tree("", [page_name(name, "en").removesuffix(".md") for name, _spec in adapters()])
    return _tree("", decisions) if page == "decisions.md" else ""


def _tree(title: str, names: Sequence[str]) -> str:
    caption = [f":caption: {title}"] if title else []
    return "\n".join(["", "```{toctree}", ":hidden:", *caption, "", *names, "```", ""])
