"""What a draft of a mapping document would change is what it does change; nothing is touched, and nobody waits."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

import mappings
from hub.rules.span import Span
from hub.store.drafted import with_other_facts
from mappings import MappingDocument
from schemas.transmission import Transmission
from tests.hub.cli.test_what_if import content
from tests.hub.decision.test_law import t
from tests.hub.intake.test_words import E1, E2, NOW, S1, running

PUNCHES = ("attendance/zkteco_push", "text/plain", "ATTLOG", {"device": "SN1", "zone": "Asia/Shanghai"})
STATEMENTS = ("learning/xapi_push", "application/json", "", {"course_prefix": "", "home_page": "https://lms"})
IDS = {"id:terminals": "17", "id:lms": "zhang", "id:authority": "r1"}


def shipped(name, *changes):
    text = mappings.find(name, mappings.SHIPPED).read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return MappingDocument.parsed(name, name, text.encode())


def bring(hub, connector, document, body, media, form, context, path=""):
    """One message, read by a document, as the front has it kept."""
    hub.clock.advance(timedelta(minutes=1))
    wire = Transmission(connector, hub.clock.now(), media, body, form=form, context=context, path=path)
    prepared = hub.parts.preparer.prepare(wire, document.read(wire), hub.parts.origins[connector], document)
    [kept] = hub.parts.writer.call(lambda tx: hub.parts.keeper.keep((prepared,), tx))
    hub.parts.keeper.committed(prepared)
    return dict(kept.counts)


def punches(hub, document):
    for body in (
        b"17\t2026-03-06 13:58:00\t0\t15\n",
        b"17\t2026-03-06 17:02:00\t1\t15\n17\t2026-03-06 17:03:00\t1\t15\n",
    ):
        bring(hub, "terminals", document, body, *PUNCHES[1:])
    bring(hub, "terminals", document, b"17\t2026-03-06 13:58:00\t0\t15\n", *PUNCHES[1:], path="again")
    bring(hub, "terminals", document, b"99\t2026-03-06 13:58:00\t0\t15\n", *PUNCHES[1:])


def statement(n, verb, at, thing="dc-ops-exam", **more):
    who = {"account": {"homePage": "https://lms", "name": "zhang"}}
    return {
        "id": f"00000000-0000-4000-8000-{n:012}",
        "actor": who,
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": thing},
        "timestamp": at,
        **more,
    }


def statements(hub, document):
    first = [statement(1, "passed", "2026-03-02T01:00:00Z", result={"success": True, "score": {"raw": 85}})]
    gone = {"objectType": "StatementRef", "id": first[0]["id"]}
    voided = [{**statement(2, "voided", "2026-03-03T01:00:00Z"), "object": gone}]
    for each in (first, voided):
        bring(hub, "lms", document, json.dumps(each).encode(), *STATEMENTS[1:])


def status(n, said):
    return {
        "specversion": "1.0",
        "id": f"e{n}",
        "source": "urn:x",
        "type": "credential.status.changed.v1",
        "time": f"2026-03-0{n}T01:00:00Z",
        "sequence": str(n),
        "data": {
            "credential": {"number": "L-1", "scheme": "high-voltage-electrician"},
            "holder": {"ref_type": "pairwise", "ref": "17"},
            "status": said,
            "effective_at": f"2026-03-0{n}T00:00:00+08:00",
            "valid_until": "2028-01-01",
        },
    }


def statuses(hub, document):
    for n, said in ((1, "active"), (2, "suspended")):
        body = json.dumps(status(n, said)).encode()
        bring(hub, "terminals", document, body, "application/json", "json", {"zone": "Asia/Shanghai"})


WHOSE = '"subject": {"at": "/pin", "as": "trim"}'
STATUS = '"status": {"at": "/data/status"}'
SCENES = {
    "a terminal of another room": (
        PUNCHES[0],
        punches,
        '"device": {"context": "device"}',
        '"device": {"value": "SN9"}',
    ),
    "another zone": (PUNCHES[0], punches, '"zone": {"context": "zone"}', '"zone": "Asia/Tokyo"'),
    "other people": (PUNCHES[0], punches, WHOSE, '"subject": {"value": "99"}'),
    "other keys alone": (PUNCHES[0], punches, '{"value": "granted"}]', '{"value": "given"}]'),
    "a withdrawal unheard": (STATEMENTS[0], statements, "/verbs/voided", "/verbs/never"),
    "a closing word unheard": (
        "credential/authority_push",
        statuses,
        STATUS,
        STATUS[:-1] + ', "table": {"active": "active"}, "default": "unknown"}',
    ),
}
"""A document, what comes, and what a draft of the document says instead of what."""


@pytest.fixture
def hubs(tmp_path):
    """Two hubs of the same people and plan."""
    with running(tmp_path / "one") as one, running(tmp_path / "other") as other:
        for hub in (one, other):
            hub.people({**E1, **IDS}, {**E2, "id:terminals": "99"})
            hub.plan({**S1, "starts_at": "2026-03-06 14:00", "ends_at": "2026-03-06 17:00", "employee_no": "E1"})
            hub.clock.advance(t("2026-03-07T09:00") - hub.clock.now())
        yield one, other


def known(dossier):
    """What a dossier says, without the numbers of rows."""
    units = [(u.id, u.course, u.required, u.credited, u.open, u.status) for u in dossier.units]
    said = [each.record.model_dump(exclude={"subject", "number"}) for each in dossier.facts]
    return sorted(units), sorted(map(str, said))


def dossiers(hub):
    return {number: known(hub.dossier(number)) for number in ("E1", "E2")}


def would(hub, draft, connector):
    """The dossiers of everybody as they would be, and what is told of it."""
    parts, now = hub.parts, hub.clock.now()
    origin = parts.origins[connector]
    found = parts.redrafting.of(draft, origin, NOW - timedelta(days=90), lambda *_: None)
    seen = {}
    with with_other_facts(parts.database, found.facts) as drafted:
        for number in ("E1", "E2"):
            person = parts.directory.person_by_number(number)
            seen[number] = known(parts.fresh_evidence().dossier(person, drafted, now=now))
    told = parts.mapping_what_if.of(
        draft,
        origin,
        Span(NOW - timedelta(days=90), NOW + timedelta(days=90)),
        parts.fresh_evidence(),
        now,
        lambda *_: None,
    )
    return seen, told


@pytest.mark.parametrize("scene", SCENES)
def test_what_would_be_is_what_is_where_the_draft_was_in_use_from_the_beginning(hubs, scene):
    name, traffic, *change = SCENES[scene]
    connector = "lms" if traffic is statements else "terminals"
    one, other = hubs
    draft = shipped(name, change)
    traffic(one, shipped(name))
    traffic(other, draft)
    seen, told = would(one, draft, connector)
    assert seen == dossiers(other)
    assert told.records.found.differing and told.records.changes
    differ = {number for number in seen if seen[number] != dossiers(one)[number]}
    assert differ == ({"E1"} if scene not in ("other people", "other keys alone") else differ)
    assert {each.person for each in told.records.changes} <= {"E1", "E2", ""}
    again, same = would(one, shipped(name), connector)
    assert again == dossiers(one) and not same.records.found.differing and same.records.changes == ()


def test_nothing_is_touched_not_even_a_key_for_who_is_not_known_yet(hubs, tmp_path):
    name, connector = PUNCHES[0], "terminals"
    one, _other = hubs
    punches(one, shipped(name))

    class Home:
        home = Path(one.parts.folder.path)

    before = content(Home)
    draft = shipped(name, (WHOSE, '"subject": {"value": "nobody"}'))
    _seen, told = would(one, draft, connector)
    assert told.records.counted() == {"lost": 5, "added": 5, "changed": 0}
    assert content(Home) == before
    one.people({**E1, **IDS, "name": "张三丰"}, {**E2, "id:terminals": "99"})  # who writes does not wait
