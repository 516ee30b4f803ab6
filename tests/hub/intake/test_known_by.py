"""How a status is known: by the way that its connector proves, or by less; whatever its mapping says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel

from connectors.credential import authority_push, badges, soap_authority
from connectors.generic import file_drop, rest_pull, soap_pull, webhook
from connectors.port import Spec
from hub.config.instances import Instance
from hub.evidence.facts import BY_HAND
from hub.identity.directory import Subject
from hub.intake.facts import Fact, Origin, facts_of
from hub.parts.working import origin_of
from schemas.credential import CredentialStatus, KnownBy
from schemas.transmission import Item

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ALL: tuple[KnownBy, ...] = ("push", "query", "issuer_file")
HOLDER = Subject("authority", "E1", "token", b"", "key")
PUSH, QUERY, FILE = (Origin("authority", "authority", "each", known_by=each) for each in ALL)
HAND = Origin(BY_HAND, "authority", "each", by_hand=True)


class Nothing(BaseModel):
    """No settings."""


def kept(origin: Origin, stated: KnownBy | None = None) -> Fact:
    """The fact of a status that a mapping read."""
    said = CredentialStatus(
        subject="E1", credential="licence", number="N1", status="active", changed_at=NOW, provenance=stated
    )
    (fact,) = facts_of(
        [(0, Item(records=(said,), key="1"))], {("authority", "E1"): HOLDER}, lambda _n, _s: HOLDER, origin, 0
    )
    return fact


@pytest.mark.parametrize(
    ("origin", "stated", "known_by"),
    [
        (QUERY, None, "query"),
        (QUERY, "push", "query"),
        (QUERY, "issuer_file", "query"),
        (PUSH, None, None),
        (PUSH, "query", "query"),
        (PUSH, "issuer_file", None),
        (FILE, "issuer_file", "issuer_file"),
        (FILE, "query", "query"),
        (HAND, None, None),
    ],
)
def test_it_is_known_as_its_mapping_says_and_never_better_than_its_connector_proves(origin, stated, known_by):
    record = kept(origin, stated).record
    assert isinstance(record, CredentialStatus) and record.provenance == known_by


@pytest.mark.parametrize(
    ("spec", "known_by"),
    [
        (authority_push.SPEC, "push"),
        (webhook.SPEC, "push"),
        (soap_authority.SPEC, "query"),
        (rest_pull.SPEC, "query"),
        (soap_pull.SPEC, "query"),
        (file_drop.SPEC, "query"),
        (badges.SPEC, "issuer_file"),
    ],
)
def test_who_calls_has_told_the_hub_and_who_is_asked_was_queried(spec: Spec, known_by):
    assert origin_of(Instance("one", spec, Nothing(), "", timedelta(hours=1))).known_by == known_by


def test_what_is_said_again_by_another_way_is_the_same_word_under_one_id():
    both = [kept(replace(each, batch="all")).row for each in (PUSH, QUERY)]
    assert both[0]["key"] == both[1]["key"] and both[0]["digest"] == both[1]["digest"]
