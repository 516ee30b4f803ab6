"""What a refusal tells somebody to type can be typed as it stands, from the folder in which they are."""

import ast
import re
import shlex
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from hub.cli.import_text import opening_text
from hub.cli.typeable import from_here, typed, with_folder
from hub.cli.typed_examples import example
from hub.columns import folded
from hub.config import scaffold
from hub.intake.opening import Preview
from schemas.transmission import Fault, Transmission
from schemas.words import Words, told
from tests.hub.cli.test_help import COMMANDS
from tests.journeys.commands import run

ROOT = Path(__file__).parents[3]
_CHINESE = re.compile("[\u4e00-\u9fff]")
_COMMAND = re.compile(rf"(?<![\w./-])licet (?:{'|'.join(sorted({path[0] for path in COMMANDS if path} - {'docs'}))})\b")
"""A command of ours within a text; where a text leads to a page of the documentation, that is of no hub folder."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    home = tmp_path_factory.mktemp("typeable") / "hub"
    scaffold.write(home, "datacentre")
    return home


@pytest.fixture
def beside(whole, tmp_path, monkeypatch):
    """Somebody who stands in the folder above that of the hub, which they call hub."""
    shutil.copytree(whole, tmp_path / "hub")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "hub"


@pytest.mark.parametrize(
    ("command", "as_typed"),
    [
        ("licet check", "licet check -c site"),
        ("licet rules renewal cisp --toml > site/x.toml", "licet rules renewal cisp --toml -c site > site/x.toml"),
        ("licet why -- -5", "licet why -c site -- -5"),
        ("licet keys list -c other", "licet keys list -c other"),
        ("licet check --config other", "licet check --config other"),
        ("licet check -h", "licet check -h"),
        ("licet init DIR", "licet init DIR"),
        ("licet package key --secret env:NAME", "licet package key --secret env:NAME"),
        ("licet package open p.jwe", "licet package open p.jwe -c site"),
        ("licet", "licet"),
        ("licet --version", "licet --version"),
        ("df -h", "df -h"),
    ],
)
def test_a_command_names_the_folder_before_what_must_stand_last(command, as_typed):
    assert typed(command, "site") == as_typed
    assert typed("licet check", "my site") == "licet check -c 'my site'"


def test_a_command_is_given_the_folder_exactly_if_it_takes_one():
    for path, command in COMMANDS.items():
        if not hasattr(command, "commands"):
            takes = any("-c" in each.opts for each in command.params)
            words = f"licet {' '.join(path)}"
            assert (typed(words, "site") == f"{words} -c site") is takes, words


@pytest.mark.parametrize("called", [("check", "-c", "hub"), ("check", "--config=hub"), ("check", "-c", "hub/")])
def test_files_are_told_as_they_lie_for_the_reader_and_secrets_as_they_are_written(beside, monkeypatch, called):
    monkeypatch.setattr(sys, "argv", ["licet", *called])
    folder = called[-1].rpartition("=")[2]
    said = from_here(
        'courses.toml:3: mend keys/a.pem and positions/x.toml:7; password = "file:keys/lms.password"; /srv/keys/b.pem\n'
        "`chmod 600 keys/log.pem`，再执行 `licet check`"
    )
    assert said == (
        'hub/courses.toml:3: mend hub/keys/a.pem and hub/positions/x.toml:7; password = "file:keys/lms.password";'
        f" /srv/keys/b.pem\n`chmod 600 hub/keys/log.pem`，再执行 `licet check -c {folder}`"
    )


@pytest.mark.parametrize("called", [("check",), ("check", "-c", "."), ("check", "-c", "nowhere")])
def test_in_the_folder_itself_and_of_one_that_is_none_nothing_is_added(beside, monkeypatch, called):
    monkeypatch.chdir(beside)
    monkeypatch.setattr(sys, "argv", ["licet", *called])
    text = "licet.toml:7: mend it, then `licet check`"
    assert from_here(text) == with_folder(text) == text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_setting_is_refused_with_a_place_and_a_command_that_can_be_typed(beside, language):
    text = (beside / "licet.toml").read_text("utf-8")
    (beside / "licet.toml").write_text(text.replace("Asia/Shanghai", "Asia/Shangai", 1), "utf-8")
    done = run("check", "-c", "hub", "--lang", language)
    place = re.match("[^:：]+", done.stderr)[0]
    assert done.returncode == 1 and Path(place) == Path("hub/licet.toml") and Path(place).is_file()
    assert "`licet check -c hub`" in done.stderr
    again = run(*shlex.split(re.findall("`licet ([^`]+)`", done.stderr)[0]))
    assert again.returncode == 1 and "Shangai" in again.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_row_is_told_in_the_file_that_was_named_and_its_command_is_on_one_line(beside, monkeypatch, language):
    file = Path("hub/opening-balances-of-all-people-of-the-whole-site-in-the-year-of-2026.csv")
    monkeypatch.setattr(sys, "argv", ["licet", "import", "opening", "-c", "hub", str(file)])
    said = Transmission("opening", datetime(2026, 3, 2, tzinfo=UTC), "text/csv", b"")
    wrong = Fault("schema.missing", "line 2 hours", Words("nothing", "无"), Words("a value", "有值"))
    preview = Preview(file.name, {}, (), (wrong,), (), said)
    first, *rest = [told(each, language) for each in opening_text(preview, {}, [], file)]
    assert first == f"{file}: 0 rows imported" if language == "en" else f"{file}：已导入 0 行"
    lines = folded(with_folder(rest[-1])).split("\n")
    assert lines[0].startswith(f"{file}:2") and len(lines) > 1
    assert any(f"`licet import opening {file} -c hub`" in each for each in lines), lines


@pytest.mark.parametrize("path", [each for each in COMMANDS if not hasattr(COMMANDS[each], "commands")], ids=" ".join)
def test_the_example_of_a_command_is_taken_by_it(path):
    command = COMMANDS[path]
    context = command.context_class(command, info_name=f"licet {' '.join(path)}", resilient_parsing=False)
    words = shlex.split(example(context))[len(path) + 1 :]
    assert "VALUE" not in words and not any(each.isupper() and each.isalpha() for each in words), words
    try:
        command.make_context("licet", [*words])
    except typer.BadParameter as error:  # a file of the example that is not there
        assert type(error) is typer.BadParameter, error
        assert "does not exist" in str(error.message), error


def texts_of(tree):
    """Line and text of whatever is written in a module, beside what documents it; {} for what is put into it."""
    parts = [part for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in ast.walk(each)]
    silent = {id(each) for each in parts if not isinstance(each, ast.JoinedStr)}
    silent |= {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        if isinstance(each, ast.JoinedStr):
            yield (
                each.lineno,
                "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in each.values),
            )
        elif isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in silent:
            yield each.lineno, each.value


def commands_in_words(tree):
    """Line and text of what names a command among other words and not in backticks: it is told without its folder."""
    for line, text in texts_of(tree):
        if not text.startswith("licet ") and _COMMAND.search(re.sub("`[^`]*`", "", text)):
            yield line, text


@pytest.mark.parametrize("part", ["schemas", "connectors", "mappings", "hub"])
def test_a_command_among_other_words_stands_in_backticks(part):
    files = sorted((ROOT / part).rglob("*.py"))
    found = [(file.name, *each) for file in files for each in commands_in_words(ast.parse(file.read_text("utf-8")))]
    assert found == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('Words("see licet alarms list", "见 licet alarms list")', 2),
        ("f'{n}：licet keys new {kid}'", 1),
        ("{'zh': '下一步：licet check，然后重启'}", 1),
        ("'see `licet check` and licet docs log.tamper, licet.toml, a licet key'", 0),
        ("command = 'licet check'", 0),
        ("def f():\n    'See licet check.'", 0),
    ],
)
def test_a_command_outside_of_backticks_would_be_found(code, found):
    assert len(list(commands_in_words(ast.parse(code)))) == found
