"""When an issuer's statements let a credential hold."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from hub.rules.statements import by_number, held_runs
from schemas.credential import CredentialStatus


def said(status: str, sequence: int, day: int) -> CredentialStatus:
    at = datetime(2026, 3, day, tzinfo=UTC)
    begins, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    facts = {"subject": "x", "credential": "c", "number": "1", "status": status, "sequence": sequence}
    return CredentialStatus.model_validate({**facts, "changed_at": at, "valid_from": begins, "valid_until": ends})


def test_stating_a_lifted_number_once_more_does_not_give_back_the_suspended_time():
    story = [said("active", 1, 1), said("suspended", 2, 5), said("active", 3, 9)]
    again = [*story, said("active", 3, 9), said("active", 4, 20)]
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert held_runs(by_number(again).values(), now) == held_runs(by_number(story).values(), now)


def stated(status: str = "active", begins: int = 1, ends: int = 1) -> CredentialStatus:
    """One of several words that claim one sequence and one instant."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    facts = {"subject": "x", "credential": "c", "number": "1", "status": status, "sequence": 1, "changed_at": at}
    dates = {"valid_from": datetime(2026, 1, begins, tzinfo=UTC), "valid_until": datetime(2030, 1, ends, tzinfo=UTC)}
    return CredentialStatus.model_validate({**facts, **dates})


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ((stated(), stated("suspended")), stated("suspended")),
        ((stated("revoked"), stated("suspended"), stated()), stated("revoked")),
        ((stated(ends=9), stated(ends=2), stated(ends=5)), stated(ends=2)),
        ((stated(begins=2), stated(begins=9), stated(begins=5)), stated(begins=9)),
        ((stated("expired"), stated(ends=9)), stated("expired")),
    ],
    ids=["one closes", "one ends it for ever", "one ends earlier", "one begins later", "one has expired"],
)
def test_of_words_with_one_sequence_and_instant_the_stricter_holds_in_any_order(told, holds):
    for order in permutations(told):
        assert by_number(order)["1"][-1] == holds
