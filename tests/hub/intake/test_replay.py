"""What is replayed from quarantine is the same fact as if it had come well at once."""

import json
import threading
from datetime import UTC, datetime
from uuid import uuid4

import mappings
from hub.intake.facts import Origin
from schemas.errors import ConfigError
from schemas.transmission import Fault, Transmission
from tests.site import build

PREFIX = "https://lms.example.cn/course/"


def test_a_statement_that_was_replayed_is_known_again_by_its_id(tmp_path):
    site = build(tmp_path / "hub", people=1)
    id = str(uuid4())
    statement = {
        "id": id,
        "actor": {"account": {"homePage": "https://lms.example.cn", "name": "l0"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": f"{PREFIX}exam-1"},
        "result": {"success": True, "score": {"scaled": 0.9}},
        "timestamp": "2026-03-01T08:00:00Z",
    }
    with site.parts() as parts:
        instance, now = parts.folder.instances["lms"], datetime.now(UTC)
        adapter = parts.adapters["lms"]
        wire = Transmission(
            connector="lms",
            received_at=now,
            media_type="application/json",
            body=json.dumps(statement).encode(),
            form="json",
            path="/xapi/statements",
            context=adapter._context,
        )
        origin = Origin("lms", "lms", instance.spec.batch)
        bad = parts.preparer.prepare(wire, (Fault("table.unknown", "/verb", "", "a verb of the mapping"),), origin)
        parts.writer.call(lambda tx: parts.keeper.keep((bad,), tx))
        [waiting] = parts.quarantine.waiting()
        assert dict(parts.quarantine.replay(waiting.id, "A").counts) == {"held": 1}
        again = wire._replace(body=wire.body + b" ")
        prepared = parts.preparer.prepare(again, mappings.load(instance.spec.mapping).read(again), origin)
        (kept,) = parts.writer.call(lambda tx: parts.keeper.keep((prepared,), tx))
        assert dict(kept.counts) == {"duplicate": 1}, "the same statement, whichever way it came"


def test_an_item_is_dealt_with_by_one_of_many_who_try_at_once(tmp_path):
    site = build(tmp_path / "hub", people=1)
    with site.parts() as parts:
        wire = Transmission(
            "terminals", datetime.now(UTC), "text/plain", b"bad\n", form="ATTLOG", peer="SN-1", path="/x"
        )
        fault = Fault("text.columns", "line 1", "1 columns", "4 to 11 columns", b"bad")
        origin = Origin("terminals", "terminals", "each")
        prepared = parts.preparer.prepare(wire, (fault,), origin)
        parts.writer.call(lambda tx: parts.keeper.keep((prepared,), tx))
        [waiting] = parts.quarantine.waiting()
        start, words = threading.Barrier(8), []

        def discard(name):
            start.wait()
            try:
                parts.quarantine.discard(waiting.id, "test", name)
            except ConfigError as refused:
                words.append(refused.message)
            else:
                words.append("discarded")

        people = [threading.Thread(target=discard, args=(f"P{n}",)) for n in range(8)]
        for each in people:
            each.start()
        for each in people:
            each.join()
        assert words.count("discarded") == 1 and len(words) == 8, words
    assert site.balanced()
    assert site.rows("SELECT quarantined, discarded FROM connectors WHERE connector = 'terminals'") == [(0, 1)]
