"""The hub takes what two people signed for it, sealed to it, newer than all before and tried; else nothing changes."""

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OKPKey

from connectors import general_jose
from connectors.algorithms import public_jwk, public_pem
from connectors.keys import EVER, Life, OwnKey, PeerKey
from hub.assembly import Assembly
from hub.keys.book import key_of
from hub.packages.desk import HubTrait, PackageDesk
from hub.packages.manifest import Manifest, draft
from hub.packages.seals import SEALED, SIGNED, approved, sealed, signed
from hub.packages.watch import PackageWatch
from hub.store.commit import Tx
from hub.store.tables import log
from hub.store.tables.packages import PackageRow, insert_package
from schemas.errors import CODES, ConfigError, LicetError, TrustError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, ZONE, opened
from tests.site import PATIENCE_SECONDS, until

NAME = "credential/authority_push"
DAY = timedelta(days=1)
SHIPPED = Path("mappings") / NAME


def key(n: int) -> OwnKey:
    private = Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)
    return OwnKey(str(public_jwk(private.public_key(), "ed25519")["kid"]), "ed25519", private)


AUTHOR, APPROVER, SECOND, STRANGER = key(1), key(2), key(3), key(4)


def documents(note: str = "", version: int = 1) -> dict[str, bytes]:
    """The shipped document of authorities with its golden cases, changed a little."""
    text = json.loads(SHIPPED.with_suffix(".json").read_text("utf-8"))
    files = {f"{NAME}.json": json.dumps({**text, "note": note, "version": version}).encode()}
    cases = sorted(SHIPPED.with_suffix(".cases").glob("*.json"))
    return {**files, **{f"{NAME}.cases/{each.name}": each.read_bytes() for each in cases}}


def manifest(**other: Any) -> Manifest:
    given: dict[str, Any] = {"kind": "mappings", "name": "vendor", "version": 1, "prev": "", "audience": ["licet"]}
    given |= {"times": (NOW, NOW + 30 * DAY), "files": documents(), **other}
    return draft(**given)


class Hub:
    """A hub with a key of its own and three people whose signatures it trusts."""

    def __init__(self, parts: Assembly, clock: HandClock) -> None:
        self.parts, self.clock = parts, clock
        self.own = parts.key_desk.new("ecdh-x25519", "wang", clock.now())
        for each, person, role in (
            (AUTHOR, "Zhao", "author"),
            (APPROVER, "Qian", "approver"),
            (SECOND, "Zhao", "approver"),
        ):
            text = public_pem(each.private.public_key()).decode()
            parts.key_desk.trust(text, person, role, ["A", "B"], clock.now(), alone=False)
        self.desk = PackageDesk(
            parts.database,
            parts.writer,
            parts.operators,
            parts.key_list,
            parts.own_keys,
            parts.stored_packages,
            HubTrait("licet", ZONE, frozenset(), parts.folder.renewals, "", alone=False),
        )

    @property
    def to(self) -> PeerKey:
        return key_of(self.own)

    def seal(self, package: bytes) -> bytes:
        return sealed(package, [self.to])

    def package(self, signers: Sequence[OwnKey] = (AUTHOR, APPROVER), **other: Any) -> bytes:
        return self.seal(general_jose.sign(manifest(**other).payload, SIGNED, signers))

    def take(self, text: bytes) -> Any:
        return self.desk.deploy(text, "wang", self.clock.now())

    def refusal(self, text: bytes) -> str:
        with pytest.raises(LicetError) as error:
            self.take(text)
        assert self.parts.stored_packages.versions() == ()
        assert self.entries()[-1]["outcome"] == "refused" and self.entries()[-1]["code"] == error.value.code
        return error.value.code

    def entries(self, kind: str = "package") -> list[dict[str, Any]]:
        with self.parts.database.reading() as session:
            found = session.all(log.entries_after, {"seq": -1, "limit": 10_000})
        return [entry for row in found if (entry := orjson.loads(row.body))["kind"] == kind]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock) -> Iterator[Hub]:
    with opened(tmp_path / "hub", clock) as parts:
        yield Hub(parts, clock)


def test_what_two_people_signed_is_taken_and_its_entry_says_who_and_what(hub):
    row = hub.take(hub.package())
    [entry] = hub.entries()
    assert (entry["outcome"], entry["name"], entry["version"]) == ("taken", "vendor", "1")
    assert entry["digest"] == row.digest == manifest().digest
    assert entry["signers"] == [AUTHOR.kid, APPROVER.kid]
    document = hub.parts.stored_packages.documents({})[NAME]
    assert document.identity["version"] == "1+p1"


def test_what_is_signed_is_canonical_by_rfc_8785(hub):
    made = manifest()
    assert made.payload == rfc8785.dumps(json.loads(made.payload))


def changed(text: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """A sealed or signed package of which something was changed afterwards."""
    value = json.loads(text)
    change(value)
    return json.dumps(value).encode()


def outer(header: Mapping[str, Any], content: bytes, to: PeerKey, recipient: Mapping[str, Any] | None = None) -> bytes:
    """Content sealed otherwise than packages are."""
    names = ["ECDH-ES+A256KW", "A256GCM", "A128GCM", "A256CBC-HS512", "DEF"]
    registry = jwe.JWERegistry(algorithms=names, strict_check_header=False)
    made = jwe.GeneralJSONEncryption(dict(header), content)
    made.add_recipient({"alg": "ECDH-ES+A256KW", "kid": to.kid, **(recipient or {})}, to.jose)
    return json.dumps(jwe.encrypt_json(made, None, registry=registry)).encode()


HEADER = {"enc": "A256GCM", "typ": SEALED, "cty": "jose+json"}
OTHERS = PeerKey("other", "ecdh-x25519", OKPKey.generate_key("X25519").raw_value.public_key(), Life(EVER))  # type: ignore[union-attr,arg-type]


def signed_by(*keys: OwnKey, **other: Any) -> bytes:
    return general_jose.sign(manifest(**other).payload, SIGNED, keys)


def relabelled(hub: Hub) -> bytes:
    """Another key under a name that is trusted."""
    return hub.seal(signed_by(OwnKey(AUTHOR.kid, "ed25519", STRANGER.private), APPROVER))


def flipped(value: dict[str, Any], name: str) -> None:
    text = value[name]
    value[name] = ("B" if text[0] == "A" else "A") + text[1:]


def with_payload(hub: Hub, payload: bytes) -> bytes:
    return hub.seal(general_jose.sign(payload, SIGNED, [AUTHOR, APPROVER]))


def edited(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The canonical bytes of a manifest that was changed before it was signed."""
    value = json.loads(manifest().payload)
    change(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def other_file(value: dict[str, Any]) -> None:
    value["files"][f"{NAME}.json"]["data"] = urlsafe_b64encode(b'{"forms":{}}..').decode()


FAILING = documents()
FAILING[f"{NAME}.cases/batch.json"] = json.dumps(
    {**json.loads(FAILING[f"{NAME}.cases/batch.json"]), "outcomes": [{"ignored": "nothing"}]}
).encode()

ATTACKS: dict[str, tuple[str, Callable[[Hub], bytes]]] = {
    "not encrypted": ("package.envelope", lambda hub: signed_by(AUTHOR, APPROVER)),
    "no JSON": ("package.envelope", lambda hub: b"PK\x03\x04"),
    "compact": ("package.envelope", lambda hub: b"a.b.c.d.e"),
    "a member more": ("package.envelope", lambda hub: changed(hub.package(), lambda v: v.update(aad="AA"))),
    "an unprotected header": (
        "package.envelope",
        lambda hub: changed(hub.package(), lambda v: v.update(unprotected={})),
    ),
    "another enc": ("package.envelope", lambda hub: outer({**HEADER, "enc": "A128GCM"}, signed_by(AUTHOR), hub.to)),
    "zip": ("package.envelope", lambda hub: outer({**HEADER, "zip": "DEF"}, signed_by(AUTHOR), hub.to)),
    "another typ": ("package.envelope", lambda hub: outer({**HEADER, "typ": "JWT"}, signed_by(AUTHOR), hub.to)),
    "no recipient": ("package.envelope", lambda hub: changed(hub.package(), lambda v: v.update(recipients=[]))),
    "a recipient's algorithm": (
        "package.envelope",
        lambda hub: changed(hub.package(), lambda v: v["recipients"][0]["header"].update(alg="ECDH-ES")),
    ),
    "a recipient's header more": (
        "package.envelope",
        lambda hub: changed(hub.package(), lambda v: v["recipients"][0]["header"].update(apu="AA")),
    ),
    "for another hub's key": ("package.recipient", lambda hub: sealed(signed_by(AUTHOR, APPROVER), [OTHERS])),
    "changed ciphertext": (
        "package.tampered",
        lambda hub: changed(hub.package(), lambda v: flipped(v, "ciphertext")),
    ),
    "changed tag": ("package.tampered", lambda hub: changed(hub.package(), lambda v: flipped(v, "tag"))),
    "changed key": (
        "package.tampered",
        lambda hub: changed(hub.package(), lambda v: flipped(v["recipients"][0], "encrypted_key")),
    ),
    "unsigned inside": ("package.unsigned", lambda hub: hub.seal(manifest().payload)),
    "signatures taken away": (
        "package.unsigned",
        lambda hub: hub.seal(changed(signed_by(AUTHOR), lambda v: v.update(signatures=[]))),
    ),
    "an unprotected header inside": (
        "package.unsigned",
        lambda hub: hub.seal(changed(signed_by(AUTHOR, APPROVER), lambda v: v["signatures"][0].update(header={}))),
    ),
    "signed as something else": (
        "package.unsigned",
        lambda hub: hub.seal(general_jose.sign(manifest().payload, "JWT", [AUTHOR, APPROVER])),
    ),
    "only the author": ("package.signers", lambda hub: hub.package([AUTHOR])),
    "only who approves": ("package.signers", lambda hub: hub.package([APPROVER])),
    "the author twice": ("package.signers", lambda hub: hub.package([AUTHOR, AUTHOR])),
    "two keys of one person": ("package.signers", lambda hub: hub.package([AUTHOR, SECOND])),
    "a stranger beside two": ("package.signer", lambda hub: hub.package([AUTHOR, APPROVER, STRANGER])),
    "a stranger": ("package.signer", lambda hub: hub.package([STRANGER])),
    "another key under a known name": ("package.signature", relabelled),
    "another payload": (
        "package.signature",
        lambda hub: hub.seal(
            changed(
                signed_by(AUTHOR, APPROVER),
                lambda v: v.update(payload=json.loads(signed_by(AUTHOR, version=2))["payload"]),
            )
        ),
    ),
    "for another hub": ("package.audience", lambda hub: hub.package(audience=["hub-test"])),
    "expired": ("package.expired", lambda hub: hub.package(times=(NOW - 9 * DAY, NOW))),
    "from the future": ("package.expired", lambda hub: hub.package(times=(NOW + DAY, NOW + 9 * DAY))),
    "far ahead": ("package.jump", lambda hub: hub.package(version=1001)),
    "after something that was never taken": ("package.prev", lambda hub: hub.package(version=2, prev="0" * 64)),
    "a file that is another": ("package.digest", lambda hub: with_payload(hub, edited(other_file))),
    "no manifest": ("package.form", lambda hub: with_payload(hub, b"[]")),
    "a member nobody knows": ("package.form", lambda hub: with_payload(hub, edited(lambda v: v.update(run="x")))),
    "a path that leads out": (
        "package.form",
        lambda hub: with_payload(hub, edited(lambda v: v["files"].update({"../x.json": v["files"][f"{NAME}.json"]}))),
    ),
    "another spelling": (
        "package.form",
        lambda hub: with_payload(hub, manifest().payload.replace(b'"kind":', b'"kind": ')),
    ),
    "a member twice": (
        "package.form",
        lambda hub: with_payload(hub, manifest().payload.replace(b'"kind":', b'"kind":"rules","kind":')),
    ),
    "a version as text": ("package.form", lambda hub: with_payload(hub, edited(lambda v: v.update(version="1")))),
    "a case that fails": ("package.test", lambda hub: hub.package(files=FAILING)),
    "no case": ("package.test", lambda hub: hub.package(files={f"{NAME}.json": documents()[f"{NAME}.json"]})),
    "a document that lint refuses": ("package.test", lambda hub: hub.package(files={f"{NAME}.json": b'{"forms":{}}'})),
    "rules that cannot be read": (
        "package.test",
        lambda hub: hub.package(kind="rules", files={"positions/a.toml": b"id = ", "courses.toml": b""}),
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_attack_is_refused_by_its_code_and_leaves_an_entry_and_nothing_else(hub, attack):
    code, make = ATTACKS[attack]
    assert hub.refusal(make(hub)) == code
    assert code in CODES


def test_every_code_of_a_package_has_its_attack(hub):
    elsewhere = {"package.version", "package.conflict", "package.changed"}
    assert {name for name in CODES if name.startswith("package.")} == {
        code for code, _make in ATTACKS.values()
    } | elsewhere


@pytest.mark.parametrize("state", ["retire", "revoke"])
def test_a_signature_of_whom_is_trusted_no_more_counts_no_more(hub, state):
    if state == "retire":
        hub.parts.key_desk.retire(":packages", APPROVER.kid, hub.clock.now(), "wang")
    else:
        hub.parts.key_desk.revoke(":packages", APPROVER.kid, None, "lost", "wang", hub.clock.now())
    assert hub.refusal(hub.package()) == "package.signer"


def test_a_version_comes_after_the_last_and_no_older_one_comes_back(hub):
    first = hub.package()
    hub.take(first)
    second = hub.package(version=2, prev=manifest().digest, files=documents("second"))
    hub.take(second)
    for old in (first, second):
        with pytest.raises(TrustError) as error:
            hub.take(old)
        assert error.value.code == "package.version"
    with pytest.raises(TrustError) as error:  # something in between was left out
        hub.take(hub.package(version=3, prev=manifest().digest))
    assert error.value.code == "package.prev"
    assert [(each.name, each.version) for each in hub.parts.stored_packages.versions()] == [("vendor", 2)]


def test_another_package_brings_no_document_of_this_one(hub):
    hub.take(hub.package())
    with pytest.raises(TrustError) as error:
        hub.take(hub.package(name="other"))
    assert error.value.code == "package.conflict"


def test_of_two_that_bring_one_document_at_the_same_time_one_is_taken(hub):
    """The second was looked at before the first was taken."""
    begun, looked = threading.Event(), threading.Event()
    other, one = hub.package(name="other"), hub.package()

    def quicker(tx: Tx) -> None:
        begun.set()
        assert looked.wait(PATIENCE_SECONDS)
        row = PackageRow("other", 1, "mappings", made.digest, kids, 1, 1, other)
        tx.session.run(insert_package, row._asdict())
        about = {"name": "other", "version": "1", "digest": made.digest}
        tx.log(
            "package", outcome="taken", signers=json.loads(kids), actor={"type": "operator", "id": "1" * 32}, **about
        )

    made, kids = manifest(name="other"), json.dumps([AUTHOR.kid, APPROVER.kid])
    before = hub.parts.writer.submit(quicker)
    assert begun.wait(PATIENCE_SECONDS)
    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(hub.take, one)
        until(lambda: taking.done() or hub.parts.writer._queue._waiting.qsize() == 1, "it was looked at, and waits")
        looked.set()
        before.result(PATIENCE_SECONDS)
        with pytest.raises(TrustError) as error:
            taking.result(PATIENCE_SECONDS)
    assert error.value.code == "package.conflict"
    assert [each.name for each in hub.parts.stored_packages.versions()] == ["other"]


def test_rolling_back_is_a_new_version_with_the_old_content_and_new_signatures(hub):
    hub.take(hub.package())
    hub.take(hub.package(version=2, prev=manifest().digest, files=documents("second")))
    made = hub.desk.rollback("vendor", 1, hub.clock.now())
    assert (made.version, made.files) == (3, manifest().files)
    hub.take(hub.seal(approved(signed(made, AUTHOR), APPROVER)))
    assert hub.parts.stored_packages.documents({})[NAME].document.note == ""
    with pytest.raises(ConfigError, match="1"):
        hub.desk.rollback("vendor", 9, hub.clock.now())


def test_the_same_signed_package_is_sealed_for_the_next_hub_without_anybody_signing_again(hub, tmp_path, clock):
    content, found = hub.desk.look(hub.package(audience=["hub-test", "licet"]), clock.now())
    assert found.manifest.audience == ["hub-test", "licet"]
    with opened(tmp_path / "second", HandClock(NOW)) as parts:
        second = Hub(parts, clock)
        assert second.take(second.seal(content)).digest == found.manifest.digest


def test_sealing_anew_touches_no_signature_and_what_was_sealed_to_an_old_key_opens_still(hub, clock):
    row = hub.take(hub.package())
    hub.parts.key_desk.rotate(hub.own.kid, "wang", clock.now(), lead=timedelta(), overlap=timedelta())
    clock.advance(timedelta(seconds=1))
    assert hub.parts.stored_packages.documents({})[NAME]
    [fresh] = hub.desk.rekey("wang", clock.now())
    assert fresh.digest == row.digest and fresh.sealed != row.sealed
    [kept] = hub.parts.stored_packages.in_use()
    assert (kept.row.sealed, kept.manifest.digest) == (fresh.sealed, row.digest)
    with pytest.raises(TrustError) as error:
        hub.take(sealed(signed_by(AUTHOR, APPROVER, version=2, prev=row.digest), [hub.to]))
    assert error.value.code == "package.recipient"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM packages WHERE version = 2",
        "UPDATE packages SET digest = (SELECT digest FROM packages WHERE version = 1) WHERE version = 2",
        "UPDATE packages SET sealed = (SELECT sealed FROM packages WHERE version = 1) WHERE version = 2",
        "DELETE FROM packages",
    ],
    ids=["the last is gone", "another digest", "another content", "all are gone"],
)
def test_a_store_that_was_set_back_is_noticed(hub, change):
    hub.take(hub.package())
    hub.take(hub.package(version=2, prev=manifest().digest, files=documents("second")))

    def set_back(tx: Any) -> None:
        tx.session.control(change)

    hub.parts.writer.call(set_back)
    with pytest.raises(TrustError) as error:
        hub.parts.stored_packages.documents({})
    assert error.value.code == "package.changed"


def put(hub: Hub, package: bytes, signers: Sequence[OwnKey]) -> None:
    """Have the store and the log say that a package was taken, as whoever can write to both could."""
    made, kids = manifest(), [each.kid for each in signers]
    row = PackageRow("vendor", 1, "mappings", made.digest, json.dumps(kids), 1, 1, hub.seal(package))

    def unit(tx: Tx) -> None:
        tx.session.run(insert_package, row._asdict())
        about = {"name": "vendor", "version": "1", "digest": made.digest}
        tx.log("package", outcome="taken", signers=kids, actor={"type": "operator", "id": "1" * 32}, **about)

    hub.parts.writer.call(unit)


@pytest.mark.parametrize(
    ("by", "said", "code"),
    [
        ((STRANGER,), (STRANGER,), "package.signer"),
        ((STRANGER,), (AUTHOR, APPROVER), "package.signer"),
        ((OwnKey(AUTHOR.kid, "ed25519", STRANGER.private), APPROVER), (AUTHOR, APPROVER), "package.signature"),
        ((AUTHOR,), (AUTHOR, APPROVER), "package.changed"),
        ((AUTHOR, APPROVER), (AUTHOR, APPROVER), ""),
    ],
    ids=["a stranger", "a stranger in the name of two", "under a known name", "nobody approved it", "as it should be"],
)
def test_what_lies_in_the_store_is_believed_by_its_signatures(hub, by, said, code):
    put(hub, general_jose.sign(manifest().payload, SIGNED, by), said)
    if not code:
        assert hub.parts.stored_packages.documents({})[NAME]
        return
    with pytest.raises(TrustError) as error:
        hub.parts.stored_packages.documents({})
    assert error.value.code == code
    with pytest.raises(TrustError):
        hub.desk.rekey("wang", hub.clock.now())


@pytest.mark.parametrize("state", ["retire", "revoke"])
def test_what_was_taken_stays_in_use_whatever_becomes_of_the_keys_that_signed_it(hub, state):
    hub.take(hub.package())
    if state == "retire":
        hub.parts.key_desk.retire(":packages", APPROVER.kid, hub.clock.now(), "wang")
    else:
        hub.parts.key_desk.revoke(":packages", APPROVER.kid, None, "lost", "wang", hub.clock.now())
    assert hub.parts.stored_packages.documents({})[NAME]


def test_what_was_taken_comes_into_use_at_the_next_turn_and_what_cannot_leaves_what_is(hub):
    parts = hub.parts
    failing: list[bool] = []

    def exchange() -> list[str]:
        if failing:
            raise ConfigError("the folder is wrong", "config.invalid")
        found.append(sorted(parts.stored_packages.documents({})))
        return []

    found: list[list[str]] = []
    watch = PackageWatch(parts.begun_with, parts.in_use, exchange, parts.writer)
    watch.turn()
    assert found == []
    row = hub.take(hub.package())
    watch.turn()
    watch.turn()
    assert found == [[NAME]]
    failing.append(True)
    hub.take(hub.package(version=2, prev=row.digest))
    watch.turn()
    watch.turn()
    assert [each["code"] for each in hub.entries("alarm")] == ["config.invalid"], "told once"
    failing.clear()
    assert (watch.turn(), watch.turn()) == (None, None)
    assert found == [[NAME]] * 2, "its hindrance is gone"


def test_what_was_taken_while_the_hub_began_comes_into_use(hub):
    parts, exchanged = hub.parts, []
    assert parts.mappings is not None
    hub.take(hub.package())
    watch = PackageWatch(parts.begun_with, parts.in_use, lambda: exchanged.append(1) or [], parts.writer)
    watch.turn()
    assert exchanged == [1]


def test_who_signs_is_said_by_two_people_and_once(hub, clock):
    text = public_pem(STRANGER.private.public_key()).decode()
    for by in (["A"], ["A", " A "], ["", "B"]):
        with pytest.raises(ConfigError, match="two people"):
            hub.parts.key_desk.trust(text, "Sun", "author", by, clock.now(), alone=False)
    with pytest.raises(ConfigError, match="role"):
        hub.parts.key_desk.trust(text, "Sun", "boss", ["A", "B"], clock.now(), alone=False)
    known = public_pem(AUTHOR.private.public_key()).decode()
    with pytest.raises(ConfigError, match="already"):
        hub.parts.key_desk.trust(known, "Sun", "approver", ["A", "B"], clock.now(), alone=False)


def test_either_database_keeps_keys_and_packages(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as parts:
        hub = Hub(parts, clock)
        row = hub.take(hub.package())
        hub.take(hub.package(version=2, prev=row.digest, files=documents("second")))
        assert [each.version for each in parts.stored_packages.versions()] == [2]
        assert hub.desk.rollback("vendor", 1, clock.now()).version == 3
        assert {each.version for each in hub.desk.rekey("wang", clock.now())} == {1, 2}
        revoked = parts.key_desk.revoke(":packages", AUTHOR.kid, NOW, "lost", "wang", clock.now())
        assert (revoked.signed, revoked.persons) == ([], 0)
        assert {each.kid for each in parts.key_list.of(":packages")} == {AUTHOR.kid, APPROVER.kid, SECOND.kid}


GOOD = general_jose.encrypt(signed_by(AUTHOR, APPROVER), {"typ": SEALED, "cty": "jose+json"}, [OTHERS])


@given(text=st.one_of(st.binary(max_size=120), st.text(max_size=120).map(str.encode)))
def test_rubbish_is_refused_and_nothing_else(text):
    for read in (general_jose.payload_of, lambda t: general_jose.decrypt(t, {"typ": SEALED}, Nobody(), NOW)):
        with pytest.raises(TrustError):
            read(text)


@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 6))
def test_no_flipped_bit_of_a_package_opens_to_something_else(at, bit):
    text = bytearray(GOOD)
    text[at] ^= 1 << bit
    try:
        opened_text = general_jose.decrypt(bytes(text), {"typ": SEALED, "cty": "jose+json"}, Nobody(), NOW)
    except TrustError:
        return
    raise AssertionError(opened_text)


class Nobody:
    """A hub with no key."""

    def at(self, kid: str, instant: datetime) -> OwnKey:
        raise TrustError("sig.key-unknown", f"{kid} {instant}")


def test_base64_that_is_padded_is_another_spelling(hub):
    text = changed(hub.package(), lambda v: v.update(tag=v["tag"] + "=="))
    assert hub.refusal(text) == "package.envelope"
    assert urlsafe_b64decode("QQ==") == b"A"
