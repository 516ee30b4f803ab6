"""Odd sheets of opening balances and of who was present: read by the roster's reader, each wrong line named."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from hub.intake.signed_sheet import read_signed
from schemas.errors import ConfigError, LicetError
from tests.hub.intake.test_words import E1, E2, running
from tests.journeys.commands import close, run

ZONE = ZoneInfo("Asia/Shanghai")
OPENING = "employee_no,kind,what,from,until,number,hours,required_hours"
CHINESE = "工号,类别,项目,发证日期,有效期至,证书编号,学时,应修学时"
HOURS = "E1,hours,dc-annual,,,,12,40"
CREDENTIAL = "E1,credential,high-voltage-electrician,2024-01-01,2027-01-01,T-1,,"
ACCESS = "E1,access,iam/dc-ops,,,,,"


def sheet(*lines, header=OPENING):
    return "\n".join([header, *lines, ""]).encode()


TITLED = "期初余额\n" + sheet(HOURS, header=CHINESE).decode()
FEW = "工号,类别,项目,学时,应修学时"


def workbook(folder, *rows):
    with xlsxwriter.Workbook(folder / "x", {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                page.write(at, place, cell)
    return (folder / "x").read_bytes()


BALANCES = [
    # about, the sheet, the records that are read, or what is said of it (/…/)
    ("as agreed", sheet(HOURS, CREDENTIAL, ACCESS), "credited_hours:1 credential_status:1 present_access:1"),
    ("Chinese", sheet(HOURS.replace("hours", "学时"), header=CHINESE), "credited_hours:1"),
    ("a credential in Chinese", sheet(CREDENTIAL.replace("credential", "证书"), header=CHINESE), "credential_status:1"),
    ("GBK, titles, semicolons", TITLED.replace(",", ";").encode("gbk"), "credited_hours:1"),
    ("UTF-16", sheet(HOURS).decode().encode("utf-16"), "credited_hours:1"),
    ("no columns that it has no need of", sheet("E1,hours,dc-annual,12,40", header=FEW), "credited_hours:1"),
    ("a total", sheet(HOURS, "合计,,,,,,12,40"), "credited_hours:1"),
    ("Chinese days", sheet(CREDENTIAL.replace("2024-01-01", "2024年1月1日")), "credential_status:1"),
    ("the same line twice", sheet(HOURS, HOURS), "credited_hours:2"),
    ("empty", b"", "/opening.csv:1: found an empty file, expected a header: a line with employee_no .*/"),
    ("another sheet", sheet("x", header="产品"), "/opening.csv:1: a header without employee_no .* which has 产品/"),
    ("a column misspelt", sheet(HOURS, header=OPENING.replace("kind", "kimd")), "/did you mean 'kind'/"),
    ("a course misspelt", sheet("", HOURS, HOURS.replace("dc-annual", "dc-anual")), "/line 4 what .*'dc-annual'/"),
    ("a credential misspelt", sheet(CREDENTIAL.replace("electrician", "electricain")), "/line 2 what .*electrician'/"),
    ("a target misspelt", sheet(ACCESS.replace("dc-ops", "dc-opss")), "/line 2 what .*'iam/dc-ops'/"),
    ("a sink misspelt", sheet(ACCESS.replace("iam", "iamm")), "/line 2 what .*'iam/dc-ops'/"),
    ("another kind", sheet(HOURS.replace("hours", "hour")), "/line 2 kind .*credential, hours or access/"),
    ("no hours", sheet(HOURS.replace(",12,", ",,")), "/line 2 hours schema.missing/"),
    ("hours with a comma", sheet(HOURS.replace("12", '"12,5"')), "/line 2 hours /"),
    ("nobody", sheet(HOURS.replace("E1", "")), "/line 2 employee_no schema.missing/"),
    ("rounded", sheet(HOURS.replace("E1", "1.2E+10")), "/line 2 employee_no schema.range/"),
    ("American", sheet(CREDENTIAL.replace("2024-01-01", "1/1/2024")), "/line 2 from time.invalid/"),
    ("no number", sheet(CREDENTIAL.replace("T-1", "")), "/line 2 number schema.missing/"),
    ("two balances of one course", sheet(HOURS, HOURS.replace("12", "13")), "/line 2 meaning.contradiction .*line 3 /"),
    ("a byte of no encoding", sheet(HOURS).replace(b"dc-annual", b"dc\xff"), "/line 2 encoding.invalid/"),
]  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with running(tmp_path_factory.mktemp("sheets") / "hub") as made:
        made.people(E1, E2)
        yield made


def told(hub, body):
    try:
        preview = hub.parts.opening.preview(body, hub.clock.now())
    except LicetError as error:
        return error.message
    if preview.faults:
        return " ".join(f"{each.where} {each.code} {each.expected}" for each in preview.faults)
    return " ".join(f"{kind}:{n}" for kind, n in preview.records.items())


@pytest.mark.parametrize(("about", "body", "wanted"), BALANCES, ids=[about for about, _body, _wanted in BALANCES])
def test_a_sheet_of_balances_is_read_right_or_what_is_wrong_is_named(hub, about, body, wanted):
    found = told(hub, body)
    assert re.search(wanted.strip("/"), found) if wanted.startswith("/") else found == wanted, (about, found)


def test_a_workbook_of_balances_is_read(hub, tmp_path):
    cells = ["E1", "证书", "high-voltage-electrician", datetime(2024, 1, 1), "", "T-1", "", ""]  # noqa: DTZ001
    body = workbook(tmp_path, ["期初余额"], CHINESE.split(","), cells, [*cells[:2], "high-voltag", *cells[3:]])
    assert told(hub, body).startswith("line 4 what ref.unknown-name")


SIGNED = "工号,开始时间,结束时间"
PRESENT = [
    ("as agreed", "employee_no,from,to\nE1,,\n", [("E1", None, None)]),
    ("Chinese, with times", f"签到表\n{SIGNED}\nE1,2026/3/2 9:00,2026年3月2日 10:30\n", [("E1", 1, 150)]),
    ("full-width", f"{SIGNED}\nＥ１，2026-03-02 ０９：00，\n".replace("，", ","), [("E1", 1, None)]),
    ("with an offset", f"{SIGNED}\nE1,2026-03-02T01:00:00+00:00,\n", [("E1", 1, None)]),
    ("numbers alone", "工号\nE1\nE2\n", [("E1", None, None), ("E2", None, None)]),
    ("a time without a day", f"{SIGNED}\nE1,9:00,\n", "/list.csv:2: from: found '9:00', expected a time such as/"),
    ("no such time", f"{SIGNED}\nE1,,2026-02-30 09:00\n", "/list.csv:2: to: found/"),
    ("twice", f"{SIGNED}\nE1,,\nE1,,\n", "/list.csv:3: employee_no: found 'E1' as in line 2/"),
    ("nobody", f"{SIGNED}\n,2026-03-02 09:00,\n", "/list.csv:2: employee_no: found nothing/"),
    ("all at once", f"{SIGNED}\n,,\nE1,x,y\n", "/2?3: from: .*\n.*3: to: /"),
    ("nobody at all", f"{SIGNED}\n", "/list.csv: found no row/"),
    ("another sheet", "产品\n螺丝\n", "/list.csv:1: a header without employee_no .*which has 产品/"),
]


@pytest.mark.parametrize(("about", "text", "wanted"), PRESENT, ids=[about for about, _text, _wanted in PRESENT])
def test_a_list_of_those_present_is_read_right_or_what_is_wrong_is_named(about, text, wanted):
    if isinstance(wanted, str):
        with pytest.raises(ConfigError, match=wanted.strip("/")):
            read_signed(text.encode("gb18030"), ZONE, "list.csv")
        return
    begins = datetime(2026, 3, 2, 1, tzinfo=UTC)
    rows = read_signed(text.encode("gb18030"), ZONE, "list.csv")
    minutes = [
        (row.number, *(None if at is None else (at - begins).total_seconds() // 60 + 1 for at in (row.start, row.end)))
        for row in rows
    ]
    assert minutes == [tuple(91 if cell == 150 else cell for cell in row) for row in wanted], about


def test_the_command_ends_with_1_where_a_line_is_refused_and_keeps_nothing(hub, tmp_path):
    home = str(hub.parts.folder.path)
    file = tmp_path / "balances.csv"
    file.write_bytes(sheet(HOURS, HOURS.replace("dc-annual", "dc-anual")))
    done = run("import", "opening", str(file), "--apply", "--by", "A", "-c", home, "--lang", "en")
    assert done.returncode == 1 and "nothing was kept" in done.stdout
    shown = close(done.stdout)
    slip = "balances.csv:3: what: found 'dc-anual', expected a course of the hub's folder; did you mean"
    assert close(slip) in shown
    file.write_bytes(sheet(HOURS, HOURS.replace("E1", "E11")))
    done = run("import", "opening", str(file), "--apply", "--by", "A", "-c", home, "--lang", "en")
    assert done.returncode == 1 and "became: " in done.stdout
    shown = close(done.stdout)
    assert close("number 'E11'; held until the roster names them; did you mean 'E1'?") in shown
    file.write_bytes(sheet(HOURS))
    done = run("import", "opening", str(file), "--apply", "--by", "A", "-c", home, "--lang", "en")
    assert done.returncode == 0, done


def test_a_roster_that_is_held_passes_once_a_person_says_so(hub):
    home = str(hub.parts.folder.path)
    hub.people(*[{**E1, "employee_no": f"E{n}"} for n in range(1, 11)])
    hub.people(E1)
    done = run("people", "import", "-c", home, "--lang", "en")
    shown = close(done.stdout)
    assert done.returncode == 1 and close("people.csv: found 1 rows where the last one had 10") in shown, done
    assert "licet people accept --by NAME" in done.stdout and hub.alarms().count("roster.shrunk") >= 1
    done = run("people", "accept", "--by", "A", "-c", home, "--lang", "en")
    assert done.returncode == 0 and "gone 9 (" in done.stdout, done
    assert run("people", "accept", "--by", "A", "-c", home, "--lang", "en").returncode == 1, "nothing is held"
    assert "roster.shrunk" not in run("alarms", "list", "-c", home, "--lang", "en").stdout
