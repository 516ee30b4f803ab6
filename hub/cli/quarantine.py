"""Input that could not be read: looked at, replayed once mended, discarded."""

import sys
from base64 import b64encode
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, json_line, show
from hub.cli.tables import counts, table
from hub.wording import place_words, printable_lines
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="Who does it.")]


@app.command("list")
def list_(config: Folder = HERE, as_json: AsJson = False) -> None:
    """What could not be read and waits."""
    with opened(config) as parts:
        waiting = parts.quarantine.waiting()
    columns = ("id", "connector", "item", "code", "where", "expected", "at")
    rows = [{**each._asdict(), "where": place_words(each.where)} for each in waiting]
    show([each.json() for each in waiting], as_json, lambda: table(rows, columns, parts.folder.zone))


@app.command("show")
def show_item(item: str, by: By, config: Folder = HERE, as_json: AsJson = False) -> None:
    """The bytes of one item, for a terminal in words that it does not obey. Reading them leaves an entry."""
    with opened(config) as parts:
        content = parts.quarantine.show(item, by)
    if as_json:
        print(json_line({"id": item, "base64": b64encode(content).decode()}))
    elif sys.stdout.isatty():
        print(printable_lines(content.decode(errors="backslashreplace")))
    else:
        sys.stdout.buffer.write(content)


@app.command()
def replay(item: str, by: By, config: Folder = HERE, as_json: AsJson = False) -> None:
    """Read an item again with the mapping of today."""
    with opened(config) as parts:
        kept = parts.quarantine.replay(item, by)
    value = dict(kept.counts)
    show(value, as_json, lambda: counts(value, spoken()))


@app.command()
def discard(
    item: str,
    reason: Annotated[str, typer.Option(help="Why it is not wanted.")],
    by: By,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Decide that an item is not wanted."""
    with opened(config) as parts:
        parts.quarantine.discard(item, reason, by)
    show({"id": item, "state": "discarded"}, as_json, lambda: Words("discarded", "已弃用"))
