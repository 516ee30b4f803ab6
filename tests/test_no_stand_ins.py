"""No test puts something else in the place of code of ours: the other side misbehaves, or an argument says it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"schemas", "connectors", "mappings", "hub", "audit_log", "airflow"}
REPLACING = {"setattr", "delattr", "__setattr__", "__delattr__"}
MOCKS = {"mock", "unittest.mock", "pytest_mock", "asynctest"}


def replaced(tree: ast.Module) -> Iterator[str]:
    """Each place in a test that puts something in the place of code, and is not a module of Python itself."""
    imported = dict(imports(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (f"{node.lineno} {name}" for name in modules(node) if name in MOCKS)
        elif isinstance(node, ast.Call) and called(node) in REPLACING:
            if not (node.args and python_itself(node.args[0], imported)):
                yield f"{node.lineno} {ast.unparse(node)}"
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
            yield from (f"{node.lineno} {ast.unparse(each)}" for each in changed(node) if is_code(each, imported))


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a name in this file stands for, if it was imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield (each.asname or each.name.partition(".")[0]), each.name
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                yield (each.asname or each.name), f"{node.module}.{each.name}"


def modules(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    else:
        yield str(node.module)
        yield from (f"{node.module}.{each.name}" for each in node.names)


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def changed(node: ast.AST) -> Iterator[ast.Attribute]:
    """Attributes that a statement gives another value, or takes away."""
    yield from (
        each for each in ast.walk(node) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store | ast.Del)
    )


def root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def python_itself(target: ast.expr, imported: dict[str, str]) -> bool:
    return imported.get(root(target), "").partition(".")[0] in sys.stdlib_module_names


def is_code(target: ast.Attribute, imported: dict[str, str]) -> bool:
    """Whether it is an attribute of something imported from us, or one that another object keeps for itself."""
    of = root(target)
    if imported.get(of, "").partition(".")[0] in OURS:
        return True
    return target.attr.startswith("_") and of not in {"self", "cls"}


@pytest.mark.parametrize("folder", ["tests", "benchmarks", "airflow_provider"])
def test_no_code_of_ours_is_replaced(folder):
    found = {
        path.relative_to(ROOT).as_posix(): places
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (places := list(replaced(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "code",
    [
        "from hub.store import group\ngroup._write_entries = None",
        "from connectors.access.scim import Scim\nScim.apply = lambda self: None",
        "from connectors.access.scim import Scim\ndel Scim.apply",
        "import hub.clock\nhub.clock.Ids.token += 1",
        "import hub.clock\nmonkeypatch.setattr(hub.clock, 'Ids', None)",
        "monkeypatch.setattr('hub.clock.Ids', None)",
        "setattr(writer, 'call', None)",
        "object.__setattr__(writer, 'call', None)",
        "writer._group = None",
        "from unittest import mock",
        "import unittest.mock",
    ],
)
def test_what_replaces_code_is_found(code):
    assert len(list(replaced(ast.parse(code)))) >= 1


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nmonkeypatch.setattr(sys, 'argv', [])",
        "import socket\nmonkeypatch.setattr(socket, 'getaddrinfo', None)",
        "class A:\n    def b(self):\n        self._c = 1",
        "clock.at = 3",
    ],
)
def test_what_replaces_none_is_let_be(code):
    assert list(replaced(ast.parse(code))) == []
