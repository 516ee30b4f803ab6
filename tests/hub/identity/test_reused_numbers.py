"""A number that is given to another person carries nothing over: each has what was done while it was theirs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.assembly import Assembly
from hub.evidence.punches import punches_within
from hub.identity.links import OPEN
from hub.rules.span import Span
from schemas.attendance import Punch
from schemas.credential import CredentialStatus
from schemas.learning import Result
from schemas.people import OtherIdentifier, Person
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, Message, opened, send, t

SOURCES = ("terminals", "lms", "authority")
FIRST, DAYS = t("2026-01-05T00:00"), 20
Way = Literal["the roster names another", "unlinked and linked", "the roster said until when"]
WAYS: tuple[Way, ...] = ("the roster names another", "unlinked and linked", "the roster said until when")
NEW = count()


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[tuple[Assembly, HandClock]]:
    clock = HandClock(NOW)
    with opened(tmp_path_factory.mktemp("reused") / "hub", clock) as parts:
        yield parts, clock


def person(number: str, as_of: datetime, *identifiers: OtherIdentifier) -> Message:
    return "roster", [Person(subject=number, name=number, identifiers=identifiers, as_of=as_of)]


def done(source: str, name: str, at: datetime) -> Message:
    """Something that a source says of an identifier, at an instant: a punch, an exam, a certificate."""
    if source == "terminals":
        return source, [Punch(subject=name, device="A", occurred_at=at, occurred_local=at.strftime("%H:%M:%S"))]
    if source == "lms":
        said = f"{name}-{at.isoformat()}"
        return source, [Result(subject=name, exam="dc-ops-exam", passed=True, occurred_at=at, statement=said)]
    number = f"{name}-{at:%d%H%M}"
    held = {"number": number, "status": "active", "valid_until": t("2028-01-01T00:00")}
    return source, [CredentialStatus(subject=name, credential="high-voltage-electrician", changed_at=at, **held)]


def words(way: Way, name: str, source: str, one: str, other: str, moved: datetime) -> list[Message]:
    """What the roster says of both, in turn."""
    begun = FIRST - timedelta(days=30)
    known = OtherIdentifier(source=source, subject=name)
    if way == "the roster said until when":
        return [
            person(one, begun, known.model_copy(update={"valid_until": moved})),
            person(other, moved, known.model_copy(update={"valid_from": moved})),
        ]
    return [person(one, begun, known), person(other, moved, *([known] if way == WAYS[0] else []))]


def seen(parts: Assembly, number: str) -> list[datetime]:
    """When something was done that counts for a person."""
    token = parts.directory.person_by_number(number)
    assert token is not None
    with parts.database.reading() as session:
        facts = parts.evidence.dossier(token, session, now=parts.clock.now()).facts
        found = [fact.record.at for fact in facts if isinstance(fact.record, Result | CredentialStatus)]
        punches = punches_within({"person": token, "known_by": OPEN}, Span(FIRST, NOW), session)
        return sorted([*found, *(fact.record.at for fact in punches)])


HAPPENED = st.lists(st.integers(0, 24 * DAYS), min_size=2, max_size=8, unique=True)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SOURCES), st.sampled_from(WAYS), st.integers(1, 24 * DAYS - 1), HAPPENED, st.randoms())
def test_a_re_used_number_inherits_nothing(hub, source, way, hours, happened, random):
    """However late it is said, in any order: who has the number has what was done since, who had it the rest."""
    parts, clock = hub
    n = next(NEW)
    one, other, name, moved = f"A{n}", f"B{n}", f"number-{n}", FIRST + timedelta(hours=hours)
    at = sorted(FIRST + timedelta(hours=each) for each in happened)
    said = words(way, name, source, one, other, moved)
    rest = [done(source, name, each) for each in at]
    if way == "unlinked and linked":
        late = [each for each in rest if random.random() < 0.5]
        said, rest = [*said, *(each for each in rest if each not in late)], late
    else:
        said, rest = [*said, *rest], []
    random.shuffle(said)
    for message in said:
        send(parts, message, clock)
    if way == "unlinked and linked":
        parts.linking.unlink(source, name, one, moved)
        parts.linking.link(source, name, other)
    for message in rest:
        send(parts, message, clock)
    assert seen(parts, one) == [each for each in at if each < moved]
    assert seen(parts, other) == [each for each in at if each >= moved]
