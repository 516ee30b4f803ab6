"""Every shipped document gives what its golden cases say, and never raises for what a body holds."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings
from mappings.cases import cases, shipped, written
from schemas.errors import CODES
from schemas.transmission import Fault, Ignored, Item, Transmission

SHIPPED = mappings.SHIPPED
NAMES = shipped(SHIPPED)
ALL = {name: mappings.load(name) for name in NAMES}
CASES = [case for name in NAMES for case in cases(name, SHIPPED)]
CONTEXT = {"device": "SN1", "zone": "Asia/Shanghai", "dialect": "att2", "as_of": "2026-03-02T00:00:00Z"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden_bytes_become_golden_records(case):
    assert written(ALL[case.mapping].read(case.transmission)) == case.outcomes


@pytest.mark.parametrize("case", CASES, ids=str)
def test_reading_twice_gives_the_same(case):
    assert ALL[case.mapping].read(case.transmission) == mappings.load(case.mapping).read(case.transmission)


def test_every_form_has_a_case():
    seen = Counter((case.mapping, case.transmission.form) for case in CASES)
    assert all(seen[name, form] for name in NAMES for form in ALL[name].forms)


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in NAMES for form in ALL[name].forms])
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.text(alphabet="0123456789-: \t\n\r,\"'=<>/{}[]abcpintmev\0张", max_size=120).map(str.encode),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["id", "actor", "verb", "data", "object"]), inner, max_size=4)
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
@settings(max_examples=40, deadline=None)
def test_rubbish_becomes_outcomes_and_nothing_else(name, form, body):
    transmission = Transmission("x", datetime(2026, 3, 2, tzinfo=UTC), "text/plain", body, form=form, context=CONTEXT)
    for outcome in ALL[name].read(transmission):
        assert isinstance(outcome, Item | Ignored | Fault)
        if isinstance(outcome, Fault):
            assert outcome.code in CODES
            assert outcome.found
            assert outcome.expected


@pytest.mark.parametrize("case", CASES, ids=str)
@given(at=st.integers(0, 2000), byte=st.integers(0, 255))
@settings(max_examples=20, deadline=None)
def test_one_changed_byte_never_raises(case, at, byte):
    body = bytearray(case.transmission.body)
    body[at % len(body)] = byte
    changed = Transmission(
        "x",
        case.transmission.received_at,
        case.transmission.media_type,
        bytes(body),
        form=case.transmission.form,
        context=case.transmission.context,
    )
    assert all(isinstance(each, Item | Ignored | Fault) for each in ALL[case.mapping].read(changed))


@pytest.mark.parametrize("name", NAMES)
def test_without_its_context_a_document_gives_faults_that_name_the_setting(name):
    case = next(each for each in CASES if each.mapping == name)
    bare = Transmission(
        "x",
        case.transmission.received_at,
        case.transmission.media_type,
        case.transmission.body,
        form=case.transmission.form,
    )
    assert all(isinstance(each, Item | Ignored | Fault) for each in ALL[name].read(bare))


def test_the_schema_file_is_what_the_models_say():
    kept = json.loads((SHIPPED / "mapping.schema.json").read_text("utf-8"))
    assert kept == mappings.schema(), "regenerate mappings/mapping.schema.json from mappings.schema()"


def test_the_digest_is_that_of_the_document():
    import hashlib

    for name in NAMES:
        assert ALL[name].digest == hashlib.sha256(Path(SHIPPED, f"{name}.json").read_bytes()).digest()
