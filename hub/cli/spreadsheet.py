"""A list written for a spreadsheet: one that no cell of it can make calculate."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.cli.output import show
from hub.clock import site_time
from hub.wording import spreadsheet_cell
from schemas.words import Words


def write_csv(file: Path, columns: Sequence[str], rows: Iterable[Iterable[object]], zone: ZoneInfo) -> None:
    """Write rows under a header, instants as the site's clocks show them."""
    with file.open("w", encoding="utf-8-sig", newline="") as opened:  # Excel reads Chinese by the mark
        writer = csv.writer(opened)
        writer.writerow(columns)
        for row in rows:
            cells = (site_time(each, zone) if isinstance(each, datetime) else str(each) for each in row)
            writer.writerow([spreadsheet_cell(cell) for cell in cells])


def tell_written(file: Path, rows: int, as_json: bool) -> None:
    """Say that a list was written, and how long it is."""
    value = {"file": str(file), "rows": rows}
    show(value, as_json, lambda: Words(f"{file}: {rows} rows", f"{file}：{rows} 行"))
