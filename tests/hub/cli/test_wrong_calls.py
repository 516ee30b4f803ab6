"""What people type wrongly behind a command: told by what is found, what is taken and what it probably means."""

import pytest
import typer

from hub.cli.calls import wrong_call
from hub.cli.folder import instant
from hub.config import scaffold
from hub.config.folder import read_folder
from tests.journeys.commands import run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("calls") / "hub"
    scaffold.write(home, "datacentre")
    return home


DAYS = [
    ("2026-02-30", "there is no such day", "没有这一天"),
    ("2026/2/3", "did you mean 2026-02-03?", "是否应为 2026-02-03？"),
    ("2026年2月3日", "did you mean 2026-02-03?", "是否应为 2026-02-03？"),
    ("2026.13.1", "there is no such day", "没有这一天"),
    ("tomorrow", "for example 2026-11-23 or 2026-11-23T09:00+08:00", "例如 2026-11-23 或 2026-11-23T09:00+08:00"),
    ("26-3-1", "for example 2026-11-23", "例如 2026-11-23"),
]


@pytest.mark.parametrize(("text", "english", "chinese"), DAYS, ids=[each[0] for each in DAYS])
def test_a_day_that_is_none_is_told_with_the_one_that_is_meant(home, text, english, chinese):
    with pytest.raises(typer.BadParameter) as refused:
        instant(text, read_folder(home))
    told = wrong_call(refused.value)
    assert f"found {text!r}, expected" in told.told("en") and english in told.told("en")
    assert f"现为 {text!r}，应为" in told.told("zh") and chinese in told.told("zh")


def test_a_file_in_the_place_of_the_folder_is_told_with_the_folder(home):
    for language, said in (
        ("en", f"expected the folder in which it stands: -c {home} "),
        ("zh", f"应为其所在目录：-c {home}（"),
    ):
        done = run("check", "-c", str(home / "licet.toml"), "--lang", language)
        assert done.returncode == 1 and said in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("call", "english", "chinese"),
    [
        (("why", "E1", "dc-ops"), "found 'dc-ops' beyond", "PERSON"),
        (("tail", "x"), "expected options alone", "无（只有选项）"),
    ],
)
def test_what_is_beyond_a_command_is_told_with_what_the_command_takes(home, call, english, chinese):
    for language, said in (("en", english), ("zh", chinese)):
        done = run(*call, "-c", str(home), "--lang", language)
        assert done.returncode == 2 and said in done.stderr, done.stderr
