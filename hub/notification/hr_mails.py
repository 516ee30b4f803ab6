"""What HR is told by mail of several people at once, in zh or en."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors.port import Message
from hub.official import letter_text, written_time

HR_DESK = {"zh": "人力资源部门", "en": "colleagues of HR"}
_ERASED = {"zh": "（已删除）", "en": "(erased)"}
_BRACKETS = {"zh": "{name}（{number}）", "en": "{name} ({number})"}
_JOINS = {"zh": "；", "en": "; "}

_WITHDRAWN = {
    "zh": "发证机构吊销或暂停证书：{count} 人权限关闭",
    "en": "Certificates withdrawn: {count} people lose access",
}
_WITHDRAWN_OPENING = {
    "zh": "发证机构于{first}至{last}吊销或暂停证书，以下 {count} 人的岗位权限已关闭或正在关闭：",
    "en": "Between {first} and {last} issuers revoked or suspended certificates on which access rests."
    " It is closed, or being closed, for {count} people:",
}
_OF_POST = {"zh": "- {position}：{people} 人", "en": "- {position}: {people}"}
_NAMED = {"zh": "人员：", "en": "They are:"}
_MORE = {"zh": "- 另有 {more} 人", "en": "- and {more} more"}
_WITHDRAWN_CLOSING = {
    "zh": "请安排合格人员到岗。证书恢复后，权限随发证机构的通知自动开通；单人情况见 `licet why 工号`。",
    "en": "Put qualified people on these posts. Access opens again by itself once the issuer reinstates a certificate;"
    " `licet why NUMBER` tells of one person.",
}
_UNDELIVERED = {"zh": "{count} 条通知未能送达", "en": "{count} message(s) could not be delivered"}
_UNDELIVERED_OPENING = {
    "zh": "以下人员未收到通知，请另行通知本人：",
    "en": "These people did not get a message. Tell them by another way:",
}
_UNDELIVERED_LINE = {"zh": "- {who}：{title}", "en": "- {who}: {title}"}
_WHY = {"zh": "（{why}）", "en": " ({why})"}


class NotTold(NamedTuple):
    """A person who did not get a message, its title, and why, as far as that is known."""

    who: str
    title: str
    why: Sequence[str] = ()


def called(name: str, number: str, language: str) -> str:
    """A person as HR knows them; who was erased as such."""
    return _BRACKETS[language].format(name=name, number=number) if number else _ERASED[language]


def withdrawn_mail(
    posts: Iterable[tuple[str, int]],
    people: Sequence[str],
    count: int,
    times: tuple[datetime, datetime],
    language: str,
    zone: ZoneInfo,
) -> Message:
    """Of ``count`` people lost access between two ``times``: how many of each post, and the first of them by name."""
    first, last = (written_time(each, language, zone) for each in times)
    words = {"count": count, "first": first, "last": last}
    body = _withdrawn(posts, people, count, _WITHDRAWN_OPENING[language].format(**words), language)
    text = letter_text(HR_DESK[language], body, language, times[1].astimezone(zone).date())
    return Message(_WITHDRAWN[language].format(**words), text)


def _withdrawn(
    posts: Iterable[tuple[str, int]], people: Sequence[str], count: int, opening: str, language: str
) -> Iterator[str]:
    yield opening
    yield from (_OF_POST[language].format(position=name, people=n) for name, n in posts)
    yield from ("", _NAMED[language])
    yield from (f"- {each}" for each in people)
    if count > len(people):
        yield _MORE[language].format(more=count - len(people))
    yield from ("", _WITHDRAWN_CLOSING[language])


def undelivered_mail(rows: Sequence[NotTold], at: datetime, language: str, zone: ZoneInfo) -> Message:
    """Who did not get which message, and why."""
    lines = [
        _UNDELIVERED_LINE[language].format(who=each.who, title=each.title)
        + (_WHY[language].format(why=_JOINS[language].join(each.why)) if each.why else "")
        for each in rows
    ]
    body = [_UNDELIVERED_OPENING[language], "", *lines]
    text = letter_text(HR_DESK[language], body, language, at.astimezone(zone).date())
    return Message(_UNDELIVERED[language].format(count=len(rows)), text)
