"""What a credential was issued upon shrinks or goes: it is lost as of the word that took it, and of no other instant.

One hub for all; each way has a person, a session and a terminal of its own, so that no way touches another.
"""

from datetime import datetime, timedelta
from itertools import count

import orjson
import pytest

from connectors.port import PeerState
from hub.assembly import Assembly
from hub.evidence.dossier import Evidence
from hub.evidence.folds import Folds
from hub.evidence.training_plan import TrainingPlan
from hub.intake.basis import Basis
from hub.rules.posts.standing import standings
from hub.store.tables import review
from schemas.attendance import Punch
from schemas.learning import Enrolment, Session, Voided
from schemas.people import Assignment, Leave, LeavesListed, OtherIdentifier, Person
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, exam, opened, send, status, study, t
from tests.hub.doors import enforced, look

TWO = Basis("the list shows it", b"scan of the list", ["wang", "li"])
DAY = "2026-01-06"
NUMBERS = count(1)
SAID = "2026-01-01T00:00"


class Hub:
    """A hub in which somebody earns a credential, and in which words take that away."""

    def __init__(self, parts: Assembly, clock: HandClock) -> None:
        self.parts = parts
        self.clock = clock

    def say(self, name, *records):
        send(self.parts, (name, list(records)), self.clock)

    def earn(self, came="08:55", *, until="12:00", leave=""):
        """A person who earned the credential by a class, an online course and an exam, and that it opens the door."""
        number = f"P{next(NUMBERS)}"
        others = tuple(OtherIdentifier(source=s, subject=f"{s}-{number}") for s in ("terminals", "lms", "authority"))
        self.say(
            "roster",
            Person(subject=number, name="张三", identifiers=others, as_of=t(SAID)),
            Assignment(subject=number, position="dc-operations", starts_at=t("2026-01-05T00:00"), as_of=t(SAID)),
            *([self.leave(number, leave, SAID)] if leave else []),
        )
        self.plan(number, until)
        for clock in (came, "13:01"):
            self.punch(number, f"D-{number}", clock)
        for clock, meaning in (("20:00", "opened"), ("20:10", "point"), ("20:20", "point"), ("20:30", "completed")):
            send(self.parts, study(number, clock, meaning), self.clock)
        send(self.parts, exam(number, True, "2026-01-12"), self.clock)
        for kind in ("high", "low"):
            send(self.parts, status(number, kind, "active", 1), self.clock)
        assert self.standing(number)["scope"] == "full"
        return number

    def plan(self, number, until="12:00", start="09:00", day=DAY, name="S", course="dc-safety", as_of=SAID):
        session = Session(
            subject=f"{name}-{number}",
            course=course,
            devices=(f"D-{number}",),
            starts_at=t(f"{day}T{start}"),
            ends_at=t(f"{day}T{until}"),
            as_of=t(as_of),
        )
        self.say("roster", session, Enrolment(subject=number, session=f"{name}-{number}", as_of=t(as_of)))

    def punch(self, number, device, clock, day=DAY, way="unknown"):
        at = t(f"{day}T{clock}")
        subject = f"terminals-{number}"
        self.say(
            "terminals",
            Punch(subject=subject, device=device, occurred_at=at, occurred_local=clock, direction=way),
        )

    def leave(self, number, until, as_of, **more):
        return Leave(subject=number, starts_at=t(f"{DAY}T09:00"), ends_at=t(f"{DAY}T{until}"), as_of=t(as_of), **more)

    def void(self, number, *said):
        for each in said:
            statement = f"{number}-2026-01-08-{each}"
            self.say("lms", Voided(subject="lms-admin", statement=statement, occurred_at=self.clock.now()))

    def today(self):
        """Now, as sources write it."""
        return self.clock.now().astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")

    def standing(self, number):
        person = self.parts.directory.person_by_number(number)
        with self.parts.database.reading() as session:
            [row] = session.all(review.standings_of, {"person": person})
        return orjson.loads(row.body)

    def lost(self, number):
        """When the credential lost its grounds."""
        found = [each for each in self.standing(number)["events"] if each["kind"] == "ground_lost"]
        return [datetime.fromisoformat(each["at"]) for each in found if each["subject"] == "dc-ops-qualification"]

    def cases(self, number):
        """Of each case about that, what became of it."""
        found = [each for each in self.parts.cases.all(over=True) if each.matter == "ground_lost"]
        return [each.state for each in found if any(member.person == number for member in each.members)]

    def time_goes_on(self, number):
        """Hours later something else is said of the person."""
        self.clock.advance(timedelta(hours=3))
        send(self.parts, status(number, "high", "active", next(NUMBERS)), self.clock)
        look(self.parts)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    clock = HandClock(NOW)
    with opened(tmp_path_factory.mktemp("hub") / "hub", clock) as parts:
        enforced(parts)
        yield Hub(parts, clock)


# --- the ways: who earned it, and what takes something of that away ------------------------------------------------


def leave_cleared(hub):
    number = hub.earn("10:00", until="13:00", leave="10:00")
    return number, lambda: hub.say("roster", hub.leave(number, "10:00", hub.today(), withdrawn=True))


def leave_shortened(hub):
    number = hub.earn("10:00", until="13:00", leave="10:00")
    return number, lambda: hub.say("roster", hub.leave(number, "09:01", hub.today()))


def leave_left_out_of_a_file_of_that_day(hub):
    number = hub.earn("10:00", until="13:00", leave="10:00")
    return number, lambda: hub.say("roster", LeavesListed(subject=number, as_of=t(f"{DAY}T08:00")))


def clock_of_the_terminal_stated(hub):
    number = hub.earn()

    def act():
        device, day = f"D-{number}", t(f"{DAY}T00:00")
        hub.parts.writer.call(lambda tx: hub.parts.peers.store("terminals", device, PeerState("approved"), tx))
        hub.parts.device_clocks.state(device, day, day + timedelta(days=1), timedelta(days=-4), TWO, hub.clock.now())

    return number, act


def completion_voided(hub):
    number = hub.earn()
    return number, lambda: hub.void(number, "20:30-completed")


def first_statements_voided(hub):
    number = hub.earn()
    return number, lambda: hub.void(number, "20:00-opened", "20:10-point")


def whole_study_voided(hub):
    number = hub.earn()
    return number, lambda: hub.void(number, "20:00-opened", "20:10-point", "20:20-point", "20:30-completed")


def seen_in_a_class_at_the_time_of_the_study(hub):
    number = hub.earn(until="11:30")

    def act():
        hub.plan(number, "21:00", "20:00", "2026-01-08", "T", "dc-annual")
        for clock in ("19:58", "21:01"):
            hub.punch(number, f"D-{number}", clock, "2026-01-08")

    return number, act


def seen_in_another_room(hub):
    number, other = hub.earn(), f"O-{next(NUMBERS)}"

    def act():
        times = {"starts_at": t(f"{DAY}T09:00"), "ends_at": t(f"{DAY}T12:00"), "as_of": t(SAID)}
        hub.say("roster", Session(subject=other, course="dc-safety", devices=(other,), **times))
        for clock, way in (("09:30", "in"), ("11:30", "out")):
            hub.punch(number, other, clock, way=way)

    return number, act


def taken_out_by_hr(hub):
    number = hub.earn()
    return number, lambda: hub.parts.corrections.withdraw(number, f"S-{number}", TWO, hub.clock.now())


def identifier_unlinked(hub):
    number = hub.earn()
    return number, lambda: hub.parts.linking.unlink("terminals", f"terminals-{number}", number, t(SAID), "wang")


def result_of_an_identifier_unlinked(hub):
    number = hub.earn()
    return number, lambda: hub.parts.linking.unlink("lms", f"lms-{number}", number, t("2026-01-10T00:00"), "wang")


def class_longer_than_planned(hub):
    number = hub.earn()
    return number, lambda: hub.plan(number, "17:00", as_of=hub.today())


WAYS = [
    leave_cleared,
    leave_shortened,
    leave_left_out_of_a_file_of_that_day,
    clock_of_the_terminal_stated,
    completion_voided,
    first_statements_voided,
    whole_study_voided,
    seen_in_a_class_at_the_time_of_the_study,
    seen_in_another_room,
    taken_out_by_hr,
    identifier_unlinked,
    result_of_an_identifier_unlinked,
    class_longer_than_planned,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_it_is_lost_at_the_instant_of_the_word_that_took_it_and_stays_so(hub, way):
    number, take = way(hub)
    hub.time_goes_on(number)
    assert hub.lost(number) == [], "nothing of it shrank"
    take()
    at = hub.clock.now()
    assert (hub.lost(number), hub.standing(number)["scope"]) == ([at], "none")
    hub.time_goes_on(number)
    assert (hub.lost(number), hub.cases(number)) == ([at], ["open"]), "one loss, one case, whenever somebody looks"


def test_a_word_that_is_said_again_moves_no_date_and_one_that_gives_it_back_does_away_with_it(hub):
    number, take = leave_shortened(hub)
    take()
    at = hub.clock.now()
    hub.clock.advance(timedelta(hours=1))
    take()
    hub.time_goes_on(number)
    assert hub.lost(number) == [at]
    hub.say("roster", hub.leave(number, "10:00", hub.today()))
    assert (hub.lost(number), hub.standing(number)["scope"], hub.cases(number)) == ([], "full", ["closed"])


def scope_by(hub, number, courses):
    """What somebody may do where courses are counted otherwise."""
    person, now = hub.parts.directory.person_by_number(number), hub.clock.now()
    evidence = Evidence(TrainingPlan(courses, ZONE), Folds(courses, ZONE, timedelta(minutes=15)))
    with hub.parts.database.reading() as session:
        dossier = evidence.dossier(person, session, now=now)
    [found] = standings(dossier, hub.parts.folder.rulebook, now=now, enforced={"dc-operations": NOW})
    return found.scope, dossier.units


def test_a_course_that_no_file_describes_any_more_takes_nothing_that_was_issued(hub):
    number = hub.earn()
    annual = {"dc-annual": hub.parts.folder.courses["dc-annual"]}
    assert scope_by(hub, number, annual) == ("full", [])


def test_another_setting_of_a_course_takes_nothing_that_was_issued_and_a_word_since_then_does(hub):
    number = hub.earn("09:04", until="11:30")
    course = hub.parts.folder.courses["dc-safety"]
    strict = {**hub.parts.folder.courses, "dc-safety": course.model_copy(update={"late_grace_minutes": 0})}
    scope, units = scope_by(hub, number, strict)
    assert scope == "full" and 146 * 60 in [each.credited for each in units], "by that it would not suffice"
    hub.clock.advance(timedelta(hours=1))
    hub.plan(number, "11:20", as_of=hub.today())
    assert scope_by(hub, number, strict)[0] == "none"
