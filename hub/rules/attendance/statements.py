"""Which time of a study counts: between two neighbouring instants, as far as somebody can be shown to have studied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from hub.rules.span import Span, Spans, united, without
from hub.rules.unit import Noted

Meaning = Literal[
    "opened",
    "closed",
    "point",
    "played",
    "paused",
    "asked",
    "proved",
    "failed",
    "no_face",
    "not_self",
    "completed",
    "uncompleted",
]
"""What was said: ``played`` and ``paused`` carry a media position, ``proved`` and ``failed`` answer a question."""

_ANSWER = frozenset({"proved", "failed"})
_CHALLENGE = _ANSWER | {"asked"}
_NO_MORE_ANSWER = frozenset({"asked", "closed", "completed"})
"""What shows that a question asked before stays without an answer."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said of a learner at an instant.

    ``media`` is the position in seconds where something plays, ``until`` ends a slice in which a camera saw nobody
    (``no_face``) or somebody else (``not_self``). ``flag`` names what is listed about its date (``dated_ahead``,
    ``backdated``); ``disputed``: it is so far ahead that only a person can say whether it counts.
    """

    at: datetime
    meaning: Meaning
    media: int | None = None
    until: datetime | None = None
    ref: str = ""
    flag: str = ""
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class StudySettings:
    """How study of an online course is counted, by the version in force on its day; lengths in seconds."""

    nominal: int
    idle: int = 600
    longest_break: int = 1800
    resume_days: int = 7
    min_share: float = 0.5
    reports_activity: bool = True
    """Whether the source says what happens between opening and closing; if not, an open player counts whole."""
    needs_time: bool = True
    """Whether a completion needs time behind it; the bare word of a platform without times does not."""
    popups: bool = False
    repeats: bool = False
    category: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """All that was said of one instant: statements of one second have no order among them."""

    at: datetime
    said: frozenset[str]
    media: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Study time: certain, in doubt, and taken away, each with its reason."""

    certain: Spans
    doubts: tuple[Noted, ...]
    taken: tuple[Noted, ...]


def moments(said: Sequence[Statement]) -> list[Moment]:
    """The instants at which something was said, in order; slices of a camera are none."""
    by_instant: dict[datetime, list[Statement]] = {}
    for each in said:
        if each.meaning not in ("no_face", "not_self"):
            by_instant.setdefault(each.at, []).append(each)
    return [_moment(at, by_instant[at]) for at in sorted(by_instant)]


def _moment(at: datetime, said: Sequence[Statement]) -> Moment:
    media = max((each.media for each in said if each.media is not None), default=None)
    return Moment(at, frozenset(each.meaning for each in said), media)


def is_whole(before: Moment, after: Moment, settings: StudySettings) -> bool:
    """Whether a player that was opened and closed counts whole, as its source reports no activity between."""
    return (
        not settings.reports_activity and "opened" in before.said and not after.said.isdisjoint({"closed", "completed"})
    )


def counted(said: Sequence[Statement], settings: StudySettings) -> Counted:
    """The study time of what was said."""
    steps = list(pairwise(moments(said)))
    spans = [_step(before, after, settings) for before, after in steps]
    certain = united(span for span in spans if span is not None)
    silent = [
        Noted("idle", before.at, after.at)
        for (before, after), span in zip(steps, spans, strict=True)
        if span is None and not _is_closed(before)
    ]
    failed, unproven = _challenged(said, certain, settings)
    taken = [*failed, *_slices(said, "no_face")]
    doubts = [*unproven, *_slices(said, "not_self")]
    gone = [Span(each.starts_at, each.ends_at) for each in (*taken, *doubts)]
    return Counted(without(certain, gone), tuple(doubts), (*silent, *taken))


def _step(before: Moment, after: Moment, settings: StudySettings) -> Span | None:
    """What counts between two neighbouring moments."""
    gap = int((after.at - before.at).total_seconds())
    if "played" in before.said and before.media is not None and after.media is not None:
        played = min(gap, max(after.media - before.media, 0))
        return Span(before.at, before.at + timedelta(seconds=played)) if played else None
    if is_whole(before, after, settings):
        return Span(before.at, before.at + timedelta(seconds=min(gap, settings.nominal)))
    return Span(before.at, after.at) if gap <= settings.idle and not _is_closed(before) else None


def _is_closed(moment: Moment) -> bool:
    """Whether nothing goes on after a moment: a player was closed, or a film stands still."""
    return not moment.said.isdisjoint({"closed", "paused"}) and moment.said.isdisjoint({"opened", "played"})


def _challenged(said: Sequence[Statement], certain: Spans, settings: StudySettings) -> tuple[list[Noted], list[Noted]]:
    """The time since the last proof that a wrong or missed answer takes away; all of it is open if none was asked."""
    if not settings.popups:
        return [], []
    steps = moments(said)
    if all(each.said.isdisjoint(_CHALLENGE) for each in steps):
        return [], [Noted("never_asked", each.start, each.end) for each in certain]
    return list(_failed(steps)), []


def _failed(steps: Sequence[Moment]) -> Iterator[Noted]:
    """The time that each wrong answer takes away, and each question to which none came before what ends the waiting."""
    proof = steps[0].at
    waiting = False
    for each in steps:
        answered = not each.said.isdisjoint(_ANSWER)
        missed = waiting and not answered and (each is steps[-1] or not each.said.isdisjoint(_NO_MORE_ANSWER))
        if "failed" in each.said or missed:
            yield Noted("challenge_failed", proof, each.at)
        if answered or missed:
            proof = each.at
        waiting = (waiting or "asked" in each.said) and not answered and not (missed and "asked" not in each.said)


def _slices(said: Sequence[Statement], meaning: Meaning) -> list[Noted]:
    return [Noted(meaning, each.at, each.until) for each in said if each.meaning == meaning and each.until is not None]
