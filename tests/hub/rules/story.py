"""The language in which the worked examples are written: evidence as an HR officer would say it, asked on a day.

Times are those of Asia/Shanghai and of 2026 unless a year is given: ``at("04-03 15:20")``. ``day("2027-03-10")`` is the
bound of what is valid to the end of that day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from hub.rules.calendar import bound_of, last_valid_day
from hub.rules.fact import Fact, Rank
from hub.rules.posts.dossier import Dossier, Rulebook, versions
from hub.rules.posts.issuing import issues_missed
from hub.rules.posts.standing import Standing, standings
from hub.rules.timeline import BEGINNING, Timeline
from hub.rules.unit import Unit
from hub.rules.workdays import WEEKDAYS
from schemas.credential import CredentialStatus
from schemas.decision import Block, Mentoring, Override, RenewalAct, Reopened, ResultDecision, Warned
from schemas.learning import Practical, Result, Voided
from schemas.people import Assignment, Leave, LeavesListed, Person
from schemas.position import Position

ZONE = ZoneInfo("Asia/Shanghai")
PERSON = "p"
POST = "post"


def at(text: str) -> datetime:
    """An instant: ``04-03``, ``04-03 15:20``, ``2027-04-03 15:20``; with ``Z`` it is UTC."""
    if text.endswith("Z"):
        return datetime.fromisoformat(_with_year(text[:-1])).replace(tzinfo=UTC)
    return datetime.fromisoformat(_with_year(text)).replace(tzinfo=ZONE).astimezone(UTC)


def day(text: str) -> datetime:
    """The bound of what is valid to the end of a day."""
    return bound_of(date.fromisoformat(_with_year(text)), ZONE)


def _with_year(text: str) -> str:
    return text if len(text) >= 10 and text[4] == "-" else f"2026-{text}"


# --- rules ---------------------------------------------------------------------------------------------------


def position(**parts: Any) -> Position:
    """A version of the post, with what all examples share."""
    shared = {
        "id": POST,
        "name": {"zh": "岗位", "en": "Post"},
        "risk": "medium",
        "targets": {"iam": {}},
        "ladder": [{"scope": "full", "needs": ["q"]}],
    }
    return Position.model_validate({**shared, **parts})


def q_post(
    *,
    grant: Iterable[str] = ("learned",),
    over: str = "stint",
    valid_for: str = "12 months",
    demands: Sequence[dict[str, Any]] | None = None,
    requirement: dict[str, Any] | None = None,
    credential: dict[str, Any] | None = None,
    grant_more: dict[str, Any] | None = None,
    **parts: Any,
) -> Position:
    """Full needs Q, our own: granted by the course ``intro``; 40 h and 90 % in every cycle."""
    own = {
        "issuer": "hub",
        "valid_for": valid_for,
        "grant": {"needs": list(grant), "over": over, **(grant_more or {})},
        "demands": [{"needs": "annual", "over": "cycle"}] if demands is None else list(demands),
        "checks": [{"before": "3 months"}, {"before": "1 month", "cure": "15 days"}],
        **(credential or {}),
    }
    asked = {
        "learned": {"kind": "hours", "courses": ["intro"], "at_least_hours": 1},
        "annual": {"kind": "hours", "courses": ["annual"], "at_least_hours": 40, "at_least_rate": 0.9},
        **(requirement or {}),
    }
    more = parts.pop("credentials", {})
    return position(requirement=asked, credential={"q": own, **more}, **parts)


def n_post(**credential: Any) -> Position:
    """Full needs N, a credential of an authority."""
    asked = {"issuer": "authority", **credential}
    return position(credential={"n": asked}, ladder=[{"scope": "full", "needs": ["n"]}])


# --- evidence ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A record with who said it and when it arrived; its id follows from its place in the story."""

    record: Any
    arrived: datetime
    rank: Rank = Rank.ISSUER
    source: str = "source"
    provenance: str | None = None


def stint(
    start: str = "01-05", end: str | None = None, *, said: str | None = None, post: str = POST, **more: Any
) -> Said:
    """HR's roster: the person holds the post, to the end of a day if one is given."""
    said_at = at(said or start)
    ends_at = None if end is None else day(end)
    record = Assignment(subject=PERSON, position=post, starts_at=at(start), ends_at=ends_at, as_of=said_at, **more)
    return Said(record, said_at, Rank.REGISTER, "roster")


def person(said: str, leaves: str | None = None) -> Said:
    """HR's roster: who the person is, and the last day in the house if one is given."""
    record = Person(subject=PERSON, name="", leaves_at=None if leaves is None else day(leaves), as_of=at(said))
    return Said(record, at(said), Rank.REGISTER, "roster")


def leave(start: str, end: str, *, said: str, **more: Any) -> Said:
    """HR's roster: away from the start of a day to the end of another."""
    record = Leave(subject=PERSON, starts_at=at(start), ends_at=day(end), as_of=at(said), **more)
    return Said(record, at(said), Rank.REGISTER, "roster")


def roster_lists(said: str) -> Said:
    """A roster that lists the person, with all present leave."""
    return Said(LeavesListed(subject=PERSON, as_of=at(said)), at(said), Rank.REGISTER, "roster")


def issuer(
    number: str,
    status: str = "active",
    *,
    said: str,
    since: str | None = None,
    to: str | None = None,
    effective: str | None = None,
    arrived: str | None = None,
    sequence: int = 0,
    credential: str = "n",
    review: str | None = None,
    rank: Rank = Rank.ISSUER,
    source: str = "issuer",
    provenance: str | None = None,
) -> Said:
    """What an issuer says of a number: a status, from when, and its period from a day to the end of another."""
    record = CredentialStatus(
        subject=PERSON,
        credential=credential,
        number=number,
        status=status,
        sequence=sequence,
        changed_at=at(effective or said),
        said_at=at(said),
        valid_from=None if since is None else at(since),
        valid_until=None if to is None else day(to),
        review_due=None if review is None else day(review),
    )
    return Said(record, at(arrived or said), rank, source, provenance)


def register(number: str, status: str = "active", *, said: str, two: bool = False, **more: Any) -> Said:
    """What HR enters by hand; ``two``: a second person checked it."""
    provenance = "two_persons" if two else "person"
    return issuer(number, status, said=said, rank=Rank.REGISTER, source="register", provenance=provenance, **more)


def opening(number: str, *, said: str, to: str, credential: str = "q", since: str | None = None) -> Said:
    """An opening balance: a credential that was held before the hub began."""
    return issuer(number, said=said, since=since, to=to, credential=credential, rank=Rank.OPENING, source="opening")


def reopened(number: str, *, said: str, credential: str = "n") -> Said:
    """Two people undid a revocation."""
    record = Reopened(subject=PERSON, credential=credential, number=number, changed_at=at(said))
    return Said(record, at(said), Rank.REGISTER, "hr")


def passed(
    exam: str, when: str, *, ok: bool = True, statement: str = "", arrived: str | None = None, score: str = ""
) -> Said:
    """An exam taken."""
    record = Result(subject=PERSON, exam=exam, passed=ok, score=score, occurred_at=at(when), statement=statement)
    return Said(record, at(arrived or when), Rank.ISSUER, "lms")


def result_decided(exam: str, sat: str, stood: str, verdict: str, said: str) -> Said:
    """HR decides whether what was said of a sitting counts."""
    record = ResultDecision(
        subject=PERSON,
        id="case",
        exam=exam,
        sat_at=at(sat),
        stood=stood,
        verdict=verdict,  # type: ignore[arg-type]
        as_of=at(said),
    )
    return Said(record, at(said), Rank.REGISTER, "hr")


def voided(statement: str, *, said: str) -> Said:
    """The LMS withdraws a statement."""
    return Said(Voided(subject="lms", statement=statement, occurred_at=at(said)), at(said), Rank.ISSUER, "lms")


def practical(when: str, *, ok: bool | None = True) -> Said:
    """A practical with its performance result."""
    return Said(Practical(subject=PERSON, position=POST, passed=ok, occurred_at=at(when)), at(when), source="hr")


def mentor(name: str, *, since: str) -> Said:
    """HR names a mentor."""
    record = Mentoring(subject=PERSON, position=POST, mentor=name, starts_at=at(since))
    return Said(record, at(since), Rank.REGISTER, "hr")


def override(scope: str, start: str, end: str) -> Said:
    """Two people open a scope for some days."""
    record = Override(subject=PERSON, position=POST, scope=scope, starts_at=at(start), ends_at=at(end))
    return Said(record, at(start), Rank.REGISTER, "hr")


def block(scope: str, start: str, review: str, lifted: str | None = None) -> Said:
    """A person keeps a scope low."""
    record = Block(
        subject=PERSON,
        position=POST,
        scope=scope,
        starts_at=at(start),
        review_at=at(review),
        lifted_at=None if lifted is None else at(lifted),
    )
    return Said(record, at(start), Rank.REGISTER, "hr")


def warned(credential: str, ends: str, accepted: str) -> Said:
    """A channel accepted the warning of an end."""
    record = Warned(subject=PERSON, position=POST, credential=credential, ends_at=day(ends), accepted_at=at(accepted))
    return Said(record, at(accepted), Rank.ISSUER, "hub")


def hr_renews(when: str) -> Said:
    """HR acts on a renewal that waits for it."""
    record = RenewalAct(subject=PERSON, position=POST, credential="q", acted_at=at(when))
    return Said(record, at(when), Rank.REGISTER, "hr")


def attended(
    course: str,
    over: str,
    hours: float,
    *,
    of: float | None = None,
    known: str | None = None,
    unit: str | None = None,
    open_: float = 0,
    **more: Any,
) -> Unit:
    """A class of a course that was over then: so many hours of so many (all of it, unless said)."""
    over_at = at(over)
    required = round((hours if of is None else of) * 3600)
    status = more.pop("status", "complete" if of is None or hours >= of else "unknown" if open_ else "incomplete")
    return Unit(
        id=unit or f"{course}@{over}",
        kind=more.pop("kind", "session"),
        course=course,
        starts_at=over_at - timedelta(seconds=max(required, 60)),
        over_at=over_at,
        required=required,
        credited=round(hours * 3600),
        open=round(open_ * 3600),
        status=status,
        refs=(f"evidence of {unit or over}",),
        known_at=at(known) if known else over_at,
        **more,
    )


def opened_hours(course: str, as_of: str, hours: float) -> Unit:
    """Hours of an opening balance."""
    return replace(attended(course, as_of, hours), kind="opening", starts_at=at(as_of))


# --- asking --------------------------------------------------------------------------------------------------

Evidence = Said | Unit


@dataclass(frozen=True)
class Asked:
    """The standing in the post on a day, as the examples speak of it."""

    standing: Standing
    now: datetime

    @property
    def scope(self) -> str:
        """The scope."""
        return self.standing.scope

    @property
    def holds(self) -> list[str]:
        """The reasons of the holds."""
        return [hold.reason for hold in self.standing.holds]

    @property
    def alarms(self) -> set[str]:
        """The codes of the alarms."""
        return {alarm.code for alarm in self.standing.alarms}

    @property
    def kept(self) -> set[str]:
        """What keeps the scope."""
        return {kept.by for kept in self.standing.kept}

    @property
    def next_look(self) -> datetime | None:
        """The next look."""
        return self.standing.next_look

    def state(self, credential: str) -> Any:
        """A credential as it stands."""
        return next(each for each in self.standing.credentials if each.credential == credential)

    def to(self, credential: str = "q") -> str:
        """The last valid day of a credential."""
        bound = self.state(credential).bound
        return "" if bound is None else last_valid_day(bound, ZONE).isoformat()

    def events(self, kind: str) -> list[datetime]:
        """When something of a kind happened."""
        return [event.at for event in self.standing.events if event.kind == kind]

    def verdict(self, name: str) -> Any:
        """How a requirement stands, wherever it is asked for."""
        found = [*self.standing.verdicts, *(part for each in self.standing.credentials for part in each.parts)]
        return next(each for each in found if each.requirement == name)

    def figures(self, name: str) -> dict[str, str]:
        """The figures of a requirement."""
        return dict(self.verdict(name).figures)

    def thread(self, credential: str = "q") -> Any:
        """The thread of a credential's end, if it is open."""
        found = [each for each in self.standing.threads if each.credential == credential and each.is_open(self.now)]
        return found[0] if found else None


def facts_of(evidence: Iterable[Evidence]) -> list[Fact]:
    """The facts of a story, each with an id that does not depend on its place."""
    found = []
    for each in evidence:
        if isinstance(each, Said):
            said = (
                f"{type(each.record).__name__}|{each.record.model_dump_json()}|{each.arrived.isoformat()}|{each.rank}"
            )
            found.append(
                Fact(said, each.source, each.rank, each.arrived, each.arrived, each.record, each.provenance)  # type: ignore[arg-type]
            )
    return found


def rulebook(*files: Position, **more: Any) -> Rulebook:
    """The rules of one post, or of several, each in its versions."""
    by_post: dict[str, list[Position]] = {}
    for each in files:
        by_post.setdefault(each.id, []).append(each)
    found = {post: versions(of, ZONE) for post, of in by_post.items()}
    return Rulebook(found, ZONE, more.pop("workdays", WEEKDAYS), **more)


def dossier(
    evidence: Iterable[Evidence],
    known_by: datetime,
    mentors: dict[str, Timeline[bool]] | None = None,
) -> Dossier:
    """The dossier of the person by what was known at an instant; of one unit as it was folded last."""
    evidence = list(evidence)
    known = [each for each in evidence if isinstance(each, Unit) and each.known_at <= known_by]
    last = {each.id: each for each in sorted(known, key=attrgetter("known_at"))}
    units = [each for each in known if last[each.id] is each]
    facts = [fact for fact in facts_of(evidence) if fact.known_at <= known_by]
    return Dossier(PERSON, facts, units, mentors={(name, POST): full for name, full in (mentors or {}).items()})


def ask(
    rules: Position | Rulebook,
    evidence: Sequence[Evidence],
    on: str,
    *,
    post: str = POST,
    enforced: str | None = None,
    mentors: dict[str, Timeline[bool]] | None = None,
) -> Asked:
    """The standing on a day. With ``enforced`` the post is carried out, and what the hub had issued stands."""
    book = rulebook(rules) if isinstance(rules, Position) else rules
    now = at(on)
    since = {} if enforced is None else dict.fromkeys(book.positions, at(enforced))
    issued = [] if enforced is None else lived(book, evidence, now, since)
    asked = dossier(evidence, now, mentors)
    found = standings(replace(asked, facts=[*asked.facts, *issued]), book, now=now, enforced=since)
    return Asked(next((each for each in found if each.position == post), Standing(post, "none")), now)


def lived(book: Rulebook, evidence: Sequence[Evidence], now: datetime, enforced: dict[str, datetime]) -> list[Fact]:
    """What the hub issued by then, reviewing at each commit."""
    commits = {fact.known_at for fact in facts_of(evidence)}
    commits |= {each.known_at for each in evidence if isinstance(each, Unit)} | set(enforced.values())
    return issues_missed(
        lambda known_by: dossier(evidence, known_by),
        book,
        sorted(each for each in commits if BEGINNING < each <= now),
        now,
        enforced=enforced,
        subject=PERSON,
    )
