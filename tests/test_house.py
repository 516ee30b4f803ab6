"""What holds for the whole house: what the README promises exists, functions are small, machines are not named."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from statistics import median

import pytest
import typer

from hub.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("schemas", "connectors", "mappings", "hub", "audit_log")
READMES = ("README.md", "README.zh-CN.md")
NOT_OURS = {".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"}


def files(*suffixes: str) -> list[Path]:
    found = (path for path in ROOT.rglob("*") if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts))
    return sorted(path for path in found if not suffixes or path.suffix in suffixes)


def sources() -> list[Path]:
    return [path for path in files(".py") if path.relative_to(ROOT).parts[0] in PACKAGES]


@pytest.mark.parametrize("readme", READMES)
def test_the_commands_of_the_readme_exist(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets
    known = set(typer.main.get_command(app).commands)
    assert set(re.findall(r"licet ([a-z]+)", text)) <= known
    for row in re.findall(r"^\| (`licet [^|]+) \|", text, re.MULTILINE):
        assert {each.split()[0] for each in re.findall(r"`(?:licet )?([a-z ]+)`", row)} <= known


@pytest.mark.parametrize("readme", [*READMES, *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_every_link_leads_somewhere(readme):
    page = ROOT / readme
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{readme}: {target}"


def test_what_the_walks_name_exists():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for path in set(re.findall(r"`((?:hub|connectors|mappings|audit_log|schemas)/[\w/.]+\.(?:py|json))`", text)):
        assert (ROOT / path).is_file(), path
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    calls = set(re.findall(r"`(?:\w+\.)*(\w+)`", text)) & set(re.findall(r"`(?:\w+\.)*([a-z_]+)`", text))
    walked = {"push", "receive", "prepare", "keep", "desire", "resolve", "observe", "apply", "work_off", "number"}
    assert walked <= calls
    for name in walked | {each for each in calls if each.startswith("_") and not each.startswith("__")}:
        assert re.search(rf"def {name}\(", code), name


def test_no_file_names_a_machine_or_an_index():
    marks = ("index" + "-url", "files." + "pythonhosted", "/sim" + "ple/", "/wo" + "rk/", "/ho" + "me/")
    for path in files(".py", ".toml", ".md", ".lock", ".json", ".txt", ".cfg", ""):
        text = path.read_text(encoding="utf-8", errors="replace").replace("--no-emit-index" + "-url", "")
        for mark in marks:
            assert mark not in text, f"{path.relative_to(ROOT)} holds {mark}"


def test_half_of_the_functions_have_at_most_ten_lines():
    lengths = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths.append((node.end_lineno or node.lineno) - node.lineno + 1)
    assert median(lengths) <= 10


def test_every_module_opens_with_one_sentence():
    for path in sources():
        if "migrations" not in path.parts:
            said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            first = " ".join(said.partition("\n\n")[0].split())
            assert re.match(r"^\S.*[.:?]", first), f"{path.relative_to(ROOT)} does not say what it is for"


def test_secrets_and_data_are_not_in_the_repository():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    for name in listed.splitlines():
        assert not name.endswith((".pem", ".key", ".db", ".token")) or name.startswith("tests/"), name


def test_nothing_in_the_hub_is_assigned_to_an_attribute_of_another_object():
    found = []
    for path in (ROOT / "hub").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    assert not found


def test_no_import_contract_has_an_exception_and_every_new_module_must_be_given_its_place():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert settings["root_packages"] == list(PACKAGES)
    for contract in settings["contracts"]:
        assert not [key for key in contract if key.startswith(("ignore", "allow_indirect"))], contract["name"]
        if "containers" in contract:
            assert contract.get("exhaustive") and "exhaustive_ignores" not in contract, contract["name"]
            assert not any("(" in layer for layer in contract["layers"]), f"{contract['name']}: an optional layer"
    containers = {each for contract in settings["contracts"] for each in contract.get("containers", ())}
    assert {"hub", "hub.rules", "hub.views", "connectors"} <= containers
