"""What a position or course file may say is read by some part of the hub: a setting that nobody reads is a fault."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from schemas import position


def models() -> Iterator[type[BaseModel]]:
    for each in vars(position).values():
        if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == position.__name__:
            yield each


def read_in(*trees: ast.AST) -> set[str]:
    """The names of the attributes that are read."""
    return {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def properties() -> Iterator[ast.FunctionDef]:
    """By these the models give a setting under another name: ``versions`` gives what stood ``earlier``."""
    for node in ast.walk(ast.parse(Path(position.__file__).read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(each, ast.Name) and each.id in ("property", "cached_property") for each in node.decorator_list
        ):
            yield node


SETTINGS = {f"{model.__name__}.{name}": name for model in models() for name in model.model_fields}
READ = read_in(*(ast.parse(file.read_text("utf-8")) for file in Path("hub").rglob("*.py")), *properties())


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_read(setting):
    assert SETTINGS[setting] in READ, f"nothing reads {setting}: have a rule read it, or take it out of the schema"
