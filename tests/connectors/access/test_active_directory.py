"""What only Active Directory does, over a real Samba domain controller."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from connectors.access.ldap import Ldap
from connectors.port import Change
from schemas.errors import RejectedError, UnavailableError
from tests.contract import samba_dc
from tests.contract.test_doors import ad
from tests.faults.ldap_proxy import LdapProxy

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


def refusal(door: Ldap, subject: str, target: str) -> tuple[str, str]:
    """Why a closing is refused: the code, and the way in which somebody is in."""
    with pytest.raises(RejectedError) as refused:
        door.apply(Change(subject, target, "absent", "k"), fence=1)
    return refused.value.code, str(refused.value.message).rpartition("in it ")[2].partition(",")[0]


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
    assert refusal(door, subject, outer) == ("sink.indirect", "through a group inside it")
    assert door.observe(subject, [outer]).presence[outer] == "present"
    domain.change(inner, "MODIFY_DELETE", member=[dn])
    assert door.observe(subject, [outer]).presence[outer] == "absent"


def test_whose_primary_group_it_is_is_in_until_the_account_has_another(domain, door):
    """No ``member`` shows them: neither of the group, nor of one that it stands in."""
    person, target = names()
    dn, other = domain.add_person(person), domain.add_person(f"{person}-b")
    group = domain.add_group(target, [dn, other])
    outer = domain.add_group(f"{target}-outer", [group, other])
    domain.change(dn, "MODIFY_REPLACE", primaryGroupID=[str(domain.number_of(group))])
    assert domain.members_of(target) == [other.replace("cn=", "CN=").replace("dc=", "DC=")]
    subject, targets = door.resolve(person), [target, f"{target}-outer"]
    for each in targets:
        assert door.observe(subject, [each]).presence == {each: "present"}
        assert door.members(each) >= {subject, domain.id_of(other)}
        assert refusal(door, subject, each) == ("sink.indirect", "by the primary group of the account")
        assert door.apply(Change(subject, target, "present", "k"), fence=1) == "noop"
    domain.change(dn, "MODIFY_REPLACE", primaryGroupID=["513"])  # the one left is a plain member then
    assert door.observe(subject, targets).presence == dict.fromkeys(targets, "present")
    assert door.apply(Change(subject, target, "absent", "k"), fence=1) == "applied"
    look = door.observe(subject, targets)
    assert (look.presence, look.unproven) == (dict.fromkeys(targets, "absent"), {})
    assert subject not in door.members(target)
    domain.change(outer, "MODIFY_ADD", member=[f"cn=Domain Users,cn=Users,{samba_dc.SUFFIX}"])
    assert door.observe(subject, targets).presence == {target: "absent", f"{target}-outer": "present"}
    assert subject in door.members(f"{target}-outer")


@pytest.mark.parametrize("principal", ["S-1-5-11", "S-1-5-4"], ids=["authenticated users", "interactive"])
def test_everybody_is_in_a_group_that_holds_whoever_has_signed_in(domain, door, principal):
    """Windows says so in each token, the directory in no entry."""
    person, target = names()
    domain.add_person(person)
    group = domain.add_group(target, [domain.add_person(f"{person}-b")], local=True)
    domain.add_group(f"{target}-outer", [group, domain.add_person(f"{person}-c")], local=True)
    subject, targets = door.resolve(person), [target, f"{target}-outer"]
    assert door.observe(subject, targets).presence == dict.fromkeys(targets, "absent")
    everybody = [f"CN={principal},CN=ForeignSecurityPrincipals,{samba_dc.SUFFIX}"]
    domain.change(group, "MODIFY_ADD", member=everybody)
    assert door.observe(subject, targets).presence == dict.fromkeys(targets, "present")
    for each in targets:
        assert refusal(door, subject, each) == ("sink.indirect", "as everybody is")
    domain.change(group, "MODIFY_DELETE", member=everybody)
    look = door.observe(subject, targets)
    assert (look.presence, look.unproven) == (dict.fromkeys(targets, "absent"), {})


def test_an_absence_is_not_proven_while_the_primary_group_of_the_account_is_hidden(domain):
    """A group cannot be asked for it: only the account says it."""
    person, target = names()
    domain.add_person(person)
    domain.add_group(target, [domain.add_person(f"{person}-b")])
    with LdapProxy(domain.port, domain.address) as proxy:
        door = ad(proxy.url)
        subject = door.resolve(person)
        assert door.observe(subject, [target]).unproven == {}
        proxy.hides = b"primaryGroupID"
        look = door.observe(subject, [target])
        assert (look.presence, look.unproven) == ({target: "absent"}, {target: "sink.uncalibrated"})
        door.close()


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
