"""Files of a partner: taken whole or not at all, once, whatever lies in the folder."""

import json
import os
import struct
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from pydantic import ValidationError

import mappings
from connectors.generic.file_drop import SPEC, FileDrop, Settings
from connectors.generic.file_drop.source import MOST_AT_ONCE
from connectors.port import Page
from schemas.errors import UnavailableError
from schemas.transmission import Item
from tests.contract.training_drop import TrainingSystem, results

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
DOCUMENT = mappings.load("learning/results_drop", Path("tests/mappings/vendors"))


@pytest.fixture
def system(tmp_path) -> TrainingSystem:
    return TrainingSystem(tmp_path / "drop")


class Hub:
    """A source and the cursor that it is left with, as a hub keeps it."""

    def __init__(self, system: TrainingSystem, **settings: Any) -> None:
        given = {"folder": system.folder, "zone": "Asia/Shanghai", "settle_seconds": 60, **settings}
        self.source: FileDrop = SPEC.build("training", Settings.model_validate(given))
        self.cursor: Any = {}
        self.page = Page((), {})

    def poll(self, minutes: float = 0) -> list[str]:
        """The names of the files of one poll."""
        self.page = self.source.poll(self.cursor, NOW + timedelta(minutes=minutes))
        self.cursor = json.loads(json.dumps(self.page.cursor))
        return [each.peer for each in self.page.transmissions]

    def figures(self) -> Any:
        return self.page.summary["files"]


def renamed(system: TrainingSystem, **settings: Any) -> Hub:
    return Hub(system, whole="renamed", **settings)


def test_results_in_gbk_become_records_by_a_document_alone(system):
    system.renames("成绩 2026-03-02.xml", results("E0", "Ｅ1"))
    hub = renamed(system)
    assert hub.poll() == ["成绩 2026-03-02.xml"]
    [sent] = hub.page.transmissions
    assert sent.context == {"zone": "Asia/Shanghai", "file": "成绩 2026-03-02.xml"}
    outcomes = DOCUMENT.read(sent)
    assert [each.records[0].subject for each in outcomes if isinstance(each, Item)] == ["E0", "E1"]


# ---------------------------------------------------------------- whole or not at all


def test_a_file_that_grows_is_not_taken_until_nothing_changes_any_more(system):
    hub, body = Hub(system), results("E0", "E1")
    system.begins("r.xml", body)
    assert hub.poll(0) == [] and hub.figures()["waiting"] == 1
    assert hub.poll(0.5) == []
    system.goes_on("r.xml", body)
    assert hub.poll(1.2) == [], "it changed: its time begins anew"
    assert hub.poll(2.1) == []
    assert hub.poll(2.2) == ["r.xml"] and hub.page.transmissions[0].body == body


def test_a_copy_that_has_its_size_and_dates_from_the_start_is_seen_to_be_written(system):
    path = system.drops("r.xml", b"\0" * 1000)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    hub = Hub(system)
    hub.poll(0)
    with path.open("r+b") as file:
        file.write(b"<a>")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert hub.poll(1.1) == [], "size and dates are the same, and yet it was written"


def test_a_file_of_no_bytes_was_only_begun(system):
    system.drops("r.xml", b"")
    for hub in (Hub(system), renamed(system)):
        assert hub.poll(0) == [] and hub.poll(5) == [] and not hub.page.alarm


def test_a_clock_that_is_put_back_makes_no_file_old_enough(system):
    system.drops("r.xml", results("E0"))
    hub = Hub(system)
    assert hub.poll(60) == [] and hub.poll(0) == [] and hub.poll(0.5) == []
    assert hub.poll(1.1) == ["r.xml"]


@pytest.mark.parametrize("marker", ["r.xml.done", "r.done", "R.XML.DONE"])
def test_a_marker_says_that_a_file_is_whole(system, marker):
    hub, body = Hub(system, whole="marker"), results("E0")
    system.begins("r.xml", body)
    assert hub.poll() == []
    system.goes_on("r.xml", body)
    assert hub.poll(100) == [], "however old"
    if marker.isupper():
        system.drops("R.XML", b"<other/>")
        system.marks("R.XML.done")
        assert hub.poll(101) == ["R.XML"], "a marker is of its own file alone"
        return
    system.marks(marker)
    assert hub.poll(101) == ["r.xml"]


def test_a_marker_of_what_was_written_before_says_nothing_of_what_is_written_now(system):
    system.drops("r.xml", results("E0"))
    system.marks("r.xml.done")
    hub = Hub(system, whole="marker")
    assert hub.poll() == ["r.xml"]
    path = system.drops("r.xml", results("E0", "E1"))
    later = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(later, later))
    assert hub.poll(1) == []
    os.utime(system.folder / "r.xml.done", ns=(later, later))
    assert hub.poll(2) == ["r.xml"]


@pytest.mark.parametrize("name", ["r.xml.part", "r.tmp", ".r.xml.swp", "~$r.xlsx", "r.xml.filepart", ".hidden"])
def test_what_is_being_written_by_its_name_is_passed_over(system, name):
    system.drops(name, results("E0"))
    hub = renamed(system)
    assert hub.poll() == [] and not hub.page.alarm


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("after", ["keep", "move"])
def test_a_file_is_taken_once_and_its_bytes_are_known_under_any_name(system, after):
    body = results("E0")
    system.renames("r.xml", body)
    hub = renamed(system, after=after)
    assert hub.poll() == ["r.xml"]
    first = hub.page.transmissions[0]
    assert (hub.page.again_in == 0) == (after == "move"), "it goes out of the way as soon as it is kept"
    assert (system.folder / "r.xml").exists(), "and not before"
    assert hub.poll(1) == [] and hub.poll(2) == []
    assert (system.folder / "r.xml").exists() == (after == "keep")
    assert (system.folder / "done" / "r.xml").exists() == (after == "move")
    system.renames("again.xml", body)
    assert hub.poll(3) == ["again.xml"] and hub.page.transmissions[0].id == first.id


def test_a_file_written_anew_is_read_anew_and_one_only_touched_is_not(system):
    path = system.drops("r.xml", results("E0"))
    hub = renamed(system)
    assert hub.poll() == ["r.xml"]
    path.chmod(0o600)
    assert hub.poll(1) == []
    path.write_bytes(results("E0", verdict="不合格"))
    assert hub.poll(2) == ["r.xml"]


def test_files_of_one_name_do_not_take_each_others_place(system):
    hub = renamed(system, after="move")
    for day in (2, 3, 4):
        system.renames("r.xml", results("E0", day=day))
        assert hub.poll(day) == ["r.xml"]
        hub.poll(day)
    assert sorted(each.name for each in (system.folder / "done").iterdir()) == ["r (2).xml", "r (3).xml", "r.xml"]


def test_a_marker_goes_with_the_last_file_that_it_speaks_of(system):
    system.drops("r.xml", results("E0"))
    system.drops("r.csv", b"a,b\n1,2\n")
    system.marks("r.done")
    hub = Hub(system, whole="marker", after="move")
    assert hub.poll() == ["r.csv", "r.xml"]
    hub.poll()
    assert sorted(each.name for each in (system.folder / "done").iterdir()) == ["r.csv", "r.done", "r.xml"]
    assert [each.name for each in system.folder.iterdir()] == ["done"]


def test_many_files_come_in_their_order_and_in_pages(system):
    for n in range(MOST_AT_ONCE + 6):
        system.renames(f"{n:03d}.xml", results(f"E{n}"))
    hub = renamed(system)
    first = hub.poll()
    assert hub.page.again_in == 0
    assert [*first, *hub.poll()] == [f"{n:03d}.xml" for n in range(MOST_AT_ONCE + 6)]
    assert hub.page.again_in is None and hub.poll() == []


def test_they_come_by_time_where_that_is_their_order(system):
    for n, name in enumerate(("b.xml", "a.xml", "c.xml")):
        os.utime(system.drops(name, results(f"E{n}")), (1_000_000 + n, 1_000_000 + n))
    assert renamed(system, order="time").poll() == ["b.xml", "a.xml", "c.xml"]


def test_names_in_chinese_of_either_encoding_and_with_blanks(system):
    system.names_in_gbk("成绩 一.xml", results("E0"))
    system.drops("成绩 一.xml", results("E1"))
    system.drops("a b\n'\".xml", results("E2"))
    hub = renamed(system, files={"*.XML": ""}, after="move")
    assert sorted(hub.poll()) == ["a b?'\".xml", "成绩 一.xml", "成绩 一.xml"]
    assert hub.poll() == [] and len(list((system.folder / "done").iterdir())) == 3


def test_the_form_follows_from_the_name_and_other_files_are_passed_over(system):
    for name in ("r.xml", "r.JSON", "读我.txt"):
        system.drops(name, b"x")
    hub = renamed(system, files={"*.xml": "results", "*.json": "other"})
    hub.poll()
    assert {each.peer: each.form for each in hub.page.transmissions} == {"r.JSON": "other", "r.xml": "results"}
    assert hub.figures()["passed_over"] == 1


# ---------------------------------------------------------------- what is refused


def refused(hub: Hub, code: str, name: str) -> None:
    """It is refused with an alarm, once, and says why."""
    assert hub.poll() == [] and hub.page.alarm == code and name in hub.figures()["held"]
    assert hub.poll(1) == [] and not hub.page.alarm and hub.figures()["refused"] == (0 if moves(hub) else 1)


def moves(hub: Hub) -> bool:
    return hub.source._settings.after == "move"


@pytest.mark.parametrize("after", ["keep", "move"])
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "large"])
def test_what_is_no_file_or_too_large_is_refused_and_nothing_is_followed(system, tmp_path, kind, after):
    (tmp_path / "secret").write_bytes(b"nobody's business")
    path = system.folder / "r.xml"
    match kind:
        case "link":
            path.symlink_to(tmp_path / "secret")
        case "dangling":
            path.symlink_to(tmp_path / "nowhere")
        case "pipe":
            os.mkfifo(path)
        case "large":
            path.write_bytes(b"x" * 2000)
    system.drops("z.xml", results("E0"))
    hub = renamed(system, after=after, most_bytes=1024)
    assert hub.poll() == ["z.xml"], "its neighbours are taken"
    assert hub.page.alarm == ("file.size" if kind == "large" else "file.kind")
    assert hub.poll(1) == [] and not hub.page.alarm
    assert (tmp_path / "secret").read_bytes() == b"nobody's business"
    if after == "move":
        assert os.path.lexists(system.folder / "refused" / "r.xml")
        why = (system.folder / "refused" / "r.xml.reason.txt").read_text("utf-8")
        assert "expected" in why and ("文件" in why)
    else:
        assert os.path.lexists(path)


def book(*rows: tuple[Any, ...], sheets: tuple[str, ...] = ("Sheet1",)) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        for name in sheets:
            sheet = workbook.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, (*row, name))
    return out.getvalue()


def test_a_workbook_is_the_csv_of_its_sheet(system):
    system.drops("打卡.xlsx", book(("工号", "时间"), ("E0", "2026-03-02 08:01"), sheets=("封面", "明细")))
    hub = renamed(system)
    hub.poll()
    assert hub.page.transmissions[0].body.decode() == "工号,时间,封面\nE0,2026-03-02 08:01,封面\n"
    hub = renamed(system, sheet="明细")
    hub.poll()
    [sent] = hub.page.transmissions
    assert (sent.media_type, sent.body.decode()) == ("text/csv", "工号,时间,明细\nE0,2026-03-02 08:01,明细\n")
    refused(renamed(system, sheet="不在"), "encoding.invalid", "打卡.xlsx")


def bomb(part: str, claimed: int | None = None) -> bytes:
    """A workbook of which a part is far larger unpacked; with ``claimed`` it says that it is not."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(book(("a",)))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for each in good.infolist():
            body = good.read(each)
            if each.filename.startswith(part):
                body += b" " * (80 << 20)
            bad.writestr(each.filename, body)
    packed = out.getvalue()
    if claimed is not None:
        packed = packed.replace(struct.pack("<L", _sheet_size(packed)), struct.pack("<L", claimed))
    return packed


def _sheet_size(packed: bytes) -> int:
    with zipfile.ZipFile(BytesIO(packed)) as parts:
        return max(each.file_size for each in parts.infolist())


@pytest.mark.parametrize(("part", "claimed"), [("xl/worksheets/", None), ("xl/sharedStrings.xml", 1000)])
def test_a_workbook_that_is_far_larger_unpacked_is_refused_whatever_it_claims(system, part, claimed):
    system.drops("r.xlsx", bomb(part, claimed))
    refused(renamed(system), "encoding.invalid", "r.xlsx")


@pytest.mark.parametrize("body", [b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_a_workbook_that_is_none_is_refused_with_the_reason_beside_it(system, body):
    system.drops("名单.xlsx", body)
    hub = renamed(system, after="move")
    refused(hub, "encoding.invalid", "名单.xlsx")
    assert "encoding.invalid" in (system.folder / "refused" / "名单.xlsx.reason.txt").read_text("utf-8")


def test_a_half_of_xml_that_nobody_finished_is_a_fault_and_its_whole_is_read_later(system):
    hub, body = Hub(system), results("E0")
    system.begins("r.xml", body)
    hub.poll(0)
    assert hub.poll(2) == ["r.xml"] and not isinstance(DOCUMENT.read(hub.page.transmissions[0])[0], Item)
    system.goes_on("r.xml", body)
    hub.poll(3)
    assert hub.poll(5) == ["r.xml"] and isinstance(DOCUMENT.read(hub.page.transmissions[0])[0], Item)


@pytest.mark.parametrize(
    ("name", "raw", "body"),
    [
        ("r.json", b"\xef\xbb\xbf[]", b"[]"),
        ("r.json", "[1]".encode("utf-16"), b"[1]"),
        ("r.csv", "工号\n".encode("utf-16"), "工号\n".encode()),
        ("r.csv", "工号\n".encode("gb18030"), "工号\n".encode("gb18030")),
        ("r.xml", b"\xef\xbb\xbf<a/>", b"\xef\xbb\xbf<a/>"),
    ],
)
def test_text_is_handed_on_as_documents_read_it(system, name, raw, body):
    system.drops(name, raw)
    hub = renamed(system)
    hub.poll()
    assert [each.body for each in hub.page.transmissions] == [body]


# ---------------------------------------------------------------- the folder itself


def test_a_folder_that_is_gone_is_not_an_empty_one(system, tmp_path):
    system.drops("r.xml", results("E0"))
    hub = renamed(system)
    hub.poll()
    system.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(UnavailableError) as away:
        hub.poll(1)
    assert away.value.code == "peer.unreachable"
    (tmp_path / "elsewhere").rename(system.folder)
    assert hub.poll(2) == [], "and what was known is known"


def test_a_share_that_is_not_mounted_is_told_by_what_it_must_hold(system):
    hub = renamed(system, must_hold=".licet")
    with pytest.raises(UnavailableError) as away:
        hub.poll()
    assert ".licet" in away.value.message
    system.marks(".licet")
    assert hub.poll() == []


def test_a_folder_that_may_not_be_written_loses_nothing(system, tmp_path):
    (system.folder / "done").symlink_to(tmp_path)  # a link would lead out of the folder
    system.drops("r.xml", results("E0"))
    hub = renamed(system, after="move", files={"*.xml": ""})
    assert hub.poll() == ["r.xml"]
    for minute in (1, 2):
        assert hub.poll(minute) == [] and "cannot be moved" in hub.figures()["held"]
    assert (system.folder / "r.xml").exists() and not (tmp_path / "r.xml").exists()
    system.drops("s.xml", results("E1"))
    assert hub.poll(3) == ["s.xml"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": {}},
        {"files": {"a/b": ""}},
        {"whole": "marker", "marker": ".tmp"},
        {"settle_seconds": 0},
        {"marker": ""},
    ],
)
def test_settings_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValidationError):
        Settings.model_validate({"folder": "drop", **wrong})
