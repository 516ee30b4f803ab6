"""One number, one life: when it is held, and what closes it, of all that was said about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.rules.credentials.periods import Length, Stated, stated_periods
from hub.rules.credentials.words import Word, in_order, normal, words_by_number
from hub.rules.fact import Fact, Rank, of_kind
from hub.rules.span import Span, Spans, united, without
from hub.rules.timeline import END
from hub.rules.values import Alarm
from schemas.credential import Status
from schemas.decision import Reopened
from schemas.position import Provenance

SPEAKS_OF_THE_OLD = timedelta(hours=36)
"""A word that a number expired, so soon after a period that goes on, speaks of the old one."""
KEPT_ALONE = timedelta(hours=24)
"""A superseded number whose successor nobody has stated is kept so long: the issuer says that there is one."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A stretch in which a number is closed by an issuer's word; open at its end until somebody reopens it."""

    kind: Status
    start: datetime
    end: datetime
    rank: Rank
    ref: str
    known_by: Provenance

    @property
    def span(self) -> Span:
        """From when to when."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a credential: its periods, what closed it, and when it is held."""

    credential: str
    number: str
    periods: tuple[Stated, ...]
    closures: tuple[Closure, ...]
    held: Spans
    alarms: tuple[Alarm, ...] = ()
    words: tuple[Word, ...] = ()

    @property
    def runs(self) -> Spans:
        """The time of its periods, whoever closed it."""
        return united(each.span for each in self.periods)


def numbers(
    credential: str,
    names: Iterable[str],
    facts: Sequence[Fact],
    *,
    length: Length,
    least: Provenance | None = None,
) -> tuple[Number, ...]:
    """The numbers of a credential by all that was said of them, under any of its names."""
    said = words_by_number(facts, names)
    reopened = [(normal(act.number), fact, act) for fact, act in of_kind(facts, Reopened) if act.credential in names]
    found = []
    for key, words in said.items():
        alone = not any(other != key and any(not word.closes for word in said[other]) for other in said)
        acts = [(fact, act) for number, fact, act in reopened if number == key]
        found.append(_number(credential, words, acts, length, least, alone))
    return tuple(found)


def _number(
    credential: str,
    words: tuple[Word, ...],
    reopened: Sequence[tuple[Fact, Reopened]],
    length: Length,
    least: Provenance | None,
    alone: bool,
) -> Number:
    ordered, alarms = in_order(words)
    periods = stated_periods(ordered, length)
    closures, more = _closures(ordered, periods, reopened, alone)
    held = without(_known_well(periods, least), (each.span for each in closures))
    shown = max(words, key=_rank).stated.number
    unproven = [each for each in periods if each.sufficient_from(least) is None]
    if unproven:
        refs = tuple(fact.id for each in unproven for fact in each.said)
        more = (*more, Alarm("provenance", credential, refs))
    return Number(credential, shown, periods, closures, held, (*alarms, *more), ordered)


def _rank(word: Word) -> tuple[int, datetime]:
    return word.fact.rank, word.fact.said_at


def _known_well(periods: Iterable[Stated], least: Provenance | None) -> Spans:
    starts = ((each, each.sufficient_from(least)) for each in periods)
    return united(Span(start, each.end) for each, start in starts if start is not None and start < each.end)


def _closures(
    words: Sequence[Word], periods: Sequence[Stated], reopened: Sequence[tuple[Fact, Reopened]], alone: bool
) -> tuple[tuple[Closure, ...], tuple[Alarm, ...]]:
    closed: list[Closure] = []
    alarms: list[Alarm] = []
    for word in words:
        if word.closes:
            closure, alarm = _closure(word, periods, alone)
            closed += [closure] if closure else []
            alarms += [alarm] if alarm else []
            continue
        if any(each.kind == "revoked" and each.end == END for each in _reopened(closed, reopened)):
            alarms.append(Alarm("active_after_revoked", word.stated.credential, (word.fact.id,)))
        closed = [_lifted(each, word) for each in closed]
    closed = _reopened(closed, reopened)
    return tuple(each for each in closed if each.start < each.end), tuple(alarms)


def _closure(word: Word, periods: Sequence[Stated], alone: bool) -> tuple[Closure | None, Alarm | None]:
    status, at = word.stated.status, word.acts_at
    alarm = None
    if status in ("expired", "lapsed"):
        effect, code = _ends(at, periods)
        alarm = Alarm(code, word.stated.credential, (word.fact.id,)) if code else None
        if not effect:
            return None, alarm
    elif status == "superseded" and alone:
        at += KEPT_ALONE
        alarm = Alarm("superseded_alone", word.stated.credential, (word.fact.id,))
    return Closure(status, at, END, word.fact.rank, word.fact.id, word.fact.known_by), alarm


def _ends(at: datetime, periods: Sequence[Stated]) -> tuple[bool, str]:
    """Whether a word that a number ended then has an effect, and the case it makes where it has none.

    It changes nothing at or after the known end, nor soon after a period that the issuer itself has continued.
    """
    begun = [run for run in united(each.span for each in periods) if run.start <= at]
    if begun and at >= begun[-1].end:
        return False, ""
    bounds = (each.end for each in periods if each.rank is Rank.ISSUER and each.end < END)
    if any(bound <= at <= bound + SPEAKS_OF_THE_OLD for bound in bounds):
        return False, "expired_though_continued"
    return True, ""


def _lifted(closure: Closure, word: Word) -> Closure:
    """The closure once an active word follows it: of its rank or a higher one, and said when it was in force."""
    if closure.end != END or closure.kind == "revoked" or word.fact.rank < closure.rank:
        return closure
    if max(word.fact.said_at, word.acts_at) < closure.start:
        return closure
    return replace(closure, end=max(closure.start, word.acts_at))


def _reopened(closed: Iterable[Closure], acts: Sequence[tuple[Fact, Reopened]]) -> list[Closure]:
    found = list(closed)
    for _fact, act in acts:
        found = [
            replace(each, end=act.changed_at)
            if each.kind == "revoked" and each.start <= act.changed_at < each.end
            else each
            for each in found
        ]
    return found
