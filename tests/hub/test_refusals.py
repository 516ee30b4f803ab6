"""Every refusal says what to do: in its own words, or in what is said behind them; a command, an option or a line."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WAY = re.compile(r"`|--|; |expected|licet |pip install")
"""A command, an option, what should be there, or a clause that says what to do."""
CHINESE_WAY = re.compile(r"`|--|；|应|请|可用|licet |pip install|须")
REFUSED = ("ConfigError", "CallError")
PASSED_ON = re.compile(r"^[\s{}:：/,()（）\[\]-]*$")
"""What only names where another failure was: that one says what to do."""


def refusals():
    """Where a setting or a call is refused: file and line, its English and its Chinese text, whether a cure follows."""
    for part in ("hub", "connectors", "mappings"):
        for file in sorted((ROOT / part).rglob("*.py")):
            for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in REFUSED and call.args:
                    words = call.args[0]
                    if isinstance(words, ast.Call) and getattr(words.func, "id", "") == "Words":
                        cured = any(each.arg == "cure" for each in call.keywords)
                        where = f"{file.relative_to(ROOT).as_posix()}:{call.lineno}"
                        yield where, *map(written, words.args), cured


def written(node):
    """A text as it is written, with a pair of braces for what is put into it."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else "{}" for each in node.values)
    return "{}"


@pytest.mark.parametrize(("language", "way"), [("en", WAY), ("zh", CHINESE_WAY)])
def test_no_refusal_leaves_its_reader_alone(language, way):
    found = list(refusals())
    assert len(found) > 200
    texts = [(where, zh if language == "zh" else en, cured) for where, en, zh, cured in found]
    assert [each for each in texts if not (each[2] or way.search(each[1]) or PASSED_ON.match(each[1]))] == []
