"""A row is read by the names of its columns, nowhere by their order."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HUB = sorted((ROOT / "hub").rglob("*.py"))


def is_read(node: ast.AST, *names: str) -> bool:
    """Whether this asks the store: ``connection.one(query, parameters)``, ``connection.all(query, parameters)``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
        and len(node.args) == 2
    )


def by_number(node: ast.AST) -> bool:
    """Whether this takes a member by its place."""
    if not isinstance(node, ast.Subscript):
        return False
    place = node.slice.operand if isinstance(node.slice, ast.UnaryOp) else node.slice
    return isinstance(place, ast.Slice) or (isinstance(place, ast.Constant) and isinstance(place.value, int))


class Rows(ast.NodeVisitor):
    """Names that stand for rows and for lists of them in one function, and what is done to them by place."""

    def __init__(self) -> None:
        self.rows = {"row"}
        self.lists: set[str] = {"rows"}
        self.found: list[str] = []

    def bind(self, target: ast.expr, value: ast.expr) -> None:
        if is_read(value, "one"):
            self.take(target, self.rows)
        elif is_read(value, "all"):
            self.take(target, self.lists)

    def take(self, target: ast.expr, names: set[str]) -> None:
        if isinstance(target, ast.Name):
            names.add(target.id)
        elif names is self.rows:
            self.found.append(ast.unparse(target))

    def each(self, target: ast.expr, over: ast.expr) -> None:
        asked = over.args[0] if isinstance(over, ast.Call) and ast.unparse(over.func) == "enumerate" else over
        if is_read(asked, "all") or (isinstance(asked, ast.Name) and asked.id in self.lists - {"rows"}):
            self.take(target, self.rows)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.bind(target, node.value)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.bind(node.target, node.value)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self.each(node.target, node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.each(node.target, node.iter)
        self.generic_visit(node)


def places(source: str) -> list[str]:
    """Where rows are read by place, function by function."""
    found: list[str] = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        rows = Rows()
        for _ in range(2):  # a comprehension is read before the names that it binds are known
            rows.found.clear()
            rows.visit(function)
        found += rows.found
        for node in ast.walk(function):
            if not by_number(node):
                continue
            taken = node.value.value if isinstance(node.value, ast.Subscript) and by_number(node.value) else node.value
            names = rows.rows if taken is node.value else rows.lists
            if (isinstance(taken, ast.Name) and taken.id in names) or is_read(taken, "one"):
                found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", HUB, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_row_is_read_by_place(path):
    if "hub/rules" in str(path):  # knows no store: its rows are others
        return
    assert places(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "row = c.one(q, {}); return row[0]",
        "found = c.one(q, {}); return found[-1]",
        "return c.one(q, {})[0]",
        "a, b = c.one(q, {})",
        "return [a for a, b in c.all(q, {})]",
        "return [each[0] for each in c.all(q, {})]",
        "said = c.all(q, {}); return said[0][1]",
        "said = c.all(q, {}); return [x for x, _ in said]",
        "while said := c.all(q, {}): use(said[-1][0])",
        "for n, each in enumerate(c.all(q, {})): use(each)",
    ],
)
def test_this_would_be_seen(line):
    assert places(f"def f(c, q, use):\n    {line}\n")


@pytest.mark.parametrize("line", ["rows = c.all(q, {}); return rows[-1].seq", "row = c.one(q, {}); return row.at"])
def test_this_is_fine(line):
    assert not places(f"def f(c, q):\n    {line}\n")
