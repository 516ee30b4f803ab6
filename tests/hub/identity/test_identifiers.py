"""Who an identifier is may change: nobody keeps, or inherits, what was done under it by somebody else."""

from datetime import timedelta
from itertools import permutations

import pytest

from hub.clock import to_us
from hub.identity.links import ALWAYS, OPEN
from hub.store.tables import identity
from schemas.errors import ConfigError
from schemas.people import Assignment, OtherIdentifier, Person
from schemas.transmission import Item, Transmission
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ORIGINS, opened, plan, qualified, roster, send, send_together, standings, t


def scope(parts, number):
    return standings(parts, number)[0][1]


def test_hours_of_an_identifier_that_is_taken_away_count_no_more(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        assert scope(parts, "E1") == "full"
        assert parts.linking.unlink("terminals", "terminals-E1", "E1", t("2026-01-05T00:00"))
        assert scope(parts, "E1") == "none", "nobody was seen at the session"


def test_who_gets_a_number_that_was_another_s_inherits_nothing(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        for message in qualified("E2"):
            if message[0] != "terminals":
                send(parts, message, clock)
        assert scope(parts, "E2") == "none", "E2 was not seen at the session"
        parts.linking.unlink("terminals", "terminals-E1", "E1", NOW)
        parts.linking.link("terminals", "terminals-E1", "E2")
        clock.advance(timedelta(minutes=20))
        send(parts, roster("E2", "2026-01-20T00:00"), clock)
        assert (scope(parts, "E1"), scope(parts, "E2")) == ("full", "none")


def test_an_identifier_that_is_somebody_s_is_not_linked_to_another(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, roster("E1"), clock)
        send(parts, roster("E2"), clock)
        with pytest.raises(ConfigError, match="unlink"):
            parts.linking.link("terminals", "terminals-E1", "E2")


def test_an_identifier_that_was_somebody_s_is_listed_again_at_the_instant_at_which_the_next_one_s_ends(tmp_path):
    clock, first, second = HandClock(NOW), t("2026-01-10T00:00"), t("2026-01-20T00:00")
    with opened(tmp_path / "hub", clock) as parts:
        for number in ("E1", "E2"):
            send(parts, roster(number), clock)
        parts.linking.link("badges", "badge", "E1", end=to_us(first))
        parts.linking.link("badges", "badge", "E2", start=to_us(first), end=to_us(second))
        person = parts.directory.person_by_number("E1")
        with parts.database.reading() as session:
            at = (second - timedelta(microseconds=1), second)
            listed = [parts.directory.identifiers(person, "badges", to_us(each), session) for each in at]
        assert [[(each.name, each.now) for each in some] for some in listed] == [[], [("badge", False)]]


def prepared(parts, clock, message, body):
    name, records = message
    wire = Transmission(connector=name, received_at=clock.now(), media_type="application/json", body=body)
    return parts.preparer.prepare(wire, [Item(records=tuple(records), key=body.decode())], ORIGINS[name])


def test_who_is_named_by_two_at_once_for_the_first_time_can_be_reached_afterwards(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        one = prepared(parts, clock, roster("E1"), b"roster")
        parts.directory.invalidate()  # as if another process had written
        two = prepared(parts, clock, plan("E1"), b"plan")  # the same source names the same new person
        for each in (two, one):
            parts.writer.call(lambda tx, each=each: parts.keeper.keep((each,), tx))
            parts.keeper.committed(each)
        person = parts.directory.person_by_number("E1")
        with parts.database.reading() as session:
            profile = parts.directory.profile(person, session)
            assert profile is not None and profile.name == "张三"
            assert [each.name for each in parts.directory.identifiers(person, "roster", 0, session)] == ["E1"]


def badge(number, as_of, badge_of="E1"):
    """The roster's word that somebody has the badge of E1."""
    person = Person(
        subject=number,
        name=number,
        identifiers=(OtherIdentifier(source="terminals", subject=f"terminals-{badge_of}"),),
        as_of=t(as_of),
    )
    return "roster", [person]


def whose(parts, source, name):
    """Whose an identifier is from when to when, by employee number."""
    names = {parts.directory.person_by_number(number): number for number in ("E1", "E2")}
    subject = parts.directory.find(source, name)
    with parts.database.reading() as session:
        rows = session.all(identity.links_of_subject, {"subject": subject.token})
    return sorted((begins, ends, names[person]) for person, begins, ends in rows)


MOVES = [badge("E1", "2026-01-01T00:00"), badge("E2", "2026-01-25T00:00")]
MOVED = to_us(t("2026-01-25T00:00"))


@pytest.mark.parametrize("order", list(permutations([0, 1, 0, 1])))
def test_a_number_that_moves_is_of_one_person_at_a_time_in_any_order(order, tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for n in order:
            send(parts, MOVES[n], clock)
        assert whose(parts, "terminals", "terminals-E1") == [(ALWAYS, MOVED, "E1"), (MOVED, OPEN, "E2")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_number_that_moves_within_one_commit_is_of_one_person_at_a_time(order, tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send_together(parts, [MOVES[n] for n in order], clock)
        assert whose(parts, "terminals", "terminals-E1") == [(ALWAYS, MOVED, "E1"), (MOVED, OPEN, "E2")]


def test_what_an_operator_ended_is_not_open_again_by_an_older_word(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, badge("E1", "2026-01-01T00:00"), clock)
        parts.linking.unlink("terminals", "terminals-E1", "E1", t("2026-01-10T00:00"))
        send(parts, badge("E1", "2026-01-02T00:00"), clock)
        ended = (ALWAYS, to_us(t("2026-01-10T00:00")), "E1")
        assert whose(parts, "terminals", "terminals-E1") == [ended]
        send(parts, badge("E1", "2026-01-20T00:00"), clock)
        assert whose(parts, "terminals", "terminals-E1") == [ended, (to_us(t("2026-01-20T00:00")), OPEN, "E1")]


def test_a_number_that_the_roster_gives_to_somebody_else_gives_them_nothing_of_before(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        for message in qualified("E1"):
            send(parts, message, clock)
        for message in qualified("E2"):
            if message[0] not in ("terminals", "roster"):
                send(parts, message, clock)
        send(parts, plan("E2"), clock)
        as_of = t("2026-01-25T00:00")
        moved = [OtherIdentifier(source="terminals", subject="terminals-E1")]
        moved += [OtherIdentifier(source=each, subject=f"{each}-E2") for each in ("lms", "authority")]
        person = Person(subject="E2", name="李四", identifiers=tuple(moved), as_of=as_of)
        post = Assignment(subject="E2", position="dc-operations", starts_at=t("2026-01-05T00:00"), as_of=as_of)
        send(parts, ("roster", [person, post]), clock)
        assert standings(parts, "E2")[0][1] == "none", "E2 was not seen at the session, E1 was"


def test_a_certificate_number_is_stored_once_whoever_has_forgotten_it_and_keeps_its_first_key(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        holder, other = (parts.directory.subjects([("ca", each)])["ca", each] for each in ("r1", "r2"))
        first = parts.directory.number("GZ-7731", holder)
        assert parts.writer.call(lambda tx: parts.directory.keep([holder, other, first], tx)) == {
            holder.token,
            other.token,
            first.token,
        }
        parts.directory.kept([holder, other])
        parts.directory.invalidate()  # as after a start
        again, fresh = (parts.directory.number(each, other) for each in ("GZ 7731", "GZ-7732"))
        assert parts.writer.call(lambda tx: parts.directory.keep([again, fresh], tx)) == {fresh.token}
        assert (again.token, again.key) == (first.token, holder.token), "the row that stands there is its own"
        with parts.database.reading() as session:
            assert parts.directory.name_of(again.token, session)[1] == "GZ-7731"
