"""A transmission's passage on one line, as people read it: how far it came, or where it stopped and what to do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from hub.alarms.remedies import remedy
from hub.clock import site_time
from hub.views.passages import AtDoor, Passage
from hub.wording import delivery_word, presence_word, scope_word
from schemas.errors import CODES
from schemas.words import Words, told

Names = Callable[[str], str]
"""How a person is called, by the token."""

_ARROW = " → "
_BECAME: Mapping[str, Words] = {
    "applied": Words("applied", "已采用"),
    "duplicate": Words("duplicate", "重复"),
    "ignored": Words("ignored", "忽略"),
    "held": Words("held", "待关联"),
    "quarantined": Words("quarantined", "隔离待处理"),
}
_ARRIVED, _AGAIN = Words("arrived", "收到"), Words("came {n} times", "共收到 {n} 次")
_REFUSED = Words("refused", "已拒绝")
_ALARM = Words("alarm", "告警")
_UNCHANGED = Words("no scope changed so far", "权限范围尚无变化")
_BECAUSE: Mapping[str, Words] = {
    "date": Words("a date has passed", "日期届满"),
    "link": Words("an identifier was linked", "标识已关联"),
    "mode": Words("a mode changed", "执行方式变更"),
    "operator": Words("a person decided", "人工决定"),
    "retry": Words("looked at again", "重新复核"),
    "rules": Words("other rules", "规则变更"),
}
_OBSERVED = Words("observe mode, not sent", "观察模式，未发送")
_STOPPED = Words("stopped: {why}; {remedy}", "停在此处：{why}；{remedy}")
_WAITS = Words("{n} wait: nobody is known by their identifier", "{n} 条的标识未关联人员")
_UNREAD = Words("{n} could not be read: {why}", "{n} 条无法读取：{why}")
_PENDING = Words("approve it if it is yours: {command}", "如为本单位终端，请批准：{command}")
_COMMA, _COLON = Words(", ", "，"), Words(": ", "：")


def tell_passage(passage: Passage, names: Names, language: str, zone: ZoneInfo) -> str:
    """One line; ``names`` says how people are called."""
    parts = list(_steps(passage, names, language))
    parts += [told(_STOPPED, language).format(why=why, remedy=what) for why, what in _stops(passage, language)]
    where = "/".join(filter(None, (passage.connector, passage.peer)))
    return f"{site_time(passage.at, zone)}  " + _ARROW.join(filter(None, [where, *parts]))


def _steps(passage: Passage, names: Names, language: str) -> Iterator[str]:
    if passage.kind == "refused":
        times = f" ×{passage.times}" if passage.times > 1 else ""
        yield f"{told(_REFUSED, language)}{times}"
    elif passage.kind == "alarm":
        yield told(_ALARM, language)
    elif passage.kind == "received":
        yield from _arrived(passage, language)
    else:
        because = [told(_BECAUSE.get(each, each), language) for each in passage.because]
        yield told(_COMMA, language).join(because)
    for each in passage.decided:
        before = f"{scope_word(each.before, language)}{_ARROW}" if each.before else ""
        place = f"{each.position}{told(_COLON, language)}" if each.position else ""
        yield f"{names(each.person)} {place}{before}{scope_word(each.after, language)}"
    yield from _doors(passage.doors, language)


def _arrived(passage: Passage, language: str) -> Iterator[str]:
    became = [
        f"{told(_BECAME[word], language)} {n}{_reasons(passage) if word == 'ignored' else ''}"
        for word, n in passage.counts.items()
        if word in _BECAME and n
    ]
    again = [told(_AGAIN, language).format(n=passage.times)] if passage.times > 1 else []
    said = told(_COMMA, language).join([*became, *again])
    yield f"{told(_ARRIVED, language)}{told(_COLON, language) if said else ''}{said}"
    if passage.counts.get("applied") and not passage.decided:
        yield told(_UNCHANGED, language)


def _reasons(passage: Passage) -> str:
    return f" ({', '.join(passage.ignored)})" if passage.ignored else ""


def _doors(doors: Sequence[AtDoor], language: str) -> Iterator[str]:
    """How many doors stand how, those that stand alike together."""
    alike: dict[tuple[str, str], list[AtDoor]] = {}
    for each in doors:
        alike.setdefault((each.state, each.wanted), []).append(each)
    for (state, wanted), found in alike.items():
        places = told(_COMMA, language).join(dict.fromkeys(f"{each.sink}/{each.target}" for each in found))
        word = told(_OBSERVED, language) if state == "observe" else delivery_word(state, language)
        yield f"{word}{told(_COLON, language)}{places} {presence_word(wanted, language)}"


def _stops(passage: Passage, language: str) -> Iterator[tuple[str, str]]:
    """Where it stopped: why, and what to do."""
    if passage.kind in ("refused", "alarm"):
        for code in passage.codes:
            yield _meaning(code, language), _remedy(passage, code, language)
        return
    if n := passage.counts.get("quarantined"):
        why = told(_COMMA, language).join(_meaning(each, language) for each in passage.codes)
        yield told(_UNREAD, language).format(n=n, why=why), "licet quarantine list"
    if n := passage.counts.get("held"):
        yield told(_WAITS, language).format(n=n), "licet people unresolved"
    for code in dict.fromkeys(each.code for each in passage.doors if each.code):
        yield _meaning(code, language), remedy(code, language)
    if any(each.state == "observe" for each in passage.doors):
        yield told(_OBSERVED, language), "licet plan"


def _remedy(passage: Passage, code: str, language: str) -> str:
    if code in ("device.unknown", "device.pending") and passage.peer:
        return told(_PENDING, language).format(command=f"licet devices approve {passage.peer}")
    return remedy(code, language)


def _meaning(code: str, language: str) -> str:
    known = CODES.get(code)
    return code if known is None else f"{known.zh if language == 'zh' else known.en} [{code}]"
