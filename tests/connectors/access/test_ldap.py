"""What only directories do, over a real slapd; tests/contract asks what every door must do."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.access.ldap import Ldap
from connectors.ldap import LdapClient
from connectors.port import Change
from schemas.errors import ConfigError, RejectedError, UnavailableError
from tests.contract import slapd
from tests.contract.test_doors import ldap
from tests.faults.ldap_proxy import LdapProxy
from tests.ports import free_port

pytestmark = pytest.mark.skipif(bool(slapd.missing()), reason=slapd.missing() or "slapd is here")


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate of its own authority for a host, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    files = folder / f"{host}.crt", folder / f"{host}.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, files: tuple[Path, Path]) -> Iterator[slapd.Slapd]:
    with slapd.running(tmp_path_factory.mktemp("slapd"), files) as started:
        yield started


@pytest.fixture
def door(directory: slapd.Slapd) -> Iterator[Ldap]:
    made = ldap(f"ldap://127.0.0.1:{directory.port}", placeholder=slapd.NOBODY)
    yield made
    made.close()


def names() -> tuple[str, str]:
    return f"HR-{uuid4().hex[:8]}", f"role-{uuid4().hex[:8]}"


def seen(door: Ldap, person: str, target: str) -> str:
    return door.observe(door.resolve(person), [target]).presence[target]


def test_who_is_renamed_is_still_the_same(directory, door):
    person, target = names()
    dn = directory.add_person(person)
    directory.add_group(target, [slapd.NOBODY])
    subject = door.resolve(person)
    door.apply(Change(subject, target, "present", "k"), fence=1)
    directory.rename(dn, f"uid=renamed-{person.lower()}")
    assert door.observe(subject, [target]).presence[target] == "present"
    door.apply(Change(subject, target, "absent", "k"), fence=2)
    assert directory.members_of(target) == [slapd.NOBODY]


def test_the_last_member_goes_and_a_placeholder_stays(directory, door):
    person, target = names()
    directory.add_group(target, [directory.add_person(person)])
    change = Change(door.resolve(person), target, "absent", "k")
    assert door.apply(change, fence=1) == "applied"
    assert directory.members_of(target) == [slapd.NOBODY]
    assert door.members(target) == frozenset()
    with_none = ldap(f"ldap://127.0.0.1:{directory.port}")
    other, second = names()
    directory.add_group(second, [directory.add_person(other)])
    with pytest.raises(RejectedError, match="placeholder"):
        with_none.apply(Change(with_none.resolve(other), second, "absent", "k"), fence=1)
    with_none.close()


def test_the_evidence_of_a_closing_says_how_long_old_tickets_live(directory):
    """A directory ends no ticket: the service one, ten hours by Kerberos' default, lets in until it is over."""
    (person, shut), opened = names(), f"role-{uuid4().hex[:8]}"
    dn = directory.add_person(person)
    for group, members in ((shut, [slapd.NOBODY, dn]), (opened, [slapd.NOBODY, dn])):
        directory.add_group(group, members)
    for lifetime, says in ((36_000, "36000"), (None, None)):
        door = ldap(f"ldap://127.0.0.1:{directory.port}", token_lifetime_seconds=lifetime)
        subject = door.resolve(person)
        door.apply(Change(subject, shut, "absent", "k"), fence=1)
        evidence = door.observe(subject, [shut, opened]).evidence
        assert evidence[shut].get("old_tokens_live_s") == says
        assert "old_tokens_live_s" not in evidence[opened], "nothing was taken there"
        door.close()
    door = ldap(f"ldap://127.0.0.1:{directory.port}", token_lifetime_seconds=36_000)
    directory.delete(dn)
    gone = door.observe(subject, [shut])
    assert gone.gone and gone.evidence[shut]["old_tokens_live_s"] == "36000", "of a deleted account, too"
    door.close()


def test_an_account_that_is_made_anew_is_not_the_one_that_was_resolved(directory, door):
    person, target = names()
    dn = directory.add_person(person)
    directory.add_group(target, [slapd.NOBODY])
    subject = door.resolve(person)
    directory.delete(dn)
    directory.add_person(person)
    seen = door.observe(subject, [target])
    assert seen.gone and seen.presence == {target: "absent"}, "nobody can bind as it"
    with pytest.raises(UnavailableError) as stale:
        door.apply(Change(subject, target, "present", "k"), fence=1)
    assert stale.value.code == "sink.no-person"
    assert door.resolve(person) != subject


def test_two_people_with_one_number_are_never_guessed(directory, door):
    person, _ = names()
    directory.add(f"ou=sub-{person},ou=people,{slapd.SUFFIX}", ["organizationalUnit"])
    directory.add_person(person)
    directory.add(
        f"uid=x,ou=sub-{person},ou=people,{slapd.SUFFIX}", ["inetOrgPerson"], cn="x", sn="x", employeeNumber=person
    )
    with pytest.raises(RejectedError) as refused:
        door.resolve(person)
    assert refused.value.code == "sink.ambiguous"


@pytest.mark.parametrize("odd", ["*", "HR-1)(uid=*", "a\\b", "张三", "a\0b"])
def test_an_identifier_is_a_value_and_never_part_of_a_filter(directory, door, odd):
    directory.add_person(f"HR-{uuid4().hex[:8]}")
    with pytest.raises(RejectedError) as refused:
        door.resolve(odd)
    assert refused.value.code == "sink.no-person"


def test_a_member_that_leads_nowhere_is_still_listed(directory, door):
    person, target = names()
    gone = f"uid=gone,ou=people,{slapd.SUFFIX}"
    directory.add_group(target, [gone, directory.add_person(person)])
    assert door.members(target) == {f"dn:{gone}", door.resolve(person)}


def test_a_line_that_was_closed_meanwhile_is_replaced(directory):
    person, target = names()
    directory.add_person(person)
    directory.add_group(target, [slapd.NOBODY])
    with LdapProxy(directory.port) as proxy:
        door = ldap(proxy.url)
        for _ in range(3):
            assert seen(door, person, target) == "absent"
            proxy.hang_up()
        door.close()


def test_tls_is_verified(directory, files, tmp_path):
    person, target = names()
    directory.add_person(person)
    directory.add_group(target, [slapd.NOBODY])
    url = f"ldaps://localhost:{directory.secure_port}"
    trusting = ldap(url, ca_file=str(files[0]))
    assert seen(trusting, person, target) == "absent"
    assert seen(trusting, person, target) == "absent"
    trusting.close()
    other = certificate(tmp_path, "elsewhere")
    for refused in (
        ldap(url, ca_file=str(other[0])),
        ldap(url),
        ldap(url.replace("localhost", "127.0.0.1"), ca_file=str(files[0])),
    ):
        with pytest.raises(UnavailableError) as failed:
            refused.probe()
        assert failed.value.code == "peer.tls"
        refused.close()


def test_a_wrong_password_is_for_a_person_to_mend(directory):
    door = ldap(f"ldap://127.0.0.1:{directory.port}", password="wrong")
    with pytest.raises(RejectedError) as refused:
        door.probe()
    assert refused.value.code == "peer.auth"
    door.close()


@pytest.mark.parametrize("url", ["http://x", "ldap://", "ldaps://host/dc=x", "host:389"])
def test_an_address_of_another_form_is_refused(url):
    with pytest.raises(ConfigError, match="ldaps://HOST"):
        LdapClient("d", url, bind_dn="cn=x", password="x")


def test_a_directory_that_is_away_can_be_tried_later():
    door = ldap(f"ldap://127.0.0.1:{free_port()}")
    with pytest.raises(UnavailableError) as away:
        door.probe()
    assert away.value.code == "peer.unreachable"
    assert ssl.OPENSSL_VERSION


def test_who_was_moved_out_of_people_base_is_found_and_closed(directory, door):
    person, target = names()
    dn = directory.add_person(person)
    directory.add_group(target, [slapd.NOBODY, dn])
    subject = door.resolve(person)
    moved = directory.move(dn, "leavers")
    assert moved in directory.members_of(target)
    look = door.observe(subject, [target])
    assert look.presence == {target: "present"} and not look.gone
    with pytest.raises(RejectedError) as refused:
        door.resolve(person)
    assert refused.value.code == "sink.ambiguous" and door.matches(person) == {subject}, "to be closed, never opened"
    with pytest.raises(UnavailableError):
        door.apply(Change(subject, target, "present", "k"), fence=1)
    door.apply(Change(subject, target, "absent", "k"), fence=2)
    assert directory.members_of(target) == [slapd.NOBODY]
    look = door.observe(subject, [target])
    assert look.presence == {target: "absent"} and not look.unproven


def test_who_was_moved_out_of_sight_is_not_proven_to_be_out(directory):
    """The group still lists them, under a name that leads to nothing we may see."""
    person, target = names()
    dn = directory.add_person(person)
    directory.add_group(target, [slapd.NOBODY, dn, directory.add_person(uuid4().hex)])
    url = f"ldap://127.0.0.1:{directory.port}"
    door = ldap(url, bind_dn=slapd.SERVICE, placeholder=slapd.NOBODY)
    subject = door.resolve(person)
    moved = directory.move(dn, "leavers")
    look = door.observe(subject, [target])
    assert look.gone and look.unproven == {target: "sink.uncalibrated"}
    directory.change(f"cn={target},ou=groups,{slapd.SUFFIX}", "MODIFY_DELETE", member=[moved])
    assert not door.observe(subject, [target]).unproven, "whom the group lists now are all others"
    door.close()


@pytest.mark.parametrize("attribute", ["employeeID", "carLicense"])
def test_a_person_attribute_that_nobody_shows_proves_nothing(directory, attribute):
    directory.add_person("HR-1" + uuid4().hex[:6])
    door = ldap(f"ldap://127.0.0.1:{directory.port}", person_attribute=attribute)
    with pytest.raises(RejectedError) as refused:
        door.resolve("HR-1")
    assert refused.value.code == "sink.uncalibrated"
    door.close()


def test_a_member_attribute_that_shows_nobody_proves_no_absence(directory):
    """A ``groupOfUniqueNames`` asked for ``member`` compares as one that has none."""
    person, target = names()
    dn, url = directory.add_person(person), f"ldap://127.0.0.1:{directory.port}"
    directory.add(f"cn={target},ou=groups,{slapd.SUFFIX}", ["groupOfUniqueNames"], uniqueMember=[dn])
    door, right = ldap(url), ldap(url, member_attribute="uniqueMember")
    look = door.observe(door.resolve(person), [target])
    assert (look.presence, look.unproven) == ({target: "absent"}, {target: "sink.uncalibrated"})
    assert right.observe(right.resolve(person), [target]).presence == {target: "present"}
    for each in (door, right):
        each.close()


def test_a_list_of_people_that_the_directory_cuts_is_no_answer(directory, door):
    """More entries with one number than may be looked at: some of them would stay open."""
    person, _ = names()
    directory.add(f"ou=sub-{person},ou=people,{slapd.SUFFIX}", ["organizationalUnit"])
    for n in range(51):
        dn = f"uid=x{n},ou=sub-{person},ou=people,{slapd.SUFFIX}"
        directory.add(dn, ["inetOrgPerson"], cn="x", sn="x", employeeNumber=person)
    with pytest.raises(UnavailableError) as odd:
        door.matches(person)
    assert odd.value.code == "peer.bad-answer"
