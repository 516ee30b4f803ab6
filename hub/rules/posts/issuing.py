"""What has to be issued, found as if every commit had been reviewed at once: a late review walks what it missed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from hub.rules.fact import Fact, Rank
from hub.rules.posts.dossier import Dossier, Rulebook
from hub.rules.posts.standing import review, standings

HUB = "hub"
"""The source of what the hub itself issued."""


def issues_missed(
    dossier_at: Callable[[datetime], Dossier],
    rulebook: Rulebook,
    commits: Sequence[datetime],
    now: datetime,
    *,
    enforced: dict[str, datetime],
    subject: str,
) -> list[Fact]:
    """The issues of a person's enforced posts, by what was known at each commit and at each step between.

    ``dossier_at`` gives the dossier by what was known at an instant; facts of one commit count together. ``commits``
    are the instants since the last review, the earliest first. What was issued at one instant is known at the next.
    """
    issued: list[Fact] = []
    for instant in _instants(commits, now):
        looked: datetime | None = instant
        following = min((each for each in commits if each > instant), default=now)
        while looked is not None:
            issued += _at(dossier_at(looked), issued, rulebook, looked, enforced, subject)
            looked = _next_look(dossier_at(looked), issued, rulebook, looked)
            looked = looked if looked is not None and looked < following else None
    return issued


def _instants(commits: Sequence[datetime], now: datetime) -> list[datetime]:
    return sorted({*(each for each in commits if each <= now), now})


def _at(
    dossier: Dossier,
    issued: Sequence[Fact],
    rulebook: Rulebook,
    now: datetime,
    enforced: dict[str, datetime],
    subject: str,
) -> list[Fact]:
    found = review(_with(dossier, issued), rulebook, now=now, enforced=enforced)
    due = [issue for issue in found.issues if _carried_out(issue.position, enforced, now)]
    records = [issue.record(subject) for issue in due]
    return [Fact(record.number, HUB, Rank.ISSUER, now, now, record) for record in records]


def _next_look(dossier: Dossier, issued: Sequence[Fact], rulebook: Rulebook, now: datetime) -> datetime | None:
    found = standings(_with(dossier, issued), rulebook, now=now)
    return min((each.next_look for each in found if each.next_look is not None), default=None)


def _with(dossier: Dossier, issued: Sequence[Fact]) -> Dossier:
    return replace(dossier, facts=[*dossier.facts, *issued]) if issued else dossier


def _carried_out(position: str, enforced: dict[str, datetime], now: datetime) -> bool:
    since = enforced.get(position)
    return since is not None and since <= now
