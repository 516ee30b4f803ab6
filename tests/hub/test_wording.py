"""What a terminal is shown it is never told: no text moves the cursor, colours, hides or forges a line."""

import logging
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wording import PrintableFormatter, printable, printable_lines, spreadsheet_cell

ANY = st.text(alphabet=st.characters(), max_size=80)


@given(ANY)
def test_nothing_unseen_is_left_and_nothing_is_lost(text):
    shown = printable(text)
    assert all(each.isprintable() or unicodedata.category(each) == "Zs" for each in shown)
    assert len(shown) >= len(text) and (shown == text or not text.isprintable())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张三 Zhang·𠮷　娜", "张三 Zhang·𠮷　娜"),
        ("a\nlicet: revoked", "a\\nlicet: revoked"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b31m", "\\x9b31m"),
        ("a\rb\tc\x00", "a\\rb\\tc\\x00"),
        ("E1001\u202e1001E", "E1001\\u202e1001E"),
        ("x\u2028y\u200bz\ufeff", "x\\u2028y\\u200bz\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_would_move_colour_hide_or_break_is_an_escape(text, shown):
    assert printable(text) == shown
    assert printable_lines(f"{text}\nb").splitlines()[-1] == "b"


def test_a_record_of_the_process_log_is_one_line_and_a_trace_keeps_its_lines():
    formatter = PrintableFormatter("%(levelname)s %(name)s: %(message)s")
    record = logging.LogRecord("hub", logging.WARNING, "", 0, "refused %s", ("x\nCRITICAL hub: forged\x1b[2J",), None)
    assert formatter.format(record) == "WARNING hub: refused x\\nCRITICAL hub: forged\\x1b[2J"
    try:
        raise ValueError("bad\x1b[2J")
    except ValueError as error:
        record = logging.LogRecord("hub", logging.ERROR, "", 0, "a bug", (), (ValueError, error, error.__traceback__))
    lines = formatter.format(record).splitlines()
    assert (
        lines[0] == "ERROR hub: a bug" and lines[1].startswith("Traceback") and lines[-1] == "ValueError: bad\\x1b[2J"
    )


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("x")', "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "\t=1", "\r=1", "\n=1", " =1", "　＝1", "＠x"]
)
def test_a_spreadsheet_finds_no_formula_in_a_cell(text):
    assert spreadsheet_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["张三", "E1001", "2026-03-01T08:00:00+08:00", "a=b", ""])
def test_any_other_cell_stays_as_it_is(text):
    assert spreadsheet_cell(text) == text


def test_whatever_the_hub_writes_as_csv_goes_through_it():
    hub = Path(__file__).parents[2] / "hub"
    texts = {path: path.read_text(encoding="utf-8") for path in hub.rglob("*.py")}
    writing = [path for path, text in texts.items() if "csv.writer(" in text or "DictWriter(" in text]
    assert writing, "one does today"
    assert [path for path in writing if "spreadsheet_cell(" not in texts[path]] == []
