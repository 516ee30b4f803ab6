"""What stood at an instant is found again in the store, whatever came since: the same as a hub that had only that."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.posts.standing import standings as judged
from schemas.learning import CreditedHours
from schemas.people import Leave
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, plan, qualified, roster, send, standings, status, t, voided


def leave(as_of: str, ends: str) -> tuple[str, list[Leave]]:
    """The roster's word about one leave, which a later one replaces."""
    return "roster", [
        Leave(subject="E1", id="L", starts_at=t("2026-01-06T00:00"), ends_at=t(f"{ends}T00:00"), as_of=t(as_of))
    ]


def hours(as_of: str, seconds: int) -> tuple[str, list[CreditedHours]]:
    """An opening balance, which a later file replaces."""
    return "opening", [
        CreditedHours(
            subject="E1", course="dc-safety", occurred_at=t(as_of), credited_seconds=seconds, required_seconds=seconds
        )
    ]


WORDS = [
    *qualified("E1")[1:],
    plan("E1", device="B", as_of="2026-01-03T00:00"),
    status("E1", "high", "suspended", 2),
    status("E1", "high", "active", 3),
    status("E1", "low", "revoked", 4),
    voided("E1-exam-2026-01-12"),
    roster("E1", "2026-01-15T00:00", ends="2026-02-03T00:00"),
    roster("E1", "2026-01-16T00:00"),
    leave("2026-01-02T00:00", "2026-01-20"),
    leave("2026-01-03T00:00", "2026-01-06"),
    hours("2026-01-05T00:00", 7200),
    hours("2026-01-06T00:00", 3600),
]


@settings(max_examples=6, deadline=None)
@given(st.permutations(WORDS), st.lists(st.integers(1, 60), min_size=len(WORDS), max_size=len(WORDS)))
def test_state_at_an_instant_from_the_store_equals_what_stood_then(words, minutes):
    clock = HandClock(NOW)
    with tempfile.TemporaryDirectory() as place, opened(Path(place) / "hub", clock) as parts:
        send(parts, roster("E1"), clock)
        stood = []
        for message, later in zip(words, minutes, strict=True):
            clock.advance(timedelta(minutes=later))
            send(parts, message, clock)
            stood.append((clock.now(), asked(parts, clock.now(), None), standings(parts, "E1")[0][1]))
        for at, then, scope in stood:
            again = asked(parts, at, at)
            assert again == then, at
            assert [each.scope for each in again] == [scope], "it is what was decided then"


def asked(parts, now, known_by):
    """Every standing of E1, whole, by all that is known or by what was known at an instant."""
    token = parts.directory.person_by_number("E1")
    with parts.database.reading() as session:
        known = parts.evidence.dossier(token, session, now=now, known_by=known_by)
    return judged(known, parts.folder.rulebook, now=now)
