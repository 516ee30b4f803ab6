"""One person that a solver found, as an HR officer would tell of them, and as the dossier that the engine judges."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.proving.evidence import Person
from hub.proving.meaning import OLD_DAYS, POST_DAYS, PROVENANCES
from hub.rules.fact import Fact, Rank
from hub.rules.posts.dossier import Dossier
from hub.rules.timeline import Timeline
from hub.rules.unit import Unit
from schemas.credential import CredentialStatus
from schemas.decision import Mentoring
from schemas.learning import Practical, Result
from schemas.people import Assignment
from schemas.position import Provenance
from schemas.record import Record

NOW = datetime(2026, 6, 17, 4, tzinfo=UTC)
"""A Wednesday: neither a week nor a month turns in the days before it."""
_LEARNED = {"old": NOW - timedelta(days=OLD_DAYS), "within": NOW - timedelta(days=2)}
_EXAMINED = {when: at + timedelta(days=1) for when, at in _LEARNED.items()}
_BEGAN = NOW - timedelta(days=POST_DAYS)
_SUBJECT = "somebody"


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a story."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Story:
    """A person's dossier, and what there is to tell of them."""

    dossier: Dossier
    lines: tuple[Line, ...]


def story_of(person: Person, position: str) -> Story:
    """The story of a person in a post."""
    telling = _Telling(person, position)
    return Story(Dossier(_SUBJECT, telling.facts, telling.units, mentors=telling.mentors), tuple(telling.lines))


class _Telling:
    def __init__(self, person: Person, position: str) -> None:
        self.facts: list[Fact] = []
        self.units: list[Unit] = []
        self.lines: list[Line] = []
        self.mentors: dict[tuple[str, str], Timeline[bool]] = {}
        self._person = person
        self._position = position
        stint = Assignment(subject=_SUBJECT, position=position, starts_at=_BEGAN, as_of=_BEGAN)
        self._say(stint, _BEGAN, f"自 {_BEGAN:%Y-%m-%d} 起在岗", f"holds the post since {_BEGAN:%Y-%m-%d}")
        for place in self._places():
            getattr(self, f"_{place[0]}")(*place[1:])

    def _places(self) -> Iterator[tuple[str, ...]]:
        """What there is to tell, each thing once, in the order of time."""
        names = {"credited": "class_", "missed": "class_", "passed": "exam", "score": "exam", "overdue": "number"}
        named = {**names, "active": "number", "graded": "practicals", "ungraded": "practicals"}
        places = {
            (named.get(thing[0], thing[0]), *thing[1:])
            for thing, value in self._person.items()
            if value and thing[0] not in ("provenance", "opaque")
        }
        yield from sorted(places, key=lambda place: ("old" not in place, place))

    def _amount(self, *thing: str) -> int:
        return int(self._person.get(thing, 0))

    def _class_(self, course: str, when: str) -> None:
        at, credited, missed = (
            _LEARNED[when],
            self._amount("credited", course, when),
            self._amount("missed", course, when),
        )
        self.units.append(_unit(course, at, (credited + missed) * 60, credited * 60))
        done, of = f"{credited / 60:g}", f"{(credited + missed) / 60:g}"
        self._tell(
            f"{at:%Y-%m-%d} 完成 {course} 课时 {done}/{of} 小时", f"{at:%Y-%m-%d}: {done} of {of} hours of {course}"
        )

    def _completed(self, course: str, when: str) -> None:
        at = _LEARNED[when]
        self.units.append(_unit(course, at, 0, 0, completed=True))
        self._tell(f"{at:%Y-%m-%d} 学完 {course}", f"{at:%Y-%m-%d}: completed {course}")

    def _exam(self, exam: str, when: str) -> None:
        at, passed, score = _EXAMINED[when], bool(self._amount("passed", exam, when)), self._amount("score", exam, when)
        record = Result(subject=_SUBJECT, exam=exam, passed=passed, score=str(score), occurred_at=at)
        words = ("通过", "passed") if passed else ("未标记通过", "not marked as passed")
        self._say(
            record,
            at,
            f"{at:%Y-%m-%d} 参加考试 {exam}：{words[0]}，{score} 分",
            f"{at:%Y-%m-%d}: exam {exam}, {words[1]}, score {score}",
        )

    def _practicals(self, position: str, when: str) -> None:
        for kind, passed in (("graded", True), ("ungraded", None)):
            for number in range(min(self._amount(kind, position, when), 1000)):
                at = _LEARNED[when] + timedelta(minutes=number)
                record = Practical(subject=_SUBJECT, position=position, passed=passed, occurred_at=at)
                self._say(record, at, f"{at:%Y-%m-%d %H:%M} 实操", f"{at:%Y-%m-%d %H:%M}: a practical ({kind})")

    def _number(self, scheme: str) -> None:
        overdue = not self._amount("active", scheme)
        since, due = NOW - timedelta(days=400), NOW - timedelta(days=7)
        record = CredentialStatus(
            subject=_SUBJECT,
            credential=scheme,
            number="C-1",
            status="active",
            changed_at=since,
            said_at=since,
            valid_from=since,
            valid_until=NOW + timedelta(days=800),
            review_due=due if overdue else None,
        )
        known: Provenance = PROVENANCES[self._amount("provenance", scheme)]  # type: ignore[assignment]  # an index into its own values
        zh = f"持有 {scheme}（来源 {known}）" + (f", 复审已于 {due:%Y-%m-%d} 逾期" if overdue else "")
        en = f"has {scheme} (known by {known})" + (f", whose review was due on {due:%Y-%m-%d}" if overdue else "")
        self._say(record, since, zh, en, provenance=known)

    def _opened(self, credential: str) -> None:
        since = NOW - timedelta(days=1)
        record = CredentialStatus(
            subject=_SUBJECT,
            credential=credential,
            number="O-1",
            status="active",
            changed_at=since,
            said_at=since,
            valid_from=since,
            valid_until=NOW + timedelta(days=27),
        )
        en = f"has {credential} by the opening balance of {since:%Y-%m-%d}"
        self._say(record, since, f"期初导入持有 {credential}", en, provenance="issuer_file", rank=Rank.OPENING)

    def _mentors(self) -> None:
        for number in range(min(self._amount("mentors"), 100)):
            name = f"mentor-{number + 1}"
            record = Mentoring(subject=_SUBJECT, id=name, position=self._position, mentor=name, starts_at=_BEGAN)
            self.mentors[name, self._position] = Timeline(True)
            self._say(record, _BEGAN, f"师傅 {name}", f"is mentored by {name}")

    def _say(
        self,
        record: Record,
        at: datetime,
        zh: str,
        en: str,
        *,
        provenance: Provenance | None = None,
        rank: Rank = Rank.ISSUER,
    ) -> None:
        source = "opening" if rank is Rank.OPENING else "source"
        self.facts.append(Fact(f"fact {len(self.facts)}", source, rank, at, at, record, provenance))
        self._tell(zh, en)

    def _tell(self, zh: str, en: str) -> None:
        self.lines.append(Line(zh, en))


def _unit(course: str, at: datetime, required: int, credited: int, *, completed: bool = False) -> Unit:
    return Unit(
        id=f"{course}@{at.isoformat()}{'/completed' if completed else ''}",
        kind="study" if completed else "session",
        course=course,
        starts_at=at - timedelta(seconds=max(required, 60)),
        over_at=at,
        required=required,
        credited=credited,
        known_at=at,
        study="pass" if completed else "",
        completion="counted" if completed else "none",
        completed_at=at if completed else None,
    )
