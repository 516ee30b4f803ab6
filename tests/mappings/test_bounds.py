"""No input makes the engine raise anything but faults, work longer than its bound, or give more than its limit."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings
from mappings.bodies import rewriter
from mappings.cases import cases, shipped
from mappings.conversions import conversion
from mappings.document import Document
from mappings.lint import examine
from mappings.mismatch import Mismatch
from mappings.reading import USUAL, Bounds, reader
from mappings.rules import FieldRule
from mappings.vocabulary import CONVERSIONS, FORMATS
from schemas.errors import CODES
from schemas.transmission import Fault, Ignored, Item, Transmission
from tests.fuzz.damage import bodies

VENDORS = Path(__file__).parent / "vendors"
CASES = [case for name in shipped(VENDORS) for case in cases(name, VENDORS)]
DOCUMENTS = {name: mappings.load(name, VENDORS) for name in shipped(VENDORS)}
ENROLMENT = {"session": {"value": "S1"}, "as_of": {"value": "2026-03-02T00:00:00Z", "as": "instant"}}


def reading(form, body, bounds=USUAL):
    document = Document.model_validate({"format": 2, "forms": {"in": form}})
    read = reader(document.resolved("in"), {}, bounds)
    return read(Transmission("x", datetime(2026, 3, 2, tzinfo=UTC), "text/plain", body))


def enrolments(subject, key=({"at": "/no"},), **form):
    fields = {"subject": subject, **ENROLMENT}
    return {"read": "json", "key": list(key), "records": [{"record": "learning.Enrolment", "fields": fields}], **form}


@pytest.mark.parametrize("case", CASES, ids=str)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_damaged_bytes_become_outcomes_and_nothing_else(case, data):
    body = data.draw(bodies([case.transmission.body]))
    for outcome in DOCUMENTS[case.mapping].read(case.transmission._replace(body=body)):
        assert isinstance(outcome, Item | Ignored | Fault)
        if isinstance(outcome, Fault):
            assert outcome.code in CODES and outcome.found and outcome.expected


VALUES = st.recursive(
    st.text(max_size=24)
    | st.text("0123456789.:-/ TZ+年月日学时PTHM上午apmAPM", max_size=24)
    | st.integers(-(2**70), 2**70)
    | st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14)
    | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
PATTERNS = ["YYYY-MM-DD hh:mm:ss", "YYYY年M月D日 Ah:mm", "DD.MM.YYYY h:m:s.SSS Z"]


@pytest.mark.parametrize("do", CONVERSIONS)
@given(value=VALUES, units=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_conversion_gives_a_value_or_a_mismatch(do, value, units):
    details = {"zone": "Asia/Shanghai", "by": ",;", "prefix": "p", "suffix": "s", "width": 9, "start": 1, "end": 4}
    details["formats"] = PATTERNS if do in ("date_start", "end_of_day") else [*FORMATS, *PATTERNS]
    details["units"] = {"h": "3600", "学时": 2700} if units else {}
    convert = conversion(FieldRule.model_validate({"at": "/x", "as": do, **details}))
    assert convert is not None
    try:
        convert(value, {})
    except Mismatch as bad:
        assert bad.code in CODES and bad.found and bad.expected


@given(value=VALUES)
@settings(max_examples=100, deadline=None)
def test_conditions_and_tables_hold_or_do_not_whatever_they_are_shown(value):
    conditions = [{"at": "/x", each: 3} for each in ("lt", "le", "gt", "ge", "is", "is_not")]
    conditions += [{"at": "/x", "same_as": "/x"}, {"at": "/x", "prefix": "1"}, {"not": {"at": "/x", "exists": True}}]
    ignore = [{"when": [{"all": [{"any": [{"not": each}]}]}], "reason": "out"} for each in conditions]
    subject = {"at": "/x", "table": {"true": "t", "1": "one"}, "default": "other", "missing": "none"}
    body = json.dumps([{"x": str(value) if isinstance(value, Decimal) else value, "no": "1"}], default=str).encode()
    for outcome in reading(enrolments(subject, ignore=ignore), body):
        assert isinstance(outcome, Item | Ignored | Fault)


@pytest.mark.parametrize(("items", "taken"), [(20, True), (21, False)])
def test_items_times_rules_are_bounded(items, taken):
    ignore = [{"when": [{"at": f"/a{n}", "exists": True}], "reason": "out"} for n in range(95)]
    body = b"[" + b",".join([b'{"a0":1}'] * items) + b"]"
    outcomes = reading(enrolments({"at": "/no"}, ignore=ignore), body, Bounds(steps=2_000))
    if taken:
        assert outcomes == (Ignored("out"),) * items
    else:
        [fault] = outcomes
        assert (fault.code, fault.raw) == ("mapping.cost", b"")


@pytest.mark.parametrize(("items", "taken"), [(10, True), (11, False)])
def test_records_of_one_body_are_bounded(items, taken):
    form = enrolments({"at": "."})
    form["records"][0] |= {"each": "/who", "by": ";"}
    outcomes = reading(form, json.dumps([{"no": "1", "who": "e;" * 100}] * items).encode(), Bounds(records=1_000))
    assert [getattr(each, "code", "read") for each in outcomes] == (["read"] * items if taken else ["mapping.cost"])


@pytest.mark.parametrize(
    ("form", "item", "where"),
    [
        (enrolments({"value": "E1"}), {"no": "x" * 2_049}, ""),
        (enrolments({"at": "/no"}) | {"records": [{"record": "learning.Enrolment", "each": "/who", "by": ";",
            "fields": {"subject": {"at": "."}, **ENROLMENT}}]}, {"no": "1", "who": "e;" * 1_001}, "/who"),
        (enrolments({"at": "/no"}) | {"records": [{"record": "learning.Enrolment", "each": "/who",
            "fields": {"subject": {"at": "../no"}, **ENROLMENT}}]}, {"no": "1" * 1_025, "who": ["x"]}, ""),
        (enrolments({"at": "/no"}, key=[{"join": ["/no", "/no"]}]), {"no": "x" * 33_000}, "/no"),
    ],
)  # fmt: skip
def test_keys_lists_and_texts_around_an_item_are_bounded(form, item, where):
    small = {"no": "7", "who": "e"}
    bad, good = reading(form, json.dumps([item, small]).encode())
    assert isinstance(good, Item)
    assert isinstance(bad, Fault) and bad.code == "schema.range" and bad.where.startswith(f"/0{where}")


@pytest.mark.parametrize(
    ("form", "body", "outcomes"),
    [
        (enrolments({"at": "/no"}, each="/list"), {"list": []}, 0),
        (enrolments({"at": "/no"}, each="/list"), {"list": None, "code": 1}, 0),
        (enrolments({"at": "/no"}, each="/list"), {}, 0),
        (enrolments({"at": "/no"}, root="/data", each="/list"), {"data": {}}, 0),
        (enrolments({"at": "/no"}, each="/list", optional_each=True), {"code": 1}, 0),
        (enrolments({"at": "/no"}, each="/list"), {"lst": [{"no": "1"}]}, 1),
        (enrolments({"at": "/no"}, root="/data", each="/list"), {"code": 1}, 1),
    ],
)
def test_an_empty_document_has_no_items_and_a_missing_list_is_no_empty_one(form, body, outcomes):
    found = reading(form, json.dumps(body).encode())
    assert [type(each) for each in found] == [Fault] * outcomes


def test_a_date_alone_is_no_instant_since_format_2():
    field = {"at": "/x", "as": "instant", "zone": "Asia/Shanghai", "formats": ["YYYY-MM-DD"]}
    form = enrolments({"at": "/no"})
    form["records"][0]["fields"]["as_of"] = field
    old = {"forms": {"in": form}}
    assert examine("x.json", json.dumps(old).encode())[1] == []
    [finding] = examine("x.json", json.dumps(old | {"format": 2}).encode())[1]
    assert "a date alone" in finding.expected


ROSTER = "employee_no,name,mail,language,position,starts_on,ends_on,leave_from,leave_until,leaves_on\n"


def roster_of(*days, zone="Asia/Shanghai"):
    """What becomes of a roster of so many people, by the days on which they start."""
    document = mappings.load("people/roster_csv")
    rows = "".join(f"E{n},人,,,post,{day},,,,\n" for n, day in enumerate(days))
    context = {"zone": zone, "as_of": "2026-03-02T00:00:00Z"}
    body = (ROSTER + rows).encode()
    return document.read(
        Transmission("c", datetime(2026, 3, 2, tzinfo=UTC), "text/csv", body, form="people", context=context)
    )


def test_a_day_as_a_spreadsheet_keeps_it_is_refused_with_the_day_that_it_shows_and_keeps_nobody_else_away():
    first, half, day, last = roster_of("2026-01-01", "46082.5", "46082", "2026-01-01")
    assert isinstance(first, Item) and isinstance(last, Item)
    assert (half.code, day.code) == ("time.invalid", "time.invalid")
    assert "2026-03-01" in str(day.found)


def test_an_item_with_which_the_engine_itself_fails_is_set_aside_and_says_where_but_not_what():
    [fault] = roster_of("2026-01-01", zone=8)  # no text, as no caller may give it
    assert fault.code == "mapping.bug" and fault.raw
    assert re.search(r"TypeError \(\w+\.py:\d+\)|TypeError \(<frozen \w+>:\d+\)", str(fault.found)), fault.found


def anonymous(form, body):
    """A body whose values are kept as they are, as an anonymous one is made of it."""
    read = Document.model_validate({"format": 2, "forms": {"in": form}}).forms["in"]
    return rewriter(read)(body, lambda _path, text: text, lambda name: name)


def test_a_number_that_would_fill_the_memory_is_not_written_out():
    assert anonymous(enrolments({"at": "/no"}), b'{"a": 1e999999999}') == b'{"a": "1E+999999999"}'
    assert anonymous(enrolments({"at": "/no"}), b'{"a": 1.5e3}') == b'{"a": 1500.0}'


def test_a_quote_that_nobody_closes_costs_no_more_than_its_lines():
    form = {
        **enrolments({"at": "/a"}, key=({"at": "/a"},)),
        "read": "delimited",
        "separator": ",",
        "columns": ["a", "b"],
    }
    body = b'"\n' + b"a,b\n" * 200_000  # read anew with each line it would take hours
    assert anonymous({**form, "quotes": True, "line_breaks": True}, body).count(b"\n") >= 200_000
