"""What a terminal brings is only as good as its clock: from its requests to a person's unit, by the adapter's bytes."""

from datetime import datetime, timedelta

import pytest

import mappings
from connectors.attendance.zkteco_push import SPEC, Settings, ZktecoPush
from connectors.port import PeerState, Request
from hub.store.tables import connectors
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ORIGINS, opened, plan, roster, send, t

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


def unit_at(parts, instant):
    """The unit of S1: status, credited, open and required minutes, reasons."""
    person = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        [unit] = parts.evidence.dossier(person, session, now=t(instant)).units
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
