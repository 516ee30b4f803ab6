"""The command starts without what it does not use, and says in both languages what each of its commands does."""

import re
import subprocess
import sys
from unicodedata import east_asian_width

import pytest
import typer

from hub.cli.app import app
from hub.cli.catalogue import CATALOGUE
from tests.journeys.commands import run

_IMPORTED = """
import sys
from contextlib import redirect_stdout, suppress
from io import StringIO
from hub.cli.app import main
sys.argv = ["licet", *sys.argv[1:]]
with suppress(SystemExit), redirect_stdout(StringIO()):
    main()
print("\\n".join(sys.modules))
"""
_HEAVY = ("sqlalchemy", "pydantic", "cryptography", "zeep", "urllib3", "starlette", "uvicorn", "alembic", "lxml")


@pytest.mark.parametrize("argument", ["--version", "-h"])
def test_version_and_help_import_nothing_that_only_a_hub_needs(argument):
    done = subprocess.run([sys.executable, "-c", _IMPORTED, argument], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "hub.cli.lazy" in imported
    assert not {name.partition(".")[0] for name in imported} & set(_HEAVY)
    assert not {name for name in imported if name.startswith(("hub.", "connectors"))} - {
        "hub.cli",
        "hub.cli.app",
        "hub.cli.catalogue",
        "hub.cli.chinese",
        "hub.cli.chinese_options",
        "hub.cli.language",
        "hub.cli.lazy",
        "hub.cli.page",
        "hub.wording",
    }


_UNUSED = ("sqlalchemy", "alembic", "psycopg", "zeep", "xmlsec", "typst", "segno", "pkcs11")
"""What an embedded store of today, without XML, SOAP or a module of keys, and whoever prints no page does without."""


def test_a_hub_imports_no_library_of_what_it_does_not_do(tmp_path):
    home = tmp_path / "hub"
    assert run("init", str(home)).returncode == 0
    called = [sys.executable, "-c", _IMPORTED, "check", "-c", str(home)]
    imported = set(subprocess.run(called, capture_output=True, text=True, check=True).stdout.split())
    assert {"hub.assembly", "hub.access.delivery", "connectors.access.scim"} <= imported, "all that serves is in"
    assert not {name.partition(".")[0] for name in imported} & set(_UNUSED)
    assert not {name for name in imported if name.startswith(("hub.demo.", "connectors.simulators."))}


@pytest.mark.parametrize("name", CATALOGUE)
def test_what_the_help_says_of_a_command_is_what_the_command_says_of_itself(name):
    command = typer.main.get_command(app).commands[name]
    assert " ".join((command.help or "").split()).startswith(str(CATALOGUE[name].help))


def width(line):
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in line)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("at", ["before", "after"])
def test_the_help_lists_every_command_in_the_language_that_is_asked_for_within_100_columns(language, at):
    asked = ("--lang", language, "-h") if at == "before" else ("-h", "--lang", language)
    done = run(*asked)
    assert done.returncode == 0, done
    named = re.findall(r"^  ([a-z-]+)(?= |$)", done.stdout, re.MULTILINE)
    assert [each for each in named if not each.startswith("-")] == list(CATALOGUE)
    assert ("用法" in done.stdout) == (language == "zh")
    assert max(map(width, done.stdout.splitlines())) <= 100


def commands(group, *above):
    for name, each in group.commands.items():
        yield from commands(each, *above, name) if hasattr(each, "commands") else [((*above, name), each)]


def test_every_command_takes_a_language_and_refuses_another_one():
    found = dict(commands(typer.main.get_command(app)))
    assert len(found) > 90
    assert [path for path, each in found.items() if not any("--lang" in option.opts for option in each.params)] == []
    for path in (("plan",), ("people", "link")):
        assert run(*path, "--lang", "fr").returncode == 2


@pytest.mark.parametrize(("language", "told"), [("zh", "现为"), ("en", "found")])
def test_a_refusal_is_told_in_the_language_of_the_folder_or_in_the_one_asked_for(tmp_path, language, told):
    home = tmp_path / "hub"
    assert run("init", str(home)).returncode == 0
    settings = home / "licet.toml"
    text = settings.read_text(encoding="utf-8").replace("port = 8725", 'port = "smtp"')
    settings.write_text(text.replace('language = "zh"', f'language = "{language}"'), encoding="utf-8")
    of_folder = run("plan", "-c", str(home))
    assert of_folder.returncode == 1 and told in of_folder.stderr, of_folder
    assert of_folder.stderr.startswith(f"{settings}:57:1")
    other = "en" if language == "zh" else "zh"
    asked = run("plan", "-c", str(home), "--lang", other)
    assert told not in asked.stderr and asked.stderr.startswith(f"{settings}:57:1")
