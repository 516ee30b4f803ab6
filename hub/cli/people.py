"""Who is who: roster, links, unresolved identifiers, and what the log holds about a person."""

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.port import Holding
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import DONE, WRONG, AsJson, entry_line, say, short, show, table
from hub.cli.spreadsheet import write_csv
from hub.intake.polling import Round
from hub.views.courses import CourseToTake
from hub.wording import meant
from schemas.errors import ConfigError
from schemas.nearest import did_you_mean
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Who does it; otherwise the account of this machine.")]


@app.command("import")
def import_(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Read the roster now: what is new, changed and gone, what became of it, and each row that was not taken."""
    with opened(config) as parts:
        polling = parts.polling
        polled = polling.one(parts.folder.settings.hub.roster)
        if polled is None:
            raise ConfigError(
                Words(
                    f"{parts.folder.settings.hub.roster}: no instance that can be asked",
                    f"{parts.folder.settings.hub.roster}：没有可查询的连接器实例",
                )
            )
        asked = polling.ask(polled, progress=_counting())
        print(file=sys.stderr)
        sources = parts.folder.sources
        waiting = sum(each.connector == polled.name for each in parts.quarantine.waiting())
    if asked.error is not None:
        raise asked.error
    page = asked.page
    assert page is not None
    told = {
        **page.summary,
        "became": dict(asked.counts),
        "not_taken": [each._asdict() for each in asked.faults],
        "unknown_sources": sorted(asked.sources - sources),
        "waiting": waiting,
    }
    show(told, as_json, lambda: "\n".join([*_imported(page.summary, asked, sources), *_waiting(waiting)]))
    raise typer.Exit(WRONG if page.alarm or asked.faults else DONE)


@app.command()
def accept(
    by: Annotated[str, typer.Option("--by", help="Who says so.")], config: Folder = HERE, as_json: AsJson = False
) -> None:
    """Let a roster pass that is held because it names far fewer people or rows than the last one, then read it."""
    with opened(config) as parts:
        name = parts.folder.settings.hub.roster
        holding = parts.adapters.get(name)
        if not isinstance(holding, Holding):
            raise ConfigError(
                Words(f"{name}: nothing of this instance is ever held as a whole", f"{name}：此连接器实例不会整体暂存")
            )
        files = parts.polling.accept(name, holding, parts.operators.one(by))
    if not files:
        raise ConfigError(
            Words(f"{name}: nothing is held; see `licet people import`", f"{name}：没有暂存；见 `licet people import`")
        )
    print(f"{', '.join(files)}: accepted", file=sys.stderr)
    import_(config, as_json)


def _imported(summary: Mapping[str, Any], asked: Round, sources: Collection[str]) -> Iterator[str]:
    """What an import did, for people: by file, then by what became of rows, then each row that was not taken."""
    if not summary:
        yield "nothing has changed since it was last read"
    for part, figures in summary.items():
        yield f"{part}: {short(figures)}"
    if asked.counts:
        yield f"became: {short(dict(asked.counts))}"
    for each in asked.faults:
        place = f"{each.peer}:{each.line}" if each.line else each.peer
        yield f"{place}:{_column(each.where)} found {each.found}, expected {each.expected} [{each.code}]"
    for source in sorted(asked.sources - set(sources)):
        hint = did_you_mean(source, sources)
        yield f"id:{source}: no instance of licet.toml is called so, what it identifies waits{hint and '; '}{hint}"


def _waiting(rows: int) -> Iterator[str]:
    if rows:
        yield f"not taken and waiting: {rows}; mend the rows in the file and import again, see `licet quarantine list`"


def _column(where: str) -> str:
    """The column in which a fault is; its place speaks of lines of the part that was handed on, not of the file."""
    name = re.sub(r"^line [0-9]+ ?", "", where)
    return f" {name}:" if name else ""


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
        parts.typed_names.identifier(source, identifier)
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
        parts.typed_names.identifier(source, identifier)
        ended = parts.linking.unlink(source, identifier, person, instant(until, parts.folder), by)
    say("ended" if ended else "no such link")
    raise typer.Exit(DONE if ended else WRONG)


@app.command()
def courses(
    course: Annotated[str, typer.Option(help="Only this course.")] = "",
    to_csv: Annotated[Path | None, typer.Option("--csv", help="Write it as CSV, for a training office.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
    by: By = "",
) -> None:
    """Who has to take which course for a post held or to be held. Reading it leaves an entry."""
    with opened(config) as parts:
        if course and course not in parts.folder.courses:
            raise ConfigError(
                Words(
                    f"--course: found no course {course!r}{meant(course, parts.folder.courses)}",
                    f"--course：没有课程 {course!r}{meant(course, parts.folder.courses):zh}",
                )
            )
        found = parts.courses_to_take.listed(by, course)
        zone = parts.folder.zone
    if to_csv is not None:
        write_csv(to_csv, CourseToTake._fields, found, zone)
        print(f"{len(found)} rows", file=sys.stderr)
        return
    rows = [each._asdict() for each in found]
    show(rows, as_json, lambda: table(rows, CourseToTake._fields, zone))


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
        token = parts.directory.named(person)
        acting = parts.operators.one(by)
        parts.writer.call(lambda tx: tx.log("access", person=token, actor=acting.member(tx)))
        rows = parts.trail.of_person(token, lines)
    told = [{"seq": seq, **entry} for seq, entry in rows]
    show(told, as_json, lambda: "\n".join(entry_line(seq, entry, parts.folder.zone) for seq, entry in rows))
