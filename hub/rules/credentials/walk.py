"""Walks the life of an own credential from its first grant on: cycles, closings, lapses, restorations, new grants."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from hub.rules.calendar import add, end_after
from hub.rules.credentials.cycle_periods import Cycle
from hub.rules.credentials.demanded import CycleDemands
from hub.rules.credentials.given import Given, number_of
from hub.rules.credentials.granting import TICK, Granting
from hub.rules.credentials.renewal import HR_MAY_TAKE, Outcome, Renewal
from hub.rules.credentials.restore import Cure
from hub.rules.credentials.stretches import Closed, Ending, Found, Run
from hub.rules.span import Span
from hub.rules.timeline import BEGINNING, END
from hub.rules.values import Event, EventKind, Kept


class Walk:
    """The life of one own credential, walked once, up to now."""

    def __init__(self, granting: Granting, givens: Sequence[Given], closed: Sequence[Closed]) -> None:
        self._granting = granting
        self._post = granting.post
        self._now = granting.post.now
        self._name = granting.name
        self._givens = givens
        self._closed = sorted(closed, key=lambda each: each.at)
        self._lost: dict[str, Ending] = {}
        self._over: set[tuple[str, datetime]] = set()
        """What was stopped, by number and first instant: it does not begin again, though it was at that instant."""
        self._cut = BEGINNING
        """Only what is over later grants it: its issuer ended it then, or nobody restored it in time."""
        self.found = Found()
        self._go()

    def _go(self) -> None:
        self.found.looks.extend(each.start for each in self._givens if each.start > self._now)
        given = self._next(BEGINNING) or self._first(BEGINNING, BEGINNING)
        while given is not None:
            ending = self._live(given)
            self.found.end(ending)
            if ending.kind == "held":
                break
            given = self._after(ending)
        if self.found.cycle is not None:  # of former cycles everybody was told when they ran
            self.found.events.extend(self._renewal(self.found.cycle).noted())

    def _next(self, since: datetime) -> Given | None:
        """What was given first from an instant on."""
        begun = (each for each in self._givens if since <= each.start <= self._now)
        return next((each for each in begun if each.beginning not in self._over and not self._is_closed(each)), None)

    def _is_closed(self, given: Given) -> bool:
        return any(each.number == given.number and each.at <= given.start for each in self._closed)

    # --- one life ----------------------------------------------------------------------------------------------

    def _live(self, given: Given) -> Ending:
        """Cycle after cycle from what was given, to how it ends, or to now."""
        self._event("restored" if given.manner == "restored" else "granted", given.start, given.end)
        cycle = Cycle(given.start, given.end, given.first_at, given.times, {}, given.settled_at)
        used: dict[str, int] = {}
        while True:
            demands = self._demands(cycle, used)
            ending, following = self._one(given, demands)
            if following is None:
                return ending
            used = demands.next_cycle()[1]
            given, cycle = following, _next_cycle(demands, following)

    def _demands(self, cycle: Cycle, used: dict[str, int]) -> CycleDemands:
        version = self._post.version(cycle.start)
        if self._post.version(self._now).position.running_periods == "new":
            version = self._post.version(min(cycle.end, self._now))
        rule = version.position.credential.get(self._name) or self._granting.rule(cycle.start)
        return self.found.begin(CycleDemands(rule, version.clauses, cycle, self._post.days, used))

    def _one(self, given: Given, demands: CycleDemands) -> tuple[Ending, Given | None]:
        """One cycle: how it ends, and what follows it without a gap."""
        renewal = self._renewal(demands)
        following = self._following(given, demands.cycle)
        early = renewal.early()
        self.found.events.extend(early.events)
        stop = self._stopped(given, demands, early, following)
        if stop is not None:
            self._over.add(given.beginning)
            self._run(given, demands.cycle.start, stop.at)
            return stop, None
        if following is not None:
            return self._followed(given, demands, renewal, following)
        self.found.kept.extend(early.kept)
        self.found.looks.extend(early.looks)
        if self._now < demands.cycle.end:
            self._run(given, demands.cycle.start, demands.cycle.end)
            return Ending("held", demands.cycle.end, demands), None
        return self._ended(given, demands, self._as_hr_acts(demands, renewal.at_end()))

    def _following(self, given: Given, cycle: Cycle) -> Given | None:
        """What was given next, if it begins before this cycle has ended."""
        later = (each for each in self._givens if given.start < each.start <= min(cycle.end, self._now))
        return next((each for each in later if not self._is_closed(each)), None)

    def _followed(
        self, given: Given, demands: CycleDemands, renewal: Renewal, following: Given
    ) -> tuple[Ending, Given | None]:
        """A cycle after which another period stands; unless its grounds are gone, whatever else is known now."""
        renews = following.start == demands.cycle.end
        changed = self._granting.grounds.changed_at(following)
        if renews and changed and renewal.at_end().kind != "renewed":
            self._lost[following.number] = Ending("ground_lost", max(changed, following.start), demands)
        self._run(given, demands.cycle.start, following.start)
        self._event("renewed" if renews else "dates_changed", following.start, following.end)
        return Ending("held", following.start), following

    def _stopped(self, given: Given, demands: CycleDemands, early: Outcome, following: Given | None) -> Ending | None:
        """What ends a cycle before its end: a closing word, grounds that are lost, a lapse."""
        end = demands.cycle.end if following is None else following.start
        found = self._taken_back(given, demands, Span(given.start, end))
        if early.kind == "lapsed" and early.at < end and (following is None or following.issued is None):
            found.append(Ending("lapsed", early.at, demands))
        return self._first_of(found)

    def _first_of(self, found: Sequence[Ending]) -> Ending | None:
        """The earliest of some endings, with its event."""
        stop = min(found, key=lambda each: each.at, default=None)
        if stop is not None:
            self._event(_EVENTS[stop.closed.kind if stop.closed else stop.kind], stop.at)
        return stop

    def _taken_back(self, given: Given, demands: CycleDemands, within: Span) -> list[Ending]:
        """What takes an issue back within a stretch, whatever else holds it: a closing word, grounds that are lost."""
        closed = [each for each in self._closed if within.holds(each.at) and each.at <= self._now]
        found = [Ending("closed", each.at, demands, each) for each in closed]
        lost = self._lost_at(given)
        return found if lost is None or not within.holds(lost.at) else [*found, lost]

    def _lost_at(self, given: Given) -> Ending | None:
        """When what was issued lost its grounds: they changed, and what remains does not suffice."""
        lost = self._granting.lost_at(given, self._cut)
        return self._lost.get(given.number) if lost is None else Ending("ground_lost", lost)

    def _ended(self, given: Given, demands: CycleDemands, outcome: Outcome) -> tuple[Ending, Given | None]:
        """What the end of a cycle comes to, once it is there."""
        cycle = demands.cycle
        if outcome.kind != "lapsed" and not self._post.in_stint(cycle.end):
            outcome = Outcome("lapsed", cycle.end)
        self.found.events.extend(outcome.events)
        if outcome.kind == "renewed":
            self._run(given, cycle.start, cycle.end)
            return Ending("held", cycle.end), self._renewed(demands)
        stop = self._first_of(self._taken_back(given, demands, Span(cycle.end, outcome.at)))
        if stop is not None:  # whatever holds it beyond its end
            self._run(given, cycle.start, stop.at)
            return stop, None
        self._run(given, cycle.start, outcome.at)
        if outcome.kind == "waiting" and self._now < outcome.at:
            self.found.kept.extend(outcome.kept)
            self.found.looks.extend(outcome.looks)
            return Ending("held", outcome.at, demands), None
        self._event("lapsed", outcome.at)
        return Ending("lapsed", outcome.at, demands), None

    def _renewed(self, demands: CycleDemands) -> Given:
        """The next period, from the end of this one, whenever its demands were met."""
        cycle, end, zone = demands.cycle, demands.cycle.end, self._post.days.zone
        rule = self._granting.rule(end)
        drifted = rule.valid_for is None or end_after(cycle.first_at, rule.valid_for, zone, cycle.times) != end
        first_at, times = (end, 1) if drifted else (cycle.first_at, cycle.times + 1)
        until = self._granting.end(rule, end, first_at, times)
        given = Given(end, until, number_of(self._post.person, self._name, end), "renewed", first_at, times)
        self._event("renewed", end, until)
        if demands.met_by_late_word():
            self._event("corrected", end)
        self._granting.issue(given, lambda: demands.verdicts(end))
        return given

    def _as_hr_acts(self, demands: CycleDemands, outcome: Outcome) -> Outcome:
        """A renewal that waits for HR's act is held for a while, and lapses without it."""
        end = demands.cycle.end
        if outcome.kind != "renewed" or self._granting.rule(end).renewal == "automatic":
            return outcome
        until = add(end, HR_MAY_TAKE, self._post.days.zone)
        acts = self._post.renewal_acts(self._name)
        if any(demands.cycle.start < act <= min(until, self._now) for act in acts):
            return outcome
        return Outcome("waiting", until, (), (Kept("hr_renewal", self._name, until),), (until,))

    # --- after it has ended ------------------------------------------------------------------------------------

    def _after(self, ending: Ending) -> Given | None:
        """What follows an ending: what was given later, a restoration, or a new first grant."""
        known = self._next(ending.at)
        if ending.kind == "ground_lost" and ending.demands is None:
            return known or self._first(self._cut, self._cut)
        if ending.kind == "closed":
            self._cut = ending.at
            return known or self._first(ending.at + TICK, ending.at)
        return self._restored(ending, known)

    def _first(self, after: datetime, cut: datetime) -> Given | None:
        return self._granting.first(after, cut, self._revoked(cut))

    def _revoked(self, since: datetime) -> list[datetime]:
        """When its issuer revoked it, from an instant on."""
        return [each.at for each in self._closed if each.kind == "revoked" and since <= each.at <= self._now]

    def _restored(self, ending: Ending, known: Given | None) -> Given | None:
        assert ending.demands is not None
        zone = self._post.days.zone
        revoked = next(iter(self._revoked(ending.at)), END)
        cure = Cure(ending.demands, ending.at)
        if revoked == END:
            self.found.seek(cure)
        late = add(ending.at, self._granting.rule(ending.at).restore_within, zone)
        if known is not None:
            self._cut = revoked if revoked < known.start else ending.at if late <= known.start else self._cut
            self._judge_again(known, ending.demands, cure)
            return known
        self.found.looks.extend(cure.parts.looks(self._now))
        until = min(late, self._now + TICK, revoked)
        stints = (Span(max(each.start, ending.at), min(each.end, until)) for each in self._post.stints)
        at = self._acted(ending.at, cure.restored_at(each for each in stints if each.start < each.end))
        if at is not None and at < revoked and self._post.in_stint(at):
            return self._granting.give("restored", at, lambda: cure.parts.verdict(at).parts)
        if revoked != END:  # only its issuer, or what is over later, gives it again
            return self._first(revoked + TICK, revoked)
        self.found.looks.append(late)
        return self._first(late, ending.at) if self._now >= late else None

    def _judge_again(self, given: Given, demands: CycleDemands, cure: Cure) -> None:
        """A restoration whose grounds are gone, and of which what remains does not suffice, is lost."""
        changed = self._granting.grounds.changed_at(given)
        if given.manner == "restored" and changed and cure.parts.states.at(given.start) != "met":
            self._lost[given.number] = Ending("ground_lost", max(changed, given.start), demands)

    def _acted(self, lapsed_at: datetime, at: datetime | None) -> datetime | None:
        """The instant of a restoration: once all is made good, or at HR's act since, where that is waited for."""
        if at is None or self._granting.rule(lapsed_at).renewal == "automatic":
            return at
        acts = [act for act in self._post.renewal_acts(self._name) if lapsed_at <= act <= self._now]
        return max(at, min(acts)) if acts else None

    # --- small ones --------------------------------------------------------------------------------------------

    def _renewal(self, demands: CycleDemands) -> Renewal:
        grace = self._post.version(self._now).position.unknown.grace
        return Renewal(self._name, demands, grace, self._post.days.zone, self._now)

    def _run(self, given: Given, start: datetime, end: datetime) -> None:
        if start < end:
            given_by = partial(self._granting.given_by, given)
            run = Run(Span(start, end), given.number, given.end, given.stated_at, given.known_by, given_by)
            self.found.runs.append(run)

    def _event(self, kind: EventKind, at: datetime, until: datetime | None = None) -> None:
        self.found.events.append(Event(at, kind, self._name, None if until == END else until))


_EVENTS: dict[str, EventKind] = {
    "lapsed": "lapsed",
    "expired": "expired",
    "ground_lost": "ground_lost",
    "revoked": "revoked",
    "superseded": "superseded",
    "suspended": "suspended",
}


def _next_cycle(demands: CycleDemands, given: Given) -> Cycle:
    judged_from = demands.next_cycle()[0] if given.start == demands.cycle.end else {}
    settled = max(given.settled_at, demands.cycle.settled_at)
    return Cycle(given.start, given.end, given.first_at, given.times, judged_from, settled)
