"""What the hub's code enters is what the schema has: every kind and every member, wherever an entry is made."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from audit_log.entry import EntryError, canonical
from audit_log.kinds import KINDS, is_peer
from connectors.attendance.zkteco_push.calls import _SERIAL
from schemas.errors import CODES
from schemas.record import Identifier

HUB = Path(__file__).resolve().parents[3] / "hub"
BESIDE = {"entry"}
"""What ``Tx.log`` takes and no entry has."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of ``tx.log``, with its place."""
    for path in sorted(HUB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("tx.log", "self._tx.log"):
                yield f"{path.relative_to(HUB.parent)}:{node.lineno}", node


def kinds_of(node: ast.expr) -> list[str]:
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and each.value in KINDS]


PLACES = dict(calls())


def test_entries_are_made_in_many_places():
    assert len(PLACES) > 25


@pytest.mark.parametrize("place", PLACES)
def test_every_member_that_is_entered_is_one_of_its_kind_and_none_is_forgotten(place):
    call = PLACES[place]
    [kind_given] = call.args
    named = {each.arg for each in call.keywords if each.arg is not None} - BESIDE
    whole = all(each.arg is not None for each in call.keywords)
    names = kinds_of(kind_given)
    assert not names or named <= {key for name in names for key in KINDS[name].members}
    for name in names:
        members = KINDS[name].members
        must = {key for key, member in members.items() if not member.optional} - {"v", "id", "ts", "kind"}
        assert must <= named or not whole, name


def test_every_kind_is_entered_somewhere():
    words = {
        each.value
        for path in HUB.rglob("*.py")
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    assert set(KINDS) <= words


def entered(**members: object) -> bytes:
    base = {"v": 1, "id": "0190c4f0-3d1a-7abc-8def-0123456789ab", "ts": "2026-03-02T01:00:00.000000Z"}
    return canonical({**base, **members})


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=128))
@settings(max_examples=300)
def test_whatever_a_configuration_may_call_a_thing_an_entry_can_name(text):
    try:
        name = TypeAdapter(Identifier).validate_python(text)
    except ValidationError:
        return
    entered(kind="mode", mode="enforce", scope="position", name=name, actor={"type": "operator", "id": "a" * 32})


@given(st.from_regex(_SERIAL, fullmatch=True))
@settings(max_examples=50)
def test_whatever_serial_a_terminal_may_have_an_entry_can_name(serial):
    assert is_peer(serial)
    entered(kind="device", connector="terminals", peer=serial, outcome="pending")


@pytest.mark.parametrize("text", ["", "Zhang San", "zhang@example.cn", "张三", "x" * 129, "a\nb", 'a"b'])
def test_what_could_be_anything_is_no_peer(text):
    assert not is_peer(text)
    with pytest.raises(EntryError):
        entered(kind="device", connector="terminals", peer=text, outcome="pending")


@pytest.mark.parametrize("code", CODES)
def test_every_stable_code_can_be_entered(code):
    entered(kind="alarm", code=code)
