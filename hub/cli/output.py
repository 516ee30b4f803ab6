"""What a command prints: JSON for programs, lines and tables for people."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

DONE, WRONG = 0, 1
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

_NOT_SHOWN = ("v", "id", "ts", "kind", "payload", "evidence", "trace")


def show(value: Any, as_json: bool, text: Callable[[], str]) -> None:
    """Print for a program or for a person."""
    print(json.dumps(value, ensure_ascii=False) if as_json else text())


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as aligned text."""
    cells = [list(columns), *([str(row.get(c) if row.get(c) is not None else "-") for c in columns] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in cells)


def members(value: Mapping[str, Any]) -> str:
    """An object, one member a line."""
    return "\n".join(f"{name}: {short(member)}" for name, member in value.items())


def short(value: Any) -> str:
    """A value on one line, without brackets and quotes."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{member}" for name, member in value.items())
    if isinstance(value, list):
        return ",".join(map(str, value)) or "-"
    return str(value)


def entry_line(seq: int, entry: Mapping[str, Any], zone: ZoneInfo) -> str:
    """An entry of the log on one line, in the site's zone."""
    at = datetime.fromisoformat(entry["ts"]).astimezone(zone)
    said = " ".join(f"{name}={short(value)}" for name, value in entry.items() if name not in _NOT_SHOWN)
    return f"{seq:>7} {at.isoformat(timespec='milliseconds')} {entry['kind']:<11} {said}"


def site_time(text: str | None, zone: ZoneInfo) -> str | None:
    """An instant as the site's clocks show it, with offset."""
    return None if text is None else datetime.fromisoformat(text).astimezone(zone).isoformat(timespec="seconds")
