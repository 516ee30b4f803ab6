"""Tells of a change of scope, of announced closings, and of shortfalls that close nothing."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import Standing
from hub.rules.telling.message import Message
from hub.rules.values import Event, Figures
from schemas.notice import NoticeKind

_SOON = timedelta(hours=24)
_ASKS_HR = ("mentor_grace", "unknown_grace", "not_warned")
"""What keeps a scope until HR has done something, or its time is over."""
_NOT_ASSIGNED = "not_assigned"
_ANNOUNCED = ("suspended", "revoked", "superseded")


def scope_message(before: str, standing: Standing, *, now: datetime, enforced_at: datetime | None) -> Message | None:
    """One message for a change of scope: old, new, all holds with their cures. None where the scope is as before."""
    if enforced_at is None or now < enforced_at or before == standing.scope:
        return None
    kind: NoticeKind = "granted" if rank(standing.scope) > rank(before) else "restricted"
    figures: Figures = (("from", before), ("scope", standing.scope), *_holds(standing))
    at = standing.since or now
    key = f"{standing.position}/scope/{before}/{standing.scope}/{at.isoformat()}"
    return Message(now, kind, "person", standing.position, standing.scope, key, figures, urgent=True)


def enforced_message(standing: Standing, *, now: datetime, enforced_at: datetime) -> Message | None:
    """One message as enforcement begins, to who holds less than the post has: what is carried out from now on.

    Until then nobody was stopped, whatever was decided. None for who is not assigned any more.
    """
    if not standing.holds or all(hold.reason == _NOT_ASSIGNED for hold in standing.holds):
        return None
    figures: Figures = (("scope", standing.scope), *_holds(standing))
    key = f"{standing.position}/scope/enforced/{standing.scope}/{enforced_at.isoformat()}"
    return Message(now, "restricted", "person", standing.position, standing.scope, key, figures, urgent=True)


def _holds(standing: Standing) -> Figures:
    found: Figures = ()
    for hold in standing.holds:
        found += (("cause", hold.cause), ("cure_zh", hold.cure.zh), ("cure_en", hold.cure.en), ("by", hold.cure.by))
    return found


def announced(standing: Standing, *, now: datetime, enforced_at: datetime | None) -> Iterator[Message]:
    """Closings that are known and lie ahead, each once; told again, as a change of scope, when they act."""
    if enforced_at is None or now < enforced_at:
        return
    for event in standing.ahead:
        if event.kind in _ANNOUNCED:
            key = f"{standing.position}/{event.subject}/announced/{event.kind}/{event.at.isoformat()}"
            figures: Figures = (("kind", event.kind), ("acts_at", event.at.isoformat()))
            soon = event.at - now <= _SOON
            yield Message(now, "announced", "person", standing.position, event.subject, key, figures, soon)


def waiting(standing: Standing, *, now: datetime, enforced_at: datetime | None) -> Iterator[Message]:
    """What keeps a scope for a while only: HR is asked at once, each once, as long as something can be done."""
    if enforced_at is None or now < enforced_at:
        return
    for kept in standing.kept:
        if kept.by in _ASKS_HR and now < kept.until:
            key = f"{standing.position}/{kept.by}/{kept.cause}/{kept.until.isoformat()}"
            figures: Figures = (("waits_for", kept.by), ("until", kept.until.isoformat()))
            yield Message(now, "waits", "hr", standing.position, kept.cause, key, figures, urgent=True)


def shortfalls(standing: Standing, *, now: datetime, enforced_at: datetime | None) -> Iterator[Message]:
    """Periods that fell short and close nothing by themselves, each once, from enforcement on."""
    for event in standing.events:
        if event.kind in ("note", "debt") and enforced_at is not None and enforced_at <= event.at <= now:
            yield _shortfall(standing.position, event)


def _shortfall(position: str, event: Event) -> Message:
    requirement = dict(event.figures).get("requirement", "")
    key = f"{position}/{event.subject}/{requirement}/{event.kind}/{event.at.isoformat()}"
    return Message(event.at, "shortfall", "person", position, requirement or event.subject, key, event.figures)


def alerts(messages: Iterable[tuple[str, Message]]) -> dict[tuple[str, str, datetime], tuple[str, ...]]:
    """One alert to HR for each post, matter and instant, naming all persons who were told of it."""
    found: dict[tuple[str, str, datetime], list[str]] = {}
    for person, message in messages:
        if message.audience == "person":
            found.setdefault((message.position, f"{message.kind}/{message.about}", message.at), []).append(person)
    return {matter: tuple(sorted(set(persons))) for matter, persons in found.items()}
