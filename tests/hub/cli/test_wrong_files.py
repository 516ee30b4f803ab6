"""What HR and integrators write wrongly into files: told with place, found, expected and what to do, zh and en."""

import re
import shutil
from datetime import UTC, datetime

import pytest

from hub.assembly import Assembly
from hub.clock import to_us
from hub.config import scaffold
from hub.config.folder import read_folder
from tests.conftest import HandClock
from tests.journeys.commands import close, lines_of, run

PEOPLE = "employee_no,name,mail,language,position,starts_on,ends_on,leave_from,leave_until,id:terminals,id:lms"
E1 = "E1001,张三,,zh,dc-operations,2026-01-05,,,,1001,zhang.san"
E2 = "E1002,李四,,zh,dc-operations,2026-01-05,,,,1002,li.si"
PLAN = "session,course,room,devices,starts_at,ends_at,break_minutes,cancelled,employee_no"
S1 = "S-1,dc-safety,A,SN-1,2026-03-02T22:00:00+08:00,2026-03-03T01:00:00+08:00,0,,E1001"


def rows(*lines):
    return "\n".join([*lines, ""])


# what is wrong, people.csv, plan.csv, then what each line says that is told: in English, in Chinese
SHEETS = [
    (
        "one number of two people",
        rows(PEOPLE, E1, E2.replace("1002,li", "1001,li")),
        rows(PLAN),
        [
            (
                "people.csv:2: id:terminals: found '1001'",
                "E1001 张三 (line 2), E1002 李四 (line 3)",
                "one person alone",
            ),
            ("people.csv:3: id:terminals: found '1001'", "To do: ", "licet docs meaning.contradiction"),
        ],
        [
            (
                "people.csv:2：id:terminals：现为 '1001'",
                "E1001 张三（第 2 行）、E1002 李四（第 3 行）",
                "每人各用一个编号",
            ),
            ("people.csv:3：id:terminals：", "处理："),
        ],
    ),
    (
        "one person by two names",
        rows(PEOPLE, E1, E2, E1.replace("张三", "张三丰")),
        rows(PLAN),
        [
            ("people.csv:2: found rows of one person E1001 that differ in name: line 2 '张三', line 4 '张三丰'",),
            ("people.csv:4: ", "a number of its own", "To do: mend the rows that are named"),
        ],
        [
            ("people.csv:2：现为同一人员 E1001 的多行在 name 上不一致：第 2 行 '张三'、第 4 行 '张三丰'",),
            ("people.csv:4：",),
        ],
    ),
    (
        "nobody of that number in the plan",
        rows(PEOPLE, E1, E2),
        rows(PLAN, S1, S1.replace("E1001", "E1003")),
        [
            (
                "plan.csv:3: employee_no: found 'E1003', expected the number of somebody on the roster; did you mean",
                "To do: mend the n",
            )
        ],
        [("plan.csv:3：employee_no：现为 'E1003'，应为名册中人员的工号；是否应为", "处理：更正工号，或将此人列入名册")],
    ),
    (
        "columns of the plan by other names, below a title",
        rows(PEOPLE, E1, E2),
        rows("三月培训计划", PLAN.replace("starts_at", "start").replace("break_minutes", "brk"), S1),
        [
            (
                "plan.csv:2: found a header without starts_at, break_minutes, and with 'start'",
                " (did you mean 'starts_at'?)",
            )
        ],
        [
            (
                "plan.csv:2：现为缺少 starts_at、break_minutes 的表头，另有 'start'（是否应为 'starts_at'？）、'brk'",
                "首行写明全部列名",
            )
        ],
    ),
    (
        "a session that ends before it starts",
        rows(PEOPLE, E1, E2),
        rows(PLAN, S1.replace("03-02T22", "03-04T22")),
        [("plan.csv:2: ends_at: found an end at '2026-03-03T01:00:00+08:00'", "start, '2026-03-04T22:00:00+08:00'")],
        [
            (
                "plan.csv:2：ends_at：现为结束于 '2026-03-03T01:00:00+08:00'，",
                "，应不早于开始时间 '2026-03-04T22:00:00+08:00'",
            )
        ],
    ),
    (
        "a session of two days",
        rows(PEOPLE, E1, E2),
        rows(PLAN, S1.replace("03-03T01", "03-04T01")),
        [("plan.csv:2: ends_at: ", "by 2026-03-03 22:00 (Asia/Shanghai)", "several days are several rows")],
        [("plan.csv:2：ends_at：", "不晚于 2026-03-03 22:00 (Asia/Shanghai)", "多日应分多行")],
    ),
    (
        "a stint that ends before it starts",
        rows(PEOPLE, E1.replace("2026-01-05,", "2026-01-05,2025-12-01"), E2),
        rows(PLAN),
        [("people.csv:2: ends_on: found an end at '2025-12-01', expected one not before its start, '2026-01-05'",)],
        [("people.csv:2：ends_on：现为结束于 '2025-12-01'，应不早于开始时间 '2026-01-05'",)],
    ),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A hub in whose files nothing is wrong, with its store."""
    home = tmp_path_factory.mktemp("whole") / "hub"
    scaffold.write(home, "datacentre")
    with Assembly(read_folder(home), HandClock(datetime(2026, 3, 2, 1, tzinfo=UTC)), deciding=True) as parts:
        _ = (parts.database, parts.sealer, parts.signing)
    return home


@pytest.fixture
def home(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "hub")


def known_as(home, number, source):
    """By which identifiers of a source the hub knows somebody."""
    with Assembly(read_folder(home), HandClock(datetime(2026, 3, 2, 1, tzinfo=UTC)), deciding=True) as parts:
        now = to_us(parts.clock.now())
        with parts.database.reading() as session:
            known = parts.directory.identifiers(parts.directory.named(number), source, now, session)
    return [each.name for each in known]


def say(text, said):
    """See that each group of words stands in a finding of its own."""
    lines = lines_of(text)
    for words in said:
        assert any(all(close(word) in line for word in words) for line in lines), f"{words} in\n{text}"


@pytest.mark.parametrize("case", SHEETS, ids=lambda case: case[0])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_row_that_is_not_taken_is_told_with_its_line(home, case, language):
    _name, people, plan, english, chinese = case
    (home / "roster" / "people.csv").write_text(people, encoding="utf-8")
    (home / "roster" / "plan.csv").write_text(plan, encoding="utf-8")
    done = run("people", "import", "-c", str(home), "--lang", language)
    assert (done.returncode, done.stderr) == (1, "")
    say(done.stdout, english if language == "en" else chinese)
    if language == "zh":
        assert not re.search(r"\b(found|expected|did you mean|To do)\b", done.stdout), done.stdout


def test_what_people_write_for_none_is_no_identifier(home):
    """Told, and nobody is refused for it; a nought that one person alone has may be theirs."""
    roster = home / "roster" / "people.csv"
    (home / "roster" / "plan.csv").unlink()
    others = [E1.replace("E1001", f"E200{n}") for n in range(4)]
    written = ["0,zhang.san", "0,无", "－,0", "无,N/A"]
    roster.write_text(
        rows(PEOPLE, *(row.replace("1001,zhang.san", each) for row, each in zip(others, written, strict=True))),
        encoding="utf-8",
    )
    done = run("people", "import", "-c", str(home), "--lang", "en")
    assert done.returncode == 0 and "became: applied 4" in done.stdout, done.stdout
    say(done.stdout, [("id:terminals: read as empty: '0' (2), '-' (1), '无' (1)",), ("id:lms:", "'无' (1), 'N/A' (1)")])
    assert known_as(home, "E2002", "lms") == ["0"] and known_as(home, "E2000", "terminals") == []
    done = run("people", "import", "-c", str(home), "--lang", "zh")
    assert "没有变化" in done.stdout


def test_whom_the_roster_does_not_name_is_told_once_however_many_rows_name_them(home):
    (home / "roster" / "people.csv").write_text(rows(PEOPLE, E1), encoding="utf-8")
    sessions = [S1.replace("S-1", f"S-{n}").replace("E1001", who) for who in ("E1009", "X") for n in range(13)]
    strangers = [S1.replace("E1001", f"N{n:04}") for n in range(40)]
    (home / "roster" / "plan.csv").write_text(rows(PLAN, *sessions, *strangers), encoding="utf-8")
    done = run("people", "import", "-c", str(home), "--lang", "en")
    say(
        done.stdout,
        [("plan.csv:2: employee_no: found 'E1009' (also in lines ", " and 2 more)"), ("and 12 more whom the roster",)],
    )
    assert done.returncode == 1 and close(done.stdout).count("Todo") == 30


def test_a_number_that_one_person_alone_has_again_is_theirs(home):
    """Whoever shared it is read again, though the rows of all but one stayed as they were."""
    roster = home / "roster" / "people.csv"
    (home / "roster" / "plan.csv").unlink()
    roster.write_text(rows(PEOPLE, E1), encoding="utf-8")
    assert run("people", "import", "-c", str(home)).returncode == 0
    roster.write_text(rows(PEOPLE, E1, E2.replace("1002,li", "1001,li")), encoding="utf-8")
    done = run("people", "import", "-c", str(home), "--lang", "en")
    assert done.returncode == 1 and "became: quarantined 2" in done.stdout, "also who had it from an earlier file"
    roster.write_text(rows(PEOPLE, E1, E2), encoding="utf-8")
    done = run("people", "import", "-c", str(home), "--lang", "en")
    assert "became: applied 2" in done.stdout, done.stdout
