"""What people type wrongly behind a command: told by what is found, what is taken and what it probably means."""

import pytest
import typer

from hub.cli.away import look_at_system
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
        (
            ("why", "E1", "dc-ops"),
            "found 'dc-ops' too much: licet why takes PERSON (employee number). To do: type for example"
            " `licet why E1001 -c {home}`; `licet why -h` says more",
            "多余的参数：'dc-ops'；licet why 的参数为：人员（工号）。处理：例如执行 `licet why E1001 -c {home}`；",
        ),
        (
            ("break-glass", "open", "E1001", "iam", "dc-ops", "--reason", "fire", "--by", "li"),
            "takes PERSON (employee number) and TARGET (SINK/TARGET). To do: type for example"
            ' `licet break-glass open E1001 iam/dc-ops --reason "fire drill" --by wang.fang --by li.na -c {home}`',
            "的参数为：人员（工号）、权限组（权限系统/权限组）。处理：",
        ),
        (("tail", "x"), "takes options alone. To do: ", "无（只有选项）。处理："),
        (
            ("people", "credit", "E1", "dc-safety", "--reason", "x", "--by", "boss"),
            "--on is missing: the day (its end), or the instant, at which they count. To do: add `--on 2026-11-23`; ",
            "缺少 --on：计入的日期（当日结束）或时刻。处理：补充 `--on 2026-11-23`；",
        ),
        (
            ("why",),
            "PERSON is missing: employee number. To do: type for example `licet why E1001 -c {home}`",
            "缺少 人员",
        ),
    ],
)
def test_what_is_missing_or_too_much_is_told_with_what_the_command_takes(home, call, english, chinese):
    for language, said in (("en", english), ("zh", chinese)):
        done = run(*call, "-c", str(home), "--lang", language)
        assert done.returncode == 2 and said.format(home=home) in done.stderr, done.stderr


def test_a_folder_that_is_no_hub_is_told_with_the_folder_to_name_first(tmp_path):
    for language, first, then in (
        ("en", "name the folder that holds licet.toml with -c FOLDER", "`licet init DIR`"),
        ("zh", "用 -c 目录 指定含有 licet.toml 的目录", "`licet init 目录`"),
    ):
        told = run("check", "-c", str(tmp_path / "nowhere"), "--lang", language).stderr
        assert 0 < told.index(first) < told.index(then)


def test_a_system_that_is_silent_is_told_with_its_table_and_the_line_of_its_address(home):
    line = (home / "licet.toml").read_text("utf-8").splitlines().index('base_url = "http://127.0.0.1:8711/v2"') + 1
    message = "iam: GET http://127.0.0.1:8711/v2/Users: not sent, no connection"
    told = look_at_system(message, home)
    assert "start the system behind [connectors.iam]" in told and f"change base_url (licet.toml:{line})" in told
    assert "启动 [connectors.iam] 所连接的系统" in told.zh and f"更改 base_url（licet.toml:{line}）" in told.zh
    assert "licet.toml" not in look_at_system("iam: the queue is away", home), "whose address was not asked"
    assert "[connectors" not in look_at_system("other: away", home) and "[connectors" not in look_at_system(
        "x", home / "no"
    )
