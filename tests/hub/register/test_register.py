"""Documents of people lie sealed, classified, with their editions; what happens to one is on record, and found."""

import hashlib
import hmac
import os
import random
import shutil
import sqlite3
import tracemalloc
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.audit.inspection import check_whole
from hub.intake.basis import Basis
from hub.register import sealed
from hub.register.incoming import MOST_BYTES, Filing
from hub.register.inspection import DAMAGED, LEFT_OVER, faults
from hub.register.sealed import FRAME, SealedWriter, sealed_size
from hub.store.space import Space
from hub.store.statement import Query
from hub.store.tables import alarms
from hub.store.tables.documents import DocumentCount
from hub.store.tables.identity import profile
from schemas.decision import RegisterEntry
from schemas.errors import ConfigError, LicetError, PayloadError, UnavailableError
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened, roster, send, t
from tests.hub.intake.test_corrections import entered
from tests.hub.register.papers import BASELINE, GRADIENT, PLAIN, pdf

HIGH, EXAM = "high-voltage-electrician", "dc-ops-exam"
UNTIL = t("2029-01-01T00:00")


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def hub(tmp_path, clock, database_url):
    with opened(tmp_path / "hub", clock, database_url) as parts:
        for number in ("E1", "E2"):
            send(parts, roster(number, "2026-01-01T00:00"), clock)
        yield parts


@pytest.fixture
def small(tmp_path, clock):
    """The same on the embedded store alone, for what is the same on both."""
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, roster("E1", "2026-01-01T00:00"), clock)
        yield parts


def file(parts, content=PLAIN, *, person="E1", kind="certificate", about=HIGH, by=("wang",), pieces=997, **said):
    filing = Filing(person, kind, about, by, **said)
    with parts.filing_desk.begin(filing) as incoming:
        for at in range(0, len(content), pieces):
            incoming.write(content[at : at + pieces])
        return parts.filing_desk.file(incoming)


def read(parts, document):
    _found, content = parts.register.content(document, "li")
    with content:
        return content.read()


def files_of(parts):
    return sorted(path for path in parts.shelf.place.rglob("*") if path.is_file()) if parts.shelf.place.exists() else []


# --- sealed -------------------------------------------------------------------------------------------------------


def test_a_document_lies_sealed_and_comes_out_as_it_was_filed(hub):
    filed = file(hub, number="T 1234-A", valid_until=UNTIL, file="scans/张三 certificate.pdf")
    [path] = files_of(hub)
    lies = path.read_bytes()
    assert path.name == filed.row.id and len(lies) == sealed_size(len(PLAIN)) and PLAIN[:64] not in lies
    assert path.stat().st_mode & 0o077 == 0, "nobody else may read it"
    assert read(hub, filed.row.id) == PLAIN
    said = filed.description
    assert (said.file, said.number, said.valid_until) == ("张三 certificate.pdf", "T 1234-A", UNTIL)
    stored = filed.row._asdict()
    assert not any(word in str(value) for word in ("张三", "T 1234", "T1234") for value in stored.values())


def test_the_entry_commits_to_the_document_and_whoever_has_the_paper_proves_that_it_was_this(hub):
    filed = file(hub)
    [entry] = entered(hub, "filed")
    scan, said = entry["scan"], filed.description
    assert (entry["paper"], entry["about"], entry["edition"], entry["outcome"]) == ("certificate", HIGH, 1, "kept")
    assert scan["bytes"] == len(PLAIN) and scan["commit"] == hmac.digest(said.salt, PLAIN, "sha256").hex()
    assert scan["ct_sha256"] == hashlib.sha256(hub.shelf.path(filed.row.id).read_bytes()).hexdigest()
    assert entry["person"] == filed.row.person and entry["actor"]["type"] == "operator"


def test_every_reading_is_on_record(hub):
    filed = file(hub)
    hub.register.of_person("E1", "li")
    read(hub, filed.row.id)
    first, second = entered(hub, "access")[-2:]
    assert (first["person"], "opened" in first) == (filed.row.person, False)
    assert (second["person"], second["opened"]) == (filed.row.person, filed.row.entry)


@given(size=st.sampled_from([1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 5]), seed=st.integers(0, 99))
def test_any_part_of_a_sealed_file_is_read_as_it_was_written(tmp_path_factory, size, seed):
    chance = random.Random(seed)
    content, path = chance.randbytes(size), tmp_path_factory.mktemp("sealed") / "file"
    writer = SealedWriter(path, "d", bytes(32), bytes(32), MOST_BYTES)
    at = 0
    while at < size:
        step = chance.choice([1, 100, FRAME, 3 * FRAME])
        writer.write(content[at : at + step])
        at += step
    assert writer.finish().size == size
    with sealed.opened(path, "d", bytes(32), size) as reader:
        for _ in range(5):
            start, length = chance.randrange(size + 1), chance.randrange(2 * FRAME)
            reader.seek(start)
            assert reader.read(length) == content[start : start + length]


def test_twenty_mebibytes_pass_through_little_memory(small):
    """The front of a real scan, then pictures: what is held is a piece at a time."""
    picture = random.Random(3).randbytes(1 << 20)
    tail = b"\nstartxref\n0\n%%EOF\n"
    tracemalloc.start()
    try:
        with small.filing_desk.begin(Filing("E1", "certificate", HIGH, ("wang",))) as incoming:
            incoming.write(PLAIN)
            for _ in range(19):
                incoming.write(picture)
            incoming.write(tail)
            before, _peak = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            filed = small.filing_desk.file(incoming)
            _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert filed.row.size > 19 << 20 and peak - before < 6 << 20


# --- classified ---------------------------------------------------------------------------------------------------


def test_q3_the_same_paper_again_is_its_next_edition_and_the_same_bytes_are_no_new_one(hub):
    first = file(hub, number="T-1")
    again = file(hub, number="t 1")
    assert (again.row.id, again.is_new, len(files_of(hub))) == (first.row.id, False, 1), "a repeat changes nothing"
    second = file(hub, BASELINE, number="T１")
    other = file(hub, BASELINE, number="T-2")
    sheet = file(hub, GRADIENT, kind="score_sheet", about=EXAM)
    of_another = file(hub, BASELINE, person="E2", number="T-1")
    assert [each.row.edition for each in (first, second, other, sheet, of_another)] == [1, 2, 1, 1, 1]
    listed = [(each.row.kind, each.row.media, each.row.edition) for each in hub.register.of_person("E1", "")]
    assert sorted(listed) == [
        ("certificate", "application/pdf", 1),
        ("certificate", "image/jpeg", 1),
        ("certificate", "image/jpeg", 2),
        ("score_sheet", "image/png", 1),
    ]
    assert len(entered(hub, "filed")) == 5


def test_another_validity_takes_two_people_and_a_reason(hub):
    file(hub, number="T-1", valid_until=UNTIL)
    later = {"number": "T-1", "valid_until": UNTIL + timedelta(days=365)}
    for by, reason in ((("wang",), "renewed"), (("wang", " WANG "), "renewed"), (("wang", "li"), " ")):
        with pytest.raises(ConfigError, match="two different people"):
            file(hub, BASELINE, by=by, reason=reason, **later)
    assert file(hub, BASELINE, by=("wang", "li"), reason="renewed", **later).row.edition == 2
    assert file(hub, GRADIENT, **later).row.edition == 3, "a clearer scan of the same takes one"
    assert file(hub, BASELINE, number="T-1").row.edition == 4, "without a word of it, it stays"
    with pytest.raises(ConfigError, match="two different people"):
        file(hub, PLAIN, number="T-1", valid_until=UNTIL)
    assert len(files_of(hub)) == 4


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"person": "E11"}, "E1"),
        ({"kind": "certificat"}, "certificate"),
        ({"about": "high-voltage-electricain"}, HIGH),
        ({"by": ()}, "who files it"),
        ({"by": ("Zhang", "e1")}, "about themselves"),
        ({"valid_from": UNTIL, "valid_until": UNTIL}, "later than"),
    ],
)
def test_what_is_said_of_a_document_must_do_before_a_byte_is_taken(small, said, why):
    with pytest.raises(ConfigError, match=why):
        file(small, **said)
    assert not files_of(small) and not entered(small, "filed")


def test_what_is_no_document_leaves_nothing(small):
    for content, code in ((b"", "document.format"), (PLAIN[:-40], "document.format"), (b"MZ" * 99, "document.format")):
        with pytest.raises(PayloadError) as refused:
            file(small, content)
        assert refused.value.code == code
    with pytest.raises(PayloadError) as refused:
        file(small, pdf(lambda writer: writer.encrypt("x")))
    assert refused.value.code == "document.locked"
    assert not files_of(small) and not entered(small, "filed")


def test_what_is_larger_than_one_may_be_is_refused_as_it_comes(small):
    with small.filing_desk.begin(Filing("E1", "certificate", HIGH, ("wang",))) as incoming:
        with pytest.raises(PayloadError) as refused:
            for _ in range(21):
                incoming.write(bytes(1 << 20))
        assert refused.value.code == "file.size"
    assert not files_of(small)


def test_one_person_has_so_many_documents_and_no_more(small):
    small.filing_desk = small.filing_desk_of(2)
    file(small, number="1")
    file(small, number="2")
    with pytest.raises(PayloadError) as refused:
        file(small, number="3")
    assert refused.value.code == "document.many"


def test_a_full_disk_takes_no_document(tmp_path, clock):
    with opened(tmp_path / "hub", clock) as parts:
        send(parts, roster("E1", "2026-01-01T00:00"), clock)
        parts.space = Space(tmp_path, 1 << 60, clock)
        with pytest.raises(UnavailableError) as refused:
            file(parts)
        assert refused.value.code == "disk.low"


# --- found --------------------------------------------------------------------------------------------------------


def _cut(path):
    os.truncate(path, path.stat().st_size - 1)


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "gone": lambda path: path.unlink(),
    "cut": _cut,
    "changed": _flip,
    "emptied": lambda path: os.truncate(path, 0),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_is_gone_or_changed_is_found_and_never_read_as_if_it_were_whole(small, damage):
    filed, other = file(small, number="1"), file(small, BASELINE, number="2")
    assert not list(faults(small.database, small.shelf))
    path = small.shelf.path(filed.row.id)
    kept = path.read_bytes()
    DAMAGE[damage](path)
    [fault] = faults(small.database, small.shelf)
    assert (fault.document, fault.person) == (filed.row.id, filed.row.person)
    with pytest.raises(LicetError) as refused:
        read(small, filed.row.id)
    assert refused.value.code == DAMAGED
    assert read(small, other.row.id) == BASELINE
    assert check_whole(small.database, small.signer).good, "a lost scan stops no revocation"
    path.write_bytes(kept)
    assert read(small, filed.row.id) == PLAIN and not list(faults(small.database, small.shelf))


def test_a_file_in_the_place_of_another_does_not_open(small):
    one, other = file(small, number="1"), file(small, number="2", by=("li",))
    shutil.copy(small.shelf.path(one.row.id), small.shelf.path(other.row.id))
    assert [each.document for each in faults(small.database, small.shelf)] == [other.row.id]
    with pytest.raises(LicetError):
        read(small, other.row.id)


def alarm(parts):
    with parts.database.reading() as session:
        found = session.one(alarms.alarm_of_code, {"code": DAMAGED})
    return None if found is None else found.state


def a_round(parts):
    while parts.register_watch.turn() < 60:
        pass


def test_the_hub_tells_of_a_damaged_document_until_it_is_there_again(hub):
    filed = [file(hub, number=str(n)) for n in range(10)]
    a_round(hub)
    assert alarm(hub) is None
    path = hub.shelf.path(filed[4].row.id)
    kept = path.read_bytes()
    path.unlink()
    a_round(hub)
    a_round(hub)
    assert alarm(hub) == "raised" and len(entered(hub, "alarm")) == 1
    path.write_bytes(kept)
    a_round(hub)
    assert alarm(hub) == "ended"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM documents", "is gone"),
        (f"UPDATE documents SET ct_sha256 = '{'0' * 64}'", "is not what the entry says"),
        ("UPDATE documents SET size = size + 1", "is not what the entry says"),
    ],
)
def test_a_row_that_is_gone_or_changed_is_found_by_its_entry(hub, change, said):
    file(hub)
    with closing(hub.database.writing().connection) as raw:
        raw.execute(change)
        if not hub.database.is_sqlite:
            raw.execute("COMMIT")
    report = check_whole(hub.database, hub.signer)
    assert not report.good and any(said in each for each in report.problems)


def test_what_no_row_names_goes_after_a_day(small):
    filed = file(small)
    left, fresh = small.shelf.path("a" * 32), small.shelf.path("b" * 32)
    half = small.shelf.incoming("c" * 32)
    old = small.shelf.path(filed.row.id).stat().st_mtime - 2 * LEFT_OVER.total_seconds()
    for path in (left, fresh, half):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    for path in (left, half, small.shelf.path(filed.row.id)):
        os.utime(path, (old, old))
    a_round(small)
    assert sorted(path.name for path in files_of(small)) == sorted([filed.row.id, "b" * 32])


# --- filed with what is entered upon it ---------------------------------------------------------------------------


def enter_upon(parts, clock, **said):
    entry = RegisterEntry(
        subject="E1",
        credential=HIGH,
        number="T-99",
        status="active",
        changed_at=clock.now(),
        valid_until=UNTIL,
        entered_by="person",
        as_of=clock.now(),
    )
    filing = Filing("E1", "certificate", HIGH, ("wang",), number="T-99", valid_until=UNTIL)
    with parts.filing_desk.begin(filing) as incoming:
        incoming.write(PLAIN)
        with parts.filing_desk.beside(incoming) as upon:
            kept = parts.acts.enter(entry, Basis("seen", PLAIN, ["wang"]), clock.now(), upon)
            return kept, upon.document()


def words_and_documents(parts):
    entries = "SELECT count(*) AS documents, 0 AS bytes FROM facts WHERE kind = 'register_entry'"
    with parts.database.reading() as session:
        [words] = session.all(Query(DocumentCount, entries), {})
        [papers] = session.all(Query(DocumentCount, "SELECT count(*) AS documents, 0 AS bytes FROM documents"), {})
    return words.documents, papers.documents


def test_what_is_entered_and_what_shows_it_are_one_commit(hub, clock):
    kept, filed = enter_upon(hub, clock)
    assert filed.row.transmission == kept.id and words_and_documents(hub) == (1, 1)
    entry, paper = entered(hub, "corrected")[-1], entered(hub, "filed")[-1]
    assert entry["ts"] == paper["ts"] and paper["transmission"] == entry["transmission"] == kept.id
    clock.advance(timedelta(seconds=1))
    kept, again = enter_upon(hub, clock)
    assert (again.row.id, again.is_new) == (filed.row.id, False) and len(files_of(hub)) == 1, "the same scan again"


@pytest.mark.parametrize("table", ["documents", "facts"])
def test_where_one_of_them_cannot_be_kept_neither_is(small, clock, table):
    """Whatever dies in between: there is no entry without its scan, and no scan of an entry that nobody made."""
    with closing(sqlite3.connect(small.folder.path / "data" / "licet.db")) as store:
        store.execute(f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END")
        store.commit()
        with pytest.raises(sqlite3.IntegrityError, match="full"):
            enter_upon(small, clock)
        assert words_and_documents(small) == (0, 0) and not entered(small, "corrected") + entered(small, "filed")
        store.execute(f"DROP TRIGGER no_{table}")
        store.commit()
    [left] = files_of(small)
    long_ago = left.stat().st_mtime - LEFT_OVER.total_seconds() - 1
    os.utime(left, (long_ago, long_ago))
    small.register_watch.turn()
    assert files_of(small) == [], "a file that no row names goes"
    clock.advance(timedelta(seconds=1))
    enter_upon(small, clock)
    assert words_and_documents(small) == (1, 1) and check_whole(small.database, small.signer).good


# --- gone ---------------------------------------------------------------------------------------------------------


def test_two_people_remove_a_document_and_that_it_was_there_stays_on_record(hub):
    filed = file(hub)
    for by, reason in ((("wang",), "of E2"), (("wang", "WANG"), "of E2"), (("wang", "li"), "")):
        with pytest.raises(ConfigError, match="two different people"):
            hub.filing_desk.remove(filed.row.id, Basis(reason, b"", by))
    kept = hub.shelf.path(filed.row.id).read_bytes()
    gone = hub.filing_desk.remove(filed.row.id, Basis("of E2", b"", ("wang", "li")))
    assert (gone.state, gone.description, files_of(hub)) == ("removed", None, [])
    with pytest.raises(ConfigError, match="was removed"):
        read(hub, filed.row.id)
    hub.shelf.path(filed.row.id).write_bytes(kept)  # a file of a backup: nobody has its key any more
    with pytest.raises(ConfigError, match="was removed"):
        read(hub, filed.row.id)
    with pytest.raises(ConfigError, match="already"):
        hub.filing_desk.remove(filed.row.id, Basis("of E2", b"", ("wang", "li")))
    first, last = entered(hub, "filed")
    assert (last["outcome"], last["filed"], len(last["actor"])) == ("removed", first["id"], 2)
    assert check_whole(hub.database, hub.signer).good and not list(faults(hub.database, hub.shelf))
    assert file(hub, BASELINE).row.edition == 2, "an edition is counted once"


def test_whose_key_is_destroyed_has_no_document_any_more_and_every_proof_holds(hub):
    filed, other = file(hub), file(hub, person="E2")
    with hub.database.reading() as session:
        hub.keys.destroy(session.one(profile, {"person": filed.row.person}).key)
    hub.directory.invalidate()
    again = hub.register.one(filed.row.id, "li")
    assert (again.state, again.person, again.description) == ("erased", "", None)
    with pytest.raises(ConfigError, match="erased"):
        read(hub, filed.row.id)
    assert read(hub, other.row.id) == PLAIN
    assert check_whole(hub.database, hub.signer).good
