"""What a document reads of a request beside its body belongs to what was said: another header is another message."""

import json
from collections.abc import Mapping

import pytest

from hub.intake.facts import Origin
from hub.intake.history import History
from mappings import MappingDocument
from schemas.errors import ConflictError
from schemas.transmission import Fault, Transmission
from tests.conftest import HandClock
from tests.hub.decision.test_law import NOW, opened

FIELDS = {
    "subject": {"at": "/who"},
    "credential": {"value": "low-voltage"},
    "number": {"at": "/id"},
    "status": {"header": "x-event", "else": [{"query": "event"}, {"context": "file"}]},
    "changed_at": {"at": "/at", "as": "instant", "else": [{"header": "date"}]},
}
FIELDS["status"]["table"] = {each: each for each in ("active", "revoked")}
KEY = [FIELDS["status"], {"at": "/id"}]
RECORD = {"record": "credential.CredentialStatus", "fields": FIELDS}
BODY = json.dumps({"who": "E0", "id": "C-1", "at": "2026-03-02T09:00:00Z"}).encode()
ORIGIN = Origin("vendor", "roster", "each")
ACTIVE, REVOKED, NOISE = {"header.x-event": "active"}, {"header.x-event": "revoked"}, {"header.x-request": "r-2"}
BEGUN = {"header.date": "2026-03-02T09:00:00Z"}


def document(key=KEY, record=RECORD) -> MappingDocument:
    text = json.dumps({"format": 2, "forms": {"f": {"read": "json", "key": key, "records": [record]}}})
    return MappingDocument.parsed("vendor", "vendor.json", text.encode())


READING = document()


@pytest.fixture
def hub(tmp_path):
    with opened(tmp_path / "hub", HandClock(NOW)) as parts:
        yield parts


def told(hub, context: Mapping[str, str], id: str | None = None, mapping: MappingDocument | None = READING) -> str:
    """What became of the one item of a message."""
    wire = Transmission("vendor", NOW, "application/json", BODY, id, path="/in/vendor", context=context)
    fault = Fault("schema.form", "", "no mapping", "one")
    outcomes = (fault,) if mapping is None else mapping.read(wire)
    prepared = hub.preparer.prepare(wire, outcomes, ORIGIN, mapping)
    [kept] = hub.writer.call(lambda tx: hub.keeper.keep((prepared,), tx))
    if isinstance(kept, Exception):
        raise kept
    return "repeat" if kept.repeat else next(iter(kept.counts))


@pytest.mark.parametrize(
    ("one", "other"), [(ACTIVE, REVOKED), ({"query.event": "active"}, {"query.event": "revoked"})], ids=str
)
def test_the_same_body_with_another_word_beside_it_is_another_message(hub, one, other):
    first = told(hub, one)
    assert first != "repeat"
    assert told(hub, other) == first, "a revocation is no repeat of the grant"
    assert (told(hub, one), told(hub, other)) == ("repeat", "repeat")


def test_what_no_rule_looks_at_makes_no_other_message(hub):
    told(hub, ACTIVE)
    assert told(hub, {**ACTIVE, **NOISE}) == "repeat", "a sender numbers each of its requests"
    assert told(hub, {**ACTIVE, "zone": "Asia/Shanghai"}) == "repeat"


def test_under_the_sender_s_own_id_another_word_is_a_conflict_and_another_hour_is_none(hub):
    told(hub, {**ACTIVE, **BEGUN}, "m-1")
    assert told(hub, {**ACTIVE, **NOISE, "header.date": "2026-03-02T09:05:00Z"}, "m-1") == "repeat"
    with pytest.raises(ConflictError):
        told(hub, REVOKED, "m-1")


def test_two_files_of_the_same_bytes_are_two_where_their_names_are_read(hub):
    """A file's own id is the digest of its bytes."""
    first = told(hub, {"file": "active"}, "d-1")
    assert told(hub, {"file": "revoked"}, "d-1") == first != "repeat"
    assert told(hub, {"file": "revoked"}, "d-1") == "repeat"


def test_two_names_of_the_same_bytes_are_one_where_no_rule_reads_them(hub):
    fields = {**FIELDS, "status": {"value": "active"}}
    nameless = document([{"at": "/id"}], {**RECORD, "fields": fields})
    told(hub, {"file": "a.json"}, "d-1", nameless)
    assert told(hub, {"file": "b.json"}, "d-1", nameless) == "repeat"


def test_what_waits_for_its_mapping_loses_nothing_that_may_matter_to_it(hub):
    assert (told(hub, ACTIVE, mapping=None), told(hub, REVOKED, mapping=None)) == ("quarantined", "quarantined")


def test_what_came_beside_a_body_is_sealed_with_it_and_is_there_when_it_is_read_again(hub):
    """A header, a parameter and the name of a file may name somebody as the body does."""
    beside = {
        **ACTIVE,
        "header.x-who": "zhang.san",
        "query.who": "z.s@staff.example",
        "file": "张三.json",
        "zone": "UTC",
    }
    wire = Transmission(
        "vendor", NOW, "application/json", BODY, "m-9", "f", "张三.json", "/in/vendor/zhang.san", beside
    )
    prepared = hub.preparer.prepare(wire, READING.read(wire), ORIGIN, READING)
    hub.writer.call(lambda tx: hub.keeper.keep((prepared,), tx))
    with hub.database.reading() as session:
        rows = session.connection.execute("SELECT * FROM transmissions").fetchall()
    known = [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for row in rows for each in row]
    assert not [each for each in known if any(word in each for word in ("zhang", "张三", "staff.example", "active"))]
    [past] = History(hub.database, hub.sealer, hub.folder.names).of([prepared.id])
    assert past.wire == wire._replace(id=prepared.id)
    hub.sealer.keys.destroy(prepared.bucket)
    assert [each.wire for each in History(hub.database, hub.sealer, hub.folder.names).of([prepared.id])] == [None]
