"""People who live a year under one post: they learn, or not, their numbers end, some act on what they are told.

A year is walked as a hub lives it: a review at every commit and at every look it asked for, issues kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from hub.rules.calendar import end_after, last_valid_day
from hub.rules.fact import Fact, Rank
from hub.rules.posts.dossier import Dossier
from hub.rules.posts.foreseen import Foreseen, foreseen
from hub.rules.posts.issuing import HUB
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import Standing, review
from tests.hub.rules.story import (
    PERSON,
    ZONE,
    Evidence,
    at,
    attended,
    dossier,
    issuer,
    q_post,
    rulebook,
    stint,
    warned,
)

FIRST, TODAY, LAST = at("2025-01-06"), at("2026-06-01 08:00"), at("2026-08-30 08:00")
RULES = q_post(
    requirement={"annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 8, "at_least_rate": 0.75}},
    credentials={"n": {"issuer": "authority"}},
    ladder=[{"scope": "supervised", "needs": ["q"]}, {"scope": "full", "needs": ["q", "n"]}],
)
BOOK = rulebook(RULES)
ENFORCED = {RULES.id: FIRST}


@dataclass(frozen=True)
class Fall:
    """A scope that fell: when, to what, and whether somebody closed it in so many words."""

    at: datetime
    after: str
    explicit: bool


@dataclass(frozen=True)
class Lived:
    """What was foreseen for one person today, what they did about it, and what then happened."""

    foreseen: list[Foreseen]
    act: str
    falls: list[Fall]


def person(number: int) -> Lived:
    """One person's year; the number says which."""
    random = Random(number)
    story = _until_today(random)
    issued, _falls = _walk(story, [], FIRST, TODAY)
    told = foreseen(_known(story, issued, TODAY), BOOK, now=TODAY, until=LAST)
    act = random.choice(["nothing", "nothing", "nothing", "learns", "renews", "revoked"])
    story += _after_today(act, told, random)
    _issued, falls = _walk(story, issued, TODAY, LAST)
    return Lived(told, act, falls)


def accuracy(lives: Sequence[Lived]) -> tuple[float, float]:
    """Recall and precision: of what fell by a date or a shortfall, how much was foreseen; and of what was, fell.

    Precision is of those who did nothing; of ends that an earlier one hides the first alone can come.
    """
    fell = [(each, fall) for each in lives for fall in each.falls if not fall.explicit]
    known = [fall for each, fall in fell if (fall.at, fall.after) in {(told.at, told.after) for told in each.foreseen}]
    told = [(each, fall) for each in lives if each.act == "nothing" for fall in _first(each.foreseen)]
    right = [fall for each, fall in told if (fall.at, fall.after) in {(fell.at, fell.after) for fell in each.falls}]
    assert len(fell) > len(lives) / 6 and len(told) > len(lives) / 10, "enough happened to say so"
    return len(known) / len(fell), len(right) / len(told)


def _first(falls: Sequence[Foreseen]) -> Iterator[Foreseen]:
    """Those that fall from what another one leaves."""
    scope = "full"
    for each in falls:
        if rank(each.after) < rank(scope):
            yield each
            scope = each.after


def _text(instant: datetime) -> str:
    return f"{instant.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _until_today(random: Random) -> list[Evidence]:
    began = FIRST + timedelta(days=random.randrange(1, 450), hours=9)
    leaves = last_valid_day(TODAY + timedelta(days=random.randrange(5, 400)), ZONE).isoformat()
    end = leaves if random.random() < 0.1 else None
    story: list[Evidence] = [stint("2025-01-06", end), attended("intro", _text(began), 1)]
    bound = end_after(began, "12 months", ZONE)
    for ends in (bound, end_after(began, "24 months", ZONE)):
        story.append(warned("q", last_valid_day(ends, ZONE).isoformat(), _text(ends - timedelta(days=60))))
    while (began := began + timedelta(days=random.randrange(5, 90))) < TODAY:
        came = random.random() < 0.85
        story.append(attended("annual", _text(began), 2 if came else 0, of=2))
    since = FIRST + timedelta(days=random.randrange(1, 300))
    until = TODAY + timedelta(days=random.randrange(-100, 300))
    story.append(_number(since, until, FIRST + timedelta(days=1)))
    return story


def _number(since: datetime, until: datetime, said: datetime, status: str = "active") -> Evidence:
    days = (last_valid_day(each, ZONE).isoformat() for each in (since, until))
    return issuer("N-1", status, said=_text(said), since=next(days), to=next(days))


def _after_today(act: str, told: list[Foreseen], random: Random) -> list[Evidence]:
    """What a person does a few days on: exactly what was named, or what an issuer does to them."""
    soon = TODAY + timedelta(hours=random.randrange(5, 20))
    if act == "learns":
        seconds = sum(missing for each in told for _name, _courses, missing in each.lacking)
        return [attended("annual", _text(soon), seconds / 3600 + 40)] if seconds else []
    if act == "renews":
        return [_number(soon - timedelta(days=30), LAST + timedelta(days=900), soon)]
    if act == "revoked":
        return [issuer("N-1", "revoked", said=_text(soon))]
    return []


def _known(story: list[Evidence], issued: list[Fact], now: datetime) -> Dossier:
    found = dossier(story, now)
    return replace(found, facts=[*found.facts, *issued])


def _walk(story: list[Evidence], issued: list[Fact], start: datetime, end: datetime) -> tuple[list[Fact], list[Fall]]:
    """What was issued and what fell, by a review at every commit and every look; ``issued`` before."""
    issued = list(issued)
    known = dossier(story, end)
    commits = sorted({each.known_at for each in (*known.facts, *known.units)})
    falls: list[Fall] = []
    before, now = "", start
    while now <= end:
        found = review(_known(story, issued, now), BOOK, now=now, enforced=ENFORCED)
        records = [issue.record(PERSON) for issue in found.issues]
        if new := [Fact(each.number, HUB, Rank.ISSUER, now, now, each) for each in records]:
            issued += new
            found = review(_known(story, issued, now), BOOK, now=now, enforced=ENFORCED)
        standing = found.standings[0] if found.standings else Standing(RULES.id, "none")
        if before and rank(standing.scope) < rank(before):
            falls.append(Fall(now, standing.scope, any(hold.explicit for hold in standing.holds)))
        before = standing.scope
        following = [each for each in (standing.next_look, *commits) if each is not None and each > now]
        now = min(following, default=end + timedelta(days=1))
    return issued, falls
