"""What a command prints: JSON for programs, lines for people."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
import typer

from hub.cli.language import spoken
from hub.cli.typeable import with_folder
from hub.clock import site_time
from hub.wording import printable, printable_lines
from schemas.words import told

DONE, WRONG = 0, 1
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

_NOT_TOLD = ("v", "id", "ts", "kind", "evidence")
_UNSEEN = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_DIGEST, _DIGEST_SHOWN = re.compile("[0-9a-f]{64}"), 12


def show(value: Any, as_json: bool, text: Callable[[], str]) -> None:
    """Print for a program or for a person."""
    print(json_line(value) if as_json else printable_lines(with_folder(told(text(), spoken()))))


def say(line: str) -> None:
    """Print one line for a person, in the language of the command."""
    print(printable(with_folder(told(line, spoken()))))


def json_line(value: Any) -> str:
    """One line of JSON, in which a terminal finds nothing to obey."""
    return _UNSEEN.sub(_as_escape, orjson.dumps(value).decode())


def _as_escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def short(value: Any) -> str:
    """A value on one line, without brackets and quotes; of a digest its beginning."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{short(member)}" for name, member in value.items())
    if isinstance(value, list):
        return ",".join(map(_item, value)) or "-"
    text = printable(str(value))
    return f"{text[:_DIGEST_SHOWN]}…" if _DIGEST.fullmatch(text) else text


def _item(value: Any) -> str:
    """One of a list; of an object its values alone, for their names would be said again and again."""
    return ":".join(map(short, value.values())) if isinstance(value, Mapping) else short(value)


def entry_line(seq: int, entry: Mapping[str, Any], zone: ZoneInfo) -> str:
    """An entry of the log on one line, in the site's zone. What it only commits to says nothing and is left out."""
    at = site_time(datetime.fromisoformat(entry["ts"]), zone, "milliseconds")
    shown = {name: value for name, value in entry.items() if name not in _NOT_TOLD and not _commits(value)}
    return f"{seq:>7} {at} {entry['kind']:<11} " + " ".join(f"{name}={short(value)}" for name, value in shown.items())


def _commits(value: Any) -> bool:
    return isinstance(value, Mapping) and "commit" in value
