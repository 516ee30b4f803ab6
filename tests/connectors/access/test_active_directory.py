"""What only Active Directory does, over a real Samba domain controller."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from connectors.access.ldap import Ldap
from connectors.port import Change
from schemas.errors import UnavailableError
from tests.contract import samba_dc
from tests.contract.test_doors import ad

pytestmark = pytest.mark.skipif(bool(samba_dc.missing()), reason=samba_dc.missing() or "samba is here")


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[samba_dc.DomainController]:
    with samba_dc.running(tmp_path_factory.mktemp("dc")) as started:
        yield started


@pytest.fixture
def door(domain: samba_dc.DomainController) -> Iterator[Ldap]:
    made = ad(f"ldap://{domain.address}:{domain.port}")
    yield made
    made.close()


def names() -> tuple[str, str]:
    return f"HR-{uuid4().hex[:8]}", f"role-{uuid4().hex[:8]}"


def test_who_is_in_through_another_group_is_in(domain, door):
    person, outer = names()
    dn = domain.add_person(person)
    inner = domain.add_group(f"{outer}-inner", [dn])
    domain.add_group(outer, [inner])
    subject = door.resolve(person)
    assert door.observe(subject, [outer]).presence[outer] == "present"
    # The direct link is not there: taking it away changes nothing, and the look still says that the door is open.
    assert door.apply(Change(subject, outer, "absent", "k"), fence=1) == "noop"
    assert door.observe(subject, [outer]).presence[outer] == "present"
    domain.change(inner, "MODIFY_DELETE", member=[dn])
    assert door.observe(subject, [outer]).presence[outer] == "absent"


@pytest.mark.parametrize("size", [5, 6, 12, 1000])
def test_all_members_are_read_range_by_range(domain, size):
    _, target = names()
    people = [domain.add_person(f"{target[5:]}-{n}") for n in range(12)]
    domain.add_group(target, people)
    door = ad(f"ldap://{domain.address}:{domain.port}", range_size=size)
    assert door.members(target) == {domain.id_of(each) for each in people}
    door.close()


def test_the_last_member_may_go(domain, door):
    person, target = names()
    domain.add_group(target, [domain.add_person(person)])
    assert door.apply(Change(door.resolve(person), target, "absent", "k"), fence=1) == "applied"
    assert domain.members_of(target) == []


def test_a_group_that_shows_nobody_proves_no_absence_until_it_has_shown_somebody(domain, door):
    person, target = names()
    dn, group = domain.add_person(person), domain.add_group(target, [])
    subject = door.resolve(person)
    assert door.observe(subject, [target]).unproven == {target: "sink.uncalibrated"}
    domain.change(group, "MODIFY_ADD", member=[dn])
    assert door.observe(subject, [target]).presence == {target: "present"}
    door.apply(Change(subject, target, "absent", "k"), fence=1)
    look = door.observe(subject, [target])
    assert (look.presence, look.unproven) == ({target: "absent"}, {})


def test_members_are_all_whom_a_look_counts_also_through_other_groups(domain, door):
    person, outer = names()
    dn = domain.add_person(person)
    ring = domain.add_group(f"{outer}-c", [dn])
    middle = domain.add_group(f"{outer}-b", [ring])
    domain.change(ring, "MODIFY_ADD", member=[middle])
    domain.add_group(outer, [middle])
    assert door.resolve(person) in door.members(outer)
    assert door.observe(door.resolve(person), [outer]).presence == {outer: "present"}


def test_a_group_that_changes_between_two_ranges_is_no_answer(domain):
    """Whoever slides from the second range to the first would not be seen."""
    _, target = names()
    people = [domain.add_person(f"{target[5:]}-{n}") for n in range(6)]
    group = domain.add_group(target, people)
    door = ad(f"ldap://{domain.address}:{domain.port}", range_size=3)
    listed = iter(door._tree.listed(group))
    first = next(listed)
    domain.change(group, "MODIFY_DELETE", member=[first])
    with pytest.raises(UnavailableError) as odd:
        list(listed)
    assert odd.value.code == "peer.bad-answer"
    assert len(door.members(target)) == 5, "looked at again, it is whole"
    door.close()
