"""Conditions hold as they say; places, texts in cells, and what a request's header and query say, are found."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from mappings.conditions import all_hold, leaf_of
from mappings.document import Document
from mappings.pointers import ABSENT, Nested, place
from mappings.reading import reader
from mappings.rules import Condition
from schemas.transmission import Fault, Ignored, Item, Transmission

JSON_FORM = Document.model_validate(
    {"forms": {"in": {"read": "json", "key": [{"at": "/a"}], "records": []}}}
).forms["in"]  # fmt: skip
ITEM = {"n": 5, "d": Decimal("5.5"), "t": "7", "x": "abc", "yes": True, "none": None, "empty": "", "o": {"n": 5}}
CONTEXT = {"site": "gz", "header.x-event": "punch", "query.sn": "K-1"}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"at": "/n", "is": 5}, True),
        ({"at": "/n", "is": "5"}, False),
        ({"at": "/yes", "is": 1}, False),
        ({"at": "/n", "in": [4, 5]}, True),
        ({"at": "/n", "not_in": [4, 5]}, False),
        ({"at": "/o", "is_not": 5}, True),
        ({"at": "/none", "exists": True}, False),
        ({"at": "/empty", "exists": False}, True),
        ({"at": "/x", "prefix": "ab"}, True),
        ({"at": "/n", "prefix": "5"}, False),
        ({"at": "/n", "lt": 6}, True),
        ({"at": "/n", "lt": 5}, False),
        ({"at": "/n", "le": 5}, True),
        ({"at": "/d", "gt": 5}, True),
        ({"at": "/d", "ge": 6}, False),
        ({"at": "/t", "ge": 7}, True),
        ({"at": "/x", "ge": 0}, False),
        ({"at": "/x", "lt": 0}, False),
        ({"at": "/yes", "ge": 0}, False),
        ({"at": "/none", "lt": 9}, False),
        ({"at": "/n", "same_as": "/o/n"}, True),
        ({"at": "/n", "same_as": "/t"}, False),
        ({"at": "/none", "same_as": "/empty"}, False),
        ({"context": "site", "is": "gz"}, True),
        ({"header": "X-Event", "is": "punch"}, True),
        ({"query": "sn", "prefix": "K"}, True),
        ({"query": "other", "exists": True}, False),
        ({"any": [{"at": "/n", "is": 1}, {"at": "/n", "is": 5}]}, True),
        ({"any": [{"at": "/n", "is": 1}, {"at": "/n", "is": 2}]}, False),
        ({"all": [{"at": "/n", "is": 5}, {"at": "/t", "is": "7"}]}, True),
        ({"all": [{"at": "/n", "is": 5}, {"at": "/t", "is": "8"}]}, False),
        ({"not": {"any": [{"at": "/n", "is": 1}, {"at": "/t", "is": "8"}]}}, True),
    ],
)
def test_a_condition_holds_as_it_says(condition, holds):
    test = all_hold([Condition.model_validate(condition)], leaf_of(JSON_FORM))
    assert test(ITEM, CONTEXT) is holds


AROUND = Nested({"a": {"b": "in"}}, ({"a": {"b": "body"}}, {"a": {"b": "outer"}}), ("k1", "3"))


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("/a/b", "in"),
        (".", {"a": {"b": "in"}}),
        ("#", "3"),
        ("../a/b", "outer"),
        ("..", {"a": {"b": "outer"}}),
        ("../#", "k1"),
        ("../../a/b", "body"),
        ("../../#", ABSENT),
        ("../../../a", ABSENT),
        ("../x", ABSENT),
    ],
)
def test_a_place_leads_into_an_item_or_to_what_is_around_it(at, found):
    taken = place(at)(AROUND.item, AROUND.context({}))
    assert taken is found if found is ABSENT else taken == found


def outcomes(form, body, **context):
    read = reader(Document.model_validate({"format": 2, "forms": {"in": form}}).resolved("in"), {})
    return read(Transmission("x", datetime(2026, 3, 2, tzinfo=UTC), "", body.encode(), context=context))


def test_a_cell_may_hold_json_or_xml():
    fields = {
        "subject": {"at": "/person/no"},
        "session": {"at": "/session/s/@id"},
        "as_of": {"context": "received_at", "as": "instant"},
    }
    form = {
        "read": "delimited",
        "separator": "\t",
        "columns": ["person", "session"],
        "unpack_each": [{"at": "/person", "read": "json"}, {"at": "/session", "read": "xml"}],
        "key": [{"at": "/session/s/@id"}],
        "records": [{"record": "learning.Enrolment", "fields": fields}],
    }
    good, bad, plain = outcomes(form, '{"no":"E1"}\t<s id="S1"/>\n{"no":\t<s id="S1"/>\n{"no":"E2"}\tS2\n')
    assert (good.key, good.records[0].subject, good.records[0].session) == ("S1", "E1", "S1")
    assert (bad.code, bad.where, bad.raw) == ("json.syntax", "line 2 person", b'{"no":\t<s id="S1"/>')
    assert (plain.code, plain.where) == ("xml.syntax", "line 3 session")


@pytest.mark.parametrize(("event", "kind"), [("punch", Item), ("door", Ignored), ("", Fault)])
def test_what_the_request_says_of_itself_decides_as_what_the_body_says(event, kind):
    form = {
        "read": "json",
        "ignore": [{"when": [{"header": "X-Event", "is": "door"}], "reason": "door-event"}],
        "key": [{"header": "X-Event"}, {"at": "/no"}],
        "records": [
            {
                "record": "learning.Enrolment",
                "fields": {
                    "subject": {"at": "/no"},
                    "session": {"query": "session"},
                    "as_of": {"context": "received_at", "as": "instant"},
                },
            }
        ],
    }
    body = json.dumps({"no": "E1"})
    [outcome] = outcomes(form, body, **{"header.x-event": event, "query.session": "S1"})
    assert isinstance(outcome, kind)


KINDS = {
    "text": ["a", "b", "c", ""],
    "some_text": ["a", "b", "c"],
    "object": [{}, {"a": 1}],
    "list": [[], [1]],
    "number": [0, 7, 1.5],
    "truth": [True, False],
    ("a", "b"): ["a", "b"],
}
"""Each kind, and values of it; null and nothing at all are of each."""


def enrolment(**form):
    fields = {"subject": {"at": "/no"}, "session": {"at": "/no"}, "as_of": {"context": "received_at", "as": "instant"}}
    record = {"record": "learning.Enrolment", "fields": fields}
    return {"read": "json", "key": [{"at": "/no"}], "records": [record], **form}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_is_of_another_kind_than_its_place_says_is_a_fault_there(kind):
    form = enrolment(kinds={"/in/x": list(kind) if isinstance(kind, tuple) else kind})
    every = {repr(each): each for values in KINDS.values() for each in values}
    for value in every.values():
        [found] = outcomes(form, json.dumps({"no": "E1", "in": {"x": value}}))
        if any(value == each and type(value) is type(each) for each in KINDS[kind]):
            assert isinstance(found, Item), (value, found)
        else:
            assert (found.code.partition(".")[0], found.where) == ("schema", "/in/x"), value
    for body in ({"in": {"x": None}}, {"in": {}}, {"in": None}, {}, {"in": [1]}):
        assert isinstance(outcomes(form, json.dumps({"no": "E1", **body}))[0], Item), body


def test_what_is_apart_is_left_out_alone_with_its_place():
    aside = {"record": "learning.Enrolment", "when": [{"at": "/more", "exists": True}], "apart": "/more"}
    fields = {"subject": {"at": "/no"}, "session": {"at": "/more/s"}, "as_of": {"at": "/more/at", "as": "instant"}}
    form = enrolment(each="/all", known={"/more": ["s", "at"]}, kinds={"/more": "object", "/no": "some_text"})
    form["records"] = [*form["records"], {**aside, "fields": fields}]
    good = {"s": "S2", "at": "2026-03-02T00:00:00Z"}
    for more, where in (
        (good, None),
        ("text", ""),
        ({**good, "odd": 1}, "/odd"),
        ({**good, "at": "yesterday"}, "/at"),
        ({"at": good["at"]}, "/s"),
    ):
        other, found = outcomes(form, json.dumps({"all": [{"no": "E1"}, {"no": "E2", "more": more}]}))
        assert other.left_out is None and len(other.records) == 1
        assert len(found.records) == (2 if where is None else 1), more
        assert (found.left_out and found.left_out.where) == (None if where is None else f"/all/1/more{where}")
    [refused] = outcomes(form, json.dumps({"all": [{"no": "", "more": good}]}))
    assert (refused.code, refused.where) == ("schema.type", "/all/0/no"), "what is not apart refuses all of it"
