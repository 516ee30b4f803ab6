"""Doors that stay open for a while because too few would be left in full scope of a post; its manager is paged."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.access.postponed import Postponed
from hub.access.resting import read_ways
from hub.access.wanted import WantedTarget
from hub.clock import from_us
from hub.decision.announced import is_announced
from hub.evidence.manned import Fallen, left_without
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
SOON = timedelta(seconds=1)
"""After which those will have been looked at whose date has come, too."""
_LEFT = "not_assigned"


class _Hold(NamedTuple):
    """Until when a closure waits at most; not ``certain`` before others are looked at, who may go or stay."""

    end: datetime
    certain: bool


class Manning:
    """Looks whether a closure would leave a post with too few. What issuers say and announced ends never wait.

    Of several who fall some go, as many as the post can spare: who fell first, then by id, whoever is looked at first.
    """

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
        holds = {
            each.position: hold for each in after if each.position in posts and (hold := self._hold(each, dossier, tx))
        }
        kept = {each: opened[each.sink, each.target] for each in closing}
        waiting = {each for each, row in kept.items() if not holds.keys().isdisjoint(row.positions.split(","))}
        looks = [self._look(dossier.person, post, holds[post], tx) for post in sorted(holds)] if waiting else []
        return Postponed([_open(each, kept[each]) if each in waiting else each for each in wanted], looks)

    def _hold(self, standing: Standing, dossier: Dossier, tx: Tx) -> _Hold | None:
        """How a closure in a post waits; nothing: not at all."""
        position = self._rulebook.current(standing.position, tx.now)
        if not position.manning.at_least or not _derived(standing, position) or standing.lapsed_at is None:
            return None
        zone = ZoneInfo(position.zone) if position.zone else self._rulebook.zone
        end = add(standing.lapsed_at, position.manning.hold, zone)
        if end <= tx.now or is_announced(standing, dossier.facts):
            return None
        gone = Fallen(standing.lapsed_at, dossier.person)
        left = left_without(gone, standing.position, _full_alone(position), tx.session, tx.now)
        if left.certain >= position.manning.at_least:
            return None
        return _Hold(end, certain=sum(left) < position.manning.at_least)

    def _look(self, person: str, post: str, hold: _Hold, tx: Tx) -> datetime:
        """When to look at it again; the manager hears of what certainly waits."""
        return self._paged(person, post, hold.end, tx) if hold.certain else min(tx.now + SOON, hold.end)

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


def _full_alone(position: Position) -> set[tuple[str, str]]:
    """The doors that full scope opens and no lower one."""
    return {
        (sink, target)
        for sink, scopes in position.targets.items()
        for target in set(scopes.get("full", ()))
        - {each for scope, some in scopes.items() if scope != "full" for each in some}
    }


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
