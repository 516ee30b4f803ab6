"""What is published for authorities: JSON Schema and XSD judge alike, and what they pass the hub takes."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.simulators.authority import to_xml
from mappings import load
from schemas.transmission import Item, Transmission

ROOT = Path(__file__).parents[2]
DOCUMENT = load("credential/authority_push")
JSON = jsonschema_rs.validator_for(
    json.loads((ROOT / "schemas/json/authority_event.AuthorityEvent.json").read_text("utf-8")), validate_formats=True
)
XSD = etree.XMLSchema(etree.parse(str(ROOT / "docs/authority-event.xsd")))

# Letters that nobody sees are in no name.
words = st.text(
    st.characters(
        min_codepoint=0x21, max_codepoint=0x9FFF, categories=["L", "N"], exclude_characters="\u115f\u1160\u3164"
    ),
    min_size=1,
    max_size=40,
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: f"{at.isoformat()}Z")  # noqa: DTZ001
days = st.dates(datetime(2020, 1, 1).date(), datetime(2040, 1, 1).date()).map(str)  # noqa: DTZ001
renewals = st.fixed_dictionaries(
    {"rule_id": words},
    optional={
        "demands": words,
        "hours_required": st.sampled_from(["0", "8", "37.5"]),
        "hours_earned": st.sampled_from(["0", "12.25"]),
        "period_start": days,
        "period_end": days,
    },
)
STATUSES = ("active", "suspended", "revoked", "expired", "lapsed", "superseded", "unknown")


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    start, end = sorted(draw(st.lists(days, min_size=2, max_size=2)))
    data = {
        "credential": {"number": draw(words), "scheme": draw(words)},
        "holder": {"ref": draw(words)} | draw(st.sampled_from([{}, {"ref_type": "pairwise"}])),
        "status": draw(st.sampled_from(STATUSES)),
        "effective_at": draw(instants),
    }
    data |= draw(st.sampled_from([{}, {"valid_from": start, "valid_until": end}, {"review_due": end}]))
    data |= draw(st.sampled_from([{}, {"renewal": draw(renewals)}]))
    data |= draw(st.sampled_from([{}, {"reason_code": "review_overdue", "previous_status": "active"}]))
    whole = {"specversion": "1.0", "id": draw(words), "source": "urn:authority:x"}
    whole |= {"type": "credential.status.changed.v1", "data": data}
    return whole | draw(st.sampled_from([{}, {"sequence": "000000000042", "time": "2026-11-22T09:00:00Z"}]))


def passes(event: dict[str, Any]) -> tuple[bool, bool]:
    """Whether JSON Schema and XSD let an event pass."""
    return JSON.is_valid(event), XSD.validate(etree.fromstring(to_xml(event)))


def records(event: dict[str, Any], form: str) -> list[Any]:
    """What the shipped document makes of an event: its records, or the code of what is wrong."""
    body = json.dumps(event).encode() if form == "json" else to_xml(event)
    at = datetime(2026, 11, 22, tzinfo=UTC)
    sent = Transmission("authority", at, "", body, form=form, context={"zone": "Asia/Shanghai"})
    found = DOCUMENT.read(sent)
    return [each.records if isinstance(each, Item) else each for each in found]


@given(events())
def test_what_both_let_pass_is_taken_and_says_the_same(event):
    assert passes(event) == (True, True)
    [told], [told_in_xml] = records(event, "json"), records(event, "xml")
    assert isinstance(told, tuple), told
    assert told == told_in_xml


GOOD = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "urn:authority:x",
    "type": "credential.status.changed.v1",
    "time": "2026-11-22T09:00:00Z",
    "sequence": "7",
    "data": {
        "credential": {"number": "C-1", "scheme": "licence"},
        "holder": {"ref": "r0"},
        "status": "active",
        "effective_at": "2026-11-22T09:00:00+08:00",
        "valid_until": "2030-11-21",
        "renewal": {
            "rule_id": "special-operation/3y",
            "demands": "8 class hours of safety training before the review",
            "hours_required": "8",
            "hours_earned": "2.5",
            "period_start": "2024-11-22",
            "period_end": "2027-11-21",
        },
    },
}
WRONG: list[tuple[str, Any]] = [
    ("specversion", None),
    ("specversion", "0.3"),
    ("id", None),
    ("id", ""),
    ("source", None),
    ("type", "other"),
    ("time", "2026-11-22 09:00:00"),
    ("sequence", "-1"),
    ("sequence", "1" * 19),
    ("data", None),
    ("data/credential", None),
    ("data/credential/number", None),
    ("data/credential/number", ""),
    ("data/credential/number", "x" * 129),
    ("data/credential/scheme", "two words"),
    ("data/holder/ref", None),
    ("data/holder/ref_type", "id-card"),
    ("data/status", None),
    ("data/status", "Active"),
    ("data/status", "paused"),
    ("data/effective_at", None),
    ("data/effective_at", "2026-11-22"),
    ("data/effective_at", "2026-11-22T09:00:00"),
    ("data/effective_at", "2026-02-30T09:00:00Z"),
    ("data/valid_until", "2030-02-30"),
    ("data/valid_until", "21.11.2030"),
    ("data/valid_until", "2030-11-21T00:00:00Z"),
    ("data/other", "x"),
    ("data/renewal", {}),
    ("data/renewal/rule_id", None),
    ("data/renewal/rule_id", "two words"),
    ("data/renewal/demands", ""),
    ("data/renewal/demands", "x" * 1001),
    ("data/renewal/hours_required", "8h"),
    ("data/renewal/hours_required", "-8"),
    ("data/renewal/hours_earned", "1.125"),
    ("data/renewal/period_start", "2030-02-30"),
    ("data/renewal/period_end", "2030-11-21T00:00:00Z"),
    ("data/renewal/other", "x"),
]


@pytest.mark.parametrize(("where", "value"), WRONG, ids=lambda each: str(each)[:40])
def test_what_one_refuses_the_other_refuses_too(where, value):
    assert passes(GOOD) == (True, True)
    event = deepcopy(GOOD)
    *path, last = where.split("/")
    part: dict[str, Any] = event
    for name in path:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    assert passes(event) == (False, False)
