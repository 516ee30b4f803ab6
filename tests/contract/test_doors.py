"""What every door promises, over a real server and a proxy that fails on demand."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.access.hikvision import Hikvision
from connectors.access.hikvision import Settings as HikvisionSettings
from connectors.access.ldap import Ldap
from connectors.access.ldap import Settings as LdapSettings
from connectors.access.scim import Scim, Settings
from connectors.access.shared_signals import Settings as SignalSettings
from connectors.access.shared_signals import Transmitter
from connectors.access.webhook import Webhook
from connectors.generic.rest_door import RestDoor
from connectors.generic.rest_door import Settings as RestSettings
from connectors.port import Change, Door, Leasing, PeerState, Request
from connectors.simulators.hikvision import Device
from connectors.simulators.hikvision import serving as at_terminal
from connectors.webhook import WebhookSettings
from mappings import load
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from tests.contract import samba_dc, slapd
from tests.contract.scim_server import TOKEN, ScimServer, running
from tests.contract.signal_receiver import AUDIENCE, ISSUER
from tests.contract.signal_receiver import TOKEN as BEARER
from tests.contract.signal_receiver import receiving as receiving_signals
from tests.contract.webhook_receiver import receiving
from tests.faults import odd_iam
from tests.faults.ldap_proxy import LdapProxy
from tests.faults.proxy import Fault, Proxy
from tests.ports import free_port

SIGNING_KEY = (
    rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VENDORS = Path("tests/mappings/vendors")
UNREADABLE = "it cannot be read back: what it takes is accepted at most"


@dataclass
class Case:
    """One door to one real system with a person and a target in it; ``members`` asks the system itself."""

    door: Door
    proxy: Proxy | LdapProxy
    members: Callable[[], list[str]]
    person: str
    target: str
    wait: Callable[[float], None] = lambda _seconds: None
    """Lets time go by at both sides."""
    blind: Callable[[], AbstractContextManager[None]] = nullcontext
    """Meanwhile a search for people finds nobody, as by a right that was lost."""

    def change(self, wanted: str, key: str = "k1") -> Change:
        return Change(self.door.resolve(self.person), self.target, wanted, key)  # type: ignore[arg-type]

    def seen(self) -> str:
        """What a look shows; at a door that cannot be read back, what is true at the other side."""
        if not self.is_readable:
            return "present" if self.person in self.members() else "absent"
        return self.door.observe(self.door.resolve(self.person), [self.target]).presence[self.target]

    def sent(self, key: str) -> int:
        """How many changes with a key were sent; of all where the wire has no place for a key."""
        return self.proxy.changes[key] if isinstance(self.proxy, Proxy) else self.proxy.changes

    @property
    def is_readable(self) -> bool:
        return self.door.capabilities().read_back != "none"

    @property
    def is_http(self) -> bool:
        return isinstance(self.proxy, Proxy)


@pytest.fixture(scope="module")
def server() -> Iterator[ScimServer]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slapd.Slapd]:
    if why := slapd.missing():
        pytest.skip(why)
    with slapd.running(tmp_path_factory.mktemp("slapd")) as started:
        yield started


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[samba_dc.DomainController]:
    if why := samba_dc.missing():
        pytest.skip(why)
    with samba_dc.running(tmp_path_factory.mktemp("dc")) as started:
        yield started


def scim(url: str, **settings: object) -> Scim:
    known = {"deadline_seconds": 0.5, "read_deadline_seconds": 0.5, "allow_private_address": True, "token": TOKEN}
    return Scim("iam", Settings.model_validate({"base_url": f"{url}/v2", **known, **settings}))


@pytest.fixture(
    params=[
        "group",
        "filter",
        "openldap",
        "active-directory",
        "hikvision",
        "leased",
        "rest",
        "rest-look",
        "signals",
        "webhook",
    ],
    ids=[
        "scim, read back by group",
        "scim, read back by filter",
        "openldap",
        "active directory",
        "hikvision",
        "hikvision, by leases",
        "rest, by a document",
        "rest, by a document, one account at a time",
        "shared signals",
        "webhook",
    ],
)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    person, target = f"HR-{uuid4().hex[:8]}", f"role-{uuid4().hex[:8]}"
    if request.param == "openldap":
        yield from _ldap_case(request.getfixturevalue("directory"), person, target)
    elif request.param == "active-directory":
        yield from _ad_case(request.getfixturevalue("domain"), person, target)
    elif request.param in ("hikvision", "leased"):
        yield from _hikvision_case(person, target, {"lease_hours": 72} if request.param == "leased" else {})
    elif request.param.startswith("rest"):
        yield from _rest_case(person, odd_iam.LOOK if request.param == "rest-look" else {})
    elif request.param == "signals":
        yield from _signals_case(person, target)
    elif request.param == "webhook":
        yield from _webhook_case(person, target)
    else:
        yield from _scim_case(request.getfixturevalue("server"), person, target, request.param)


def _scim_case(server: ScimServer, person: str, target: str, read_back: str) -> Iterator[Case]:
    server.add_user(userName=person.lower(), externalId=person)
    server.add_group(target, (server.add_user(userName=uuid4().hex, externalId=uuid4().hex),))
    with Proxy("127.0.0.1", server.port) as proxy:
        door = scim(proxy.url, read_back=read_back)
        hidden = lambda: hiding(proxy)  # noqa: E731
        yield Case(door, proxy, lambda: server.members_of(target), person, target, blind=hidden)
        door.close()


@contextmanager
def hiding(proxy: Proxy) -> Iterator[None]:
    """Meanwhile a SCIM server shows no account."""
    schema, empty = "urn:ietf:params:scim:api:messages:2.0:", {"totalResults": 0, "Resources": []}
    none = json.dumps({"schemas": [f"{schema}ListResponse"], **empty}).encode()
    gone = json.dumps({"schemas": [f"{schema}Error"], "status": "404"}).encode()

    def said(target: str) -> bytes | None:
        if "/Users" not in target:
            return None
        status, body = (b"404 Not Found", gone) if "/Users/" in target else (b"200 OK", none)
        head = b"HTTP/1.1 %s\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n"
        return head % (status, len(body)) + body

    proxy.instead = said
    try:
        yield
    finally:
        proxy.instead = lambda _target: None


@contextmanager
def finding_nobody(device: Device) -> Iterator[None]:
    """Meanwhile a search by number finds nobody at a terminal."""
    device.finds_nobody = True
    yield
    device.finds_nobody = False


@contextmanager
def odd(iam: odd_iam.OddIam, how: str) -> Iterator[None]:
    """Meanwhile a system is odd in one way."""
    before, iam.odd = iam.odd, how
    yield
    iam.odd = before


def _ldap_case(directory: slapd.Slapd, person: str, target: str) -> Iterator[Case]:
    directory.add_person(person)
    directory.add_group(target, [directory.add_person(uuid4().hex)])
    with LdapProxy(directory.port) as proxy:
        door = ldap(proxy.url, bind_dn=slapd.SERVICE)
        members = lambda: [directory.id_of(n) for n in directory.members_of(target)]  # noqa: E731
        yield Case(door, proxy, members, person, target, blind=directory.unreadable)
        door.close()


def _ad_case(domain: samba_dc.DomainController, person: str, target: str) -> Iterator[Case]:
    domain.add_person(person)
    domain.add_group(target, [domain.add_person(uuid4().hex)])
    with LdapProxy(domain.port, domain.address) as proxy:
        door = ad(proxy.url)
        members = lambda: [domain.id_of(each) for each in domain.members_of(target)]  # noqa: E731
        yield Case(door, proxy, members, person, target, blind=domain.unnumbered)
        door.close()


def _hikvision_case(person: str, target: str, more: dict[str, object]) -> Iterator[Case]:
    device, passed = Device(), [timedelta()]
    device.enrol(person, "张三")
    device.enrol(uuid4().hex[:8], "李四", "1,2")
    with at_terminal(device) as url, Proxy("127.0.0.1", int(url.rpartition(":")[2]), reads="/Search") as proxy:
        door = hikvision(proxy.url, {target: {"doors": [2]}}, lambda: datetime.now(UTC) + passed[0], **more)
        yield Case(
            door,
            proxy,
            lambda: [n for n in device.people if device.opens(n, 2, datetime.now(UTC) + passed[0])],
            person,
            target,
            lambda seconds: passed.__setitem__(0, passed[0] + timedelta(seconds=seconds)),
            lambda: finding_nobody(device),
        )
        door.close()


def hikvision(
    url: str, targets: dict[str, object], now: Callable[[], datetime] = lambda: datetime.now(UTC), **settings: object
) -> Hikvision:
    known = {"url": url, "user": "licet", "password": "secret-1", "targets": targets, "allow_private_address": True}
    short = {"deadline_seconds": 0.5, "read_deadline_seconds": 0.5}
    return Hikvision("terminal", HikvisionSettings.model_validate({**known, **short, **settings}), now)


def _rest_case(person: str, more: dict[str, object]) -> Iterator[Case]:
    iam = odd_iam.OddIam("as it says", {"room-a": "1001"})
    iam.add_account(person, "张三")
    iam.rooms["room-a"] = iam.rooms["room-a"][:1]
    with odd_iam.serving({"iam": iam}) as url, Proxy("127.0.0.1", int(url.rpartition(":")[2])) as proxy:
        door = rest(f"{proxy.url}/iam/api", **more)
        hidden = lambda: odd(iam, "find finds nobody")  # noqa: E731
        yield Case(door, proxy, lambda: iam.inside("room-a"), person, "room-a", blind=hidden)
        door.close()


def rest(url: str, **settings: object) -> RestDoor:
    known = {"base_url": url, "token": odd_iam.TOKEN, "canary": "HR-0", "allow_private_address": True}
    short = {"deadline_seconds": 0.5, "read_deadline_seconds": 0.5}
    known["targets"] = {**odd_iam.ROOMS, "role-nobody": "4711"}
    document = load("door/iam", VENDORS)
    return RestDoor(
        "iam", RestSettings.model_validate({**odd_iam.SHOP, **known, **short, **settings}), lambda: document
    )


def _signals_case(person: str, target: str) -> Iterator[Case]:
    with receiving_signals() as receiver, Proxy("127.0.0.1", receiver.port) as proxy:
        receiver.inside[target] = {uuid4().hex}
        door = signals(proxy.url)
        receiver.keys = lambda: published(door, "/ssf/jwks.json")
        yield Case(door, proxy, lambda: receiver.members_of(target), person, target)
        door.close()


def signals(url: str, **settings: object) -> Transmitter:
    known = {"issuer": ISSUER, "audience": AUDIENCE, "endpoint_url": url, "key": SIGNING_KEY, "authorization": BEARER}
    short = {"deadline_seconds": 0.5, "allow_private_address": True}
    return Transmitter("signals", SignalSettings.model_validate({**known, **short, **settings}))


def published(door: Transmitter, path: str) -> Any:
    """What a transmitter says of itself."""
    asked = Request("GET", path, {}, {}, b"", "", datetime.now(UTC))
    return json.loads(door.receive(asked, PeerState()).reply((), ()).body)


def _webhook_case(person: str, target: str) -> Iterator[Case]:
    with receiving(SECRET) as receiver, Proxy("127.0.0.1", receiver.port) as proxy:
        receiver.inside[target] = {uuid4().hex}
        door = webhook(proxy.url)
        yield Case(door, proxy, lambda: receiver.members_of(target), person, target)
        door.close()


def webhook(url: str, **settings: object) -> Webhook:
    known = {"url": url, "secret": SECRET, "allow_private_address": True, "deadline_seconds": 0.3}
    return Webhook("hook", WebhookSettings.model_validate({**known, **settings}))


def ad(url: str, **settings: object) -> Ldap:
    known = {"bind_dn": samba_dc.ADMIN, "password": samba_dc.PASSWORD, "kind": "active-directory"}
    known |= {"people_base": f"cn=Users,{samba_dc.SUFFIX}", "groups_base": f"cn=Users,{samba_dc.SUFFIX}"}
    return ldap(url, **{**known, "person_attribute": "employeeID", **settings})


def ldap(url: str, **settings: object) -> Ldap:
    known = {"url": url, "bind_dn": slapd.ADMIN, "password": slapd.PASSWORD}
    known |= {"people_base": f"ou=people,{slapd.SUFFIX}", "groups_base": f"ou=groups,{slapd.SUFFIX}"}
    short = {"deadline_seconds": 0.5, "read_deadline_seconds": 0.5}
    return Ldap("directory", LdapSettings.model_validate({**known, **short, **settings}))


class TestEveryDoor:
    def test_it_answers_a_probe(self, case: Case) -> None:
        case.door.probe()

    def test_access_is_closed_until_granted_and_open_afterwards(self, case: Case) -> None:
        assert case.seen() == "absent"
        assert case.door.apply(case.change("present"), fence=1) == "applied"
        assert case.seen() == "present"
        assert case.door.resolve(case.person) in case.members()

    def test_a_revocation_takes_this_person_and_nobody_else(self, case: Case) -> None:
        [other] = case.members()
        case.door.apply(case.change("present"), fence=1)
        case.door.apply(case.change("absent", "k2"), fence=2)
        assert case.seen() == "absent"
        assert case.members() == [other]

    def test_the_same_change_twice_is_one_change(self, case: Case) -> None:
        for wanted, count in (("present", 2), ("absent", 1)):
            for _ in range(2):
                case.door.apply(case.change(wanted, f"k1/{wanted}"), fence=1)
            assert len(case.members()) == count

    def test_a_door_that_cannot_be_read_back_says_so_and_shows_nothing(self, case: Case) -> None:
        if case.is_readable:
            pytest.skip("it can be read back")
        for ask in (lambda: case.door.observe(case.person, [case.target]), lambda: case.door.members(case.target)):
            with pytest.raises(RejectedError) as refused:
                ask()
            assert refused.value.code == "sink.no-read-back"

    def test_what_it_ends_by_itself_it_says_in_time_and_opens_anew(self, case: Case) -> None:
        lease, me = case.door.capabilities().lease_s, case.door.resolve(case.person)
        if not case.is_readable:
            assert not lease, "nobody could see that it ends"
            return
        case.door.apply(case.change("present"), fence=1)
        assert not case.door.observe(me, [case.target]).ending, "it was opened just now"
        if not lease:
            assert not isinstance(case.door, Leasing) or not case.door.leased(case.target).ending
            return
        assert isinstance(case.door, Leasing) and me not in case.door.leased(case.target).ending
        for share, is_open in ((0.6, True), (3.0, False)):
            case.wait(lease * share)
            assert (case.person in case.members(), case.seen() == "present") == (is_open, is_open)
            assert case.door.observe(me, [case.target]).ending == {case.target}
            assert me in case.door.leased(case.target).ending
            case.door.apply(case.change("present", f"k{share}"), fence=2)
            assert case.seen() == "present" and case.person in case.members()
            assert not case.door.observe(me, [case.target]).ending

    def test_members_are_who_the_system_says(self, case: Case) -> None:
        if not case.is_readable:
            pytest.skip(UNREADABLE)
        case.door.apply(case.change("present"), fence=1)
        assert case.door.members(case.target) == frozenset(case.members())

    def test_every_change_carries_its_key(self, case: Case) -> None:
        if not case.is_http:
            pytest.skip("LDAP has no place for a key: the state itself makes a repeat harmless")
        case.door.apply(case.change("present", "epoch-7"), fence=7)
        assert case.proxy.changes == {"epoch-7": 1}

    def test_an_observation_brings_evidence(self, case: Case) -> None:
        if not case.is_readable:
            pytest.skip(UNREADABLE)
        evidence = case.door.observe(case.door.resolve(case.person), [case.target]).evidence
        for name in ("request_sha256", "answer_sha256"):
            assert len(evidence[case.target][name]) == 64

    def test_an_unknown_person_is_refused_not_guessed(self, case: Case) -> None:
        if not case.is_readable:
            pytest.skip("it knows people by our own identifiers")
        with pytest.raises(RejectedError) as refused:
            case.door.resolve(case.person + "0")
        assert refused.value.code == "sink.no-person"

    def test_finding_nobody_counts_only_while_the_same_search_finds_somebody(self, case: Case) -> None:
        if not case.is_readable:
            pytest.skip(UNREADABLE)
        case.door.apply(case.change("present"), fence=1)
        me, door = case.door.resolve(case.person), case.door
        with case.blind():
            with pytest.raises(RejectedError) as refused:
                door.resolve(case.person + "0")
            assert refused.value.code == "sink.uncalibrated"
            try:
                look = door.observe(me, [case.target])
            except UnavailableError:  # it says to resolve anew
                with pytest.raises(RejectedError) as refused:
                    door.resolve(case.person)
                assert refused.value.code == "sink.uncalibrated"
            else:
                assert not look.gone
                assert look.presence[case.target] == "present" or look.unproven
        assert case.seen() == "present"
        with pytest.raises(RejectedError) as refused:
            door.resolve(case.person + "0")
        assert refused.value.code == "sink.no-person"

    def test_an_id_that_leads_nowhere_is_gone_only_while_ids_are_found(self, case: Case) -> None:
        if not case.is_readable:
            pytest.skip(UNREADABLE)
        nobody = str(uuid4())
        with case.blind(), suppress(RejectedError):
            unseen = case.door.observe(nobody, [case.target])
            assert not unseen.gone and unseen.unproven
        look = case.door.observe(nobody, [case.target])
        assert look.presence == {case.target: "absent"} and not look.unproven

    def test_an_unknown_target_is_refused(self, case: Case) -> None:
        if not case.is_readable:
            pytest.skip("nobody can tell which targets it has")
        subject = case.door.resolve(case.person)
        for ask in (
            lambda: case.door.observe(subject, ["role-nobody"]),
            lambda: case.door.members("role-nobody"),
            lambda: case.door.apply(Change(subject, "role-nobody", "absent", "k"), fence=1),
        ):
            with pytest.raises(RejectedError) as refused:
                ask()
            assert refused.value.code == "sink.no-target"

    @pytest.mark.parametrize("fault", ["lose", "cut", "500"])
    def test_an_answer_lost_after_the_change_is_unknown_and_the_change_is_then_seen(
        self, case: Case, fault: Fault
    ) -> None:
        case.door.apply(case.change("present"), fence=1)
        sent = case.sent("k2")
        case.proxy.fail(fault)
        with pytest.raises(UnknownOutcomeError):
            case.door.apply(case.change("absent", "k2"), fence=2)
        assert case.seen() == "absent"
        assert case.sent("k2") == sent + 1

    @pytest.mark.parametrize("fault", ["hold", "drip"])
    def test_a_slow_answer_to_a_change_is_stopped_at_the_deadline(self, case: Case, fault: Fault) -> None:
        change = case.change("present")
        case.proxy.fail(fault)
        began = time.monotonic()
        with pytest.raises(UnknownOutcomeError):
            case.door.apply(change, fence=1)
        assert time.monotonic() - began < 1.5
        assert case.seen() == "present"

    def test_a_change_cut_off_before_the_system_is_unknown_and_nothing_is_seen(self, case: Case) -> None:
        change = case.change("present")
        case.proxy.fail("away", "reset")
        for _ in range(2):
            with pytest.raises(UnknownOutcomeError):
                case.door.apply(change, fence=1)
        assert case.seen() == "absent"

    @pytest.mark.parametrize("fault", ["away", "reset", "cut", "500", "hold", "drip"])
    def test_a_read_that_fails_may_be_tried_again(self, case: Case, fault: Fault) -> None:
        if not case.is_readable:
            pytest.skip(UNREADABLE)
        subject = case.door.resolve(case.person)
        case.door.observe(subject, [case.target])
        case.proxy.fail(fault, on="read")
        with pytest.raises(UnavailableError):
            case.door.observe(subject, [case.target])
        assert case.seen() == "absent"

    def test_a_system_that_asks_to_slow_down_says_for_how_long(self, case: Case) -> None:
        change = case.change("present")
        case.proxy.fail("429", "503")
        with pytest.raises(UnavailableError) as throttled:
            case.door.apply(change, fence=1)
        assert throttled.value.retry_after == (7 if case.is_http else None)
        with pytest.raises(UnavailableError):
            case.door.apply(change, fence=1)
        assert not case.proxy.changes, "nothing was sent on"

    def test_refused_credentials_are_for_a_person_to_mend(self, case: Case) -> None:
        change = case.change("present")
        case.proxy.fail("401")
        with pytest.raises(RejectedError) as refused:
            case.door.apply(change, fence=1)
        assert refused.value.code == "peer.auth"

    def test_no_redirect_is_followed(self, case: Case) -> None:
        change = case.change("present")
        case.proxy.fail("302")
        with pytest.raises(RejectedError):
            case.door.apply(change, fence=1)


def test_a_system_that_is_away_can_be_tried_later() -> None:
    door = scim(f"http://127.0.0.1:{free_port()}")
    for ask in (door.probe, lambda: door.resolve("HR-1")):
        with pytest.raises(UnavailableError) as away:
            ask()
        assert away.value.code == "peer.unreachable"
