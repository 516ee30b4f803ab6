"""The help of every command, argument and option, in both languages, within the width of a terminal."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from hub.cli.app import app
from hub.cli.page import WIDEST, meaning, purpose
from schemas.words import Words
from tests.journeys.commands import run

_CHINESE = re.compile("[\u4e00-\u9fff]")


def every(group: Any, *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and every group with its path."""
    for name, each in group.commands.items():
        yield (*above, name), each
        if hasattr(each, "commands"):
            yield from every(each, *above, name)


COMMANDS = dict(every(typer.main.get_command(app)))


def in_one_language(texts: dict[str, str]) -> list[str]:
    """Which of these texts nobody wrote in both languages."""
    return [
        f"{what}: {text!r}"
        for what, text in texts.items()
        if not (isinstance(text, Words) and text and not _CHINESE.search(text) and _CHINESE.search(text.zh))
    ]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_what_a_command_does_and_takes_is_said_in_both_languages(path):
    command = COMMANDS[path]
    texts = {"what it does": purpose(command), **{each.name: meaning(each) for each in command.params}}
    assert in_one_language(texts) == []


def test_a_help_in_one_language_would_be_found():
    assert in_one_language({"a": "only English", "b": "", "c": Words("both", "两种"), "d": Words("none", "none")}) == [
        "a: 'only English'",
        "b: ''",
        "d: 'none'",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_page_is_in_the_language_that_is_asked_for_and_fits_a_terminal(language):
    for path in COMMANDS:
        page = run(*path, "--lang", language, "-h")
        assert page.returncode == 0, path
        wide = [line for line in page.stdout.split("\n") if width(line) > WIDEST]
        assert wide == [], path


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ["用法：", "补记", "必填。"]), ("en", ["Usage:", "Credit hours"])]
)
def test_the_page_of_a_command_is_in_the_language_of_lang(language, words):
    page = run("people", "credit", "--lang", language, "-h").stdout
    assert all(word in page for word in words) and bool(_CHINESE.search(page)) == (language == "zh")


def test_the_page_of_a_group_is_in_that_language_too():
    assert "查看一条告警及处理办法。" in run("alarms", "--lang", "zh", "-h").stdout
    assert "One alarm, and what to do." in run("alarms", "--lang", "en", "-h").stdout


def width(line: str) -> int:
    """How many columns of a terminal a line takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)
