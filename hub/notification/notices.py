"""Whom to tell what: once per matter, told again when it changes, and never about what lies before enforcement."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter

from hub.access.modes import Modes
from hub.rules.posts.standing import Standing
from hub.rules.telling.changes import announced, enforced_message, scope_message, shortfalls, waiting
from hub.rules.telling.courses import ToldCourses, courses_message
from hub.rules.telling.matters import ToldThread, thread_messages
from hub.rules.telling.message import Message
from hub.store.commit import Tx
from hub.store.tables import notices as sql
from hub.store.tables.notices import set_told, told_of
from schemas.notice import Notice

_THREAD = TypeAdapter(ToldThread)
_COURSES = TypeAdapter(ToldCourses)
_ENFORCED = "enforced"
"""Told of the beginning of enforcement, and of which."""


class Before(NamedTuple):
    """The scope that was kept last, and since when; none for who was never looked at."""

    scope: str = "none"
    decided_at: datetime | None = None


def enqueue_notices(
    person: str, before: Before, standing: Standing, modes: Modes, zone: ZoneInfo, tx: Tx, exams: Iterable[Message] = ()
) -> None:
    """Keep what a standing gives reason to tell.

    ``exams`` are what there is to tell of exams that may be sat, or no longer.
    """
    since = modes.enforced_since(standing.position)
    if since is None or since > tx.now:
        return
    told = _Told(person, standing.position, tx)
    change = scope_message(before.scope, standing, now=tx.now, enforced_at=since)
    began = _of_enforcement(before, standing, told, since, tx.now)
    found = [
        *(each for each in (change or began,) if each is not None),
        *announced(standing, now=tx.now, enforced_at=since),
        *waiting(standing, now=tx.now, enforced_at=since),
        *shortfalls(standing, now=tx.now, enforced_at=since),
        *exams,
        *_of_courses(standing, told, since, zone, tx.now),
        *_of_threads(standing, told, since, zone, tx.now),
    ]
    keep_messages(person, found, tx)


class _Told:
    """What was told last of each matter in a post."""

    def __init__(self, person: str, position: str, tx: Tx) -> None:
        self._key = {"person": person, "position": position}
        self._tx = tx
        rows = tx.session.all(told_of, {"person": person})
        self._bodies = {row.matter: row.body for row in rows if row.position == position}

    def of(self, matter: str) -> str | None:
        return self._bodies.get(matter)

    def keep(self, matter: str, body: str) -> None:
        if self._bodies.get(matter) != body:
            self._tx.session.run(set_told, {**self._key, "matter": matter, "body": body})


def _of_enforcement(before: Before, standing: Standing, told: _Told, since: datetime, now: datetime) -> Message | None:
    """What there is to tell, once, to who was looked at before enforcement began."""
    if before.decided_at is None or before.decided_at >= since or told.of(_ENFORCED) == since.isoformat():
        return None
    told.keep(_ENFORCED, since.isoformat())
    return enforced_message(standing, now=now, enforced_at=since)


def _of_threads(standing: Standing, told: _Told, since: datetime, zone: ZoneInfo, now: datetime) -> Iterable[Message]:
    for thread in standing.threads:
        matter = "/".join(thread.key[1:])
        body = told.of(matter)
        before = None if body is None else _THREAD.validate_json(body)
        messages, after = thread_messages(thread, before, now=now, enforced_at=since, zone=zone)
        if after is not None:
            told.keep(matter, orjson.dumps(after).decode())
        yield from messages


def _of_courses(standing: Standing, told: _Told, since: datetime, zone: ZoneInfo, now: datetime) -> Iterable[Message]:
    body = told.of("courses")
    before = () if body is None else _COURSES.validate_json(body)
    message, after = courses_message(standing, before, now=now, enforced_at=since, zone=zone)
    if after != before:
        told.keep("courses", orjson.dumps(after).decode())
    return () if message is None else (message,)


def keep_messages(person: str, messages: Iterable[Message], tx: Tx) -> None:
    """Have messages about a person sent, each once."""
    for each in messages:
        notice = Notice(
            kind=each.kind,
            audience=each.audience,
            position=each.position,
            cause=each.about,
            stage=each.key,
            at=each.at.astimezone(UTC),
            ends_at=each.ends_at and each.ends_at.astimezone(UTC),
            figures=each.figures,
        )
        row = {
            "id": tx.new_id(),
            "person": person,
            "position": notice.position,
            "kind": notice.kind,
            "audience": notice.audience,
            "cause": notice.cause,
            "stage": notice.stage,
            "body": notice.model_dump_json(),
            "state": "decided",
            "decided_at": tx.now_us,
            "next_at": 0,
            "tries": 0,
            "receipt": None,
        }
        if tx.session.run(sql.insert_notice, row):
            tx.wake_mail()
