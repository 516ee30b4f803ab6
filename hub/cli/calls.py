"""A command that was called wrongly, in both languages: what was found, what is expected, where to read more."""

import errno
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hub.alarms.remedies import remedies
from hub.cli.away import look_at_system
from hub.cli.language import called_command, given_folder
from hub.cli.page import meaning
from hub.cli.typed_examples import example, option_example, place, taken
from hub.rules.files.cures import known_cure
from hub.wording import meant
from schemas.errors import LicetError
from schemas.nearest import MEANT
from schemas.system import why_not
from schemas.words import NOTHING, Words, named, told

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
_OF_PEER = ("peer.unreachable", "peer.tls", "peer.timeout", "peer.throttled", "peer.rejected")
_QUOTED = re.compile("'([^']*)'")
_MEANT = re.compile(rf"{MEANT} ('[^']*')\?")
_SAYS_HOW = re.compile("`licet| -h`| -c |--[a-z-]+ [A-Z]{2}|--by A|pip install|; (?!expected|found|did you)[a-z]")
"""In what a message says itself what to type."""
_OF_MANY = ("config.invalid", "call.invalid", "call.refused", "file.system")
"""Codes whose page says no more than that the message does."""
_DASHED = Words("a value that begins with - goes behind a --, last of all", "以 - 开头的值应写在最后，并在其前加 --")
_THE_SYSTEM = Words("the system", "系统")
_OPTION, _COMMAND = Words("option", "选项"), Words("command", "命令")


class WrongCall(LicetError):
    """A call that is not taken; ``to_do``: what to type instead, where that is known."""

    def __init__(self, words: Words, path: str = "licet", to_do: Words | None = None) -> None:
        more = Words(f"`{path} -h` says more", f"用法见 `{path} -h`")
        if to_do is not None:
            super().__init__("call.invalid", words, Words(f"{to_do}; {more}", f"{to_do.zh}；{more.zh}"))
            return
        asks = words.endswith("?")
        en, zh = f"{words}{' ' if asks else '; '}{more}", f"{words.zh}{'' if asks else '；'}{more.zh}"
        super().__init__("call.invalid", Words(en, zh))


def wrong_call(error: Any) -> WrongCall:
    """What the parser of command lines refused, in our words."""
    context = error.ctx
    words, path = _WORDS.get(type(error).__name__, _other)(error, context), "licet"
    return WrongCall(words, path if context is None else context.command_path, _typed_instead(error, context))


def not_done(error: OSError) -> Words:
    """What the operating system did not do, and with what."""
    what, words = named(str(error.filename)) if error.filename else _THE_SYSTEM, why_not(error)
    return Words(f"{what}: {words}", f"{what.zh}：{words.zh}")


def _unknown_option(error: Any, context: Any) -> Words:
    words = _unknown(_OPTION, error.option_name, [name for each in context.command.params for name in each.opts])
    if error.option_name.startswith("--") or all(each.param_type_name != "argument" for each in context.command.params):
        return words
    return Words(f"{words}; {_DASHED}", f"{words.zh}；{_DASHED.zh}")


def _typed_instead(error: Any, context: Any) -> Words | None:
    """What to type where something is missing, or more stands there than a command takes."""
    if context is None or getattr(context.command, "commands", None) is not None:
        return None
    if type(error).__name__ == "MissingParameter" and error.param.param_type_name == "option":
        added = option_example(error.param)
        return Words(f"add `{added}`", f"补充 `{added}`")
    if type(error).__name__ == "BadParameter" and not isinstance(error.message, Words):
        return _for_example(error.param)
    if type(error).__name__ in ("MissingParameter", "UsageError"):
        line = example(context)
        return Words(f"type for example `{line}`", f"例如执行 `{line}`")
    return None


def _for_example(parameter: Any) -> Words | None:
    """An option with a value that it takes, where one is known."""
    if parameter is None or parameter.param_type_name != "option":
        return None
    known = option_example(parameter)
    return None if known.endswith(" VALUE") else Words(f"write for example `{known}`", f"改为例如 `{known}`")


def _missing(error: Any, _context: Any) -> Words:
    name, meaning = _name(error.param), _what_for(error.param)
    return Words(f"{name} is missing{meaning}", f"缺少 {name.zh}{meaning.zh}")


def _what_for(parameter: Any) -> Words:
    """What a parameter is for, as the help of its command says."""
    text = meaning(parameter)
    begun = text[:1].lower() + text[1:].rstrip(".")
    return Words(f": {begun}", f"：{told(text, 'zh').rstrip('。.')}") if text else NOTHING


def to_do(error: Exception) -> Words:
    """What to do about a failure that does not say it itself: its own cure, or what is always done about its code."""
    if isinstance(error, OSError):
        return _OF_SYSTEM.get(error.errno or 0, NOTHING)
    if not isinstance(error, LicetError):
        return NOTHING
    if error.cure is not None:
        return error.cure
    if _SAYS_HOW.search(error.message):
        return NOTHING
    return _always_done(error)


def _always_done(error: LicetError) -> Words:
    """What is always done about the code of a failure; else what is plainly meant."""
    zh, en = remedies().get(error.code, ("", ""))
    if en and error.code != "config.invalid":
        return Words(en, zh)
    if error.code in _OF_PEER:
        return look_at_system(error.message, Path(given_folder() or "."))
    if near := _MEANT.search(error.message):
        return Words(f"write {near[1]} instead, if it is meant", f"如确为该值，请改为 {near[1]}")
    return _of_code(error.code) or _more(called_command())


def _of_code(code: str) -> Words:
    """What is done about a code: at a setting or a row, else as its page says."""
    if code in _OF_MANY:
        return NOTHING
    from hub.cli.docs import cure_in  # noqa: PLC0415 - when something fails

    said = cure_in(code, "en")
    begun = said if said[1:2].isupper() else said[:1].lower() + said[1:]
    return known_cure(code) or Words(begun, cure_in(code, "zh"))


def _more(path: str) -> Words:
    """Where to read what a command takes; the one that looks at the whole folder is called again."""
    if path in ("licet check", "licet serve"):
        return Words("mend that, then `licet check`", "更正后执行 `licet check`")
    return Words(f"correct that and call it again; `{path} -h` says more", f"更正后重新执行；用法见 `{path} -h`")


def _without_value(error: Any, _context: Any) -> Words:
    name = error.option_name
    if "not take" in str(error.message):
        return Words(f"{name}: found a value, expected none", f"{name}：其后不应有值")
    return Words(f"{name}: found nothing behind it, expected a value", f"{name}：其后未填写，应为一个值")


def _bad(error: Any, _context: Any) -> Words:
    """A value that is not taken: our own words as they are, those of the parser by what is expected there."""
    words = error.message if isinstance(error.message, Words) else _expected(error)
    hinted = error.param_hint if isinstance(error.param_hint, str) else _option_of(words)
    where = hinted or (error.param and _name(error.param))
    return Words(f"{where}: {words}", f"{told(where, 'zh')}：{words.zh}") if where else words


def _option_of(words: Words) -> str:
    """The option behind which the value was typed that is shown; empty where it stands behind none."""
    typed = sys.argv[1:]
    places = [typed.index(each) for each in _QUOTED.findall(words)[:1] if each in typed[1:]]
    before = [typed[at - 1] for at in places]
    return next((each for each in before if each.startswith("--")), "")


def _expected(error: Any) -> Words:
    from pydantic import ValidationError  # noqa: PLC0415 - takes a fifth of a second, for this alone

    from schemas.faults import faults_of  # noqa: PLC0415 - loaded where it is used

    said, cause = _QUOTED.findall(str(error.message)), error.__cause__ or error.__context__
    if isinstance(cause, ValidationError) and cause.errors()[0]["type"] != "value_error":
        [fault, *_more] = faults_of(cause)
        return Words(
            f"found {fault.found}, expected {fault.expected}", f"现为 {fault.found.zh}，应为{fault.expected.zh}"
        )
    if isinstance(cause, OSError) and said:
        return Words(f"found no file {said[0]!r}, expected one that is there", f"没有文件 {said[0]!r}，应为已有的文件")
    if len(said) > 2:
        near = meant(said[0], said[1:])
        return Words(
            f"found {said[0]!r}, expected one of {', '.join(said[1:])}{near}",
            f"现为 {said[0]!r}，应为下列之一：{'、'.join(said[1:])}{near.zh}",
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
    path, words = "licet" if context is None else context.command_path, taken(context)
    return Words(
        f"found {extra!r} too much: {path} takes {words or 'options alone'}",
        f"多余的参数：{extra!r}；{path} 的参数为：{words.zh or '无（只有选项）'}",
    )


_WORDS = {
    "NoSuchOption": _unknown_option,
    "MissingParameter": _missing,
    "BadOptionUsage": _without_value,
    "BadParameter": _bad,
}


def _unknown(what: Words, found: str, known: Iterable[str]) -> Words:
    near = meant(found, known)
    return Words(f"found no {what} {found!r}{near}", f"没有{what.zh} {found!r}{near.zh}")


def _name(parameter: Any) -> Words:
    """A parameter as it is typed."""
    return place(parameter) if parameter.param_type_name == "argument" else named(str(parameter.opts[0]))
