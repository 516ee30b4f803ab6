"""A link opens the workbench once, within minutes, at the hub beside which it was made, and opens nothing else."""

import base64

import pytest

from hub.workbench.links import LINK_SECONDS, SESSION_SECONDS, SESSIONS, Sessions, link_code
from schemas.errors import TrustError

TOKEN = "b" * 48
START = 1_800_000_000.0


class Machine:
    """The two clocks of a machine, which a test moves."""

    def __init__(self) -> None:
        self.at, self.seconds = START, 5.0

    def calendar(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def sessions(machine) -> Sessions:
    return Sessions(TOKEN, machine.calendar, machine.monotonic)


def refused(sessions: Sessions, code: str) -> bool:
    try:
        sessions.open(code)
    except TrustError as error:
        assert error.code == "auth.token" and "licet mapping page" in error.told("zh")
        return True
    return False


def test_a_link_opens_once(sessions):
    code = link_code(TOKEN, START + 1)
    assert sessions.holds(sessions.open(code).token)
    assert refused(sessions, code)


def test_a_link_is_good_for_ten_minutes_and_not_from_the_future(sessions, machine):
    code, ahead = link_code(TOKEN, START + 1), link_code(TOKEN, START + 60)
    assert refused(sessions, ahead)
    machine.at = START + 1 + LINK_SECONDS + 0.1
    assert refused(sessions, code)


def test_a_link_made_before_the_hub_started_opens_nothing_for_it_may_have_been_used(sessions):
    assert refused(sessions, link_code(TOKEN, START - 1))


def test_a_used_link_stays_used_as_long_as_it_would_be_good(sessions, machine):
    first = link_code(TOKEN, START)
    sessions.open(first)
    for minute in range(1, 10):
        machine.at = START + 60 * minute
        sessions.open(link_code(TOKEN, machine.at))
        assert refused(sessions, first)


def test_a_link_of_another_hub_or_one_that_was_changed_opens_nothing(sessions):
    code = link_code(TOKEN, START)
    assert refused(sessions, link_code("c" * 48, START))
    raw = bytearray(base64.urlsafe_b64decode(code + "="))
    for n in range(len(raw)):
        changed = bytes(raw[:n]) + bytes([raw[n] ^ 1]) + bytes(raw[n + 1 :])
        assert refused(sessions, base64.urlsafe_b64encode(changed).decode().rstrip("="))
    for odd in ("", "x", code[:-4], code + "AAAA", "=" * 80, "ü" * 75, code + "\n"):
        assert refused(sessions, odd)
    sessions.open(code)


def test_a_session_ends_after_its_hours_and_with_the_hub(sessions, machine):
    token = sessions.open(link_code(TOKEN, START)).token
    assert sessions.holds(token) and not sessions.holds(token[:-1]) and not sessions.holds("")
    assert not Sessions(TOKEN, machine.calendar, machine.monotonic).holds(token)
    machine.seconds += SESSION_SECONDS - 1
    assert sessions.holds(token)
    machine.seconds += 1
    assert not sessions.holds(token)


def test_there_are_so_many_sessions_and_the_oldest_gives_way(sessions):
    tokens = [sessions.open(link_code(TOKEN, START)).token for _ in range(SESSIONS + 1)]
    assert [sessions.holds(each) for each in tokens] == [False] + [True] * SESSIONS
