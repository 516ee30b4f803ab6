"""The page of commands: each with what it does and takes, from the program itself."""

from collections.abc import Iterator
from typing import Any

import typer

from hub.cli.app import app
from hub.cli.catalogue import CATALOGUE
from hub.cli.page import meaning, purpose
from schemas.words import Words, told

_HEAD = Words(
    """# Commands

<!-- {note} -->

`licet COMMAND -h` shows the same in a terminal. Every command takes `--lang zh` or `--lang en`, and most `-c DIR`,
the hub folder (else the one it is called in). What shows a list or an answer has `--json`. Exit codes: 0 done, 1 found
something wrong, 2 called wrongly; of `serve` also 70, a part of it stood still (start it again), and 74, its store is
destroyed or not where it was (look first). Commands may run beside the server.
""",
    """# 命令

<!-- {note} -->

在终端中用 `licet 命令 -h` 查看同样的说明。所有命令均可带 `--lang zh` 或 `--lang en`，多数可带 `-c 目录` 指定配置目录
（默认为当前目录）。显示列表或结果的命令支持 `--json`。退出码：0 完成，1 发现问题，2 用法错误；`serve` 另有 70
（内部任务停止，可重新启动）和 74（存储损坏或不在原处，须先检查）。命令可与运行中的服务同时使用。
""",
)
_COLUMNS = Words("| takes | what for |", "| 参数与选项 | 说明 |")
_NEEDED, _USUAL = Words("Needed.", "必填。"), Words("Default: `{}`.", "默认：`{}`。")
_EVERYWHERE = ("--lang", "--help", "--config", "--json")


def commands_page(note: str, language: str) -> str:
    """Every command of the program, in the order of its catalogue."""
    group = typer.main.get_command(app)
    lines = [told(_HEAD, language).format(note=note)]
    for name, entry in CATALOGUE.items():
        command = group.commands[name]  # type: ignore[attr-defined]
        lines += [f"## licet {name}", ""]
        parts = list(_parts(command, name))
        if len(parts) > 1:
            lines += [told(entry.help, language), ""]
        for path, part in parts:
            if path != name:
                lines += [f"### licet {path}", ""]
            if path != name or len(parts) == 1:
                lines += [told(purpose(part), language), ""]
            lines += _takes(part, path, language)
    return "\n".join(lines)


def _parts(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """A command, or those of its group, by what is typed after ``licet``."""
    if not hasattr(command, "commands") or command.invoke_without_command:
        yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from _parts(each, f"{path} {name}")


def _takes(command: Any, path: str, language: str) -> list[str]:
    """How it is typed, and each argument and option but those that all have."""
    shown = [each for each in command.params if not getattr(each, "hidden", False)]
    arguments = [each for each in shown if each.param_type_name == "argument"]
    options = [each for each in shown if each.param_type_name == "option" and not {*each.opts} & {*_EVERYWHERE}]
    placed = [each.name.upper().rstrip("_") for each in arguments]
    needed = [f"{each.opts[0]} …" for each in options if each.required]
    typed = " ".join(["licet", path, *placed, *needed])
    rows = [(f"`{name}`", each) for name, each in zip(placed, arguments, strict=True)]
    rows += [(", ".join(f"`{opt}`" for opt in each.opts) + ("" if each.is_flag else " …"), each) for each in options]
    table = [f"| {name} | {_row(each, language)} |" for name, each in rows]
    return [f"`{typed}`", "", *([told(_COLUMNS, language), "| --- | --- |", *table, ""] if table else [])]


def _row(parameter: Any, language: str) -> str:
    text = told(meaning(parameter), language).replace("|", "\\|")
    usual = parameter.default
    if parameter.required:
        return f"{text} {told(_NEEDED, language)}"
    plain = isinstance(usual, int | float | str) and not isinstance(usual, bool) and usual not in ("", 0)
    return f"{text} {told(_USUAL, language).format(usual)}" if plain else text
