"""A command that was called wrongly, in both languages: what was found, what is expected, where to read more."""

import errno
import re
from collections.abc import Iterable, Mapping
from typing import Any

from hub.alarms.remedies import remedies
from hub.cli.page import meaning
from hub.wording import meant
from schemas.errors import LicetError
from schemas.system import why_not
from schemas.words import Words, named, told

_LOOK = Words(
    "see that it runs and can be reached from this machine; `licet check --online` asks every system and says how each"
    " is",
    "请确认该系统正在运行且本机可以访问；`licet check --online` 逐一查询各系统并显示结果",
)
_NOTHING = Words("", "")
_OF_SYSTEM: Mapping[int, Words] = {
    errno.ENOENT: Words(
        "name a file or folder that is there; without a / in front it counts from the folder in which you are",
        "改为已有的文件或目录；不以 / 开头的路径从当前目录算起",
    ),
    errno.EACCES: Words("give the account that runs this the right to it", "为运行本命令的账号授予权限"),
    errno.ENOSPC: Words("make room on that disk (`df -h` shows it)", "清理磁盘空间（用 `df -h` 查看）"),
    errno.EISDIR: Words("name a file instead of a folder", "改为文件，而不是目录"),
    errno.ENOTDIR: Words("name a folder instead of a file", "改为目录，而不是文件"),
    errno.EEXIST: Words("name another one, or move it away", "改用其他名称，或先移走"),
}
"""What is done about a failure of the operating system, by its number."""
_TO_DO: Mapping[str, Words] = {"peer.unreachable": _LOOK, "peer.throttled": _LOOK, "peer.rejected": _LOOK}
_QUOTED = re.compile("'([^']*)'")
_DASHED = Words("a value that begins with - goes behind a --, last of all", "以 - 开头的值应写在最后，并在其前加 --")
_THE_SYSTEM = Words("the system", "系统")
_OPTION, _COMMAND = Words("option", "选项"), Words("command", "命令")


class WrongCall(LicetError):
    """A call that is not taken."""

    def __init__(self, words: Words, path: str = "licet") -> None:
        more = Words(f"`{path} -h` says more", f"用法见 `{path} -h`")
        asks = words.endswith("?")
        en, zh = f"{words}{' ' if asks else '; '}{more}", f"{words:zh}{'' if asks else '；'}{more:zh}"
        super().__init__("call.invalid", Words(en, zh))


def wrong_call(error: Any) -> WrongCall:
    """What the parser of command lines refused, in our words."""
    context = error.ctx
    words = _WORDS.get(type(error).__name__, _other)(error, context)
    return WrongCall(words, "licet" if context is None else context.command_path)


def not_done(error: OSError) -> Words:
    """What the operating system did not do, and with what."""
    what, words = named(str(error.filename)) if error.filename else _THE_SYSTEM, why_not(error)
    return Words(f"{what}: {words}", f"{what:zh}：{words:zh}")


def _unknown_option(error: Any, context: Any) -> Words:
    words = _unknown(_OPTION, error.option_name, [name for each in context.command.params for name in each.opts])
    if error.option_name.startswith("--") or all(each.param_type_name != "argument" for each in context.command.params):
        return words
    return Words(f"{words}; {_DASHED}", f"{words:zh}；{_DASHED:zh}")


def _missing(error: Any, _context: Any) -> Words:
    name, meaning = _name(error.param), _what_for(error.param)
    return Words(f"{name}: found nothing, expected a value{meaning}", f"{name}：未填写，应为一个值{meaning:zh}")


def _what_for(parameter: Any) -> Words:
    """What a parameter is for, as the help of its command says."""
    text = meaning(parameter)
    begun = text[:1].lower() + text[1:].rstrip(".")
    return Words(f": {begun}", f"：{told(text, 'zh').rstrip('。.')}") if text else _NOTHING


def to_do(error: Exception) -> Words:
    """What to do about a failure that does not say it itself: its own cure, or what is always done about its code."""
    if isinstance(error, OSError):
        return _OF_SYSTEM.get(error.errno or 0, _NOTHING)
    if not isinstance(error, LicetError):
        return _NOTHING
    if error.cure is not None:
        return error.cure
    if any(each in error.message for each in ("`licet", "--", " -h`")):
        return _NOTHING
    zh, en = remedies().get(error.code, ("", ""))
    return Words(en, zh) if en and error.code != "config.invalid" else _TO_DO.get(error.code, _NOTHING)


def _without_value(error: Any, _context: Any) -> Words:
    name = error.option_name
    if "not take" in str(error.message):
        return Words(f"{name}: found a value, expected none", f"{name}：其后不应有值")
    return Words(f"{name}: found nothing behind it, expected a value", f"{name}：其后未填写，应为一个值")


def _bad(error: Any, _context: Any) -> Words:
    """A value that is not taken: our own words as they are, those of the parser by what is expected there."""
    words = error.message if isinstance(error.message, Words) else _expected(error)
    where = error.param_hint if isinstance(error.param_hint, str) else error.param and _name(error.param)
    return Words(f"{where}: {words}", f"{where}：{words:zh}") if where else words


def _expected(error: Any) -> Words:
    from pydantic import ValidationError  # noqa: PLC0415 - takes a fifth of a second, for this alone

    from schemas.faults import faults_of  # noqa: PLC0415

    said, cause = _QUOTED.findall(str(error.message)), error.__cause__ or error.__context__
    if isinstance(cause, ValidationError) and cause.errors()[0]["type"] != "value_error":
        [fault, *_more] = faults_of(cause)
        return Words(
            f"found {fault.found}, expected {fault.expected}", f"现为 {fault.found:zh}，应为{fault.expected:zh}"
        )
    if isinstance(cause, OSError) and said:
        return Words(f"found no file {said[0]!r}, expected one that is there", f"没有文件 {said[0]!r}，应为已有的文件")
    if len(said) > 2:
        near = meant(said[0], said[1:])
        return Words(
            f"found {said[0]!r}, expected one of {', '.join(said[1:])}{near}",
            f"现为 {said[0]!r}，应为其中之一：{'、'.join(said[1:])}{near:zh}",
        )
    found = said[0] if said else ""
    return Words(f"found {found!r}, expected for example 2026-11-23", f"现为 {found!r}，应为例如 2026-11-23")


def _other(error: Any, context: Any) -> Words:
    """A command that there is not, or more than a command takes."""
    said = _QUOTED.findall(str(error.message))
    known = getattr(context and context.command, "commands", None)
    if known is not None and said and said[0] not in known:
        return _unknown(_COMMAND, said[0], known)
    extra = str(error.message).partition("(")[2].rpartition("(")[2].rpartition(")")[0]
    names = _names_of(context)
    return Words(
        f"found {extra!r} beyond what the command takes, expected {', '.join(names) or 'options alone'}",
        f"多余的参数：{extra!r}；该命令的参数为：{'、'.join(names) or '无（只有选项）'}",
    )


def _names_of(context: Any) -> list[str]:
    """What a command takes that is no option, in its order."""
    listed = () if context is None else context.command.params
    return [_name(each) for each in listed if each.param_type_name == "argument"]


_WORDS = {
    "NoSuchOption": _unknown_option,
    "MissingParameter": _missing,
    "BadOptionUsage": _without_value,
    "BadParameter": _bad,
}


def _unknown(what: Words, found: str, known: Iterable[str]) -> Words:
    near = meant(found, known)
    return Words(f"found no {what} {found!r}{near}", f"没有{what:zh} {found!r}{near:zh}")


def _name(parameter: Any) -> str:
    """A parameter as it is typed."""
    return str(parameter.name).upper() if parameter.param_type_name == "argument" else str(parameter.opts[0])
