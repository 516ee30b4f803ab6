"""What was said of a thing is replaced by a later word and taken back by a withdrawn one, however it came."""

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest

import mappings
from connectors.simulators import roster_csv as hr
from hub.assembly import Assembly
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.identity.directory import NUMBERS
from hub.rules.fact import of_kind
from hub.rules.people.leaves import leaves
from hub.rules.people.stints import stints
from mappings.lint import examine
from schemas.credential import CredentialStatus
from schemas.learning import Result
from schemas.people import Assignment
from tests.conftest import HandClock
from tests.hub.decision.test_law import ZONE, exam, opened, roster, send, t, voided

NOW = t("2026-03-02T09:00")
E1 = {"employee_no": "E1", "name": "张三", "language": "zh", "position": "dc-operations", "starts_on": "2026-01-05"}
E2 = {**E1, "employee_no": "E2", "name": "李四"}
MAY = {"leave_from": "2026-05-06", "leave_until": "2026-05-08"}
S1 = {
    "session": "S1",
    "course": "dc-safety",
    "room": "A",
    "devices": "SN1",
    "starts_at": "2026-05-06 14:00",
    "ends_at": "2026-05-06 17:00",
}
HOURS = {"employee_no": "E1", "kind": "hours", "what": "dc-annual", "required_hours": "40"}


class Hub:
    """A hub of a real folder whose roster is asked by hand."""

    def __init__(self, parts, clock):
        self.parts, self.clock = parts, clock
        self.folder = parts.folder.path / "roster"

    def people(self, *rows):
        """HR exports ``people.csv``, and the hub asks for it."""
        hr.write_people(self.folder, rows)
        return self._ask()

    def plan(self, *rows):
        """HR exports ``plan.csv``, and the hub asks for it; in it stand other sessions too."""
        hr.write_plan(self.folder, [*rows, *({**S1, "session": f"other-{n}"} for n in range(10))])
        return self._ask()

    def _ask(self):
        self.clock.advance(timedelta(minutes=1))
        polling = self.parts.polling
        page = polling.ask(polling.one("roster")).page
        assert page is not None
        return page

    def opening(self, *rows):
        """HR imports a file of opening balances; what became of its rows."""
        self.clock.advance(timedelta(hours=1))
        opening = self.parts.opening
        preview = opening.preview(hr.opening(rows), self.clock.now())
        assert not preview.faults
        return dict(opening.keep(preview, ["HR"]).counts)

    def dossier(self, number="E1"):
        person = self.parts.directory.person_by_number(number)
        with self.parts.database.reading() as session:
            return self.parts.evidence.dossier(person, session, now=self.clock.now())

    def records(self, kind, number="E1"):
        return of_kind(self.dossier(number).facts, kind)

    def stints(self, number="E1"):
        return stints(self.dossier(number).facts, "dc-operations", ZONE)

    def leave(self, number="E1"):
        return [(each.start, each.end) for each in leaves(self.dossier(number).facts)]

    def enrolled(self, number="E1"):
        return [each.id for each in self.dossier(number).units if each.kind == "session"]

    def waiting(self):
        return [(each.code, each.where) for each in self.parts.quarantine.waiting()]

    def alarms(self):
        return [entry["code"] for _seq, entry in self.parts.trail.tail(-1, 1000) if entry["kind"] == "alarm"]


@contextmanager
def running(path):
    scaffold.write(path, "datacentre")
    clock = HandClock(NOW)
    with Assembly(read_folder(path), clock, deciding=True) as parts:
        yield Hub(parts, clock)


@pytest.fixture
def hub(tmp_path):
    with running(tmp_path / "hub") as hub:
        hub.people(E1, E2)
        yield hub


def days(begins, ends):
    return t(f"{begins}T00:00"), t(f"{ends}T00:00")


# --- opening balances ----------------------------------------------------------------------------------------


def opened_hours(hub):
    [opened] = [each for each in hub.dossier().units if each.kind == "opening"]
    return opened.credited / 3600, opened.over_at


def opened_credentials(hub):
    found = [stated for _fact, stated in hub.records(CredentialStatus)]
    return [(each.number, each.status, each.valid_from, each.valid_until) for each in found]


def test_of_two_opening_files_the_later_one_says_what_somebody_had(hub):
    assert hub.opening({**HOURS, "hours": "12"}) == {"applied": 1}
    first = hub.clock.now()
    assert hub.opening({**HOURS, "hours": "10"}) == {"applied": 1}
    assert opened_hours(hub) == (10, first), "it counts from the day of the first one"


def test_the_same_opening_file_again_changes_nothing(hub):
    credential = {"employee_no": "E1", "kind": "credential", "what": "dc-ops-qualification", "from": "2026-01-01"}
    rows = ({**HOURS, "hours": "12"}, {**credential, "until": "2026-12-31"})
    assert hub.opening(*rows) == {"applied": 2}
    [before] = opened_credentials(hub)
    assert hub.opening(*rows) == {"duplicate": 2}
    assert opened_credentials(hub) == [before] == [("", "active", *days("2026-01-01", "2027-01-01"))]
    assert opened_hours(hub)[0] == 12


def test_a_balance_that_is_corrected_back_is_what_it_was(hub):
    for hours in ("12", "10", "12"):
        hub.opening({**HOURS, "hours": hours})
    assert opened_hours(hub)[0] == 12


# --- leave ---------------------------------------------------------------------------------------------------


def test_leave_that_is_corrected_holds_as_corrected(hub):
    hub.people({**E1, **MAY}, E2)
    assert hub.leave() == [days("2026-05-06", "2026-05-09")]
    hub.people({**E1, "leave_from": "2026-05-07", "leave_until": "2026-05-08"}, E2)
    assert hub.leave() == [days("2026-05-07", "2026-05-09")], "an overlapping row replaces it"
    hub.people({**E1, "leave_from": "2026-06-01", "leave_until": "2026-06-02"}, E2)
    assert hub.leave() == [days("2026-06-01", "2026-06-03")], "the one in May is gone from the file"


def test_leave_that_is_cleared_excuses_no_longer(hub):
    hub.people({**E1, **MAY}, E2)
    hub.people(E1, E2)
    assert hub.leave() == []
    hub.people({**E1, **MAY}, E2)
    assert hub.leave() == [days("2026-05-06", "2026-05-09")], "said again, it holds again"


def test_leave_that_was_over_stays_when_the_file_lists_it_no_more(hub):
    hub.people({**E1, "leave_from": "2026-02-02", "leave_until": "2026-02-06"}, E2)
    hub.people(E1, E2)
    assert hub.leave() == [days("2026-02-02", "2026-02-07")]


def test_leave_of_somebody_who_is_gone_from_the_file_stays(hub):
    hub.people({**E1, **MAY}, *({**E2, "employee_no": f"E{n}"} for n in range(2, 9)))
    hub.people(*({**E2, "employee_no": f"E{n}"} for n in range(2, 9)))
    assert hub.leave() == [days("2026-05-06", "2026-05-09")]


def test_a_slip_in_another_row_of_a_person_takes_no_leave_away_and_the_mended_row_does(hub):
    second = {**E1, "position": "network-security"}
    hub.people({**E1, **MAY}, second)
    hub.people({**E1, "leave_from": "2026-06-31", "leave_until": "2026-07-02"}, second)
    assert [code for code, _where in hub.waiting()] == ["time.invalid"]
    assert hub.leave() == [days("2026-05-06", "2026-05-09")], "a list that could not be read whole leaves nothing out"
    hub.people({**E1, "leave_from": "2026-06-30", "leave_until": "2026-07-02"}, second)
    assert hub.leave() == [days("2026-06-30", "2026-07-03")]


def test_a_damaged_row_takes_no_leave_away(hub):
    hub.people({**E1, **MAY}, {**E1, "position": "network-security"}, E2)
    file = hub.folder / "people.csv"
    whole = file.read_bytes()
    damaged = b"\n".join(
        line[:4] + b"\xff" + line[4:] if b"2026-05-06" in line else line for line in whole.split(b"\n")
    )
    file.write_bytes(damaged.replace("李四".encode(), "李五".encode()))
    hub._ask()
    assert hub.leave() == [days("2026-05-06", "2026-05-09")], "whose row it is nobody can tell"
    hub.people({**E1, "position": "network-security"}, E1, E2)
    assert hub.leave() == [], "told once the file can be read"


# --- stints --------------------------------------------------------------------------------------------------


def test_a_stint_that_is_withdrawn_never_was(hub):
    columns = (*hr.PEOPLE, "withdrawn")
    text = ",".join(columns) + "\n" + ",".join({**E1, "withdrawn": "yes"}.get(name, "") for name in columns) + "\n"
    text += ",".join(E2.get(name, "") for name in columns) + "\n"
    assert hub.stints()
    (hub.folder / "people.csv").write_text(text, encoding="utf-8")
    hub._ask()
    assert hub.stints() == () and hub.stints("E2")


# --- the plan ------------------------------------------------------------------------------------------------


def test_who_is_gone_from_a_session_that_stays_is_enrolled_no_more(hub):
    hub.plan({**S1, "employee_no": "E1"}, {**S1, "employee_no": "E2"})
    assert hub.enrolled("E1") == hub.enrolled("E2") == ["S1"]
    hub.plan({**S1, "employee_no": "E2"})
    assert (hub.enrolled("E1"), hub.enrolled("E2")) == ([], ["S1"])
    hub.plan({**S1, "employee_no": "E1"}, {**S1, "employee_no": "E2"})
    assert hub.enrolled("E1") == ["S1"], "enrolled again"


def test_who_is_the_last_to_go_from_a_session_goes_too(hub):
    hub.plan({**S1, "employee_no": "E1"})
    hub.plan(S1)
    assert hub.enrolled() == []


def test_a_session_that_is_gone_from_the_file_takes_nobody_off_it(hub):
    hub.plan({**S1, "employee_no": "E1"})
    hub.plan()
    assert hub.enrolled() == ["S1"]


def test_who_is_taken_off_a_session_that_is_over_stays_on_it_until_hr_decides(hub):
    hub.plan({**S1, "employee_no": "E1"}, {**S1, "employee_no": "E2"})
    hub.clock.advance(t("2026-05-06T17:00") - hub.clock.now())
    hub.plan({**S1, "employee_no": "E2"})
    assert hub.enrolled("E1") == ["S1"]
    assert "meaning.late" in hub.alarms()


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": "2026-05-06 13:00"},
        {"course": "dc-annual"},
        {"room": "B"},
        {"break_minutes": "15"},
        {"breaks": "15:00-15:10"},
        {"cancelled": "yes"},
    ],
)
def test_rows_of_one_session_that_differ_are_all_faults_and_the_earlier_word_stays(hub, change):
    hub.plan({**S1, "employee_no": "E1"})
    hub.plan({**S1, "employee_no": "E1"}, {**S1, **change, "employee_no": "E2"})
    assert [code for code, _where in hub.waiting()] == ["meaning.contradiction"] * 2
    assert (hub.enrolled("E1"), hub.enrolled("E2")) == (["S1"], [])
    with hub.parts.database.reading() as session:
        held = hub.parts.plan.session("S1", session).record
    assert (held.starts_at, held.course, held.room) == (t("2026-05-06T14:00"), "dc-safety", "A")


def test_a_contradiction_is_found_though_only_one_row_of_the_session_changed(hub):
    """Only what changed is handed on, but a session whole: else the other rows would not be there to contradict."""
    rows = [{**S1, "employee_no": f"E{n}"} for n in range(1, 9)]
    hub.plan(*rows)
    page = hub.plan(*rows[:-1], {**rows[-1], "ends_at": "2026-05-06 18:00"})
    assert sum(each.body.count(b"S1") for each in page.transmissions) == 8
    assert [code for code, _where in hub.waiting()] == ["meaning.contradiction"] * 8


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"ends_at": "2026-05-06 14:00"}, "ends_at"),
        ({"ends_at": "2026-05-07 14:01"}, "ends_at"),
        ({"break_minutes": "180"}, "break_minutes"),
        ({"breaks": "13:30-14:10"}, "breaks"),
        ({"breaks": "16:50-17:10"}, "breaks"),
        ({"breaks": "15:00-15:10;15:05-15:20"}, "breaks"),
        ({"breaks": "14:00-17:00"}, "breaks"),
    ],
)
def test_a_session_that_cannot_be_is_set_aside_with_its_column(hub, change, place):
    hub.plan({**S1, **change, "employee_no": "E1"})
    assert hub.waiting() == [("schema.range", f"line 2 {place}")]
    assert hub.enrolled() == []


def test_a_session_may_last_a_day(hub):
    hub.plan({**S1, "ends_at": "2026-05-07 14:00", "break_minutes": "1439", "employee_no": "E1"})
    assert hub.enrolled() == ["S1"]


# --- when it arrived and when it was known -------------------------------------------------------------------


def also_knows(language):
    """The shipped mapping of rosters, taught another word for Chinese."""
    document = json.loads((mappings.SHIPPED / "people" / "roster_csv.json").read_text("utf-8"))
    document["forms"]["people"]["records"][0]["fields"]["language"]["table"] = {"zh": "zh", "en": "en", language: "zh"}
    text = json.dumps(document).encode()
    return mappings.MappingDocument("people/roster_csv", examine("roster_csv.json", text)[0], text)


def test_what_is_read_again_keeps_its_arrival_and_is_known_from_now(hub):
    hub.people(E1, E2, {**E1, "employee_no": "E3", "language": "cn"})
    arrived = hub.clock.now()
    [item] = hub.parts.quarantine.waiting()
    hub.clock.advance(timedelta(days=3))
    hub.parts.mappings.swap({"roster": also_knows("cn")}, hub.parts.writer)
    assert hub.parts.quarantine.replay(item.id, "HR").counts == {"applied": 1}
    [(stint, _stated)] = hub.records(Assignment, "E3")
    assert (stint.arrived_at, stint.known_at) == (arrived, hub.clock.now())
    person = hub.parts.directory.person_by_number("E3")
    with hub.parts.database.reading() as session:
        before = hub.parts.evidence.dossier(person, session, now=hub.clock.now(), known_by=arrived + timedelta(days=1))
    assert before.facts == [], "it was not known then"


# --- certificate numbers -------------------------------------------------------------------------------------


def test_a_number_is_the_same_however_it_is_spaced_hyphenated_or_written_wide(hub):
    credential = {"employee_no": "E1", "kind": "credential", "what": "high-voltage-electrician", "from": "2026-01-01"}
    for n, number in enumerate(("T-204 a", "T204A", "ｔ２０４－Ａ", "t–204‑A")):
        hub.opening({**credential, "until": f"2027-12-{n + 1:02}", "number": number})
    [(_fact, stated)] = hub.records(CredentialStatus)
    assert stated.number not in ("T-204 a", "T204A") and stated.valid_until == t("2027-12-05T00:00")
    with hub.parts.database.reading() as session:
        assert hub.parts.directory.name_of(stated.number, session) == (NUMBERS, "T-204 a"), "as it was written first"
    hub.opening({**credential, "number": "T-205"})
    assert len(hub.records(CredentialStatus)) == 2


def test_a_certificate_number_stands_in_no_file_of_the_hub_in_clear(tmp_path):
    with running(tmp_path / "hub") as hub:
        hub.people(E1)
        row = {"employee_no": "E1", "kind": "credential", "what": "high-voltage-electrician", "from": "2026-01-01"}
        hub.opening({**row, "number": "CANARY-7731 x"})
    stored = b"".join(each.read_bytes() for each in (tmp_path / "hub" / "data").iterdir() if each.is_file())
    for number in ("CANARY-7731 x", "CANARY7731X"):
        for encoding in ("utf-8", "utf-16-le"):
            assert number.encode(encoding) not in stored


# --- statements that their source withdraws ------------------------------------------------------------------


def test_a_source_withdraws_its_own_statements_alone(tmp_path):
    """Statement ids are chosen by their senders: one platform must not take back what another one said."""
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, roster("E1"), clock)
        send(parts, exam("E1", True, "2026-01-12"), clock)
        send(parts, ("other", voided("E1-exam-2026-01-12")[1]), clock)
        person = parts.directory.person_by_number("E1")
        with parts.database.reading() as session:
            assert len(of_kind(parts.evidence.dossier(person, session, now=clock.now()).facts, Result)) == 1
        send(parts, voided("E1-exam-2026-01-12"), clock)
        with parts.database.reading() as session:
            gone = parts.evidence.dossier(person, session, now=clock.now())
        assert of_kind(gone.facts, Result) == [] and list(gone.gone.values()) == [clock.now()]
