"""What a document writes it reads back as the same items, in every form; what it cannot tell so it refuses."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings
from mappings import MappingDocument
from mappings.cases import cases
from mappings.document import Document
from mappings.patterns import pattern_reader, pattern_writer
from mappings.zones import zone
from schemas.attendance import Punch
from schemas.door import Asked
from schemas.errors import ConfigError, PayloadError
from schemas.learning import CreditedHours
from schemas.transmission import Item, Transmission

CONTEXT = {"zone": "Asia/Shanghai", "device": "K-1"}
FIELDS = {
    "id": {"at": "/no"},
    "subject": {"at": "/who", "as": ["trim", {"do": "strip_prefix", "prefix": "GZ-"}]},
    "course": {"at": "/course", "table": {"01": "safety", "02": "drill", "03": "safety"}},
    "credited_seconds": {"at": "/done", "as": "amount", "units": {"学时": 2700, "秒": 1}},
    "required_seconds": {"at": "/of", "as": "duration"},
    "occurred_at": {"at": "/at", "as": "instant", "zone": {"context": "zone"}, "formats": ["YYYY-MM-DD hh:mm:ss"]},
    "as_of": {"at": "/said", "as": "instant", "formats": ["rfc3339"], "optional": True},
}
COLUMNS = ["no", "who", "course", "done", "of", "at", "said"]
PLACES = list(enumerate(COLUMNS))
FORMS = {
    "json": {"read": "json"},
    "list": {"read": "json", "root": "/data", "each": "/list", "expect": [{"at": "/code", "is": 0}]},
    "lines": {"read": "json_lines"},
    "xml": {"read": "xml", "root": "/Hours", "each": "/Row"},
    "xml_one": {"read": "xml", "namespace": "urn:x", "root": "/Hours", "each": "/Row"},
    "xml_two": {"read": "xml", "namespaces": {"h": "urn:x"}, "root": "/h:Hours", "each": "/h:Row"},
    "form": {"read": "form"},
    "columns": {"read": "delimited", "separator": "||", "columns": COLUMNS},
    "header": {"read": "delimited", "separator": ",", "quotes": True, "header": COLUMNS},
    "blocks": {"read": "key_value", "separator": "\n", "assign": ": "},
    "pairs": {"read": "key_value", "separator": "\t"},
    "fixed": {"read": "fixed", "count": "gb18030", "columns": {c: [n * 40, n * 40 + 40] for n, c in PLACES}},
}  # fmt: skip
AS_ELEMENTS = {"no": "/@no", "who": "/h:Who/h:No"}


def document():
    forms = {}
    for name, form in FORMS.items():
        fields = json.loads(json.dumps(FIELDS))
        key = [{"at": "/no"}, {"at": "/course"}]
        if name == "xml_two":
            for field in (*fields.values(), *key):
                field["at"] = AS_ELEMENTS.get(field["at"][1:], f"/h:{field['at'][1:]}")
        forms[name] = {**form, "key": key, "records": [{"record": "learning.CreditedHours", "fields": fields}]}
    text = json.dumps({"format": 2, "forms": forms}).encode()
    return MappingDocument("x/y", Document.model_validate_json(text), text)


DOCUMENT = document()
WORDS = st.text(
    # Letters that nobody sees are in no name.
    st.characters(
        min_codepoint=33, max_codepoint=0x9FFF, categories=["L", "N", "P"], exclude_characters="\u115f\u1160\u3164"
    ),
    min_size=1,
    max_size=8,
)
SECONDS = st.datetimes(datetime(1993, 1, 1), datetime(2199, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001
HOURS = st.builds(
    CreditedHours,
    id=WORDS,
    subject=WORDS,
    course=st.sampled_from(["safety", "drill"]),
    credited_seconds=st.integers(0, 10**6),
    required_seconds=st.integers(0, 10**6),
    occurred_at=SECONDS,
    as_of=st.none() | SECONDS,
)
CODES = {"safety": "01", "drill": "02"}


def items_of(records):
    def part(text):
        return text.replace("%", "%25").replace("|", "%7C")

    return [Item((each,), f"{part(each.id)}|{CODES[each.course]}") for each in records]


@pytest.mark.parametrize("form", FORMS)
@given(records=st.lists(HOURS, min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_back_or_refused(form, records):
    items = items_of(records[:1] if form == "form" else records)
    try:
        body = DOCUMENT.writer(form)(items, CONTEXT)
    except PayloadError:
        assert form not in ("json", "list", "lines")  # JSON can tell any text
        return  # another form has no way to tell its own separator, for example
    sent = Transmission("x", datetime.now(UTC), "", body, form=form, context=CONTEXT)
    assert DOCUMENT.read(sent) == tuple(items)


@pytest.mark.parametrize("form", FORMS)
def test_plain_items_are_written_in_every_form(form):
    at = datetime(2026, 3, 2, 0, 1, 2, tzinfo=UTC)
    first = CreditedHours(
        id="R-1", subject="E1", course="drill", credited_seconds=5400, required_seconds=7200, occurred_at=at, as_of=at
    )
    second = first.model_copy(update={"id": "R-2", "as_of": None, "occurred_at": at + timedelta(days=1)})
    body = DOCUMENT.writer(form)(items_of([first] if form == "form" else [first, second]), CONTEXT)
    assert b"5400" in body and b"PT7200S" in body.replace(b"%3A", b":") and b"GZ-E1" in body


def test_what_was_written_of_a_terminal_is_what_it_sends():
    terminals = mappings.load("attendance/zkteco_push")
    context = CONTEXT | {"dialect": "att2"}
    line = b"1001\t2026-03-02 08:01:02\t0\t15\t\t\t\t\t\t\t\t\n"
    items = terminals.read(Transmission("x", datetime.now(UTC), "", line, form="ATTLOG", context=context))
    assert isinstance(items[0].records[0], Punch)
    assert terminals.writer("ATTLOG")(items, context) == line


@pytest.mark.parametrize("case", cases("credential/authority_push", mappings.SHIPPED), ids=str)
def test_an_event_of_an_authority_is_written_as_it_is_read(case):
    authority = mappings.load("credential/authority_push")
    items = [each for each in authority.read(case.transmission) if isinstance(each, Item)]
    if items and case.transmission.form == "json":
        body = authority.writer("json")(items, case.transmission.context)
        assert authority.read(case.transmission._replace(body=body)) == tuple(items)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": {"at": "/who", "as": "sha256"}}, "sha256 of learning.CreditedHours subject"),
        ({"subject": {"at": "../who"}}, "around an item"),
    ],
)
def test_a_form_that_cannot_be_written_says_why(change, words):
    record = {"record": "learning.CreditedHours", "fields": FIELDS | change}
    text = json.dumps({"forms": {"in": {"read": "json", "each": "/l", "key": [{"at": "/no"}], "records": [record]}}})
    unwritten = MappingDocument("x/y", Document.model_validate_json(text), text.encode())
    with pytest.raises(ConfigError, match=words):
        unwritten.writer("in")


def test_what_would_say_something_else_is_not_written():
    at = datetime(2026, 3, 2, 0, 1, 2, 500_000, tzinfo=UTC)
    record = CreditedHours(
        id="R-1", subject="E1", course="drill", credited_seconds=1, required_seconds=1, occurred_at=at
    )
    with pytest.raises(PayloadError) as refused:
        DOCUMENT.writer("json")(items_of([record]), CONTEXT)
    assert refused.value.code == "mapping.lossy"


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"subject": {"at": "/ids", "as": "first"}}, '{"ids":["u1"]}'),
        ({"subject": {"at": "/ids", "as": "last"}}, '{"ids":["u1"]}'),
        ({"target": {"at": "/role", "as": ["integer", "text"]}}, '{"role":1001}'),
        (
            {"subject": {"at": "/users/0/id"}, "target": {"at": "/users/0/role"}},
            '{"users":[{"id":"u1","role":"1001"}]}',
        ),
    ],
)
def test_what_is_asked_is_written_with_lists_and_numbers_where_the_other_side_has_them(fields, body):
    form = {"read": "json", "records": [{"record": "door.Asked", "fields": fields}]}
    text = json.dumps({"format": 2, "version": 1, "forms": {"ask": form}})
    document = MappingDocument.parsed("door/x", "x.json", text.encode())
    assert document.asked("ask", Asked(subject="u1", target="1001", key="k")).decode() == body


@pytest.mark.parametrize("target", ["room", "1.0", "1e3", "00", " 1", "１", "-0"])
def test_a_number_is_not_made_of_another_text(target):
    fields = {"target": {"at": "/role", "as": ["integer", "text"]}}
    form = {"read": "json", "records": [{"record": "door.Asked", "fields": fields}]}
    text = json.dumps({"format": 2, "version": 1, "forms": {"ask": form}})
    document = MappingDocument.parsed("door/x", "x.json", text.encode())
    with pytest.raises(PayloadError):
        document.asked("ask", Asked(target=target))


def test_a_number_that_json_cannot_tell_is_refused():
    fields = {"target": {"at": "/role", "as": ["integer", "text"]}}
    form = {"read": "json", "records": [{"record": "door.Asked", "fields": fields}]}
    text = json.dumps({"format": 2, "version": 1, "forms": {"ask": form}})
    document = MappingDocument.parsed("door/x", "x.json", text.encode())
    with pytest.raises(PayloadError) as refused:
        document.asked("ask", Asked(target="9" * 30))
    assert refused.value.code == "schema.type"


def test_a_cell_is_told_in_quotes_or_refused_whatever_stands_around_it():
    at = datetime(2026, 3, 2, 0, 1, 2, tzinfo=UTC)
    plain = CreditedHours(
        id="R-1", subject="E1", course="drill", credited_seconds=1, required_seconds=1, occurred_at=at
    )
    odd = plain.model_copy(update={"id": 'R,"2"'})
    items = items_of([plain, odd, plain.model_copy(update={"id": "R-3"})])
    assert b'"R,""2""",GZ-E1,02' in DOCUMENT.writer("header")(items, CONTEXT)
    with pytest.raises(PayloadError) as refused:
        DOCUMENT.writer("columns")(items_of([plain, plain.model_copy(update={"id": "R||2"})]), CONTEXT)
    assert refused.value.code == "text.columns"


ZONES = ["Asia/Shanghai", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York", "Africa/Monrovia", "UTC"]


TIMES = st.datetimes(datetime(1965, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001


@given(st.sampled_from(ZONES), TIMES, st.lists(st.integers(0, 3_599_999)))
@settings(deadline=None)
def test_a_kept_hour_tells_what_the_zone_tells(name, hour, later):
    for milliseconds in (0, *later):
        instant = hour.replace(minute=0, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
        assert zone(name).told(instant) == str(zone(name).local(instant))[:19]


@pytest.mark.parametrize("change", ["2026-03-08T06", "2026-03-08T07", "2026-11-01T05", "2026-11-01T06"])
def test_the_hours_around_a_clock_change_are_told(change):
    begins = datetime.fromisoformat(change).replace(tzinfo=UTC)
    for seconds in range(0, 3600, 599):
        instant = begins + timedelta(seconds=seconds)
        assert zone("America/New_York").told(instant) == str(zone("America/New_York").local(instant))[:19]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("YYYY-MM-DDThh:mm:ss", "2026-03-02T00:07:09"),
        ("YYYYMMDDhhmmss", "20260302000709"),
        ("D/M/YYYY h:m:s", "2/3/2026 0:7:9"),
        ("DD.MM.YYYY hh:mm:ss A", "02.03.2026 12:07:09 AM"),
        ("YYYY-MM-DD hh:mm:ss.SSSZ", "2026-03-02 00:07:09.000010Z"),
        ("100% YYYY-MM-DD hh:mm", "100% 2026-03-02 00:07"),
    ],
)
def test_a_pattern_is_told_as_it_is_read(pattern, text):
    moment = datetime(2026, 3, 2, 0, 7, 9, 10)  # noqa: DTZ001
    assert pattern_writer(pattern)(moment) == text
    read = pattern_reader(pattern)(text)
    assert read is not None and pattern_writer(pattern)(read[0]) == text
