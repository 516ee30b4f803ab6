"""A class, or a day of study, is counted by the version of its course in force on the day on which it is over."""

from datetime import timedelta

import pytest

from hub.clock import to_us
from hub.rules.files.finding import UnreadableFile
from hub.rules.files.reading import read_courses
from hub.store.tables import connectors
from schemas.attendance import Punch
from schemas.learning import Enrolment, Session, Study
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, roster, send, t

ROOM = """
[drill]
mode = "room"
effective_from = 2026-02-01
late_grace_minutes = 5
enter_before_minutes = 10
[[drill.earlier]]
mode = "room"
late_grace_minutes = 15
"""
ONLINE = """
[film]
mode = "online"
nominal_minutes = 90
effective_from = 2026-02-01
[[film.earlier]]
mode = "online"
nominal_minutes = 60
"""
AS_OF = t("2026-01-01T00:00")


@pytest.fixture
def clock():
    return HandClock(t("2026-01-05T08:00"))


def units(parts, clock):
    """Credited and required minutes of each unit of E1, by the first instant of its day."""
    clock.at = NOW
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        found = parts.evidence.dossier(person, session, now=clock.now()).units
    return {
        each.over_at.astimezone(NOW.tzinfo).isoformat()[:10]: (each.credited // 60, each.required // 60)
        for each in found
    }


def held(parts, clock, day, came):
    """A class from 14:00 to 17:00 of a day; the person came at a time, and left at 17:00."""
    send(
        parts,
        (
            "roster",
            [
                Session(
                    subject=day,
                    course="drill",
                    devices=("A",),
                    starts_at=t(f"{day}T14:00"),
                    ends_at=t(f"{day}T17:00"),
                    as_of=AS_OF,
                )
            ],
        ),
        clock,
    )
    send(parts, ("roster", [Enrolment(subject="E1", session=day, as_of=AS_OF)]), clock)
    for way, time in (("in", came), ("out", "17:00")):
        clock.at = t(f"{day}T{time}")
        punch = Punch(
            subject="terminals-E1", device="A", occurred_at=clock.at, occurred_local=time, direction=way, verify="face"
        )
        send(parts, ("terminals", [punch]), clock)
    mark = {"connector": "terminals", "peer": "A", "complete_until": to_us(t(f"{day}T23:00"))}
    parts.writer.call(lambda tx: tx.session.run(connectors.set_watermark, mark))


def test_a_stricter_version_leaves_the_classes_of_the_older_one_as_they_were(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url, courses=ROOM) as parts:
        send(parts, roster("E1"), clock)
        held(parts, clock, "2026-01-31", came="14:10")
        held(parts, clock, "2026-02-01", came="14:10")
        assert units(parts, clock) == {"2026-01-31": (180, 180), "2026-02-01": (170, 180)}


def test_the_window_of_a_terminal_is_that_of_the_day(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url, courses=ROOM) as parts:
        send(parts, roster("E1"), clock)
        for day in ("2026-01-31", "2026-02-01"):
            held(parts, clock, day, came="14:00")
        with parts.database.reading() as session:
            sessions = [fact.record for fact in parts.plan.sessions(session).values()]
            opens = {each.subject: each.starts_at - parts.plan.block(each).start for each in sessions}
        assert opens == {"2026-01-31": timedelta(minutes=30), "2026-02-01": timedelta(minutes=10)}


def test_a_day_of_study_counts_by_the_version_of_that_day(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url, courses=ONLINE) as parts:
        send(parts, roster("E1"), clock)
        for day in ("2026-01-10", "2026-02-01"):
            for minute in range(0, 72, 6):
                clock.at = t(f"{day}T10:00") + timedelta(minutes=minute)
                said = Study(
                    subject="lms-E1",
                    course="film",
                    meaning="completed" if minute == 66 else "point",
                    occurred_at=clock.at,
                    statement=f"{day}-{minute}",
                )
                send(parts, ("lms", [said]), clock)
        assert units(parts, clock) == {"2026-01-10": (60, 60), "2026-02-01": (66, 66)}  # never more than its length


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROOM.replace("effective_from = 2026-02-01", ""), "from the second version on"),
        (
            ROOM.replace(
                '[[drill.earlier]]\nmode = "room"', '[[drill.earlier]]\nmode = "room"\neffective_from = 2026-02-01'
            ),
            "a day of its own",
        ),
        (ONLINE.replace('[[film.earlier]]\nmode = "online"', '[[film.earlier]]\nmode = "room"'), "expected mode"),
        (ROOM.replace("late_grace_minutes = 15", "late_grace = 15"), "late_grace_minutes"),
    ],
)
def test_versions_that_do_not_follow_each_other_are_refused_with_their_course(text, said):
    with pytest.raises(UnreadableFile, match=said):
        read_courses(text, "courses.toml")
