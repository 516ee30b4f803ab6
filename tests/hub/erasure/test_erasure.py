"""Who is erased can be read in nothing that is left: with no key that is left, in no file; the log holds."""

import json
import sqlite3
import threading
import zlib
from contextlib import closing
from datetime import timedelta
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from hub.audit.inspection import check_whole
from hub.erasure.files import files_that_name
from hub.erasure.traces import Traces
from hub.intake.basis import Basis
from hub.register.inspection import faults
from hub.store.schema import TABLES
from hub.store.sealing import subkey
from hub.store.statement import Query
from hub.store.tables import log
from schemas.attendance import Punch
from schemas.credential import CredentialStatus, RenewalDemand
from schemas.errors import ConfigError
from schemas.learning import Study
from schemas.people import Assignment, OtherIdentifier, Person
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, exam, opened, prepare, roster, send, t
from tests.hub.intake.test_corrections import entered
from tests.hub.register.test_register import file, files_of
from tests.site import until

MASTER = bytes(range(32))
NUMBER, NAME, MAIL = "604217", "金丝雀张三", "canary.zhang@staff.example"
PIN, LEARNER, HOLDER, PRINTED = "pin-518324", "lms-927041", "ref-385562", "T 846093-A"
PAPER = "canary-scan-of-the-certificate.pdf"
CANARIES = (NUMBER, NAME, MAIL, PIN, LEARNER, HOLDER, PRINTED, PAPER, "846093", "canary")
HIGH = "high-voltage-electrician"
LEFT, LATER = "2026-02-10T00:00", timedelta(days=1200)


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as parts:
        lived(parts, clock)
        clock.advance(LATER)
        parts.deadlines.work_off()
        yield parts


@pytest.fixture
def small(tmp_path, clock):
    """The same on the embedded store alone."""
    with opened(tmp_path / "hub", clock) as parts:
        lived(parts, clock)
        clock.advance(LATER)
        parts.deadlines.work_off()
        yield parts


def lived(parts, clock):
    """A person with everything that names one, a colleague, and the last word of the roster: the post ended."""
    pairs = {"terminals": PIN, "lms": LEARNER, "authority": HOLDER}
    others = tuple(OtherIdentifier(source=s, subject=i) for s, i in pairs.items())
    as_of = t("2026-01-01T00:00")
    person = Person(subject=NUMBER, name=NAME, mail=MAIL, identifiers=others, as_of=as_of)
    post = Assignment(
        subject=NUMBER, position="dc-operations", starts_at=t("2026-01-05T00:00"), ends_at=t(LEFT), as_of=as_of
    )
    send(parts, roster("E2"), clock)
    send(parts, ("roster", [person, post]), clock)
    sponsored = roster("E3", ends="2026-06-01T00:00")[1]
    send(parts, ("roster", [sponsored[0], sponsored[1].model_copy(update={"sponsor": NAME})]), clock)
    at = t("2026-01-08T09:00")
    learnt = Study(subject=LEARNER, course="dc-ops-online", meaning="opened", occurred_at=at, statement="s-1")
    punched = Punch(subject=PIN, device="A", occurred_at=at, occurred_local="09:00")
    send(parts, ("lms", [learnt]), clock)
    send(parts, ("terminals", [punched]), clock)
    status = CredentialStatus(
        subject=HOLDER,
        credential=HIGH,
        number=PRINTED,
        status="active",
        reason=f"issued to {NAME}",
        sequence=1,
        changed_at=as_of,
        valid_until=t("2028-01-01T00:00"),
    )
    demand = RenewalDemand(subject=HOLDER, credential=HIGH, effective_at=as_of, says=f"{NAME} comes to the review")
    send(parts, ("authority", [status]), clock)
    send(parts, ("authority", [demand]), clock)
    send(parts, exam("E2", True, "2026-01-12"), clock)
    parts.corrections.credit(
        NUMBER, "dc-safety", timedelta(hours=1), timedelta(), NOW, Basis(f"{NAME} was there", b"x", ["wang"]), NOW
    )
    file(parts, person=NUMBER, number=PRINTED, file=f"scans/{PAPER}")
    send(parts, ("roster", [person.model_copy(update={"as_of": t("2026-02-01T00:00")})]), clock)  # says nothing new


def erase(parts, **other):
    return parts.erasure.erase(
        **{"employee_no": NUMBER, "reason": "asked for under the law", "by": ("wang", "li")} | other
    )


# --- what a thief has who has everything that is left ------------------------------------------------------------


def rows_of(parts):
    """Everything in the store, as bytes."""
    with parts.database.reading() as session:
        for name in TABLES:
            cursor = session.connection.execute(f"SELECT * FROM {name}")
            for row in cursor.fetchall():
                for value in row:
                    if isinstance(value, bytes | memoryview | str):
                        yield value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)


def keys_left(parts):
    """Every data key that the key file holds, unwrapped by the master key."""
    wrap = AESGCM(subkey(MASTER, "wrap"))
    with closing(sqlite3.connect(parts.folder.path / "data" / "keys.db")) as keys:
        rows = keys.execute("SELECT id, wrapped FROM keys").fetchall()
    return {id_: wrap.decrypt(wrapped[:12], wrapped[12:], id_.encode()) for id_, wrapped in rows}


def opened_with_any(blob, keys):
    """What a blob would say under each key: AES-GCM is AES-CTR for whoever does not ask whether it was changed."""
    for key in keys:
        decryptor = Cipher(AES(key), CTR(blob[:12] + b"\x00\x00\x00\x02")).decryptor()
        yield decryptor.update(blob[12:])


def readable(parts):
    """The canaries that can be read in the store, in clear or with any key that is left."""
    keys, found = list(keys_left(parts).values()), set()
    for value in rows_of(parts):
        for plain in (value, *(opened_with_any(value, keys) if len(value) > 28 else ())):
            found |= {each for each in CANARIES for writing in written(each) if writing in plain}
    return found


def written(canary):
    return {canary.encode(), canary.encode("utf-16-le"), canary.encode("gb18030"), json.dumps(canary)[1:-1].encode()}


def on_disk(parts):
    return {path: path.read_bytes() for path in parts.folder.path.rglob("*") if path.is_file()}


def good(parts):
    return check_whole(parts.database, parts.signer).good and not list(faults(parts.database, parts.shelf))


def test_nothing_that_names_who_was_erased_can_be_read_with_all_keys_that_are_left(hub, clock):
    assert readable(hub) >= {NUMBER, NAME, MAIL, PIN, LEARNER, HOLDER, PRINTED}, "the thief can read before"
    size = len(entries(hub))
    gone = erase(hub)
    assert (gone.documents, gone.keys) == (1, 4) and gone.bodies >= 6 and gone.enclosures >= 1
    assert readable(hub) == set()
    assert files_of(hub) == [] and good(hub)
    assert [body[:40] for body in entries(hub)[:size]] and len(entries(hub)) > size, "no entry was taken away"


def entries(parts):
    with parts.database.reading() as session:
        return [row.body for row in session.all(log.entries_after, {"seq": -1, "limit": 10_000})]


def test_no_file_of_the_hub_holds_anything_of_it_not_even_what_was_deleted(small):
    """Deleted rows stay in a database file until others take their place: they are overwritten."""
    keys = keys_left(small)
    sealed = {
        value[:28]
        for value in rows_of(small)
        if len(value) > 28
        and any(each.encode() in plain for plain in opened_with_any(value, keys.values()) for each in CANARIES)
    }
    with closing(sqlite3.connect(small.folder.path / "data" / "keys.db")) as store:
        wrapped = dict(store.execute("SELECT id, wrapped FROM keys").fetchall())
    papers = {path: path.read_bytes()[:64] for path in files_of(small)}
    assert len(sealed) > 8 and papers
    erase(small)
    destroyed = [wrapped[id_] for id_ in keys.keys() - keys_left(small).keys()]
    assert len(destroyed) == 4
    for path, content in on_disk(small).items():
        for each in CANARIES:
            assert not any(writing in content for writing in written(each)), (path, each)
        for blob in (*sealed, *destroyed, *papers.values()):
            assert blob not in content, path


def test_the_others_are_what_they_were(hub):
    before = hub.why.person("E2")
    erase(hub)
    assert hub.why.person("E2").json() == before.json()
    assert hub.directory.person_by_number("E3") is not None
    with hub.database.reading() as session:
        posts = Query(log.EntryBody, "SELECT body FROM facts WHERE kind = 'assignment'")
        named = {json.loads(row.body)["sponsor"] for row in session.all(posts, {})}
    assert named == {"", "-"}, "who answers for somebody else is named no more"


def test_the_entry_says_who_did_it_and_what_went_and_nothing_of_whom(hub):
    gone = erase(hub)
    [entry] = entered(hub, "erased")
    assert (entry["id"], entry["person"], len(entry["actor"])) == (gone.entry, gone.person, 2)
    assert len(entry["evidence"]) == gone.bodies and len(entry["enclosed"]) == gone.enclosures
    assert hub.erasure.of(gone.person) == gone._replace(bodies=0, asides=0, enclosures=0, documents=0, keys=0)
    assert hub.erasure.of("0" * 32) is None


def test_the_number_is_a_strangers_from_then_on_and_inherits_nothing(hub, clock):
    gone = erase(hub)
    assert hub.directory.person_by_number(NUMBER) is None and hub.directory.find("terminals", PIN) is None
    send(hub, roster(NUMBER, "2029-06-01T00:00"), clock)
    again = hub.directory.person_by_number(NUMBER)
    assert again not in (None, gone.person)
    with hub.database.reading() as session:
        assert hub.evidence.dossier(again, session, now=clock.now()).facts[0].record.subject != gone.person
    assert good(hub)


# --- what hinders it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"by": ("wang",)}, "two different people"),
        ({"by": ("wang", "ＷＡＮＧ")}, "two different people"),
        ({"reason": " "}, "two different people"),
        ({"by": ("wang", NAME)}, "nobody erases themselves"),
        ({"reason": f"letter of {NAME}"}, "names the person"),
        ({"reason": f"letter of No {NUMBER}"}, "names the person"),
        ({"employee_no": "604218"}, "expected the employee number of somebody"),
    ],
)
def test_two_others_say_it_with_a_reason_that_does_not_outlive_it(small, other, why):
    with pytest.raises(ConfigError, match=why):
        erase(small, **other)
    assert not entered(small, "erased") and small.directory.person_by_number(NUMBER) is not None


def refused(parts):
    with pytest.raises(ConfigError) as told:
        erase(parts)
    assert not entered(parts, "erased") and NAME in str(readable(parts))
    return str(told.value)


def test_until_the_duty_to_keep_is_over_nobody_is_erased(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as parts:
        lived(parts, clock)
        ends = t(LEFT) + timedelta(days=1096)
        clock.advance(ends - NOW - timedelta(seconds=1))
        assert "must be kept until 2029-02-10T00:00+08:00" in refused(parts), "after the last day in the post"
        clock.advance(timedelta(seconds=1))
        erase(parts)


def test_a_body_that_told_nothing_new_is_a_word_of_the_roster_still(small, clock):
    known = Person(subject=NUMBER, name=NAME, mail=MAIL, as_of=t("2026-02-01T00:00"))
    send(small, ("roster", [known]), clock)
    assert "must be kept until" in refused(small)


def test_whoever_holds_a_post_or_may_be_let_in_anywhere_is_not_erased(small, clock):
    post = Assignment(
        subject=NUMBER, position="dc-operations", starts_at=t("2029-01-01T00:00"), as_of=t("2028-12-01T00:00")
    )
    send(small, ("roster", [post]), clock)
    assert "holds the post dc-operations" in refused(small)


def test_a_manager_of_others_is_not_erased(small, clock):
    of = roster("E2", "2026-03-01T00:00")[1][0].model_copy(update={"manager": NUMBER})
    send(small, ("roster", [of]), clock)
    assert "manager of 1 people" in refused(small)


# --- what dies in between -----------------------------------------------------------------------------------------


def test_who_was_erased_half_is_erased_whole_by_whoever_comes_next(small):
    """It ends after the commit, at a file that cannot be removed: nothing leads to that but what was written down."""
    before, [path] = keys_left(small).keys(), files_of(small)
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        erase(small)
    assert small.directory.person_by_number(NUMBER) is None and keys_left(small).keys() >= before
    path.rmdir()
    path.write_bytes(b"the scan")
    small.register_watch.turn()
    assert len(before - keys_left(small).keys()) == 4 and files_of(small) == []
    assert readable(small) == set() and small.erasure.finish() == 0 and good(small)


class LookedAt(HandClock):
    """A calendar that has something happen as it is looked at next."""

    happens = None

    def now(self):
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return super().now()


@pytest.fixture
def watched(tmp_path):
    clock = LookedAt(NOW)
    with opened(tmp_path / "hub", clock) as parts:
        lived(parts, clock)
        clock.advance(LATER)
        parts.deadlines.work_off()
        yield parts, clock


SAID = Person(subject=NUMBER, name=NAME, mail=MAIL, as_of=t("2026-02-01T00:00"))
"""What is known already: of what says it no fact leads to its body."""


def test_a_body_that_comes_while_others_are_looked_through_is_not_left_behind(watched):
    parts, clock = watched
    clock.happens = lambda: send(parts, ("roster", [SAID]), clock)
    assert "said of them just now" in refused(parts)
    assert "must be kept until" in refused(parts), "then it is one of the bodies that are looked through"


def test_nor_is_one_of_the_same_commit(watched):
    parts, clock = watched
    begun, free = threading.Event(), threading.Event()

    def busy(_tx):
        begun.set()
        assert free.wait(30)

    def between():
        """All was looked through; the next commit has the body, then the erasure."""
        parts.writer.submit(busy)
        assert begun.wait(30)
        prepared = prepare(parts, ("roster", [SAID]), clock)
        parts.writer.submit(lambda tx: parts.keeper.keep((prepared,), tx))
        threading.Thread(target=release).start()

    def release():
        until(lambda: parts.writer._queue._waiting.qsize() == 2, "the erasure waits, too")
        free.set()

    clock.happens = between
    assert "said of them just now" in refused(parts)


# --- what the log is held against ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE transmissions SET sealed = X'', state = 'erased' WHERE state <> 'erased'",
        "DELETE FROM enclosures WHERE entry IN (SELECT json_extract(body, '$.id') FROM entries WHERE kind = 'erased')",
        "DELETE FROM standings",
    ],
)
def test_what_no_entry_says_was_erased_is_missed(small, edit):
    erase(small)
    assert good(small)
    with closing(sqlite3.connect(small.folder.path / "data" / "licet.db")) as store:
        store.execute(edit)
        store.commit()
    assert not good(small)


# --- where somebody is named --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "writing",
    [
        b'{"name":"\\u5f20\\u4e09"}',
        b'{"name":"\\u5F20\\u4E09"}',
        b"name=%E5%BC%A0%E4%B8%89&x=1",
        b"name=%e5%bc%a0%e4%b8%89&x=1",
        b"name=%D5%C5%C8%FD",
        '{"header.x-name":"å¼\xa0ä¸\x89"}'.encode(),
        "ÕÅÈý".encode(),
    ],
)
def test_a_name_is_found_escaped_and_in_a_header(writing):
    assert Traces(["张三"]).in_bytes(writing)
    assert not Traces(["李四"]).in_bytes(writing)


def test_a_name_of_two_words_is_found_in_a_form():
    assert Traces(["Zhang San"]).in_bytes(b"name=Zhang+San&x=1") and Traces(["Zhang San"]).in_bytes(b"/Zhang%20San")


@pytest.mark.parametrize("encode", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_a_name_is_found_in_the_writings_of_wires(encode):
    traces = Traces([NAME, NUMBER])
    for text in (f"<name>{NAME}</name>", f"no={NUMBER}&x"):
        assert traces.in_bytes(text.encode(encode)), text
    assert traces.in_bytes(json.dumps({"name": NAME}).encode())
    assert traces.in_bytes(b"name=%E9%87%91%E4%B8%9D%E9%9B%80%E5%BC%A0%E4%B8%89")


def test_a_number_within_another_is_not_that_number_and_a_short_one_is_looked_for_nowhere():
    traces = Traces([NUMBER, "17"])
    assert not traces.in_text("16042170") and not traces.in_text("room 17") and not Traces([]).in_text("x")


def test_each_file_that_names_somebody_still_is_named(tmp_path):
    """Whatever it is written in; one that cannot be looked through is named, too."""
    traces, folder = Traces(["张三", "604217"]), tmp_path / "drops"
    (folder / "done").mkdir(parents=True)
    (folder / "a.csv").write_bytes("工号,姓名\n604217,".encode("gb18030"))
    (folder / "done" / "b.xml").write_bytes("<n>张三</n>".encode("utf-16"))
    (folder / "other.csv").write_text("1604217,李四\n", encoding="utf-8")
    with ZipFile(folder / "c.xlsx", "w", ZIP_DEFLATED) as workbook:
        workbook.writestr("xl/sharedStrings.xml", "<t>张三</t>" * 100)
    with ZipFile(folder / "d.xlsx", "w", ZIP_DEFLATED) as workbook:
        workbook.writestr("xl/sharedStrings.xml", "<t>李四</t>")
    (folder / "broken.xlsx").write_bytes(b"PK no archive")
    found = files_that_name(traces, [folder, folder, tmp_path / "nothing"])
    assert [each.relative_to(folder).as_posix() for each in found] == ["a.csv", "broken.xlsx", "c.xlsx", "done/b.xml"]
    assert list(files_that_name(traces, [folder / "a.csv"])) == [folder / "a.csv"], "a folder that cannot be listed"


DAMAGES = {
    # a mark in an archive, how far behind it bytes are changed, to what, and how its reader fails
    "a block of no kind": (b"PK\x03\x04", (35,), 0xFF, zlib.error),
    "more of a member than there is": (b"PK\x01\x02", (22, 26), 0x01, EOFError),
    "a name in no writing": (b"PK\x01\x02", (46,), 0xFF, ValueError),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_workbook_is_named_however_it_fails(tmp_path, damage):
    """Whom it may name is erased by then: the list of what is left to look at must come, whatever lies there."""
    mark, behind, byte, failure = DAMAGES[damage]
    path, stored = tmp_path / "a.xlsx", damage == "more of a member than there is"
    with ZipFile(path, "w", ZIP_STORED if stored else ZIP_DEFLATED) as workbook:
        workbook.writestr("证.xml" if "name" in damage else "x.xml", "<t>李四</t>" * 100)
    content = bytearray(path.read_bytes())
    for each in behind:
        content[content.index(mark) + each] = byte
    path.write_bytes(content)
    with pytest.raises(failure), ZipFile(path) as workbook:
        workbook.read(workbook.infolist()[0])
    assert list(files_that_name(Traces(["604217"]), [tmp_path])) == [path]
