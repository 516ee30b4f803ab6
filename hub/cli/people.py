"""Who is who: roster, links, unresolved identifiers, and what the log holds about a person."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import DONE, WRONG, AsJson, entry_line, members, say, show, table
from hub.wording import printable
from schemas.errors import ConfigError

app = typer.Typer(no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Who does it; otherwise the account of this machine.")]


@app.command("import")
def import_(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Read the roster now; shows what is new, changed and gone."""
    with opened(config) as parts:
        polling = parts.polling
        polled = polling.one(parts.folder.settings.hub.roster)
        if polled is None:
            raise ConfigError(f"{parts.folder.settings.hub.roster}: no instance that can be asked")
        page = polling.ask(polled, progress=_counting())
        print(file=sys.stderr)
    summary = {} if page is None else dict(page.summary)
    alarm = "cannot be read" if page is None else page.alarm
    if alarm:
        print(printable(f"held whole: {alarm}"), file=sys.stderr)
    show(summary, as_json, lambda: members(summary))
    raise typer.Exit(WRONG if alarm else DONE)


def _counting() -> Callable[[int], None]:
    done = 0

    def progress(items: int) -> None:
        nonlocal done
        done += items
        print(f"\r{done} rows", end="", file=sys.stderr)

    return progress


@app.command()
def unresolved(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Identifiers that nobody is known by, with how many items wait for them."""
    with opened(config) as parts:
        rows = [each._asdict() for each in parts.linking.unresolved()]
    columns = ("source", "identifier", "connector", "items", "since")
    show(rows, as_json, lambda: table(rows, columns, parts.folder.zone))


@app.command()
def link(source: str, identifier: str, person: str, config: Folder = HERE, by: By = "") -> None:
    """Say whose an identifier is; what waits for it applies by itself."""
    with opened(config) as parts:
        parts.linking.link(source, identifier, person, by=by)
    say(f"{source}/{identifier} is {person}")


@app.command()
def unlink(
    source: str,
    identifier: str,
    person: str,
    until: Annotated[str, typer.Option(help="From when it is another's.")],
    config: Folder = HERE,
    by: By = "",
) -> None:
    """End a link at an instant: a re-used number inherits nothing."""
    with opened(config) as parts:
        ended = parts.linking.unlink(source, identifier, person, instant(until, parts.folder), by)
    say("ended" if ended else "no such link")
    raise typer.Exit(DONE if ended else WRONG)


@app.command()
def history(
    person: str,
    config: Folder = HERE,
    as_json: AsJson = False,
    lines: Annotated[int, typer.Option("-n", help="How many of the last entries.")] = 50,
    by: By = "",
) -> None:
    """What the log holds about a person, newest first. Reading it leaves an entry."""
    with opened(config) as parts:
        token = parts.directory.person_by_number(person)
        if token is None:
            raise ConfigError(f"nobody has employee number {person!r}")
        acting = parts.operators.one(by)
        parts.writer.call(lambda tx: tx.log("access", person=token, actor=acting.member(tx)))
        rows = parts.trail.of_person(token, lines)
    told = [{"seq": seq, **entry} for seq, entry in rows]
    show(told, as_json, lambda: "\n".join(entry_line(seq, entry, parts.folder.zone) for seq, entry in rows))
