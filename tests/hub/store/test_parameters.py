"""Whoever runs a text gives it what it asks for, and nothing that it does not know: read off the calls."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.statement import _PARAMETER
from tests.hub.store.test_texts import STATEMENTS

ROOT = Path(__file__).resolve().parents[3]
NAMES = {name.partition(".")[2]: name for name in STATEMENTS}
FILES = sorted(path for folder in ("hub", "benchmarks") for path in (ROOT / folder).rglob("*.py"))


def name_of(call: ast.AST) -> str:
    """The text that a call runs with parameters; empty where this is none."""
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and len(call.args) == 2):
        return ""
    name = ast.unparse(call.args[0]).rpartition(".")[2]
    return name if call.func.attr in ("run", "one", "all") and name in NAMES else ""


def keys_of(value: ast.expr, assigned: dict[str, list[ast.expr]]) -> set[str] | None:
    """The keys of a dict, as far as they are written in the same function; nothing where they are not."""
    if isinstance(value, ast.Name):
        known = [keys_of(each, assigned) for each in assigned.get(value.id, [])]
        return known[0] if len(known) == 1 else None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        left, right = keys_of(value.left, assigned), keys_of(value.right, assigned)
        return None if left is None or right is None else left | right
    if not isinstance(value, ast.Dict):
        return None
    found: set[str] = set()
    for key, held in zip(value.keys, value.values, strict=True):
        inside = {key.value} if isinstance(key, ast.Constant) else keys_of(held, assigned) if key is None else None
        if inside is None:
            return None
        found |= inside
    return found


def calls(source: str) -> Iterator[tuple[int, str, set[str]]]:
    """Line, text and given keys of each call whose parameters are written in its function."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
        for node in ast.walk(function):
            if (name := name_of(node)) and isinstance(node, ast.Call):
                keys = keys_of(node.args[1], assigned)
                if keys is not None:
                    yield node.lineno, name, keys


def wrong(source: str) -> list[str]:
    """Where a text is not given exactly what it asks for."""
    found = []
    for line, name, given in calls(source):
        asked = set(_PARAMETER.findall(STATEMENTS[NAMES[name]].of("sqlite")))
        if given != asked:
            found.append(f"line {line}: {name} lacks {sorted(asked - given)}, does not know {sorted(given - asked)}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_text_is_given_its_parameters(path):
    assert wrong(path.read_text(encoding="utf-8")) == []


def test_most_calls_are_seen():
    asked = [name for path in FILES for node in ast.walk(ast.parse(path.read_text("utf-8"))) if (name := name_of(node))]
    seen = [name for path in FILES for _, name, _ in calls(path.read_text("utf-8"))]
    assert len(seen) > 0.6 * len(asked) > 60
    assert len(NAMES) == len(STATEMENTS), "a text's name says which one it is"


@pytest.mark.parametrize(
    "line",
    [
        "c.one(identity.person, {})",
        'c.run(identity.grow_epoch, {"of": 1, "whom": 2})',
        'row = {"of": 1}; c.run(identity.set_profile, {**row})',
        'row = {"of": 1}; c.run(identity.set_profile, row)',
        'row = {"of": 1}; c.run(identity.set_profile, row | {"profil": 2})',
    ],
)
def test_this_would_be_seen(line):
    assert wrong(f"def f(c, identity):\n    {line}\n")
