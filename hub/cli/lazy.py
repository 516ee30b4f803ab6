"""The commands of ``licet``, each imported when it is called: what only names them starts at once."""

from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib import import_module
from shutil import get_terminal_size
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hub.cli.catalogue import CATALOGUE
from hub.cli.language import known_language, spoken
from hub.cli.page import WIDEST, SpokenCommand, SpokenGroup
from schemas.words import Words, told

_HEADINGS = {
    "usage": Words("Usage: licet [OPTIONS] COMMAND [ARGS]...", "用法：licet [选项] 命令 [参数]..."),
    "options": Words("Options:", "选项："),
    "commands": Words("Commands (licet COMMAND -h says more):", "命令（licet 命令 -h 查看详情）："),
}
_OPTIONS = (
    ("--version", Words("Show the version and exit.", "显示版本。")),
    ("--lang zh|en", Words("Language; else that of the hub folder.", "语言；默认为配置目录所设语言。")),
    ("--debug", Words("Show stack traces.", "显示调用栈。")),
    ("--install-completion", Words("Install completion for this shell.", "为当前 shell 安装命令补全。")),
    ("-h, --help", Words("Show this.", "显示本帮助。")),
)
_KEPT = (
    *("name", "context_settings", "callback", "params", "help", "epilog", "short_help", "options_metavar"),
    *("add_help_option", "no_args_is_help", "hidden", "deprecated"),
)
"""What a command is made of."""
_LANG_HELP = Words("zh or en; default: the hub's language.", "zh 或 en；默认为配置目录所设语言。")


class Commands(MutableMapping[str, Any]):
    """All commands by name; one is imported when it is taken."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = loaded(name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(CATALOGUE)

    def __len__(self) -> int:
        return len(CATALOGUE)

    def __contains__(self, name: object) -> bool:
        return name in CATALOGUE


class LazyGroup(TyperGroup):
    """``licet`` itself."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Commands()

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """What a shell offers behind ``licet``: names of commands, none of which is imported for that, and options."""
        item, language = vars(typer.core)["CompletionItem"], spoken()
        named = [(name, told(entry.help, language)) for name, entry in CATALOGUE.items() if name.startswith(incomplete)]
        options: list[Any] = super(TyperGroup, self).shell_complete(ctx, incomplete)
        return [*(item(name, help=text) for name, text in named), *options]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the names of all commands and what each does, in the language of the hub folder."""
        language = spoken()
        page = type(formatter)(width=min(get_terminal_size().columns, WIDEST))
        for heading, rows in (
            ("options", [(name, told(text, language)) for name, text in _OPTIONS]),
            ("commands", [(name, told(entry.help, language)) for name, entry in CATALOGUE.items()]),
        ):
            if heading == "options":
                page.write(f"{told(_HEADINGS['usage'], language)}\n")
            page.write(f"\n{told(_HEADINGS[heading], language)}\n")
            page.indent()
            page.write_dl(rows)
            page.dedent()
        formatter.write(page.getvalue())


@cache
def loaded(name: str) -> Any:
    """A command, imported, with a language to choose in each of its parts; it is put together once."""
    entry = CATALOGUE[name]
    first, *others = [import_module(f"hub.cli.{module}").app for module in entry.modules]
    own = typer.main.get_group(first).commands
    if name in own:
        command = own[name]
    else:
        whole = typer.Typer()
        for other in others:
            first.add_typer(other)
        whole.add_typer(first, name=name, help=str(entry.help))
        command = typer.main.get_group(whole).commands[name]
    return _speaking(command)


def _speaking(command: Any) -> Any:
    """A command as it was written, with its help in both languages, and ``--lang``, in which its refusals are told."""
    known = {name: getattr(command, name) for name in _KEPT}
    if not any("--lang" in parameter.opts for parameter in command.params):
        known["params"] = [*command.params, _language_option()]
    if not isinstance(command, TyperGroup):
        return SpokenCommand(**known)
    return SpokenGroup(
        **known,
        commands={name: _speaking(each) for name, each in command.commands.items()},
        invoke_without_command=command.invoke_without_command,
        subcommand_metavar=command.subcommand_metavar,
    )


def _language_option() -> Any:
    """The option as typer makes it for a command that names it; no value of it is handed to the command."""
    app = typer.Typer()

    @app.command()
    def speak(
        lang: Annotated[
            str | None, typer.Option("--lang", help=str(_LANG_HELP), expose_value=False, callback=known_language)
        ] = None,
    ) -> None:
        """Nothing: it lends its option."""

    return next(each for each in typer.main.get_command(app).params if "--lang" in each.opts)
