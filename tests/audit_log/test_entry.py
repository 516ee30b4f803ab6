"""The format is closed: what the schema names goes in, byte for byte as RFC 8785 has it, and nothing else."""

import re
from functools import cache, partial
from math import prod

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_log.entry import MAX_BYTES, EntryError, canonical
from audit_log.kinds import ALWAYS, KINDS, MEMBERS, schema

closed = pytest.mark.parametrize("kind", sorted(KINDS))
FREE = ("张三", "Zhang San", "E1042", "110101199003074477", "lost her badge", "zhang@example.cn", "", "\u0000")


PLACE = re.compile(r"\[([0-9a-z]-[0-9a-z](?:[a-z]-[a-z])?|[0-9a-z]+)\](?:\{(\d+)\})?|\\([.])|([0-9A-Z:-])")


def texts(pattern: str) -> st.SearchStrategy:
    """What a pattern lets in; where each place has its own choice of characters, as one number: one draw."""
    places = [_choices(*each.groups()) for each in PLACE.finditer(pattern)]
    if PLACE.sub("", pattern):
        return st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="utf-8"))
    choices = [each for place in places for each in place]
    return st.integers(0, prod(map(len, choices)) - 1).map(partial(_text, choices))


def _choices(among: str | None, times: str | None, *literal: str | None) -> list[str]:
    if among is None:
        return ["".join(each or "" for each in literal)]
    ranges = re.sub("(.)-(.)", lambda ends: "".join(map(chr, range(ord(ends[1]), ord(ends[2]) + 1))), among)
    return [ranges] * int(times or 1)


def _text(choices: list[str], number: int) -> str:
    found = []
    for each in choices:
        number, which = divmod(number, len(each))
        found.append(each[which])
    return "".join(found)


def values(of: dict) -> st.SearchStrategy:
    """What a part of the JSON Schema lets in."""
    if "const" in of:
        return st.just(of["const"])
    if "enum" in of:
        return st.sampled_from(of["enum"])
    if "oneOf" in of:
        return st.one_of(map(values, of["oneOf"]))
    if of["type"] == "string":
        return texts(of["pattern"][1:-1].removeprefix("(?:").removesuffix(")"))
    if of["type"] == "integer":
        return st.integers(of["minimum"], of["maximum"])
    if of["type"] == "array":
        return st.lists(values(of["items"]), min_size=of["minItems"], max_size=min(of["maxItems"], of["minItems"] + 3))
    must = {key: values(each) for key, each in of["properties"].items() if key in of["required"]}
    may = {key: values(each) for key, each in of["properties"].items() if key not in of["required"]}
    return st.fixed_dictionaries(must, optional=may)


@cache
def entries(kind: str) -> st.SearchStrategy:
    (alternative,) = (each for each in schema()["oneOf"] if each["title"] == kind)
    return values(alternative)


@closed
@given(data=st.data())
@settings(max_examples=20)
def test_what_the_schema_lets_in_is_taken_and_its_bytes_are_those_of_rfc_8785(kind, data):
    entry = data.draw(entries(kind))
    assert canonical(entry) == rfc8785.dumps(entry)


@closed
@given(data=st.data())
@settings(max_examples=20)
def test_a_member_too_few_or_too_many_is_refused_by_name(kind, data):
    entry = data.draw(entries(kind))
    gone = data.draw(st.sampled_from(sorted(name for name, each in KINDS[kind].members.items() if not each.optional)))
    if gone != "kind":
        with pytest.raises(EntryError, match=gone):
            canonical({name: value for name, value in entry.items() if name != gone})
    for more in ("comment", "because", "x"):
        with pytest.raises(EntryError, match=more):
            canonical({**entry, more: 1})


@closed
@given(data=st.data())
@settings(max_examples=20)
def test_no_member_takes_free_text_and_the_refusal_does_not_repeat_it(kind, data):
    entry = data.draw(entries(kind))
    member = data.draw(st.sampled_from(sorted(entry)))
    for text in (" ".join([each, each]) for each in FREE):
        with pytest.raises(EntryError) as refused:
            canonical({**entry, member: text})
        assert member == "kind" or text.strip("\u0000 ") == "" or text not in str(refused.value)


@closed
@pytest.mark.parametrize("value", [None, 1.5, 2**53, -1, "\ud800", {"ä": 1}, {1: 2}, b"x", [None], {"a": {"b": 0.1}}])
def test_what_another_reader_could_read_otherwise_is_refused(kind, value):
    with pytest.raises(EntryError):
        canonical({"v": 1, "id": value, "ts": value, "kind": kind})


def test_every_member_is_explained_and_used():
    used = {name for kind in KINDS.values() for name in kind.members}
    assert used == {*ALWAYS, *MEMBERS, "outcome"}


def test_an_entry_that_no_bundle_can_hold_is_refused():
    hold = {"cause": "c" * 128, "reason": "资" * 128}
    entry = {"v": 1, "id": "0190c4f0-3d1a-7abc-8def-0123456789ab", "ts": "2026-03-02T01:00:00.000000Z"}
    entry |= {"kind": "decided", "person": "a" * 32, "after": "none", "triggers": [], "holds": [hold] * 128}
    with pytest.raises(EntryError, match=str(MAX_BYTES)):
        canonical(entry)


def test_a_kind_that_nobody_knows_is_refused():
    with pytest.raises(EntryError, match="expected one of received"):
        canonical({"v": 1, "id": "x", "ts": "x", "kind": "renamed"})
