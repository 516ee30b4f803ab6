"""What a person attended, as text for people, in Chinese or English, in the site's zone."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from hub.cases.words import verdict_word
from hub.views.attended import UnitView
from hub.views.reasons import reason_word, status_word
from hub.wording import printable

SHOWN = 20
"""So many of the latest are told; programs get all."""
_WORDS = {
    "zh": {
        "head": "培训与学习记录：",
        "none": "培训与学习记录：无",
        "unreadable": "培训与学习记录：无法读取；见 `licet alarms list`",
        "counted": "计入 {credited}/{required} 分钟",
        "open": "待核实 {open} 分钟",
        "not": "未计入：",
        "so_far": "暂未计入：",
        "minutes": "{word} {minutes} 分钟",
        "because": "说明：",
        "decided": "人力资源决定：{word}",
        "more": "另有 {more} 项较早记录，见 --json",
        ";": "；",
        ",": "、",
    },
    "en": {
        "head": "sessions and studies:",
        "none": "sessions and studies: none",
        "unreadable": "sessions and studies: cannot be read; see `licet alarms list`",
        "counted": "{credited} of {required} minutes count",
        "open": "{open} minutes cannot be told yet",
        "not": "not counted: ",
        "so_far": "not counted so far: ",
        "minutes": "{word} {minutes} min",
        "because": "remarks: ",
        "decided": "HR decided: {word}",
        "more": "{more} earlier ones: see --json",
        ";": "; ",
        ",": ", ",
    },
}


def tell_attended(units: Sequence[UnitView] | None, language: str, zone: ZoneInfo) -> str:
    """The latest units, a line each: what counts of them, what does not, and why."""
    return "\n".join(map(printable, _lines(units, language, zone)))


def _lines(units: Sequence[UnitView] | None, language: str, zone: ZoneInfo) -> Iterator[str]:
    words = _WORDS[language]
    if not units:
        yield words["unreadable" if units is None else "none"]
        return
    yield words["head"]
    yield from (f"  {_line(each, language, zone)}" for each in units[:SHOWN])
    if len(units) > SHOWN:
        yield "  " + words["more"].format(more=len(units) - SHOWN)


def _line(unit: UnitView, language: str, zone: ZoneInfo) -> str:
    day, name = unit.at.astimezone(zone).date().isoformat(), getattr(unit.name, language)
    called = f"{name} [{unit.unit}]" if unit.kind == "session" and name != unit.unit else name
    said = _WORDS[language][";"].join(_said(unit, language))
    return f"{day}  {called}  {status_word(unit.status, language)}" + (f"  {said}" if said else "")


def _said(unit: UnitView, language: str) -> Iterator[str]:
    words = _WORDS[language]
    if unit.required or unit.credited:
        yield words["counted"].format(credited=unit.credited, required=unit.required)
    if unit.open:
        yield words["open"].format(open=unit.open)
    # While it cannot be told, nobody is called absent.
    known = {reason: of for reason, of in unit.uncounted.items() if not (reason == "absent" and unit.open)}
    if minutes := [(reason_word(reason, language), of) for reason, of in known.items()]:
        yield words["so_far" if unit.open else "not"] + words[","].join(
            words["minutes"].format(word=word, minutes=of) for word, of in minutes
        )
    if others := [reason_word(each, language) for each in unit.reasons if each not in unit.uncounted]:
        yield words["because"] + words[","].join(others)
    if unit.decided:
        yield words["decided"].format(word=verdict_word(unit.decided, language))
