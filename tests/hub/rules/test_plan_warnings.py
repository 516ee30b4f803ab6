"""A break of which nobody said when it is, in a long session of the plan, is named before the session is held."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.assembly import Assembly
from hub.clock import SystemClock
from hub.parts.ruled import ruled_folder
from hub.rules.files.plan_warnings import breaks_without_place
from schemas.learning import Session
from tests.hub.decision.test_law import NOW, send, t
from tests.journeys.commands import run


def session(subject="S1", start="09:00", end="17:00", day="2026-02-03", **more):
    said = {
        "subject": subject,
        "course": "dc-safety",
        "devices": ("A",),
        "starts_at": t(f"{day}T{start}"),
        "ends_at": t(f"{day}T{end}"),
        "break_seconds": 3600,
        "zone": "Asia/Shanghai",
        "as_of": t("2026-01-01T00:00"),
        **more,
    }
    return Session.model_validate(said)


def found(*sessions):
    return [each.told("en") for each in breaks_without_place(sessions, NOW)]


def test_a_long_session_with_a_break_without_a_place_is_named_once_a_course():
    [told] = found(session("S2", day="2026-02-04"), session())
    assert told.startswith(
        "training plan: warning: dc-safety: found 2 sessions over 5 h with a break that has no place"
    )
    assert "the first 'S1' (60 min)" in told and "breaks such as 12:00-13:00" in told
    [only] = breaks_without_place([session(breaks=("12:00-12:30",))], NOW)
    assert "首个为 'S1'（30 分钟）" in only.told("zh") and not only.refused


@pytest.mark.parametrize(
    "said",
    [
        session(breaks=("12:00-13:00",)),
        session(break_seconds=0),
        session(start="09:00", end="14:00"),
        session(cancelled=True),
        session(day="2026-02-01"),
    ],
)
def test_a_break_with_its_place_a_short_session_and_what_is_over_are_not(said):
    assert found(said) == []


def test_lint_and_check_name_it_where_the_hub_has_a_plan(tmp_path):
    folder = tmp_path / "hub"
    assert run("init", str(folder)).returncode == 0
    assert "no place" not in run("rules", "lint", "-c", str(folder), "--lang", "en").stdout, "there is no plan yet"
    clock = SystemClock()
    day = (clock.now() + timedelta(days=3)).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    with Assembly(ruled_folder(folder), clock, deciding=True) as parts:
        send(parts, ("roster", [session(day=day)]), clock)
    for command in (("rules", "lint", "--lang", "en"), ("check", "--lang", "en")):
        done = run(*command, "-c", str(folder))
        assert done.returncode == 0 and "a break that has no place, the first 'S1'" in done.stdout, done
