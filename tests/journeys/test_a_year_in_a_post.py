"""One year of three people in a post whose credential asks forty hours, ninety percent and an exam each year.

The demands' own examples, one after another in one hub: the checks before the end, the end, and what an authority
takes away. Its clock is moved by hand; the store, the writer and all that is decided and told are real.
"""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from hub.access.modes import Mode, set_mode
from hub.assembly import Assembly
from hub.clock import from_us, to_us
from hub.rules.files.reading import read_position
from hub.store.commit import Tx
from hub.store.tables import notices, review
from schemas.credential import CredentialStatus
from schemas.learning import CreditedHours, Result
from schemas.people import Assignment, OtherIdentifier, Person
from tests.conftest import HandClock
from tests.hub.decision.test_law import know, opened, send, t, targets
from tests.hub.doors import act

POST = """
id = "duty"
name = { zh = "值班", en = "Duty" }
risk = "medium"
ladder = [{ scope = "full", needs = ["qualification", "electrician"] }]
targets.iam = { full = ["machine-room"] }
[requirement]
intro = { kind = "exam", exam = "intro" }
annual = { kind = "hours", courses = ["dc-safety"], at_least_hours = 40, at_least_rate = 0.9 }
review = { kind = "exam", exam = "review" }
[credential]
electrician = { issuer = "authority" }
[credential.qualification]
issuer = "hub"
valid_for = "12 months"
grant = { needs = ["intro"], over = "stint" }
demands = [{ needs = "annual", over = "cycle" }, { needs = "review", over = "cycle" }]
checks = [{ before = "3 months" }, { before = "1 month", cure = "15 days" }]
"""
STORES = """
id = "stores"
name = { zh = "库房", en = "Stores" }
risk = "low"
ladder = [{ scope = "full", needs = ["intro"] }]
targets.iam = { full = ["stores"] }
[requirement]
intro = { kind = "exam", exam = "intro" }
"""
DONE, SHORT, UNEXAMINED = "E1", "E2", "E3"
"""Who does all that is asked, who is two hours short, and who does not sit the exam."""


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> Iterator["Year"]:
    clock = HandClock(t("2026-01-01T08:00"))
    with opened(tmp_path_factory.mktemp("year") / "hub", clock) as parts:
        for text, name in ((POST, "duty.toml"), (STORES, "stores.toml")):
            know(parts, read_position(text, name))
        parts.writer.call(enforced)
        begun = Year(parts, clock)
        for number in (DONE, SHORT, UNEXAMINED):
            said = hired(number), electrician(number, "active", 1, "2026-01-01T08:00")
            begun.on("2026-01-01T09:00", *said, passed(number, "intro", "2026-01-01T08:00"))
        yield begun


def enforced(tx: Tx) -> None:
    for kind, name in (("sink", "iam"), ("position", "duty"), ("position", "stores")):
        set_mode(kind, name, Mode(enforced_from=t("2026-01-01T00:00")), act("enforce"), tx)


def hired(number: str) -> tuple[str, list[Any]]:
    """A person with all identifiers, in both posts."""
    as_of, since = t("2026-01-01T00:00"), t("2026-01-01T00:00")
    others = tuple(OtherIdentifier(source=each, subject=f"{each}-{number}") for each in ("lms", "authority"))
    known = Person(subject=number, name="张三", identifiers=others, manager="E9", as_of=as_of)
    posts = [Assignment(subject=number, position=each, starts_at=since, as_of=as_of) for each in ("duty", "stores")]
    return "roster", [known, *posts]


def electrician(number: str, status: Any, sequence: int, at: str) -> tuple[str, list[Any]]:
    said = CredentialStatus(
        subject=f"authority-{number}",
        credential="electrician",
        number=f"EL-{number}",
        status=status,
        sequence=sequence,
        changed_at=t(at),
        valid_until=t("2030-01-01T00:00"),
    )
    return "authority", [said]


def passed(number: str, exam: str, at: str) -> tuple[str, list[Any]]:
    name = f"{number}-{exam}-{at}"
    return "lms", [Result(subject=f"lms-{number}", exam=exam, passed=True, occurred_at=t(at), statement=name)]


def attended(number: str, hours: float, at: str, of: float | None = None) -> tuple[str, list[Any]]:
    """Hours of the course that were credited of those that were required."""
    credited, required = (round(each * 3600) for each in (hours, of or hours))
    return "opening", [
        CreditedHours(
            subject=number,
            id=f"{number}-{at}",
            course="dc-safety",
            credited_seconds=credited,
            required_seconds=required,
            occurred_at=t(at),
        )
    ]


class Year:
    """What is looked at in the hub, day by day."""

    def __init__(self, parts: Assembly, clock: HandClock) -> None:
        self.parts, self.clock = parts, clock
        self._told_until: dict[str, int] = {}

    def on(self, day: str, *messages: Any) -> None:
        """Go on to an instant, looking at everybody whenever a date asks for it; then this is said."""
        while (due := self.parts.deadlines.next_at()) is not None and due <= to_us(t(day)):
            self.clock.at = max(from_us(due), self.clock.at)
            self.parts.deadlines.work_off()
        self.clock.at = t(day)
        for message in messages:
            send(self.parts, message, self.clock)
        self.parts.deadlines.work_off()

    def scope(self, number: str, position: str = "duty") -> str:
        return str(self._standing(number, position).scope)

    def doors(self, number: str) -> list[str]:
        """What is open to somebody."""
        return sorted(name for name, wanted in targets(self.parts, number).items() if wanted == "present")

    def credential(self, number: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = orjson.loads(self._standing(number, "duty").body)["credentials"]
        return next(each for each in found if each["credential"] == "qualification")

    def told(self, number: str) -> list[tuple[str, str]]:
        """What was told since the last time, and to whom."""
        person, since = self.parts.directory.person_by_number(number), self._told_until.get(number, -1)
        with self.parts.database.reading() as session:
            rows = [row for row in session.all(notices.notices_of, {"person": person}) if row.decided_at > since]
        self._told_until[number] = to_us(self.clock.now())
        return sorted((row.kind, row.audience) for row in rows)

    def scopes(self) -> list[str]:
        return [self.scope(each) for each in (DONE, SHORT, UNEXAMINED)]

    def heard(self) -> list[list[tuple[str, str]]]:
        return [self.told(each) for each in (DONE, SHORT, UNEXAMINED)]

    def _standing(self, number: str, position: str) -> Any:
        person = self.parts.directory.person_by_number(number)
        with self.parts.database.reading() as session:
            return next(row for row in session.all(review.standings_of, {"person": person}) if row.position == position)


def test_q2_a_passed_assessment_is_a_credential_with_an_issuer_a_number_and_a_validity(year):
    assert [year.scope(each) for each in (DONE, SHORT, UNEXAMINED)] == ["full"] * 3
    held = year.credential(DONE)
    assert held["status"] == "active" and held["number"].startswith("qualification-20260101-")
    assert held["bound"] == t("2027-01-02T00:00").isoformat(), "a year, to the end of that day"


def test_q12_three_months_before_the_end_hr_hears_who_is_complete_and_the_others_what_is_missing(year):
    for number in (DONE, SHORT, UNEXAMINED):
        year.on("2026-06-01T18:00", attended(number, 38, "2026-06-01T17:00", of=40))
    year.on("2026-07-01T18:00", attended(DONE, 2, "2026-07-01T17:00"), passed(DONE, "review", "2026-07-02T10:00"))
    year.on("2026-07-02T18:00", attended(UNEXAMINED, 2, "2026-07-01T17:00"))
    year.heard()
    year.on("2026-10-01T23:59")
    assert year.heard() == [[], [], []]
    year.on("2026-10-02T00:00")
    warned = [("expiry_warning", "person")]
    assert year.heard() == [[("renewal_due", "hr")], warned, warned]
    year.on("2026-12-02T00:00")
    opened_window = [("cure_opened", "person")]
    assert year.heard() == [[], opened_window, opened_window]
    year.on("2026-12-16T23:59")
    assert year.heard() == [[], [], []]
    year.on("2026-12-17T00:00")
    missed = [("cure_missed", "hr"), ("cure_missed", "manager")]
    assert year.heard() == [[], missed, missed], "fifteen days have passed"
    assert year.scopes() == ["full", "full", "full"], "no access changes before the end"


def test_q10_forty_hours_ninety_percent_and_the_exam_renew_and_without_one_of_them_it_lapses_at_its_end(year):
    year.on("2027-01-02T00:00")
    assert year.credential(DONE)["bound"] == t("2028-01-02T00:00").isoformat(), "renewed from the end, for a year"
    assert [year.credential(each)["status"] for each in (SHORT, UNEXAMINED)] == ["lapsed", "lapsed"]
    assert year.scopes() == ["full", "full", "full"], "no mail server took a warning: three days for HR"
    year.on("2027-01-05T00:00")
    assert year.scopes() == ["full", "none", "none"]
    assert year.doors(SHORT) == year.doors(UNEXAMINED) == ["stores"]
    year.on("2027-01-10T18:00", attended(SHORT, 2, "2027-01-10T17:00"))
    year.on("2027-01-11T18:00", passed(UNEXAMINED, "review", "2027-01-11T10:00"))
    assert year.credential(SHORT)["status"] == "lapsed", "the hours are made good, the exam is not sat yet"
    year.on("2027-01-12T18:00", passed(SHORT, "review", "2027-01-12T10:00"))
    assert year.scopes() == ["full", "full", "full"]
    assert [year.credential(each)["bound"] for each in (SHORT, UNEXAMINED)] == [
        t("2028-01-13T00:00").isoformat(),
        t("2028-01-12T00:00").isoformat(),
    ]


def test_q13_what_an_authority_suspends_closes_that_post_and_nothing_else_until_it_is_valid_again(year):
    assert year.doors(DONE) == ["machine-room", "stores"]
    year.on("2027-02-01T10:00", electrician(DONE, "suspended", 2, "2027-02-01T10:00"))
    assert (year.scope(DONE), year.scope(DONE, "stores"), year.doors(DONE)) == ("none", "full", ["stores"])
    assert year.doors(SHORT) == ["machine-room", "stores"], "nobody else's"
    year.on("2027-02-20T10:00", electrician(DONE, "active", 3, "2027-02-20T10:00"))
    assert (year.scope(DONE), year.doors(DONE)) == ("full", ["machine-room", "stores"])
