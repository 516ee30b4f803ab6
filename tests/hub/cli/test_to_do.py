"""What a command says to do about a failure of which it has no words of its own: as the page of its code says."""

import re
import sys

import pytest

from hub.cli.calls import to_do
from hub.cli.language import called_command
from hub.config import scaffold
from schemas.errors import CODES, ConfigError, LicetError
from schemas.words import Words, told
from tests.journeys.commands import one_line, run

FAILED = Words("found a thing", "有问题")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("to_do") / "hub"
    scaffold.write(home, "datacentre")
    return home


@pytest.mark.parametrize("code", CODES)
def test_of_every_code_something_is_said_to_do_in_both_languages(code, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["licet", "people", "credit"])
    found = to_do(LicetError(code, FAILED))
    assert len(found) > 8 and re.search("[\u4e00-\u9fff]", told(found, "zh")), found
    assert not found.endswith(".") and not told(found, "zh").endswith("。") and "](" not in found


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        (["people", "credit", "E1", "check"], "licet people credit"),
        (["--lang", "zh", "why", "E1"], "licet why"),
        (["keys", "keys"], "licet keys"),
        (["nothing"], "licet"),
    ],
)
def test_a_command_is_called_by_its_words_alone(typed, command, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["licet", *typed])
    assert called_command() == command


def test_a_message_that_says_what_to_type_is_told_nothing_more(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["licet", "release"])
    assert to_do(ConfigError(Words("it needs two: --by A --by B", "须两人"))) == ""
    assert to_do(ConfigError(Words("`licet plan` shows it", "`licet plan`"))) == ""
    assert to_do(ConfigError(Words("x is not empty; choose a new folder", "x 不为空"))) == ""
    assert "`licet release -h`" in to_do(ConfigError(Words("found x; expected y", "无")))
    assert "`licet release -h`" in to_do(ConfigError(Words("--by: found nobody", "无")))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ('password = "vault:lms"', ("vault:, which is not read here", "env:NAME")),
        ('password = "ENV:LMS"', ("begins with ENV:", "write env: in small letters")),
        ('password = "hunter:2"', ("plain text, which is not shown", "file:keys/lms.password")),
    ],
)
def test_a_reference_of_another_kind_is_told_from_a_secret(home, given, words):
    file = home / "licet.toml"
    whole = file.read_text("utf-8")
    try:
        file.write_text(whole.replace('password = "file:keys/lms.password"', given), "utf-8")
        done = run("check", "-c", str(home), "--lang", "en")
    finally:
        file.write_text(whole, "utf-8")
    assert done.returncode == 1 and all(each in done.stderr for each in words), done
    assert "hunter" not in done.stderr


def test_a_draft_that_is_not_there_is_no_missing_hub(home):
    done = run("rules", "what-if", "draft", "-c", str(home), "--lang", "en")
    one_line(done, "draft: found no such file or folder, expected a draft", "copy a file of")


def test_an_address_of_no_store_is_told_at_its_place_with_all_else_that_is_wrong(home):
    file = home / "licet.toml"
    whole = file.read_text("utf-8")
    try:
        wrong = whole.replace("sqlite:///data", "mysql://data").replace('"hr@example.cn"', '"hr"')
        file.write_text(wrong, "utf-8")
        address = run("check", "-c", str(home), "--lang", "en").stderr
        file.write_text(whole.replace("sqlite:///data", "mysql://data"), "utf-8")
        store = run("check", "-c", str(home), "--lang", "en").stderr
    finally:
        file.write_text(whole, "utf-8")
    assert "licet.toml:11:1: hub.hr_mail: found 'hr'" in address
    assert "licet.toml:14:1: store.url: found a URL of mysql://, expected sqlite:///FILE" in store
