"""The answer to why for people of several kinds, by a real hub whose clock stands still."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.views.attended_text import tell_attended
from hub.views.text import tell
from tests.conftest import HandClock
from tests.hub.decision.test_law import (
    NOW,
    ZONE,
    Message,
    demand,
    exam,
    opened,
    plan,
    punches,
    qualified,
    roster,
    send,
    status,
    study,
)

PEOPLE: Mapping[str, Sequence[Message]] = {
    "all that is asked for": qualified("E1"),
    "late, away in between and gone early, and an exam that was not passed": [
        roster("E2"),
        plan("E2"),
        *punches("E2", "09:20", "10:00", "10:30", "11:40"),
        study("E2", "20:00", "opened"),
        study("E2", "20:10", "point"),
        study("E2", "21:30", "point"),
        study("E2", "21:40", "completed"),
        exam("E2", False, "2026-01-12"),
    ],
    "no sign-out, and one certificate that its issuer suspended": [
        *qualified("E3")[:2],
        *punches("E3", "08:55"),
        *qualified("E3")[6:],
        status("E3", "high", "suspended", 5),
    ],
    "a certificate that was revoked": [*qualified("E4"), status("E4", "low", "revoked", 5)],
    "a certificate that is about to end": [
        *qualified("E5"),
        status("E5", "high", "active", 5, until="2026-03-01T00:00"),
        demand("E5", "high", "2026-01-20", says="复审前须完成 8 学时安全培训", hours_required="8", hours_earned="2.5"),
        demand("E5", "high", "2026-07-01", says="自 7 月起须完成 12 学时", hours_required="12"),
    ],
    "absent": [roster("E6"), plan("E6")],
    "a post that is over": [roster("E7", ends="2026-01-20T00:00")],
}


def whys(language: str) -> Iterator[str]:
    """Each of them as `licet why` tells it, and both answers where there is no standing."""
    with TemporaryDirectory() as place:
        clock = HandClock(NOW)
        with opened(Path(place) / "hub", clock) as parts:
            for messages in PEOPLE.values():
                for message in messages:
                    send(parts, message, clock)
            for n, kind in enumerate(PEOPLE, 1):
                view = parts.why.person(f"E{n}")
                assert view is not None
                attended = tell_attended(view.attended, language, ZONE)
                yield f"=== {kind}\n{tell(view, language, ZONE)}\n{attended}"
            nobody = replace(view, positions=(), targets=(), cases=(), attended=(), next_look=None)
            yield f"=== nothing special\n{tell(nobody, language, ZONE)}"
            yield f"=== not looked at yet\n{tell(replace(nobody, behind=True), language, ZONE)}"
            yield f"=== a rule that fails\n{tell(replace(nobody, stuck=True), language, ZONE)}"
