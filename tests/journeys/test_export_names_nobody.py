"""From an exported log alone nobody's name, number, PIN, certificate number or reason can be read or guessed.

Names and numbers of a kind that can be tried (six digits) are planted wherever one can come in, everything that
leaves an entry is done once, and then the export is what a thief has: he greps, and he tries.
"""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller

from connectors.simulators import roster_csv
from tests.contract.scim_server import running
from tests.journeys.commands import licet
from tests.ports import free_port
from tests.site import Site, build, order, until

NUMBERS = {
    "employee": "604217",
    "second": "731906",
    "pin": "518324",
    "lms": "927041",
    "holder": "385562",
    "certificate": "846093",
    "stranger": "215798",
    "refused": "469130",
}
"""What a thief can try all of."""
NAMES = {
    "employee": "金丝雀张三",
    "operator": "Operator Canary Wu",
    "second operator": "Operator Canary Li",
    "mail": "canary.zhang@staff.example",
    "freeze": "because canary Zhang lost her badge",
    "discard": "because canary noise of Zhang",
    "peer": "canary-of-a-content-type",
    "hr": "canary-hr@staff.example",
    "receipt": "queued for canary.zhang as 4711",
}
CANARIES = (*NUMBERS.values(), *NAMES.values())

Hash = Callable[[bytes], bytes]
HASHES: tuple[Hash, ...] = (
    lambda content: hashlib.sha256(content).digest(),
    lambda content: hashlib.blake2b(content, digest_size=8).digest(),
    lambda content: hashlib.blake2b(content, digest_size=16).digest(),
    lambda content: hashlib.blake2b(content, digest_size=32).digest(),
)
"""The plain hash functions that this code base uses."""


class Mailbox:
    """A mail server whose receipt names the reader, as some do."""

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.received = True
        return f"250 2.0.0 {NAMES['receipt']}"

    received = False


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Iterator[tuple[Site, Path]]:
    mailbox, port = Mailbox(), free_port()
    mail = Controller(mailbox, hostname="127.0.0.1", port=port)
    mail.start()
    with running() as scim:
        site = build(tmp_path_factory.mktemp("canary") / "hub", scim_url=f"http://127.0.0.1:{scim.port}", people=0)
        planted(site, port)
        scim.add_user(userName=NAMES["mail"], externalId=NUMBERS["employee"], displayName=NAMES["employee"])
        scim.add_group("room")
        site.start()
        try:
            everything(site, scim, mailbox)
        finally:
            site.end()
        target = site.home.parent / "export"
        assert licet(site, "audit", "export", "-o", str(target)).returncode == 0
        yield site, target
    mail.stop()


def planted(site: Site, mail_port: int) -> None:
    toml = site.home / "licet.toml"
    text = toml.read_text(encoding="utf-8").replace("port = 8725", f"port = {mail_port}")
    toml.write_text(text.replace("hr@example.cn", NAMES["hr"]), encoding="utf-8")
    people = [
        {
            "employee_no": NUMBERS["employee"],
            "name": NAMES["employee"],
            "mail": NAMES["mail"],
            "id:terminals": NUMBERS["pin"],
            "id:lms": NUMBERS["lms"],
            "id:authority": NUMBERS["holder"],
        },
        {"employee_no": NUMBERS["second"], "name": NAMES["operator"], "mail": NAMES["hr"]},
    ]
    common = {"language": "zh", "position": "post", "starts_on": "2026-01-01"}
    roster_csv.write_people(site.home / "roster", [{**row, **common} for row in people])


def everything(site: Site, scim, mailbox: Mailbox) -> None:
    """All that leaves an entry, once."""
    by, both = ("--by", NAMES["operator"]), ("--by", NAMES["operator"], "--by", NAMES["second operator"])
    until(lambda: site.rows("SELECT count(*) FROM people")[0][0] == 2, "the roster is in")
    for name in ("iam", "post"):
        assert licet(site, "enforce", name, *both).returncode == 0
    authority, now = site.authority(), datetime.now(UTC)
    certificate = {"number": NUMBERS["certificate"], "holder": NUMBERS["holder"]}
    assert authority.push(order(0, "active", 1, **certificate), now=now, id="a")[0] == 202
    until(lambda: scim.members_of("room"), "the door is open")
    assert authority.push(order(0, "active", 1, **certificate), now=now, id="a")[0] == 200, "a repeat"
    conflict = order(0, "active", 2, number=NUMBERS["refused"], holder=NUMBERS["holder"])
    assert authority.push(conflict, now=now, id="a")[0] == 409
    bad = {**order(0, "active", 3, **certificate), "valid_from": NAMES["discard"]}
    assert authority.push(bad, now=now, id="b")[0] == 422
    assert site.post("/in/authority", json.dumps(certificate).encode())[0] in (400, 401, 415)
    noise = {"content-type": f"application/{NAMES['peer']}"}
    assert site.post("/in/authority", NAMES["employee"].encode(), **noise)[0] == 415
    site.handshake("SN-1")
    assert licet(site, "devices", "approve", "SN-1", *by).returncode == 0
    punches = f"{NUMBERS['pin']}\t2026-03-01 09:00:00\t0\t15\n{NUMBERS['stranger']}\t2026-03-01 09:01:00\t0\t15\n"
    unreadable = f"{NUMBERS['pin']} {NAMES['employee']}\n"
    until(lambda: _taken(site, f"{punches}{unreadable}"), "punches are taken")
    unknown = site.post("/iclock/cdata?SN=SN-9&table=ATTLOG", f"{NUMBERS['refused']}\t2026-03-01 09:00:00\n".encode())
    assert unknown[0] in (401, 403)
    assert licet(site, "people", "link", "terminals", NUMBERS["stranger"], NUMBERS["second"], *by).returncode == 0
    unlink = ("terminals", NUMBERS["stranger"], NUMBERS["second"], "--until", "2026-03-02T00:00")
    assert licet(site, "people", "unlink", *unlink, *by).returncode == 0
    assert licet(site, "people", "history", NUMBERS["employee"], *by).returncode == 0
    for item in json.loads(licet(site, "quarantine", "list", "--json").stdout):
        assert licet(site, "quarantine", "show", item["id"], *by).returncode == 0
        assert licet(site, "quarantine", "discard", item["id"], "--reason", NAMES["discard"], *by).returncode == 0
    freeze = ("--until", "2027-01-01T00:00", "--reason", NAMES["freeze"])
    assert licet(site, "freeze", "iam", *freeze, *by).returncode == 0
    assert licet(site, "unfreeze", "iam", *by).returncode == 0
    scim.call("PATCH", f"/Groups/{_group(scim)}", EMPTY)
    assert licet(site, "reconcile").returncode == 0
    assert authority.push(order(0, "revoked", 4, **certificate), now=now, id="c")[0] == 202
    until(lambda: len(site.entries("confirmed")) > 1 and not scim.members_of("room"), "the door is closed")
    until(lambda: mailbox.received and site.entries("notified"), "a mail was taken")
    until(lambda: site.entries("checked"), "the hub has looked through its own log")


def _taken(site: Site, body: str) -> bool:
    return site.post("/iclock/cdata?SN=SN-1&table=ATTLOG", body.encode())[0] == 200


EMPTY = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "members", "value": []}],
}


def _group(scim) -> str:
    return str(scim.call("GET", "/Groups")["Resources"][0]["id"])


def contents(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_was_done_left_the_entries_that_can_name_somebody(exported):
    site, _folder = exported
    kinds = {kind for (kind,) in site.rows("SELECT DISTINCT kind FROM entries")}
    assert {"received", "quarantined", "duplicate", "refused", "alarm", "device", "link", "released"} <= kinds
    assert {"decided", "attempt", "accepted", "confirmed", "drifted", "call", "notified", "mode"} <= kinds
    assert {"access", "discarded", "start", "stop", "checked"} <= kinds


AT_RANDOM = re.compile(
    rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{16,}|[0-9A-Za-z+/_-]{40,}"
    rb"|(?<=:[0-9]{2})\.[0-9]+(?=[+Z])"
)
"""Ids, digests, salts, signatures and parts of a second: six digits come up in some of them, by chance."""


def test_a_number_within_what_is_random_by_chance_alone_is_looked_past():
    number = NUMBERS["pin"].encode()
    random = (
        b"00000000-44b3-7634-8689-%b999abc" % number,
        b"9f3a" * 4 + number,
        b"Zz" * 20 + number,
        b"2026-11-28T15:59:57.%bZ" % number,
    )
    assert not [each for each in random if number in AT_RANDOM.sub(b" ", each)]
    said = (b"PIN=%b" % number, b"0000000000" + number, b"terminals/" + number, b'{"pin":"%b"}' % number)
    assert all(number in AT_RANDOM.sub(b" ", each) for each in said)


def test_nothing_planted_can_be_read_in_any_writing(exported):
    _site, folder = exported
    whole = contents(folder)
    named = AT_RANDOM.sub(b" ", whole)
    assert len(named) > len(whole) / 4
    for canary in CANARIES:
        plain = canary.encode()
        writings = {
            plain,
            canary.encode("utf-16-le"),
            canary.encode("utf-16-be"),
            canary.encode("gb18030"),
            plain.hex().encode(),
            b64encode(plain).rstrip(b"="),
            quote(canary).encode(),
            json.dumps(canary)[1:-1].encode(),
            plain[::-1],
        }
        words = {word.encode() for word in canary.split() if len(word) >= 6}
        for writing in writings | words:
            assert writing not in (named if writing.isdigit() else whole), canary


def digests(folder: Path) -> set[bytes]:
    """All that may be a digest: every run of hex digits in the entries, and every hash of the tree."""
    entries = (folder / "entries.jsonl").read_text(encoding="utf-8")
    found = {bytes.fromhex(run) for run in re.findall(r"[0-9a-f]{8,}", entries) if len(run) % 2 == 0}
    for tile in (folder / "tile" / "0").rglob("*"):
        content = tile.read_bytes() if tile.is_file() else b""
        found |= {content[at : at + 32] for at in range(0, len(content), 32)}
    return found


def hit(content: bytes, wanted: set[bytes]) -> bool:
    """Whether a plain hash of a content, or the beginning of one, stands in the export."""
    for hash_ in HASHES:
        digest = hash_(content)
        if digest in wanted or digest[:16] in wanted or digest[:12] in wanted or digest[:8] in wanted:
            return True
    return False


def test_no_number_of_six_digits_can_be_found_by_trying_all_of_them(exported):
    """Alone and with what the code puts before or around a number where it digests one."""
    _site, folder = exported
    wanted = digests(folder)
    assert len(wanted) > 100 and hit(b"planted", wanted | {hashlib.sha256(b"planted").digest()[:16]})
    # A body that was refused, and one that was kept: whoever knows the wire tries the number in it.
    around = [(b"", b""), (b"", b"\t2026-03-01 09:00:00\n"), (b"terminals\x1f", b""), (b"roster\x1f", b"")]
    found = [
        (before, n)
        for before, after in around
        for n in range(1_000_000)
        if hit_by_two(b"%b%06d%b" % (before, n, after), wanted)
    ]
    assert found == []


def hit_by_two(content: bytes, wanted: set[bytes]) -> bool:
    """As ``hit``, by the two functions that digests of such contents were ever made with."""
    digest = hashlib.sha256(content).digest()
    if digest in wanted or digest[:16] in wanted:
        return True
    return hashlib.blake2b(content, digest_size=16).digest() in wanted


def test_no_canary_is_found_with_anything_that_the_code_puts_before_it(exported):
    _site, folder = exported
    wanted = digests(folder)
    sources = ("roster", "terminals", "lms", "authority", "operator", "account", "iam", "mail", "opening", "datacentre")
    before = ["", *(f"{source}{joint}" for source in sources for joint in ("\x1f", "/", ":", "|", ""))]
    before += [f"{word}\x1f{source}\x1f" for word in ("id", "body") for source in sources]
    for canary in CANARIES:
        for prefix in before:
            for text in (f"{prefix}{canary}", f"{prefix}{canary}\n", f'{prefix}"{canary}"'):
                assert not hit(text.encode(), wanted), (prefix, canary)


def test_no_plain_hash_of_anything_that_the_hub_holds_stands_in_the_export(exported):
    """Standings, decisions, facts, bodies, reasons: whoever guesses one whole has nothing to compare it with."""
    site, folder = exported
    wanted, held = digests(folder), set()
    for table, columns in (
        ("standings", "body"),
        ("decisions", "body"),
        ("facts", "body"),
        ("transmissions", "terminal"),
        ("notices", "body, receipt"),
    ):
        for row in site.rows(f"SELECT {columns} FROM {table}"):
            held |= {str(value).encode() for value in row if value}
    with site.parts() as parts, parts.database.reading() as session:
        sql = "SELECT connector, digest, bucket, sealed FROM transmissions"
        for connector, digest, bucket, sealed in session.connection.execute(sql).fetchall():
            content = parts.sealer.open_body(bucket, sealed, f"{connector}/{digest.hex()}")
            assert content is not None
            rest = content[4 + int.from_bytes(content[:4], "big") :]
            length = int.from_bytes(rest[:4], "big")
            held |= {content, rest, rest[4 : 4 + length], rest[4 + length :], *rest[4 + length :].splitlines()}
        for entry, member in session.connection.execute("SELECT entry, member FROM enclosures").fetchall():
            content = parts.enclosures.content(entry, member, session)
            assert content is not None
            held.add(content)
    assert len(held) > 30 and NAMES["freeze"].encode() in held and any(NUMBERS["pin"].encode() in each for each in held)
    for content in held:
        assert not hit(content, wanted), content
