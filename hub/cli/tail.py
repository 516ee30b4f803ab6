"""The log followed: a line a transmission and how far it came, or a line an entry."""

import json
import time
from collections.abc import Callable
from typing import Annotated

import typer

from hub.assembly import Assembly
from hub.cli.folder import HERE, Folder, opened
from hub.cli.language import spoken
from hub.cli.naming import Names, Reader, naming
from hub.cli.output import AsJson, entry_line, json_line, say
from hub.views.passage_text import tell_passage
from hub.views.passages import Passages

app = typer.Typer()

_EVERY_SECONDS, _CHUNK = 0.5, 1000


@app.command()
def tail(
    config: Folder = HERE,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until interrupted.")] = False,
    lines: Annotated[int, typer.Option("-n", min=0, help="How many of the last.")] = 20,
    entries: Annotated[bool, typer.Option("--entries", help="The entries of the log themselves.")] = False,
    names: Names = False,
    by: Reader = "",
    as_json: AsJson = False,
) -> None:
    """One line a transmission: arrived, read, whom it concerns, decided, sent, confirmed, or where it stopped."""
    with opened(config) as parts:
        called = naming(parts, names, by)
        look = _entries(parts, lines, as_json) if entries else _passages(parts, lines, called, as_json)
        look()
        while follow:
            time.sleep(_EVERY_SECONDS)
            look()


def _passages(parts: Assembly, lines: int, called: Callable[[str], str], as_json: bool) -> Callable[[], None]:
    """Prints the last passages, then each that is new or has come further."""
    passages, language, zone = Passages(parts.trail, parts.history, parts.database), spoken(), parts.folder.zone
    begun = False

    def look() -> None:
        nonlocal begun
        found, begun = passages.further() if begun else passages.last(lines), True
        for each in found:
            print(json_line(each.json()), flush=True) if as_json else say(tell_passage(each, called, language, zone))

    return look


def _entries(parts: Assembly, lines: int, as_json: bool) -> Callable[[], None]:
    """Prints the last entries, then those that are new."""
    trail, zone = parts.trail, parts.folder.zone
    after = max(trail.size() - lines, 0) - 1

    def look() -> None:
        nonlocal after
        while found := list(trail.tail(after, _CHUNK)):
            for seq, entry in found:
                after = seq
                line = json.dumps({"seq": seq, **entry}) if as_json else entry_line(seq, entry, zone)
                print(line, flush=True)

    return look
