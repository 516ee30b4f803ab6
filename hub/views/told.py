"""What a draft would change, and what lies ahead, as text for people, in Chinese or English, in the site's zone."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.clock import site_time
from hub.rules.values import Hold
from hub.views.forecast import Lockout, Outlook
from hub.views.what_if import Effect, Effects
from hub.wording import printable, provenance_word, scope_word

_WORDS = {
    "zh": {
        "loses": "失去",
        "gains": "获得",
        "now": "现在",
        "none": "草案不改变任何人的权限",
        "nothing": "没有可预见的权限失效",
        "seats": "所需名额",
        "ahead": "共 {people} 人：{lockouts} 项权限将失效",
        "sum": "共 {people} 人：{losing} 人会失去，{gaining} 人会获得",
    },
    "en": {
        "loses": "loses",
        "gains": "gains",
        "now": "now",
        "none": "the draft changes nobody's scope",
        "nothing": "nothing is going to be lost",
        "seats": "seats needed",
        "ahead": "{people} people: {lockouts} will be lost",
        "sum": "{people} people: {losing} would lose, {gaining} would gain",
    },
}


def tell_effects(effects: Effects, language: str, zone: ZoneInfo) -> str:
    """The effects, those that take something first; the sum last."""
    return "\n".join(map(printable, _lines(effects, language, zone)))


def tell_outlook(outlook: Outlook, language: str, zone: ZoneInfo) -> str:
    """What will be lost, the earliest first, each with its causes and cures; seats and the sum last."""
    return "\n".join(map(printable, _ahead(outlook, language, zone)))


def _ahead(outlook: Outlook, language: str, zone: ZoneInfo) -> Iterator[str]:
    words = _WORDS[language]
    for each in outlook.lockouts:
        yield _fall(each, language, zone)
        yield from (f"    {_why(hold, language)}" for hold in each.foreseen.holds)
    if not outlook.lockouts:
        yield words["nothing"]
    if seats := outlook.seats():
        yield f"{words['seats']}: " + ", ".join(f"{course} {number}" for course, number in seats.items())
    yield words["ahead"].format(people=outlook.people, lockouts=len(outlook.lockouts))


def _fall(lockout: Lockout, language: str, zone: ZoneInfo) -> str:
    found = lockout.foreseen
    scopes = f"{scope_word(found.before, language)} -> {scope_word(found.after, language)}"
    return f"{site_time(found.at, zone)}  {lockout.person} {lockout.name}  {found.position}: {scopes}"


def _lines(effects: Effects, language: str, zone: ZoneInfo) -> Iterator[str]:
    words = _WORDS[language]
    for each in effects.all:
        yield _line(each, effects.now, language, zone)
        yield from (f"    {_why(hold, language)}" for hold in each.difference.holds)
        yield from (f"    - {'/'.join(target)}" for target in each.difference.lost)
        yield from (f"    + {'/'.join(target)}" for target in each.difference.gained)
    if not effects.all:
        yield words["none"]
    yield words["sum"].format(people=effects.people, losing=effects.losing(), gaining=effects.gaining())


def _line(effect: Effect, now: datetime, language: str, zone: ZoneInfo) -> str:
    found, words = effect.difference, _WORDS[language]
    verb = words["loses"] if found.loses else words["gains"]
    scopes = f"{scope_word(found.before, language)} -> {scope_word(found.after, language)}"
    when = f"{site_time(found.span.start, zone)} .. {site_time(found.span.end, zone)}"
    marked = f"  ({words['now']})" if found.span.holds(now) else ""
    return f"{verb}  {effect.person} {effect.name}  {found.position}: {scopes}  {when}{marked}"


def _why(hold: Hold, language: str) -> str:
    figures = " ".join(
        f"{name} {provenance_word(value, language) if name == 'known_by' else value}" for name, value in hold.figures
    )
    cure = hold.cure.zh if language == "zh" else hold.cure.en
    return f"{hold.cause} {hold.reason}" + (f" ({figures})" if figures else "") + f"  {cure}"
