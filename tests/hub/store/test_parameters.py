"""Whoever runs a text gives it what it asks for, and nothing that it does not know: read off the calls."""

import ast
from pathlib import Path

import pytest

from hub.store.statement import _PARAMETER
from tests.hub.store.test_texts import STATEMENTS

ROOT = Path(__file__).resolve().parents[3]
NAMES = {name.partition(".")[2]: name for name in STATEMENTS}
CALLS = [
    (path.relative_to(ROOT), call)
    for path in sorted((ROOT / "hub").rglob("*.py"))
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(call, ast.Call)
    and isinstance(call.func, ast.Attribute)
    and call.func.attr in ("run", "one", "all")
    and len(call.args) == 2
    and ast.unparse(call.args[0]).rpartition(".")[2] in NAMES
    and isinstance(call.args[1], ast.Dict)
]


@pytest.mark.parametrize(
    ("path", "call"), CALLS, ids=[f"{path}:{ast.unparse(call.args[0])}:{n}" for n, (path, call) in enumerate(CALLS)]
)
def test_a_text_is_given_its_parameters(path, call):
    asked = set(_PARAMETER.findall(STATEMENTS[NAMES[ast.unparse(call.args[0]).rpartition(".")[2]]].of("sqlite")))
    keys = [key.value if isinstance(key, ast.Constant) else None for key in call.args[1].keys]
    given = {key for key in keys if key is not None}
    assert given <= asked, f"{path}:{call.lineno} gives what the text does not know"
    if None not in keys:  # nothing is taken over from elsewhere
        assert given == asked, f"{path}:{call.lineno} does not give all"


def test_there_are_calls_to_look_at():
    assert len(CALLS) > 60
    assert len(NAMES) == len(STATEMENTS), "a text's name says which one it is"
