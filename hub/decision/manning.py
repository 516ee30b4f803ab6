"""Doors that stay open for a while because too few would be left in full scope of a post; its manager is paged."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.access.postponed import Postponed
from hub.access.resting import read_ways
from hub.access.wanted import WantedTarget
from hub.clock import from_us
from hub.decision.announced import is_announced
from hub.evidence.manned import is_manned
from hub.notification.notices import keep_messages
from hub.rules.calendar import add
from hub.rules.posts.dossier import Dossier, Rulebook
from hub.rules.posts.standing import Standing
from hub.rules.telling.message import Message
from hub.store.commit import Tx
from hub.store.tables import alarms
from hub.store.tables.access import DesiredRow
from schemas.position import AllOfRequirement, AnyOfRequirement, CredentialRequirement, Position

CODE = "manning.short"
PAGE_EVERY = timedelta(minutes=30)
_LEFT = "not_assigned"


class Manning:
    """Looks whether a closure would leave a post with too few. What issuers say and announced ends never wait."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    def over(
        self,
        wanted: Sequence[WantedTarget],
        rows: Iterable[DesiredRow],
        after: Sequence[Standing],
        dossier: Dossier,
        tx: Tx,
    ) -> Postponed:
        """What is wanted, but for doors whose closing waits; with the instants at which that is looked at again.

        Pages the manager of a post every half an hour while it does: by a message, and by an alarm to operators.
        """
        opened = {(row.sink, row.target): row for row in rows if row.wanted == "present"}
        closing = [each for each in wanted if (each.sink, each.target) in opened and _closes(each)]
        posts = {post for each in closing for post in opened[each.sink, each.target].positions.split(",")}
        ends = {
            each.position: end for each in after if each.position in posts and (end := self._end(each, dossier, tx))
        }
        kept = {each: opened[each.sink, each.target] for each in closing}
        waiting = {each for each, row in kept.items() if not ends.keys().isdisjoint(row.positions.split(","))}
        looks = [self._paged(dossier.person, post, ends[post], tx) for post in sorted(ends)] if waiting else []
        return Postponed([_open(each, kept[each]) if each in waiting else each for each in wanted], looks)

    def _end(self, standing: Standing, dossier: Dossier, tx: Tx) -> datetime | None:
        """Until when a closure in a post waits; nothing: not at all."""
        position = self._rulebook.current(standing.position, tx.now)
        if not position.manning.at_least or not _derived(standing, position) or standing.lapsed_at is None:
            return None
        zone = ZoneInfo(position.zone) if position.zone else self._rulebook.zone
        end = add(standing.lapsed_at, position.manning.hold, zone)
        if end <= tx.now or is_announced(standing, dossier.facts):
            return None
        return end if self._is_short(standing.position, dossier.person, position.manning.at_least, tx) else None

    def _is_short(self, post: str, person: str, at_least: int, tx: Tx) -> bool:
        """Whether fewer than so many others stand in full scope and are not on leave."""
        return not is_manned(post, at_least, tx.session, tx.now, without=person)

    def _paged(self, person: str, post: str, end: datetime, tx: Tx) -> datetime:
        """Tell the manager of a post and raise the alarm if that is due; when to look again."""
        about = {"code": CODE, "person": person, "position": post}
        last = tx.session.one(alarms.last_alarm, about)
        at = None if last is None or last.at is None else from_us(last.at)
        if at is None or tx.now - at >= PAGE_EVERY:
            tx.log("alarm", **about)
            keep_messages(person, [_page(post, end, tx.now)], tx)
            at = tx.now
        return min(at + PAGE_EVERY, end)


def _page(post: str, end: datetime, now: datetime) -> Message:
    """What the manager of a post is told of somebody whose door waits."""
    until = ("until", end.isoformat())
    return Message(
        now, "manning", "manager", post, "manning", f"{post}/manning/{now.isoformat()}", (until,), urgent=True
    )


def _closes(target: WantedTarget) -> bool:
    """Whether it is a closing that is carried out and that the hub derived: in observe nobody is told of any."""
    return target.enforced and target.wanted == "absent" and not target.explicit


def _derived(standing: Standing, position: Position) -> bool:
    """Whether a scope fell by the hub's own reckoning: no issuer's word, end or person's block, and nobody left."""
    holds = standing.holds
    return bool(holds) and all(
        not each.explicit and each.reason != _LEFT and is_own(each.cause, position) for each in holds
    )


def is_own(name: str, position: Position) -> bool:
    """Whether nothing that a name asks for rests on an issuer's word, or on another post's credential."""
    credential, rule = position.credential.get(name), position.requirement.get(name)
    if credential is not None:
        return credential.issuer == "hub"
    if isinstance(rule, AllOfRequirement):
        return all(is_own(each, position) for each in rule.of)
    if isinstance(rule, AnyOfRequirement):
        return all(is_own(each, position) for way in rule.of for each in way)
    if isinstance(rule, CredentialRequirement):
        return is_own(rule.credential, position)
    return ":" not in name


def _open(target: WantedTarget, row: DesiredRow) -> WantedTarget:
    posts = tuple(row.positions.split(","))
    return replace(target, wanted="present", positions=posts, rests_on=read_ways(row.rests_on or "[]"))
