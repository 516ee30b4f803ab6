"""Tells of the end of a credential once per matter: when something becomes missing, when all is complete, and again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rules.calendar import last_valid_day
from hub.rules.posts.threads import Stage, Thread
from hub.rules.telling.message import Message
from hub.rules.values import Figures
from schemas.notice import Audience, NoticeKind


@dataclass(frozen=True, slots=True)
class ToldThread:
    """What was told last of one thread: its stage, what was missing then, and of its cure window."""

    stage: Stage
    missing: tuple[str, ...] = ()
    cure_until: datetime | None = None
    cure_missed: bool = False


def thread_messages(
    thread: Thread, told: ToldThread | None, *, now: datetime, enforced_at: datetime | None, zone: ZoneInfo
) -> tuple[tuple[Message, ...], ToldThread | None]:
    """What is to be told of a thread now, and what then has been told.

    Nothing is told before the post is carried out, nor of an end that is past. Missing less is no message.
    """
    if enforced_at is None or now < enforced_at or not thread.is_open(now):
        return (), told
    at = max(thread.opened_at, enforced_at)
    found = tuple(_messages(thread, told, at, zone))
    after = ToldThread(thread.stage, thread.missing, thread.cure_until, thread.cure_missed)
    return found, after


def _messages(thread: Thread, told: ToldThread | None, at: datetime, zone: ZoneInfo) -> Iterator[Message]:
    if thread.stage == "ends" and told is None:
        yield _message(thread, "ends", "person", at, zone)
    if thread.stage == "complete" and (told is None or told.stage != "complete"):
        yield _message(thread, "renewal_due", "hr", at, zone)
    if thread.stage == "missing":
        yield from _missing(thread, told, at, zone)


def _missing(thread: Thread, told: ToldThread | None, at: datetime, zone: ZoneInfo) -> Iterator[Message]:
    known = told.missing if told is not None and told.stage == "missing" else ()
    window_opens = thread.cure_until is not None and (told is None or told.cure_until is None)
    if window_opens:
        yield _message(thread, "cure_opened", "person", thread.checked_at or at, zone)
    elif not known or set(thread.missing) - set(known):
        yield _message(thread, "expiry_warning", "person", at, zone)
    if thread.cure_missed and not (told is not None and told.cure_missed):
        for audience in ("hr", "manager"):
            yield _message(thread, "cure_missed", audience, thread.cure_until or at, zone)


def _message(thread: Thread, kind: NoticeKind, audience: Audience, at: datetime, zone: ZoneInfo) -> Message:
    return Message(
        at=at,
        kind=kind,
        audience=audience,
        position=thread.position,
        about=thread.credential,
        key="/".join((*thread.key, kind, *thread.missing)),
        figures=_figures(thread, zone),
        ends_at=thread.ends_at,
    )


def _figures(thread: Thread, zone: ZoneInfo) -> Figures:
    """The last valid day, and of each part what is done of what is demanded."""
    found = [("last_valid_day", last_valid_day(thread.ends_at, zone).isoformat())]
    if thread.cure_until is not None:
        found.append(("cure_last_day", last_valid_day(thread.cure_until, zone).isoformat()))
    if thread.known_by is not None:
        found.append(("known_by", thread.known_by))
    for part in thread.parts:
        found += [(f"{part.requirement}.{name}", value) for name, value in part.figures]
    found += [("missing", name) for name in thread.missing]
    return tuple(found)
