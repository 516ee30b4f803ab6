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
PROVIDER = ROOT / "airflow_provider" / "airflow"
READMES = ("README.md", "README.zh-CN.md")
NOT_OURS = {
    ".git",
    ".venv",
    ".airflow",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
}


def files(*suffixes: str) -> list[Path]:
    found = (path for path in ROOT.rglob("*") if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts))
    return sorted(path for path in found if not suffixes or path.suffix in suffixes)


def sources() -> list[Path]:
    return [each for each in files(".py") if each.relative_to(ROOT).parts[0] in PACKAGES or PROVIDER in each.parents]


@pytest.mark.parametrize("readme", READMES)
def test_the_commands_of_the_readme_are_those_of_the_program(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets
    known = set(commands(typer.main.get_command(app)))
    groups = {command.partition(" ")[0] for command in known}
    assert set(re.findall(r"licet ([a-z]+(?:-[a-z]+)*)", text)) <= groups
    rows = re.findall(r"^\| (`licet [^|]+) \|", text, re.MULTILINE)
    assert {each for row in rows for each in re.findall(r"`(?:licet )?([a-z -]+)`", row)} == known


def test_make_neither_removes_nor_overwrites_the_folder_that_a_page_has_a_reader_make():
    pages = [ROOT / each for each in READMES] + sorted((ROOT / "docs").glob("*.md"))
    made = {name for page in pages for name in re.findall(r"licet init ([\w./-]+)", page.read_text(encoding="utf-8"))}
    assert "site" in made
    told = subprocess.run(["make", "-n", "clean", "site"], cwd=ROOT, capture_output=True, text=True, check=True)
    touched = {word.strip("./") for word in told.stdout.split()}
    assert {"build", ".venv".strip(".")} <= touched and not made & touched, made & touched


def commands(group, above=""):
    """Every command as it is typed after ``licet``; a group that does something by itself is one too."""
    for name, each in group.commands.items():
        path = f"{above} {name}".strip()
        if not hasattr(each, "commands") or each.invoke_without_command:
            yield path
        if hasattr(each, "commands"):
            yield from commands(each, path)


@pytest.mark.parametrize("readme", [*READMES, *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_every_link_leads_somewhere(readme):
    page = ROOT / readme
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{readme}: {target}"


def architecture(heading: str) -> str:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def named_files(text: str) -> list[str]:
    return re.findall(r"`((?:hub|connectors|mappings|audit_log|schemas)/[\w/.]+\.(?:py|json))`", text)


def test_every_file_that_the_architecture_names_exists():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert len(named_files(text)) > 30
    for path in set(named_files(text)):
        assert (ROOT / path).is_file(), path


def test_every_function_that_the_architecture_names_is_there():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    names = {name for name in re.findall(r"`(?:\w+\.)+(\w+)`", text) if name not in ("py", "json", "toml", "md")}
    names |= set(re.findall(r"`(_\w+)`", text))
    assert len(names) > 5
    for name in names:
        assert re.search(rf"(def|class) {name}\b|^{name} = |^    {name}: ", code, re.MULTILINE), name


def test_one_push_is_followed_through_at_most_eight_files_each_of_which_calls_the_next():
    walk = architecture("The walk of one authority push")
    hops = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in walk.splitlines() if re.match(r"\| \d", line)
    ]
    assert [hop[0] for hop in hops] == [str(n + 1) for n in range(len(hops))] and 5 <= len(hops) <= 8
    defined = {path: definitions(path) for path in named_files(walk) if path.endswith(".py")}
    for number, (_n, file, what, calls, _entry) in enumerate(hops):
        [path] = named_files(file)
        onward = {*named_files(what), *(each for hop in hops[number + 1 :] for each in named_files(hop[1]))}
        for call in re.findall(r"`(\w+)`", calls):
            assert call in called(path), f"{path} does not call {call}"
            reached = [each for each in onward if call.strip("_") in defined.get(each, ())]
            assert reached or call == "read", f"{call} of {path} leads to none of {sorted(onward)}"
    for _n, file, what, _calls, entries in hops:
        texts = [(ROOT / path).read_text(encoding="utf-8") for path in named_files(f"{file} {what}")]
        for entry in re.findall(r"`(\w+)`", entries):
            assert any(f'"{entry}"' in text for text in texts), f"{file} leaves no {entry}"
    assert {"received", "decided", "attempt", "accepted", "confirmed"} <= set(
        re.findall(r"`(\w+)`", " ".join(hop[4] for hop in hops))
    )


def definitions(path: str) -> set[str]:
    """Functions of a file, and its classes that are called like one, by the name that a caller gives them."""
    nodes = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {
        node.name.lower() if isinstance(node, ast.ClassDef) else node.name for node in nodes if isinstance(node, kinds)
    }


def called(path: str) -> set[str]:
    calls = [
        node.func
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    return {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls}


def test_the_picture_of_the_packages_is_the_contract():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    [contract] = [each for each in settings["contracts"] if each.get("containers") == ["hub"]]
    picture = architecture("The packages of the hub").partition("```text\n")[2].partition("```")[0]
    drawn = [re.match(r" ([a-z_]+(?: \| [a-z_]+)*)  ", line) for line in picture.splitlines()]
    assert all(drawn) and [line[1] for line in drawn if line] == contract["layers"][1:]
    assert contract["layers"][0] == "__main__"


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


def test_no_file_of_the_hub_but_the_story_of_the_demo_has_more_than_300_lines():
    ours = [*(ROOT / "hub").rglob("*.py"), *PROVIDER.rglob("*.py")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in ours}
    long = {path.relative_to(ROOT).as_posix(): length for path, length in lengths.items() if length > 300}
    assert set(long) <= {"hub/demo/story.py"}, long


def test_every_module_opens_with_one_sentence():
    for path in sources():
        if "migrations" not in path.parts:
            said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            first = " ".join(said.partition("\n\n")[0].split())
            assert re.match(r"^\S.*[.:?]", first), f"{path.relative_to(ROOT)} does not say what it is for"


PASSED_OVER = re.compile(r"# (?:noqa(?:: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*)?|type: ignore(?:\[[^]]*\])?)(.*)$")
"""A check that is passed over in one line, and what follows."""


def test_where_a_check_is_passed_over_the_line_says_why():
    found = [
        f"{path.relative_to(ROOT)}:{n}"
        for path in sources()
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (passed := PASSED_OVER.search(line)) and not re.search("[a-z]{2}", passed[1])
    ]
    assert found == []
    bare, said = "x = []  # noqa: B006", "x = []  # noqa: B006 - read alone"
    assert not PASSED_OVER.search(bare)[1] and PASSED_OVER.search(said)[1]


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
    assert {"hub", "hub.access", "hub.intake", "hub.rules", "hub.views", "connectors"} <= containers


def test_a_connection_to_sqlite_is_closed_and_not_only_committed():
    mark = "with sqlite3." + "connect("
    assert not [path for path in files(".py") if mark in path.read_text(encoding="utf-8")], "say closing(...) too"
