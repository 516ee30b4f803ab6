"""How to call and reach a person stands sealed in a column of its own, and goes with the key of the identifier."""

import pytest
from cryptography.exceptions import InvalidTag

from hub.identity.profiles import Profile, dump_profile, read_profile
from hub.store.tables import identity
from schemas.people import Person
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, send, t


def said(number, name, as_of="2026-01-01T00:00", **more):
    return "roster", [Person(subject=number, name=name, as_of=t(as_of), **more)]


def profile(parts, number):
    person = parts.directory.person_by_number(number)
    with parts.database.reading() as session:
        return parts.directory.profile(person, session)


def test_a_profile_says_name_language_and_addresses_by_kind(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, said("E1", "张三", mail="e1@example.cn", language="en"), clock)
        send(parts, said("E2", "李四"), clock)
        assert profile(parts, "E1") == Profile("E1", "张三", "en", {"mail": "e1@example.cn"})
        assert profile(parts, "E2") == Profile("E2", "李四", "zh", {})


def test_of_two_words_of_the_roster_the_later_one_is_kept_in_either_order(tmp_path):
    words = said("E1", "before"), said("E1", "after", "2026-01-09T00:00")
    for n, order in enumerate((words, words[::-1])):
        clock = HandClock(NOW)
        with opened(tmp_path / f"hub-{n}", clock) as parts:
            for message in order:
                send(parts, message, clock)
            assert profile(parts, "E1").name == "after"


def test_whose_key_is_destroyed_is_nobody_by_name(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, said("E1", "张三"), clock)
        person = parts.directory.person_by_number("E1")
        parts.sealer.keys.destroy(parts.directory.find("roster", "E1").key)
        with parts.database.reading() as session:
            assert parts.directory.profile(person, session) is None


def test_a_profile_opens_in_the_row_of_its_own_person_alone(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, said("E1", "张三"), clock)
        person = parts.directory.person_by_number("E1")

        with parts.database.reading() as session:
            row = session.one(identity.profile, {"person": person})
        assert parts.sealer.open(row.key, row.profile, person) is not None
        with pytest.raises(InvalidTag):
            parts.sealer.open(row.key, row.profile, "another")


def test_the_number_of_an_employee_is_shown_as_the_roster_writes_it(tmp_path):
    clock = HandClock(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, said("E1", "张三"), clock)
        token = parts.directory.find("roster", "E1").token
        with parts.database.reading() as session:
            assert parts.directory.name_of(token, session) == ("roster", "E1")


def test_what_a_profile_of_a_newer_hub_says_more_is_passed_over():
    plain = b'{"name": "N", "language": "zh", "addresses": {"im": "n"}, "floor": 3}'
    assert read_profile("E1", plain) == Profile("E1", "N", "zh", {"im": "n"})


def test_a_line_manager_is_kept_where_the_roster_names_one():
    said = {"subject": "E1", "name": "N", "as_of": t("2026-01-01T00:00")}
    assert b"manager" not in dump_profile(Person.model_validate(said))
    assert read_profile("E1", dump_profile(Person.model_validate({**said, "manager": "E9"}))).manager == "E9"
