"""Until when a terminal has brought all: silence, questions, drained logs and what proves that nothing is left."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from connectors.port import Command, CommandResult, PeerState, Request
from connectors.simulators.zkteco_push import Terminal
from tests.connectors.attendance.asking import (
    GATE,
    HANDSHAKE,
    KNOWN,
    LINE,
    NOW,
    POLL,
    SERVED,
    SN,
    UPLOAD,
    ask,
    handed,
    options,
    say,
)
from tests.connectors.attendance.small_hub import Hub, serving


@pytest.fixture
def served() -> Iterator[tuple[Hub, str]]:
    with serving() as started:
        yield started


def test_a_stamp_is_remembered_so_that_a_restart_does_not_ask_for_years() -> None:
    state = GATE.receive(ask("POST", "cdata", LINE, table="ATTLOG", Stamp="8123"), KNOWN).new_state
    assert options(GATE.receive(ask("GET", "cdata", **HANDSHAKE), state))["ATTLOGStamp"] == "8123"
    assert options(GATE.receive(ask("GET", "cdata", **HANDSHAKE), KNOWN))["ATTLOGStamp"] == "None"


def test_an_ordinary_poll_leaves_the_state_as_it_is() -> None:
    reception = GATE.receive(POLL._replace(arrived_at=NOW + timedelta(minutes=59)), KNOWN)
    assert (reception.new_state is KNOWN, say(reception)) == (True, "OK\n")


def test_every_hour_a_2x_terminal_is_asked_for_what_it_kept_in_its_own_time() -> None:
    reception = GATE.receive(POLL._replace(arrived_at=NOW + timedelta(hours=1)), KNOWN)
    window = "StartTime=2026-03-02 17:58:00\tEndTime=2026-03-02 19:00:00"
    assert reception.asks == (f"DATA QUERY ATTLOG {window}",)
    assert say(reception) == f"C:1:DATA QUERY ATTLOG {window}\n"
    assert "gap" not in reception.new_state.memory


def after_gap() -> PeerState:
    last = NOW - timedelta(minutes=30)
    return handed(GATE.receive(POLL, KNOWN._replace(last_contact_at=last)))


def test_after_a_silence_punches_are_asked_for_at_once_and_the_gap_stays_until_the_rows_came() -> None:
    state = after_gap()
    assert state.memory["gap"]["since"] == (NOW - timedelta(minutes=30)).isoformat()
    assert "StartTime=2026-03-02 17:28:00\tEndTime=2026-03-02 18:00:00" in state.commands[0].text
    state = state._replace(last_contact_at=NOW)
    assert "gap" in GATE.receive(UPLOAD, state).new_state.memory
    for body in (b"ID=1&Return=-1&CMD=DATA\n", b"ID=9&Return=0&CMD=DATA\n", b"ID=1&Return=0\n", b"ID=1\nReturn=3\n"):
        assert "gap" in GATE.receive(ask("POST", "devicecmd", body), state).new_state.memory
    answered = GATE.receive(ask("POST", "devicecmd", b"ID=1\nReturn=2\nCMD=DATA QUERY\n"), state).new_state
    rows = b"1001\t2026-03-02 17:40:00\t0\t15\n"
    first = GATE.receive(ask("POST", "cdata", rows, table="ATTLOG"), answered).new_state
    assert "gap" in GATE.receive(ask("POST", "cdata", rows, table="ATTLOG"), first).new_state.memory, "said twice"
    assert "gap" in GATE.receive(UPLOAD, first).new_state.memory, "of another time"
    last = ask("POST", "cdata", rows.replace(b"17:40", b"17:41"), table="ATTLOG")
    assert "gap" not in GATE.receive(last, first).new_state.memory


def punch_at(minute: int, at: datetime) -> Request:
    return ask("POST", "cdata", f"1001\t2026-03-02 17:{minute:02d}:00\t0\t15\n".encode(), at, table="ATTLOG")


def test_a_terminal_that_drains_its_log_says_something_new_of_itself_twice_a_minute_at_most() -> None:
    drains = KNOWN._replace(memory={**KNOWN.memory, "dialect": "legacy"}, last_contact_at=NOW - timedelta(minutes=30))
    state, changes = GATE.receive(POLL, drains).new_state._replace(last_contact_at=NOW), 0
    for second in range(60):
        reception = GATE.receive(punch_at(second, NOW + timedelta(seconds=second + 1)), state)
        changes += reception.new_state.memory is not state.memory
        state = reception.new_state._replace(last_contact_at=NOW + timedelta(seconds=second + 1))
    assert changes == 2


def test_a_crash_that_forgets_which_rows_came_leaves_the_gap_open() -> None:
    state = after_gap()._replace(last_contact_at=NOW)
    stored = GATE.receive(ask("POST", "devicecmd", b"ID=1\nReturn=3\nCMD=DATA QUERY\n"), state).new_state
    first = GATE.receive(punch_at(40, NOW), stored)
    assert not first.may_wait, "until when it was not quiet must be known"
    second = GATE.receive(punch_at(41, NOW + timedelta(seconds=1)), first.new_state)
    assert second.may_wait and second.new_state.memory["gap"]["rows"] == 2
    last = punch_at(42, NOW + timedelta(seconds=2))
    closes, forgets = GATE.receive(last, second.new_state), GATE.receive(last, first.new_state)
    assert (closes.complete_until, closes.may_wait) == (last.arrived_at, False), "what makes it complete is kept"
    assert forgets.complete_until == NOW - timedelta(minutes=30)
    soon = POLL._replace(arrived_at=NOW + timedelta(minutes=10))
    assert GATE.receive(soon, first.new_state._replace(last_contact_at=soon.arrived_at)).complete_until < NOW


def test_a_refused_upload_holds_the_mark() -> None:
    state = KNOWN._replace(last_contact_at=NOW - timedelta(seconds=10), refused_at=NOW - timedelta(seconds=5))
    assert GATE.receive(POLL, state).complete_until == NOW - timedelta(seconds=10)


@pytest.mark.parametrize("dialect", ["att2", "acc3", "legacy", "lan-agent", "pid", ""])
def test_quiet_polls_for_the_settle_time_close_a_gap_and_of_att2_only_after_an_answer(dialect: str) -> None:
    memory = {**KNOWN.memory, "dialect": dialect}
    state = PeerState(memory=memory, last_contact_at=NOW - timedelta(minutes=30))
    at, commands, number = NOW, (), 0
    for minute in range(24):
        at = NOW + timedelta(minutes=minute)
        reception = GATE.receive(POLL._replace(arrived_at=at), state)
        if minute == 5:  # it drains now
            late = ask("POST", "cdata", b"1001\t2026-03-02 17:40:00\t0\t15\n", at, table="ATTLOG")
            reception = GATE.receive(late, reception.new_state._replace(last_contact_at=at))
        # Ten minutes from the upload, which counts for half a minute.
        expected = at if dialect != "att2" and minute >= 16 else NOW - timedelta(minutes=30)
        assert reception.complete_until == expected, minute
        state = reception.new_state._replace(last_contact_at=at)
        if reception.asks:
            number += 1
            commands = (*commands, Command(number, reception.asks[-1]))
    if dialect == "att2":
        answer = ask("POST", "devicecmd", f"ID={number}&Return=0\n".encode(), at)
        state = GATE.receive(answer, state._replace(commands=commands)).new_state
        for minute in range(1, 11):
            later = at + timedelta(minutes=minute)
            reception = GATE.receive(POLL._replace(arrived_at=later), state._replace(last_contact_at=later))
            state = reception.new_state
            assert reception.complete_until == (later if minute == 10 else NOW - timedelta(minutes=30))


def test_an_answer_about_another_time_than_the_silence_proves_nothing() -> None:
    state = after_gap()._replace(last_contact_at=NOW)
    for since, until, counts in [
        (NOW - timedelta(hours=2), NOW, True),
        (NOW - timedelta(hours=2), NOW - timedelta(minutes=1), False),
        (NOW - timedelta(minutes=29), NOW, False),
    ]:
        asked = state._replace(commands=(Command(4, GATE.history(SN, state, since, until)),))
        answer = GATE.receive(ask("POST", "devicecmd", b"ID=4&Return=0&CMD=DATA\n"), asked)
        assert ("answered" in answer.new_state.memory["gap"]) == counts


def test_a_lost_question_is_asked_again_before_the_hour() -> None:
    state = after_gap()._replace(last_contact_at=NOW + timedelta(minutes=9))
    assert say(GATE.receive(POLL._replace(arrived_at=NOW + timedelta(minutes=9)), state)) == "OK\n"
    assert GATE.receive(POLL._replace(arrived_at=NOW + timedelta(minutes=10)), state).asks


def test_punches_are_complete_until_now_or_until_a_silence_began_that_is_not_answered() -> None:
    assert GATE.receive(POLL, KNOWN).complete_until == NOW
    assert GATE.receive(UPLOAD, KNOWN).complete_until == NOW
    state = after_gap()._replace(last_contact_at=NOW)
    assert GATE.receive(UPLOAD, state).complete_until == NOW - timedelta(minutes=30)
    understood = GATE.receive(ask("POST", "devicecmd", b"ID=1&Return=0&CMD=DATA\n"), state)
    assert understood.complete_until == NOW - timedelta(minutes=30), "that it was understood brings no rows"


def test_a_terminal_is_complete_only_once_it_has_sent_what_it_held_before_it_was_approved() -> None:
    first = GATE.receive(POLL, PeerState("approved", {"dialect": "acc3"}))
    assert first.complete_until is None
    quiet = POLL._replace(arrived_at=NOW + timedelta(minutes=10))
    state = first.new_state._replace(last_contact_at=quiet.arrived_at)
    assert GATE.receive(quiet, state).complete_until == quiet.arrived_at


def test_what_a_terminal_says_before_it_is_approved_makes_nothing_complete() -> None:
    assert GATE.receive(ask("GET", "cdata", **HANDSHAKE), PeerState("unknown")).complete_until is None
    assert GATE.receive(POLL, PeerState("pending")).complete_until is None


def test_an_answer_from_before_a_second_silence_does_not_close_the_gap() -> None:
    state = after_gap()._replace(last_contact_at=NOW)
    late = ask("POST", "devicecmd", b"ID=1&Return=0&CMD=DATA\n", NOW + timedelta(minutes=5))
    reception = GATE.receive(late, state)
    assert reception.results == (CommandResult(1, "0", failed=False),)
    assert reception.new_state.memory["gap"]["since"] == (NOW - timedelta(minutes=30)).isoformat()
    poll = POLL._replace(arrived_at=late.arrived_at)
    assert GATE.receive(poll, reception.new_state._replace(last_contact_at=NOW)).asks


def test_a_3x_terminal_is_not_asked() -> None:
    state = PeerState(memory={"dialect": "acc3", **SERVED}, last_contact_at=NOW - timedelta(days=1))
    reception = GATE.receive(POLL, state)
    assert (reception.asks, say(reception)) == ((), "OK\n")
    assert reception.complete_until == NOW - timedelta(days=1)


def test_a_terminal_sends_what_it_kept_when_asked_after_a_silence(served: tuple[Hub, str]) -> None:
    hub, url = served
    terminal = Terminal(url, SN)
    assert terminal.handshake().body.startswith("GET OPTION FROM")
    assert terminal.punch("1001", NOW).body == "OK: 1\n"
    terminal.poll()
    terminal.punch("1002", NOW + timedelta(minutes=5), offline=True)
    hub.now += timedelta(minutes=10)
    assert "DATA QUERY ATTLOG" in terminal.poll().body
    terminal.close()
    assert b"1002\t2026-03-02 18:05:00" in hub.taken[-1].body
    assert "gap" not in hub.state.memory
    assert hub.lines == 1, "one connection served all"


@pytest.mark.parametrize("says_first", [False, True])
@pytest.mark.parametrize("dialect", ["att2", "acc3", "legacy", "lan-agent", "pid"])
def test_silent_over_the_end_of_a_session_is_unknown_until_the_rows_came(
    served: tuple[Hub, str], dialect: str, says_first: bool
) -> None:
    hub, url = served
    terminal = Terminal(url, SN, dialect, says_first=says_first)
    terminal.handshake()
    terminal.punch("1001", NOW)
    polled(hub, terminal, 30)
    before = hub.now
    assert hub.complete_until == before, "it has sent what it held"
    session_ends = before + timedelta(minutes=20)
    terminal.punch("1002", before + timedelta(minutes=19), offline=True)
    hub.now = before + timedelta(hours=1)
    asked_late = dialect == "att2" and not says_first
    terminal.poll()
    if asked_late:  # it sends at once what it is asked for
        assert hub.complete_until == hub.now
    else:
        polled(hub, terminal, 8)
        assert hub.complete_until is not None and hub.complete_until <= before < session_ends, "polls prove nothing"
        terminal.drain()
        assert hub.complete_until <= before
        polled(hub, terminal, 45)
        assert hub.complete_until == hub.now
    assert b"1002" in b"".join(each.body for each in hub.taken)
    assert b"110101199003074514" not in b"".join(each.body for each in hub.taken)
    terminal.close()


def polled(hub: Hub, terminal: Terminal, minutes: int) -> None:
    """A terminal that asks every minute."""
    for _ in range(minutes):
        hub.now += timedelta(minutes=1)
        terminal.poll()
