"""Nobody is in two rooms at once: the time of which terminals of two rooms tell counts in neither until decided."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from pydantic import ValidationError

from connectors.port import PeerState
from hub.clock import to_us
from hub.config.settings import Settings
from hub.evidence.dossier import Evidence
from hub.evidence.folds import Folds
from hub.rules.attendance.sightings import BEYOND
from hub.store.tables import cases, connectors
from schemas.attendance import Punch
from schemas.learning import Enrolment, Session
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, roster, send, t
from tests.hub.intake.test_corrections import TWO

DAY = "2026-01-06"


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    """One person, enrolled in room A from 14:00 to 17:00, while another class is held in room B."""
    with opened(tmp_path / "hub", clock, database_url) as made:
        clock.at = t("2026-01-05T08:00")
        send(made, roster("E1"), clock)
        for name, device in (("S", "A"), ("other", "B")):
            session = Session(
                subject=name,
                course="dc-safety",
                devices=(device,),
                starts_at=t(f"{DAY}T14:00"),
                ends_at=t(f"{DAY}T17:00"),
                as_of=t("2026-01-01T00:00"),
            )
            send(made, ("roster", [session]), clock)
        send(made, ("roster", [Enrolment(subject="E1", session="S", as_of=t("2026-01-01T00:00"))]), clock)
        for device in ("A", "B"):
            until = to_us(t(f"{DAY}T23:00"))
            mark = {"connector": "terminals", "peer": device, "complete_until": until}
            made.writer.call(lambda tx, mark=mark: tx.session.run(connectors.set_watermark, mark))
        yield made


def seen(parts, clock, device, *times):
    """Punches in and out in turn, each as it happens."""
    for n, hour in enumerate(times):
        clock.at = max(clock.at, t(f"{DAY}T{hour}"))
        way = "in" if n % 2 == 0 else "out"
        punch = Punch(
            subject="terminals-E1",
            device=device,
            occurred_at=t(f"{DAY}T{hour}"),
            occurred_local=hour,
            direction=way,
            verify="face",
        )
        send(parts, ("terminals", [punch]), clock)


def at_two_sites(parts, clock, *sites):
    """The plan once more, now with the site of each room."""
    for (name, device), site in zip((("S", "A"), ("other", "B")), sites, strict=True):
        session = Session(
            subject=name,
            course="dc-safety",
            devices=(device,),
            starts_at=t(f"{DAY}T14:00"),
            ends_at=t(f"{DAY}T17:00"),
            site=site,
            as_of=t("2026-01-02T00:00"),
        )
        send(parts, ("roster", [session]), clock)


def far_apart(parts, minutes):
    """The folder of the hub, with sites so many minutes apart."""
    return replace(parts.folder, settings=Settings.model_validate({"hub": {"min_travel_minutes": minutes}}))


def reviewed(parts, clock, hour):
    """The unit as reviews find it: status, credited and open minutes; and the matters of the open cases."""
    clock.at = t(f"{DAY}T{hour}")
    person = parts.directory.person_by_number("E1")
    parts.writer.call(lambda tx: tx.due(person, at=tx.now, because="date"))
    with parts.database.reading() as session:
        [unit] = parts.evidence.dossier(person, session, now=clock.now()).units
        known = session.all(cases.cases_in, {"states": '["open"]', "limit": 10})
    matters = [(each.matter, orjson.loads(each.place)) for each in known]
    return (unit.status, unit.credited // 60, unit.open // 60), matters


def test_65_two_rooms_at_once(parts, clock):
    seen(parts, clock, "A", "13:55")
    seen(parts, clock, "B", "14:30", "15:00")
    clock.at = t(f"{DAY}T17:01")
    punch = Punch(
        subject="terminals-E1",
        device="A",
        occurred_at=clock.now(),
        occurred_local="17:01",
        direction="out",
        verify="face",
    )
    send(parts, ("terminals", [punch]), clock)
    assert reviewed(parts, clock, "17:30")[0] == ("pending", 150, 30)
    assert reviewed(parts, clock, "17:46") == (("unknown", 150, 30), [("two_places", {"day": DAY})])


@pytest.mark.parametrize("device", ["B", "canteen"])
def test_what_another_room_tells_later_opens_what_was_complete(parts, clock, device):
    """Where no session is ever held, nobody knows what being there means: a door is passed on the way."""
    seen(parts, clock, "A", "13:55", "17:01")
    assert reviewed(parts, clock, "17:46")[0] == ("complete", 180, 0)
    seen(parts, clock, device, "14:30", "15:00")
    found, matters = reviewed(parts, clock, "17:50")
    assert found == (("unknown", 150, 30) if device == "B" else ("complete", 180, 0))
    assert [matter for matter, _place in matters if matter == "two_places"] == ["two_places"] * (device == "B")


def test_who_was_found_absent_and_was_seen_in_another_room_is_unknown(parts, clock):
    assert reviewed(parts, clock, "17:46")[0] == ("absent", 0, 0)
    seen(parts, clock, "B", "13:56", "17:02")
    found, matters = reviewed(parts, clock, "17:50")
    assert found == ("unknown", 0, 180)
    assert "other_room" in [matter for matter, _place in matters]


def test_a_terminal_whose_clock_is_stated_later_is_another_room_at_its_true_time(parts, clock):
    seen(parts, clock, "A", "13:55", "17:01")
    assert reviewed(parts, clock, "17:46")[0] == ("complete", 180, 0)
    for hour, way in (("14:30", "in"), ("15:00", "out")):
        punch = Punch(
            subject="terminals-E1",
            device="B",
            occurred_at=t(f"2026-01-05T{hour}"),
            occurred_local=hour,
            direction=way,
            verify="face",
        )
        send(parts, ("terminals", [punch]), clock)
    parts.writer.call(lambda tx: parts.peers.store("terminals", "B", PeerState("approved"), tx))
    clock.at = t(f"{DAY}T18:00")
    off = timedelta(days=1)
    parts.device_clocks.state("B", t("2026-01-05T00:00"), t("2026-01-06T00:00"), off, TWO, clock.now())
    assert reviewed(parts, clock, "18:05")[0] == ("unknown", 150, 30)


@pytest.mark.parametrize(
    ("sites", "open_minutes"),
    [(("north", "south"), 5), (("north", "north"), 0), (("north", ""), 0), (("", ""), 0)],
    ids=["two sites", "one site", "one unnamed", "none named"],
)
def test_nobody_is_at_two_sites_within_a_quarter_of_an_hour(parts, clock, sites, open_minutes):
    at_two_sites(parts, clock, *sites)
    seen(parts, clock, "A", "13:55", "16:50")
    seen(parts, clock, "B", "17:00", "17:20")
    clock.at = t(f"{DAY}T18:00")
    parts.deadlines.work_off()
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        [unit] = [each for each in parts.evidence.dossier(person, session, now=clock.now()).units if each.id == "S"]
    assert unit.open // 60 == open_minutes
    assert ("two_places" in {each.reason for each in unit.deducted}) == bool(open_minutes)


@pytest.mark.parametrize(
    ("minutes", "elsewhere", "open_minutes"),
    [
        (15, ("17:00", "17:20"), 5),
        (12, ("17:00", "17:20"), 2),
        (10, ("17:00", "17:20"), 0),
        (0, ("17:00", "17:20"), 0),
        (60, ("17:00", "17:20"), 50),
        (60, ("17:45", "22:00"), 5),
        (240, ("20:45", "23:30"), 5),
        (60, ("17:45",), 5),
        (15, ("14:30",), 30),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, tuple) else None,
)
def test_how_far_two_sites_lie_apart_is_a_setting(parts, clock, minutes, elsewhere, open_minutes):
    """What was folded under another one is folded again; who was seen elsewhere once was there."""
    at_two_sites(parts, clock, "north", "south")
    seen(parts, clock, "A", "13:55", "16:50")
    seen(parts, clock, "B", *elsewhere)
    clock.at = t("2026-01-07T08:00")
    parts.deadlines.work_off()
    person = parts.directory.person_by_number("E1")
    folder = far_apart(parts, minutes)
    evidence = Evidence(parts.plan, Folds(folder.courses, folder.zone, folder.min_travel))
    with parts.database.reading() as session:
        [unit] = [each for each in evidence.dossier(person, session, now=clock.now()).units if each.id == "S"]
    assert unit.open // 60 == open_minutes


def test_another_way_between_sites_is_another_set_of_rules(parts):
    """So the next start has everybody looked at."""
    assert far_apart(parts, 15).revision == parts.folder.revision
    assert far_apart(parts, 16).revision != parts.folder.revision


def test_the_longest_way_that_may_be_set_lies_within_what_is_read_around_a_session():
    with pytest.raises(ValidationError, match="less than or equal to 240"):
        Settings.model_validate({"hub": {"min_travel_minutes": BEYOND // timedelta(minutes=1) + 1}})


def test_what_is_complete_before_it_is_settled_has_nothing_open_afterwards(parts, clock):
    seen(parts, clock, "A", "14:06", "17:00")
    person = parts.directory.person_by_number("E1")

    def open_minutes():
        with parts.database.reading() as session:
            units = parts.evidence.dossier(person, session, now=clock.now()).units
        return [(each.credited // 60, each.open // 60) for each in units if each.id == "S"]

    assert open_minutes() == [(174, 6)], "its terminals may still have something to say"
    clock.at = t(f"{DAY}T17:46")
    parts.deadlines.work_off()
    assert open_minutes() == [(174, 0)]
