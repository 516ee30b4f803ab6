"""Whatever a person is refused with is written in both languages, in the punctuation of each."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.words import Words, told

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    path for folder in ("hub", "connectors", "mappings", "schemas") for path in sorted((ROOT / folder).rglob("*.py"))
]
REFUSALS = {"ConfigError": (0, 1), "SettingError": (0, 2), "Mismatch": (1, 3), "LintFinding": (2, 5)}
"""Which of the arguments are said to a person."""
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff](?:[,;!?()]|: )|[,;!?()][\u4e00-\u9fff]")


def one_language(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of what is refused in the words of one language: a plain text that has words of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for text in node.args[slice(*REFUSALS.get(node.func.id, (0, 0)))]:
                if isinstance(text, ast.Constant | ast.JoinedStr | ast.BinOp) and has_words(text):
                    yield node.lineno, ast.unparse(text)


def validators(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """What a model asks whether a value is taken: what it raises is what was expected there."""
    asked = {
        each.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("AfterValidator", "BeforeValidator")
        for each in node.args
        if isinstance(each, ast.Name)
    }
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for each in functions:
        if each.name in asked or any("_validator" in ast.unparse(mark) for mark in each.decorator_list):
            yield each


def plainly_refused(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of what a model refuses in one language."""
    calls = [node for each in validators(tree) for node in ast.walk(each) if isinstance(node, ast.Call)]
    for call in calls:
        plain = any(isinstance(each, ast.Constant | ast.JoinedStr | ast.BinOp) for each in call.args)
        if ast.unparse(call.func) == "ValueError" and plain:
            yield call.lineno, ast.unparse(call)


def unequal(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and values of a refusal that tells a value in one language alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
            for text in node.args[slice(*REFUSALS[node.func.id])]:
                if isinstance(text, ast.Call) and ast.unparse(text.func) == "Words":
                    en, zh = map(values, text.args)
                    if (en ^ zh) and not (en - zh and zh - en):  # else one stands for the other
                        yield node.lineno, f"{', '.join(sorted(en - zh))} / {', '.join(sorted(zh - en))}"


def values(text: ast.expr) -> set[str]:
    """The names of what is put into a text; not of a function that makes a text of it."""
    inside = [each for part in ast.walk(text) if isinstance(part, ast.FormattedValue) for each in ast.walk(part.value)]
    called = {id(each.func) for each in inside if isinstance(each, ast.Call)}
    return {each.id for each in inside if isinstance(each, ast.Name) and id(each) not in called}


def has_words(text: ast.expr) -> bool:
    """Whether letters stand in a text beside the values that are put into it."""
    inside = {id(part) for each in ast.walk(text) if isinstance(each, ast.FormattedValue) for part in ast.walk(each)}
    return any(
        isinstance(part, ast.Constant) and id(part) not in inside and re.search("[A-Za-z]{2}", str(part.value))
        for part in ast.walk(text)
    )


def chinese(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of the Chinese of whatever is written in both languages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Words" and len(node.args) == 2:
            parts = [each.value for each in ast.walk(node.args[1]) if isinstance(each, ast.Constant)]
            yield node.lineno, "".join(each for each in parts if isinstance(each, str) and each != "zh")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_refusal_is_in_both_languages(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert list(one_language(tree)) == []
    assert list(plainly_refused(tree)) == []
    assert list(unequal(tree)) == []
    assert [each for each in chinese(tree) if _HALF_WIDTH.search(each[1])] == []


@pytest.mark.parametrize(
    "code",
    [
        'ConfigError("no such thing")',
        'ConfigError(f"{name}: no such thing", "ref.unknown-name")',
        'ConfigError("no such" + thing)',
        'SettingError(found, "a number")',
        'SettingError(f"{name} gives nothing", expected)',
        'Mismatch("schema.type", shown(value), "a whole number")',
    ],
)
def test_a_refusal_in_one_language_would_be_found(code):
    assert list(one_language(ast.parse(f"raise {code}")))


def test_what_a_model_refuses_in_one_language_would_be_found():
    text = "@model_validator(mode='after')\ndef _fits(self):\n    raise ValueError('at least one')"
    assert len(list(plainly_refused(ast.parse(text)))) == 1
    text = "def _fits(at):\n    raise ValueError(f'at least {at}')\nAt = Annotated[int, AfterValidator(_fits)]"
    assert len(list(plainly_refused(ast.parse(text)))) == 1


def test_a_value_that_is_told_in_one_language_alone_would_be_found():
    code = "raise ConfigError(Words(f'{name}: found {value}', f'{name}：无效'))"
    assert list(unequal(ast.parse(code))) == [(1, "value / ")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_words_are_put_into_a_chinese_text_as_the_types_allow(path):
    assert ":zh}" not in path.read_text(encoding="utf-8"), "{words.zh}: a format of a text fails only where it is told"


def test_words_within_a_text_are_those_of_its_language():
    near = Words("did you mean dc?", "是否应为 dc？")
    assert told(Words(f"none; {near}", f"没有；{near.zh}"), "en") == "none; did you mean dc?"
    assert told(Words(f"none; {near}", f"没有；{near.zh}"), "zh") == "没有；是否应为 dc？"
    assert f"{near:>20}" == "    did you mean dc?"
