"""When an issuer's statements let a credential hold."""

from datetime import UTC, datetime

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
