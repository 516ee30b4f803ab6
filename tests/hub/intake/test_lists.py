"""A list of those present counts once two people signed it; a card counts with the mark of somebody who was there."""

from datetime import timedelta

import pytest

from hub.clock import to_us
from hub.intake.basis import Basis
from hub.intake.lists import SignedRow
from hub.store.tables import connectors
from schemas.attendance import Punch
from schemas.errors import ConfigError
from schemas.learning import Enrolment, Session
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, roster, send, t
from tests.hub.intake.test_corrections import entered

DAY = "2026-01-06"
START, END = t(f"{DAY}T14:00"), t(f"{DAY}T17:00")


def basis(*names):
    return Basis("the trainer's list", b"scan of the list", names)


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    """S from 14:00 to 17:00 with terminal A; T at the same hours of the day after, in a room without a terminal."""
    with opened(tmp_path / "hub", clock, database_url) as made:
        clock.at = t("2026-01-05T08:00")
        for number in ("E1", "E2"):
            send(made, roster(number), clock)
        said = t("2026-01-01T00:00")
        for name, devices, days in (("S", ("A",), 0), ("T", (), 1)):
            start, end = START + timedelta(days=days), END + timedelta(days=days)
            session = Session(
                subject=name, course="dc-safety", devices=devices, starts_at=start, ends_at=end, as_of=said
            )
            send(made, ("roster", [session, Enrolment(subject="E1", session=name, as_of=said)]), clock)
        mark = {"connector": "terminals", "peer": "A", "complete_until": to_us(t("2026-01-09T00:00"))}
        made.writer.call(lambda tx: tx.session.run(connectors.set_watermark, mark))
        clock.at = t("2026-01-08T09:00")
        yield made


def punch(parts, clock, hour, way, verify="face"):
    at = t(f"{DAY}T{hour}")
    said = Punch(subject="terminals-E1", device="A", occurred_at=at, occurred_local=hour, direction=way, verify=verify)
    send(parts, ("terminals", [said]), clock)


def unit(parts, clock, name="S", number="E1"):
    """Status, credited and open minutes, and the strongest reason."""
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        units = parts.evidence.dossier(person, session, now=clock.now()).units
    [found] = [each for each in units if each.id == name]
    return found.status, found.credited // 60, found.open // 60, found.reasons[:1]


def sign(parts, clock, *names, session="S", number="E1", start=None, end=None):
    row = SignedRow(number, start and t(f"{DAY}T{start}"), end and t(f"{DAY}T{end}"))
    return parts.lists.sign(session, [row], basis(*names), clock.now())


def test_70_a_trainers_list_counts_once_a_second_person_signed_it(parts, clock):
    sign(parts, clock, "wang")
    assert unit(parts, clock) == ("unknown", 0, 180, ("not_countersigned",))
    clock.advance(timedelta(days=1))
    sign(parts, clock, "li")
    assert unit(parts, clock) == ("complete", 180, 0, ())


def test_in_a_room_without_a_terminal_the_list_is_all_there_is(parts, clock):
    assert unit(parts, clock, "T")[0] == "unknown"
    start, end = START + timedelta(days=1), START + timedelta(days=1, hours=2)
    row = SignedRow("E1", start, end)
    parts.lists.sign("T", [row], basis("wang", "li"), clock.now())
    assert unit(parts, clock, "T") == ("incomplete", 120, 0, ())


@pytest.mark.parametrize("names", [("wang", "Wang "), ("wang", "ｗang"), ("wang", "wang")])
def test_one_person_signs_once_however_the_name_is_written(parts, clock, names):
    for name in names:
        sign(parts, clock, name)
        clock.advance(timedelta(hours=1))
    assert unit(parts, clock)[:3] == ("unknown", 0, 180)


def test_two_who_signed_different_times_signed_no_row_together(parts, clock):
    sign(parts, clock, "wang")
    sign(parts, clock, "li", start="14:00", end="15:00")
    assert unit(parts, clock)[:3] == ("unknown", 0, 180)


def test_what_only_one_signed_stays_open_beside_what_two_signed(parts, clock):
    sign(parts, clock, "wang", "li", start="14:00", end="15:30")
    sign(parts, clock, "wang", start="15:30", end="17:00")
    assert unit(parts, clock) == ("unknown", 90, 90, ("not_countersigned",))
    sign(parts, clock, "li", start="15:30", end="17:00")
    assert unit(parts, clock) == ("complete", 180, 0, ())


def test_nobody_signs_their_own_row(parts, clock):
    rows = [SignedRow("E1"), SignedRow("E2")]
    done = parts.lists.sign("S", rows, basis("E1"), clock.now())
    assert done.own == ["E1"]
    sign(parts, clock, "li")
    assert unit(parts, clock)[:3] == ("unknown", 0, 180)
    with pytest.raises(ConfigError, match="no row of another person"):
        sign(parts, clock, "e1 ")


ROWS = [
    ("both agree", [("13:55", "in"), ("17:01", "out")], ("14:00", "17:00"), ("complete", 180, 0)),
    ("the list says longer", [("13:55", "in"), ("15:30", "out")], ("14:00", "17:00"), ("unknown", 90, 90)),
    ("the punches say longer", [("13:55", "in"), ("17:01", "out")], ("14:00", "15:30"), ("unknown", 90, 90)),
    ("the list has the sign-out", [("13:55", "in")], ("14:00", "17:00"), ("complete", 180, 0)),
    ("nothing was seen", [], ("14:00", "15:30"), ("incomplete", 90, 0)),
]
"""What it is about, punches, times of the list that two signed; status, minutes credited and open."""


@pytest.mark.parametrize(("about", "seen", "listed", "wanted"), ROWS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_list_and_punches_differ_the_difference_is_open(parts, clock, about, seen, listed, wanted):
    for hour, way in seen:
        punch(parts, clock, hour, way)
    sign(parts, clock, "wang", "li", start=listed[0], end=listed[1])
    assert unit(parts, clock)[:3] == wanted, about
    if wanted[2]:
        assert unit(parts, clock)[3] == ("list_differs",)


def test_who_is_on_a_signed_list_without_being_enrolled_is_a_walk_in(parts, clock):
    sign(parts, clock, "wang", "li", number="E2")
    person = parts.directory.person_by_number("E2")
    with parts.database.reading() as session:
        found = parts.evidence.dossier(person, session, now=clock.now()).walk_ins
    assert [(each.session, each.seconds) for each in found] == [("S", 10800)]


def test_a_card_counts_with_the_mark_of_a_witness(parts, clock):
    for hour, way in (("13:58", "in"), ("17:01", "out")):
        punch(parts, clock, hour, way, verify="card")
    assert unit(parts, clock) == ("unknown", 0, 180, ("unwitnessed",))
    witness(parts, clock, at="14:30")
    assert unit(parts, clock)[:3] == ("unknown", 0, 180), "too long after the first sighting"
    witness(parts, clock, at="14:06")
    assert unit(parts, clock) == ("complete", 180, 0, ())


def witness(parts, clock, number="E1", other="E2", at="14:06", names=("wang",)):
    return parts.lists.witness(number, "S", other, t(f"{DAY}T{at}"), basis(*names), clock.now())


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda parts, clock: sign(parts, clock, "wang", session="SS"), "did you mean 'S'"),
        (lambda parts, clock: sign(parts, clock, "wang", number="E11"), "did you mean 'E1'"),
        (lambda parts, clock: sign(parts, clock, "wang", start="13:00"), "within the session"),
        (lambda parts, clock: sign(parts, clock, "wang", start="15:00", end="14:30"), "within the session"),
        (lambda parts, clock: sign(parts, clock, " "), "--by"),
        (lambda parts, clock: witness(parts, clock, other="E1"), "another person"),
        (lambda parts, clock: witness(parts, clock, at="09:00"), "an instant of the session"),
        (lambda parts, clock: witness(parts, clock, names=("E1",)), "themselves"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_is_refused_and_leaves_nothing(parts, clock, act, expected):
    with pytest.raises(ConfigError, match=expected):
        act(parts, clock)
    assert entered(parts, "corrected") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_session_that_has_not_begun_has_no_list(parts, clock):
    clock.at = t("2026-01-06T09:00")
    with pytest.raises(ConfigError, match="nobody was there yet"):
        sign(parts, clock, "wang")
