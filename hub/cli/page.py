"""The page that a command prints for ``-h``: what it does, what it takes, in the language of the hub or of --lang."""

from collections.abc import Iterator
from shutil import get_terminal_size
from typing import Any

from typer.core import TyperCommand, TyperGroup

from hub.cli.catalogue import CATALOGUE
from hub.cli.chinese import in_chinese
from hub.cli.chinese_options import ARGUMENTS
from hub.cli.language import spoken
from schemas.words import Words, told

WIDEST = 100
_USAGE = Words("Usage:", "用法：")
_PIECES = {
    "[OPTIONS]": Words("[OPTIONS]", "[选项]"),
    "COMMAND [ARGS]...": Words("COMMAND [ARGS]...", "命令 [参数]..."),
}
_ARGUMENTS, _OPTIONS = Words("Arguments:", "参数："), Words("Options:", "选项：")
_COMMANDS = Words("Commands (-h of each says more):", "命令（各命令的 -h 显示详情）：")
_NEEDED, _USUAL = Words("Needed.", "必填。"), Words("Default:", "默认：")
_HELP = Words("Show this.", "显示本帮助。")


class SpokenCommand(TyperCommand):
    """A command whose help is in both languages."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        write_page(self, ctx, formatter)


class SpokenGroup(TyperGroup):
    """A group of commands whose help is in both languages."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        write_page(self, ctx, formatter)


def write_page(command: Any, ctx: Any, formatter: Any) -> None:
    """Write what a command does and all that it takes."""
    language = spoken()
    page = type(formatter)(width=min(get_terminal_size().columns, WIDEST))
    pieces = [told(_PIECES.get(each, each), language) for each in command.collect_usage_pieces(ctx)]
    page.write(f"{told(_USAGE, language)} {' '.join([ctx.command_path, *pieces])}\n\n")
    page.indent()
    page.write_text(told(purpose(command), language))
    page.dedent()
    for heading, rows in _sections(command, language):
        page.write(f"\n{told(heading, language)}\n")
        page.indent()
        page.write_dl(rows)
        page.dedent()
    formatter.write(page.getvalue())


def _sections(command: Any, language: str) -> Iterator[tuple[Words, list[tuple[str, str]]]]:
    shown = [each for each in command.params if not getattr(each, "hidden", False)]
    arguments = [each for each in shown if each.param_type_name == "argument"]
    options = [each for each in shown if each.param_type_name == "option"]
    if arguments:
        yield _ARGUMENTS, [(each.name, _row(each, language)) for each in arguments]
    rows = [(", ".join(each.opts) + ("" if each.is_flag else " …"), _row(each, language)) for each in options]
    yield _OPTIONS, [*rows, ("-h, --help", told(_HELP, language))]
    if hasattr(command, "commands"):
        yield _COMMANDS, [(name, told(purpose(each), language)) for name, each in command.commands.items()]


def _row(parameter: Any, language: str) -> str:
    """What an option is for, and whether it can be left out."""
    text = told(meaning(parameter), language)
    if parameter.required:
        return f"{text} {told(_NEEDED, language)}"
    usual = parameter.default
    plain = isinstance(usual, int | float | str) and not isinstance(usual, bool) and usual not in ("", 0)
    return f"{text} {told(_USUAL, language)} {usual}" if plain else text


def purpose(command: Any) -> str:
    """What a command is for, in both languages where both were written."""
    english = " ".join((command.help or "").split())
    known = next((entry.help for entry in CATALOGUE.values() if entry.help == english), None)
    chinese = known.zh if known is not None else in_chinese(english)
    return Words(english, chinese) if chinese else english


def meaning(parameter: Any) -> str:
    """What an option or an argument is, in both languages where both were written."""
    if not parameter.help:
        return ARGUMENTS.get(parameter.name, "")
    chinese = in_chinese(parameter.help)
    return Words(" ".join(parameter.help.split()), chinese) if chinese else str(parameter.help)
