"""What a terminal brings is only as good as its clock: from its requests to a person's unit, by the adapter's bytes."""

from datetime import datetime, timedelta

import pytest

import mappings
from connectors.attendance.zkteco_push import SPEC, Settings, ZktecoPush
from connectors.port import PeerState, Request
from hub.evidence.provenance import provenance
from hub.store.tables import connectors
from schemas.errors import ConfigError
from schemas.learning import Enrolment, Session
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ORIGINS, opened, plan, roster, send, t
from tests.hub.intake.test_corrections import BASIS as ONE
from tests.hub.intake.test_corrections import TWO

MAPPING = mappings.load(SPEC.mapping)
MINUTE = timedelta(minutes=1)
SETTINGS = {"zone": "Asia/Shanghai", "gap_seconds": 300, "settle_seconds": 60, "query_every_seconds": 86400}


class Gate:
    """The terminal ``A`` as the adapter and the store see it."""

    def __init__(self, parts, clock):
        self._parts, self._clock = parts, clock
        self._adapter = ZktecoPush("terminals", Settings.model_validate(SETTINGS))
        self._state = PeerState("approved")

    def ask(self, at, method="GET", path="/iclock/getrequest", body=b"", **query):
        """One request at an instant; what it brought is kept, and so is how far the terminal is complete."""
        self._clock.at = at
        request = Request(method, path, {"SN": "A", **query}, {}, body, "", at)
        reception = self._adapter.receive(request, self._state)
        self._state = reception.new_state._replace(last_contact_at=at)
        prepare = self._parts.preparer.prepare
        ready = [prepare(each, MAPPING.read(each), ORIGINS["terminals"]) for each in reception.transmissions]
        complete = reception.complete_until

        def unit(tx):
            self._parts.peers.store("terminals", "A", self._state, tx)
            if complete is not None:
                until = int(complete.timestamp() * 1_000_000)
                tx.session.run(
                    connectors.set_watermark, {"connector": "terminals", "peer": "A", "complete_until": until}
                )
            return self._parts.keeper.keep(ready, tx)

        kept = self._parts.writer.call(unit)
        for each in ready:
            self._parts.keeper.committed(each)
        return kept

    def punches(self, at, *lines):
        """Punches of E1: local time and state (0 in, 1 out)."""
        body = "".join(f"terminals-E1\t{local}\t{state}\t15\t0\t0\n" for local, state in lines).encode()
        return self.ask(at, "POST", "/iclock/cdata", body, table="ATTLOG", Stamp="1")

    def live(self, start: datetime, end: datetime):
        """Polls every two minutes, so that nothing is missing."""
        while start <= end:
            self.ask(start)
            start += 2 * MINUTE


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as made:
        clock.at = t("2026-01-05T08:00")
        send(made, roster("E1"), clock)
        send(made, plan("E1"), clock)
        yield made


@pytest.fixture
def gate(parts, clock):
    return Gate(parts, clock)


def unit_at(parts, instant, name="S1"):
    """A unit: status, credited, open and required minutes, reasons."""
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        units = parts.evidence.dossier(person, session, now=t(instant)).units
    [unit] = [each for each in units if each.id == name]
    return unit.status, unit.credited // 60, unit.open // 60, unit.required // 60, unit.reasons


def test_a_terminal_in_order_proves_the_session(parts, gate):
    gate.live(t("2026-01-06T08:30"), t("2026-01-06T08:54"))
    gate.punches(t("2026-01-06T08:55"), ("2026-01-06 08:55:00", 0))
    gate.live(t("2026-01-06T08:56"), t("2026-01-06T12:00"))
    gate.punches(t("2026-01-06T12:01"), ("2026-01-06 12:01:00", 1))
    gate.live(t("2026-01-06T12:02"), t("2026-01-06T12:50"))
    assert unit_at(parts, "2026-01-06T12:50") == ("complete", 180, 0, 180, ())


def test_35_punches_days_ahead_of_their_arrival_are_disputed(parts, gate):
    gate.live(t("2026-01-05T08:00"), t("2026-01-05T08:10"))
    ahead = (("2026-01-06 08:55:00", 0), ("2026-01-06 12:01:00", 1))
    gate.punches(t("2026-01-05T08:11"), *ahead)
    assert unit_at(parts, "2026-01-06T12:50")[:4] == ("unknown", 0, 180, 180)
    assert unit_at(parts, "2026-01-06T12:50")[4][0] == "clock_skew"


def again_on(parts, clock, day):
    """Another session, S2, at the same hours of another day."""
    session = Session(
        subject="S2",
        course="dc-safety",
        devices=("A",),
        starts_at=t(f"{day}T09:00"),
        ends_at=t(f"{day}T12:00"),
        as_of=t("2026-01-01T00:00"),
    )
    enrolment = Enrolment(subject="E1", session="S2", as_of=t("2026-01-01T00:00"))
    send(parts, ("roster", [session, enrolment]), clock)


def punched_ahead(gate, offset="2026-01-10"):
    """S1 of 6 January, attended at a terminal whose clock shows another day."""
    gate.live(t("2026-01-06T07:00"), t("2026-01-06T08:54"))
    gate.punches(t("2026-01-06T08:55"), (f"{offset} 08:55:00", 0))
    gate.live(t("2026-01-06T08:56"), t("2026-01-06T12:00"))
    gate.punches(t("2026-01-06T12:01"), (f"{offset} 12:01:00", 1))
    gate.live(t("2026-01-06T12:02"), t("2026-01-06T13:00"))


def stated(parts, days, basis=TWO, start="2026-01-10T00:00", end="2026-01-11T00:00", device="A", seconds=0):
    """What two people say of the clock of the terminal."""
    offset = timedelta(days=days, seconds=seconds)
    return parts.device_clocks.state(device, t(start), t(end), offset, basis, parts.clock.now())


def test_35_what_is_stated_of_a_clock_says_of_which_day_its_punches_are(parts, gate, clock):
    again_on(parts, clock, "2026-01-10")
    punched_ahead(gate)
    assert unit_at(parts, "2026-01-06T18:00")[0] == "absent"
    assert unit_at(parts, "2026-01-10T18:00", "S2")[4][0] == "clock_skew"
    clock.at = t("2026-01-07T09:00")
    stated(parts, -4)
    assert unit_at(parts, "2026-01-07T09:00") == ("complete", 180, 0, 180, ())
    assert "clock_skew" not in unit_at(parts, "2026-01-10T18:00", "S2")[4]


def test_the_evidence_of_a_mended_punch_names_what_was_stated(parts, gate, clock):
    punched_ahead(gate)
    clock.at = t("2026-01-07T09:00")
    stated(parts, -4)
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        [unit] = parts.evidence.dossier(person, session, now=clock.now()).units
        found = {each.kind: each.connector for each in provenance(person, unit.refs, session)}
    assert found["clock_offset"] == "by-hand" and "punch" in found
    assert unit.known_at == clock.now()


def test_what_was_known_before_the_statement_stays_to_be_seen(parts, gate, clock):
    punched_ahead(gate)
    before = clock.at = t("2026-01-07T09:00")
    clock.at = t("2026-01-08T09:00")
    stated(parts, -4)
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        [unit] = parts.evidence.dossier(person, session, now=before, known_by=before).units
    assert unit.status == "absent"


def test_said_again_of_the_same_time_the_last_word_holds(parts, gate, clock):
    punched_ahead(gate)
    clock.at = t("2026-01-07T09:00")
    stated(parts, -3)
    assert unit_at(parts, "2026-01-07T09:00")[0] == "absent"
    clock.at = t("2026-01-07T10:00")
    stated(parts, -4)
    assert unit_at(parts, "2026-01-07T10:00")[0] == "complete"
    clock.at = t("2026-01-07T11:00")
    stated(parts, 0)
    assert unit_at(parts, "2026-01-07T11:00")[0] == "absent"


def test_a_statement_moves_nothing_that_the_mended_clock_records_later(parts, gate, clock):
    again_on(parts, clock, "2026-01-10")
    punched_ahead(gate)
    clock.at = t("2026-01-07T09:00")
    stated(parts, -4)
    gate.live(t("2026-01-10T08:00"), t("2026-01-10T08:54"))
    gate.punches(t("2026-01-10T08:56"), ("2026-01-10 08:56:00", 0))
    gate.live(t("2026-01-10T08:57"), t("2026-01-10T12:01"))
    gate.punches(t("2026-01-10T12:02"), ("2026-01-10 12:02:00", 1))
    gate.live(t("2026-01-10T12:03"), t("2026-01-10T13:00"))
    assert unit_at(parts, "2026-01-10T18:00", "S2")[2:4] == (180, 180), "seen that day, by a clock that had been off"
    assert unit_at(parts, "2026-01-10T18:00")[:2] == ("complete", 180)


def test_a_statement_that_leaves_a_punch_ahead_of_its_arrival_mends_nothing(parts, gate, clock):
    again_on(parts, clock, "2026-01-07")
    punched_ahead(gate)
    clock.at = t("2026-01-07T13:30")
    stated(parts, -3)
    assert unit_at(parts, "2026-01-07T18:00", "S2")[4][0] == "clock_skew"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"basis": ONE}, "two different people"),
        ({"device": "AA"}, "did you mean 'A'"),
        ({"end": "2026-01-10T00:00"}, "expected an instant within 31 days"),
        ({"end": "2026-03-10T00:00"}, "expected an instant within 31 days"),
        ({"seconds": 0.5}, "whole seconds"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_statement_is_refused(parts, gate, clock, said, expected):
    gate.ask(t("2026-01-07T09:00"))
    with pytest.raises(ConfigError, match=expected):
        stated(parts, -4, **said)


def test_139_the_same_punches_sent_again_are_those_of_the_first_arrival(parts, gate):
    ahead = (("2026-01-06 08:55:00", 0), ("2026-01-06 12:01:00", 1))
    gate.punches(t("2026-01-05T08:11"), *ahead)
    [again] = gate.punches(t("2026-01-07T09:00"), *ahead, ("2026-01-07 09:00:00", 0))
    assert again.counts == {"applied": 1, "duplicate": 2}
    assert unit_at(parts, "2026-01-07T09:01")[:4] == ("unknown", 0, 180, 180)
    assert unit_at(parts, "2026-01-07T09:01")[4][0] == "clock_skew"


def test_39_a_punch_of_a_time_of_which_the_terminal_had_told_all_is_disputed(parts, gate):
    gate.live(t("2026-01-06T08:30"), t("2026-01-06T13:00"))
    assert unit_at(parts, "2026-01-06T13:00")[:1] == ("absent",)
    late = (("2026-01-06 08:58:00", 0), ("2026-01-06 12:01:00", 1))
    gate.punches(t("2026-01-09T09:00"), *late)
    assert unit_at(parts, "2026-01-09T09:01") == ("unknown", 0, 180, 180, ("behind_mark",))


def test_what_a_terminal_kept_while_nobody_heard_it_counts(parts, gate):
    gate.live(t("2026-01-06T08:00"), t("2026-01-06T08:30"))
    late = (("2026-01-06 08:58:00", 0), ("2026-01-06 12:01:00", 1))
    gate.punches(t("2026-01-09T09:00"), *late)
    assert unit_at(parts, "2026-01-09T09:01")[:4] == ("complete", 180, 0, 180)


def test_148_the_clock_of_a_slow_terminal_makes_no_early_leaver(parts, gate):
    gate.live(t("2026-01-06T07:00"), t("2026-01-06T07:28"))
    for n in range(3):  # others come in, seven minutes late by its clock
        at = t("2026-01-06T07:30") + n * 11 * MINUTE
        local = f"2026-01-06 07:{23 + n * 11:02}:00"
        gate.ask(at, "POST", "/iclock/cdata", f"{n}\t{local}\t0\t15\t0\t0\n".encode(), table="ATTLOG", Stamp="1")
        gate.live(at + MINUTE, at + 10 * MINUTE)
    gate.live(t("2026-01-06T08:04"), t("2026-01-06T08:54"))
    gate.punches(t("2026-01-06T08:55"), ("2026-01-06 08:48:00", 0))
    gate.live(t("2026-01-06T08:56"), t("2026-01-06T12:00"))
    gate.punches(t("2026-01-06T12:01"), ("2026-01-06 11:54:00", 1))
    gate.live(t("2026-01-06T12:02"), t("2026-01-06T12:50"))
    assert unit_at(parts, "2026-01-06T12:50")[:4] == ("unknown", 0, 180, 180)
    assert unit_at(parts, "2026-01-06T12:50")[4] == ("clock_skew",)
