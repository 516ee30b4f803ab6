"""Keys have a life, leave entries, are refused from the moment they are revoked, and what they signed is looked at."""

import json
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.algorithms import KINDS, public_pem
from connectors.simulators.authority import event, load_key, sign, to_json
from hub.assembly import Assembly
from hub.config.folder import read_folder
from hub.front.request import Asgi
from hub.keys.book import life_of
from hub.keys.vault import FileVault
from hub.store.commit import Tx
from hub.store.tables.keys import KeyRow, set_key
from schemas.errors import ConfigError, TrustError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened
from tests.hub.front.test_parse_once import ask
from tests.journeys.commands import licet, one_line, told
from tests.site import PATIENCE_SECONDS, Site, build, order, until

SOURCE, KID = "urn:authority:demo-ca", "demo-ca-1"
DAY = timedelta(days=1)


class Hub(NamedTuple):
    """A hub that decides, in this process; commands run beside it, as another one would."""

    site: Site
    parts: Assembly
    app: Asgi

    def push(self, n: int, status: str, sequence: int, key: Any = None, kid: str = KID) -> int:
        now = datetime.now(UTC)
        said = {**order(n, status, sequence), "effective_at": now.isoformat().replace("+00:00", "Z")}
        body = to_json(event(SOURCE, said, id=uuid4().hex, time=said["effective_at"]))
        key = key or load_key(self.site.home / "keys" / "demo" / "authority.pem")
        target = f"{self.site.url}/in/authority"
        headers = sign("POST", target, body, "application/cloudevents+json", key, kid, now, uuid4().hex)
        return ask(self.app, "/in/authority", body, {**headers, "host": self.site.url.removeprefix("http://")})

    def look(self) -> None:
        while self.parts.deadlines.turn() == 0.0:
            pass


@pytest.fixture
def hub(tmp_path) -> Iterator[Hub]:
    site = build(tmp_path / "hub")
    with Assembly(read_folder(site.home), deciding=True) as parts:
        for polled in parts.polling.polled:
            if polled.name == "roster":
                parts.polling.ask(polled)
        yield Hub(site, parts, parts.front(lambda: site.url, dict, list))


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def parts(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as made:
        yield made


def states(parts: Assembly, clock: HandClock) -> dict[str, str]:
    return {row.kid: life_of(row).state(clock.now()) for row in parts.key_list.of("")}


def test_the_first_key_is_used_at_once_and_a_second_one_only_after_it_was_published_a_while(parts, clock):
    first = parts.key_desk.new("ecdh-x25519", "wang", clock.now())
    second = parts.key_desk.new("ecdh-x25519", "wang", clock.now())
    other = parts.key_desk.new("ed25519", "wang", clock.now())
    assert states(parts, clock) == {first.kid: "active", second.kid: "pending", other.kid: "active"}
    assert {each["kid"] for each in parts.public_keys()["keys"]} >= {first.kid, second.kid, other.kid}
    clock.advance(timedelta(minutes=10))
    assert states(parts, clock)[second.kid] == "active"


def test_a_rotated_key_is_believed_while_its_follower_is_in_use_and_then_ends(parts, clock):
    old = parts.key_desk.new("ecdh-p256", "wang", clock.now())
    ending, new = parts.key_desk.rotate(old.kid, "wang", clock.now(), overlap=3 * DAY)
    assert ending.kid == old.kid and states(parts, clock) == {old.kid: "active", new.kid: "pending"}
    clock.advance(timedelta(minutes=10))
    assert states(parts, clock) == {old.kid: "retiring", new.kid: "active"}
    with pytest.raises(ConfigError, match="retiring"):
        parts.key_desk.rotate(old.kid, "wang", clock.now())
    clock.advance(3 * DAY)
    assert states(parts, clock) == {old.kid: "retired", new.kid: "active"}
    published = {each["kid"] for each in parts.public_keys()["keys"]}
    assert new.kid in published and old.kid not in published


def overtaken(parts: Assembly, row: KeyRow, word: Callable[[], object]) -> None:
    """Have a word read a key before somebody else revokes it, and be kept after that."""
    begun, read = threading.Event(), threading.Event()

    def revoke(tx: Tx) -> None:
        begun.set()
        assert read.wait(PATIENCE_SECONDS)
        tx.session.run(set_key, row._replace(revoked_at=tx.now_us, compromised_since=1)._asdict())

    revoked = parts.writer.submit(revoke)
    assert begun.wait(PATIENCE_SECONDS)
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(word)
        until(lambda: said.done() or parts.writer._queue._waiting.qsize() == 1, "it has read, and waits to be kept")
        read.set()
        revoked.result(PATIENCE_SECONDS)
        said.result(PATIENCE_SECONDS)


def test_what_was_read_before_a_revocation_takes_nothing_of_it_back(parts, clock):
    desk = parts.key_desk
    row = desk.new("ecdh-p256", "wang", clock.now())
    overtaken(parts, row, lambda: desk.retire("", row.kid, clock.now() + DAY, "li"))
    [kept] = parts.key_list.of("")
    assert (states(parts, clock), kept.compromised_since) == ({row.kid: "revoked"}, 1)
    assert kept.retired_at is not None, "both were said"
    other = desk.new("ed25519", "wang", clock.now())
    with pytest.raises(ConfigError, match="is revoked"):
        overtaken(parts, other, lambda: desk.rotate(other.kid, "li", clock.now()))
    assert states(parts, clock) == {row.kid: "revoked", other.kid: "revoked"}, "and it has no follower"


def test_a_revocation_is_taken_back_by_no_statement(parts, clock):
    row = parts.key_desk.new("ecdh-p256", "wang", clock.now())
    for revoked_at, since, wanted in ((7, 5, (7, 5)), (None, None, (7, 5)), (9, 6, (7, 5)), (9, 4, (7, 4))):
        later = row._replace(revoked_at=revoked_at, compromised_since=since)._asdict()
        parts.writer.call(lambda tx, later=later: tx.session.run(set_key, later))
        [kept] = parts.key_list.of("")
        assert (kept.revoked_at, kept.compromised_since) == wanted


def test_a_key_that_was_revoked_is_entered_under_no_other_name_of_nobody(hub):
    """Whoever has the key that leaked speaks for whoever it is entered for."""
    public = public_pem(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()).decode()
    parts, desk, now = hub.parts, hub.parts.key_desk, hub.parts.clock.now()
    desk.enter("authority", "one", "ed25519", public, now, "wang")
    desk.enter("authority", "two", "ed25519", public, now, "wang")
    desk.revoke("authority", "one", None, "leaked", "wang", now)
    with pytest.raises(TrustError) as refused:
        parts.key_book.of("authority").at("two", now)
    assert refused.value.code == "sig.key-state", "one key under two names is one key"
    with pytest.raises(ConfigError, match="revoked as 'one'"):
        desk.enter("authority", "three", "ed25519", public, now, "wang")
    with pytest.raises(ConfigError, match="revoked as 'one'"):
        desk.trust(public, "li", "author", ["wang", "zhao"], now, alone=False)
    assert {row.kid for row in parts.key_list.all()} >= {"one", "two"} and not parts.key_list.of(":packages")


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_private_key_lies_encrypted_in_a_file_of_its_owner_alone(parts, clock, algorithm):
    row = parts.key_desk.new(algorithm, "wang", clock.now())
    file = parts.folder.path / "keys" / "own" / f"{row.kid}.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert set(json.loads(row.public)) <= {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"}
    key = parts.vault.private(row.kid, algorithm)
    assert public_pem(key.public_key()) in public_pem(parts.vault.private(row.kid, algorithm).public_key())
    with pytest.raises(ConfigError, match="cannot be opened"):
        FileVault(file.parent, b"another secret").private(row.kid, algorithm)
    with pytest.raises(ConfigError, match="cannot read"):
        parts.vault.private("nobody", algorithm)


def test_a_key_that_is_entered_proves_its_peer_and_each_step_has_its_entry(hub, tmp_path):
    second = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "second.pub.pem").write_bytes(public_pem(second.public_key()))
    assert hub.push(0, "active", 1) == 202
    made = Ed25519PrivateKey.generate()
    assert hub.push(0, "active", 2, made, "demo-ca-2") == 401
    (tmp_path / "made.pub.pem").write_bytes(public_pem(made.public_key()))
    [row] = told(hub.site, "keys", "enter", str(tmp_path / "made.pub.pem"), "--of", "authority", "--kid", "demo-ca-2")
    assert (row["state"], row["use"], row["owner"]) == ("active", "sig", "authority")
    licet(
        hub.site,
        *("keys", "enter", str(tmp_path / "second.pub.pem"), "--of", "authority"),
        *("--algorithm", "es256", "--from", "2999-01-01"),
    )
    hub.parts.key_book.invalidate()
    assert hub.push(0, "active", 2, made, "demo-ca-2") == 202
    told(hub.site, "keys", "retire", "demo-ca-2", "--of", "authority", "--by", "wang")
    assert hub.push(0, "active", 3, made, "demo-ca-2") == 401
    assert hub.site.entries("refused")[-1]["code"] == "sig.key-state"
    found = [(each["kid"], each["outcome"], each["connector"]) for each in hub.site.entries("keyring")]
    assert found[0] == ("demo-ca-2", "added", "authority") and found[-1] == ("demo-ca-2", "retired", "authority")
    assert sorted(each["state"] for each in told(hub.site, "keys", "list", "--of", "authority")) == [
        "active",
        "pending",
        "retired",
    ]


def test_a_revoked_key_is_refused_at_once_and_whom_it_spoke_of_since_it_leaked_is_looked_at(hub):
    assert hub.push(0, "active", 1) == 202
    leaked = datetime.now(UTC)
    assert (hub.push(1, "active", 1), hub.push(2, "active", 1)) == (202, 202)
    assert hub.push(2, "active", 2) == 202
    said = ("--of", "authority", "--reason", "公网泄露", "--by", "wang")
    found = told(hub.site, "keys", "revoke", KID, *said, "--compromised-since", leaked.isoformat())
    assert (found["key"]["state"], found["key"]["origin"], len(found["signed"])) == ("revoked", "configured", 3)
    assert found["persons"] == 2
    # The hub believes it still by what it has read: the commit looks again.
    assert hub.push(0, "suspended", 2) == 401
    assert hub.site.entries("refused")[-1]["code"] == "sig.key-state"
    [entry] = hub.site.entries("keyring")
    assert (entry["outcome"], entry["count"], entry["connector"]) == ("revoked", 3, "authority")
    assert hub.site.enclosed(entry, "reason") == "公网泄露".encode()
    hub.look()
    [case] = [each for each in told(hub.site, "cases", "list") if each["matter"] == "key_revoked"]
    assert (case["concerned"], case["state"], case["place"]) == (2, "open", {"connector": "authority", "key": KID})
    assert {each["person"] for each in case["members"]} == {"E1", "E2"}
    decided = hub.site.home / "letter.pdf"
    decided.write_bytes(b"checked with the issuer")
    noted = ("noted", "--reason", "已核实", "--evidence", str(decided), "--by", "a")
    assert licet(hub.site, "cases", "decide", case["id"], *noted).returncode == 0
    signed = told(hub.site, "keys", "signed", KID, "--of", "authority", "--since", leaked.isoformat())
    assert [each["transmission"] for each in signed] == [each["transmission"] for each in found["signed"]]


def test_revoking_again_from_earlier_doubts_more_and_never_less(hub):
    begun = datetime.now(UTC)
    assert hub.push(0, "active", 1) == 202
    between = datetime.now(UTC)
    assert hub.push(1, "active", 1) == 202
    said = ("--of", "authority", "--reason", "lost", "--by", "wang", "--compromised-since")
    assert len(told(hub.site, "keys", "revoke", KID, *said, between.isoformat())["signed"]) == 1
    again = told(hub.site, "keys", "revoke", KID, *said, begun.isoformat())
    assert (len(again["signed"]), again["persons"]) == (2, 2)
    later = told(hub.site, "keys", "revoke", KID, *said, datetime.now(UTC).isoformat())
    assert later["key"]["compromised_since"] == again["key"]["compromised_since"]
    assert hub.site.rows("SELECT count(*) FROM doubted") == [(2,)]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("revoke", "demo-cb-1", "--of", "authority", "--reason", "x", "--by", "w"), ("'demo-cb-1'", "demo-ca-1")),
        (("revoke", KID, "--of", "authorty", "--reason", "x", "--by", "w"), ("'authorty'", "authority")),
        (("revoke", KID, "--of", "authority", "--reason", " ", "--by", "w"), ("reason",)),
        (
            ("revoke", KID, "--of", "authority", "--reason", "x", "--by", "w", "--compromised-since", "2999-01-01"),
            ("found 2999-01-01,", "past"),
        ),
        (("rotate", "x"), ("'x'",)),
        (("retire", KID), (KID, "the hub")),
    ],
    ids=["kid", "instance", "reason", "future", "rotate", "owner"],
)
def test_what_cannot_be_done_is_one_clear_line(hub, command, words):
    one_line(licet(hub.site, "keys", *command, "--lang", "en"), *words)


def test_a_name_stands_for_one_key_for_ever(hub, tmp_path):
    public = tmp_path / "other.pub.pem"
    public.write_bytes(public_pem(Ed25519PrivateKey.generate().public_key()))
    one_line(
        licet(hub.site, "keys", "enter", str(public), "--of", "authority", "--kid", KID, "--lang", "en"),
        KID,
        "for ever",
    )


def test_keys_are_listed_in_both_languages(hub):
    licet(hub.site, "keys", "new", "--by", "wang")
    assert "使用中" in licet(hub.site, "keys", "list", "--lang", "zh").stdout
    english = licet(hub.site, "keys", "list", "--lang", "en").stdout
    assert "active" in english and KID in english and "ecdh-x25519" in english
    served = json.loads(licet(hub.site, "keys", "jwks").stdout)
    assert {each["use"] for each in served["keys"]} == {"sig", "enc"}


def test_a_name_of_no_key_is_told_as_that_and_of_several_with_all_of_them(hub, tmp_path):
    for language, said, cure in (
        ("en", "found no key of the hub named 'nokey'. To do: ", "shows the names"),
        ("zh", "本平台没有名为 'nokey' 的密钥。处理：", "查看名称"),
    ):
        refused = licet(hub.site, "keys", "rotate", "nokey", "--lang", language)
        one_line(refused, said, f"`licet keys list -c {hub.site.home}`", cure)
        assert "begin" not in refused.stderr and "开头" not in refused.stderr
    public = tmp_path / "next.pub.pem"
    public.write_bytes(public_pem(Ed25519PrivateKey.generate().public_key()))
    assert licet(hub.site, "keys", "enter", str(public), "--of", "authority", "--kid", "demo-ca-2").returncode == 0
    with pytest.raises(ConfigError) as several:
        hub.parts.key_list.one("authority", "demo-ca")
    assert "found 2 keys of authority whose names begin with 'demo-ca'" in str(several.value)
    assert "authority 有 2 个密钥的名称以 'demo-ca' 开头" in several.value.told("zh") and KID in str(several.value)
    with pytest.raises(ConfigError, match="found no key of authority named 'other'"):
        hub.parts.key_list.one("authority", "other")
