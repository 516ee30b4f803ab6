"""Who is who: roster, links, unresolved identifiers, and what the log holds about a person."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from connectors.port import Holding
from hub.assembly import Assembly
from hub.cli.counting import Counting
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.import_text import import_text
from hub.cli.language import spoken
from hub.cli.output import DONE, WRONG, AsJson, entry_line, say, show
from hub.cli.spreadsheet import tell_written, write_csv
from hub.cli.tables import table
from hub.cli.typeable import with_folder
from hub.columns import folded
from hub.views.courses import CourseToTake
from hub.wording import meant
from schemas.errors import CallError
from schemas.words import Words, told

app = typer.Typer(no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Who does it; otherwise the account of this machine.")]

_FILE = re.compile(r"(^|held: |暂存：)(?=[^\s/:：]+\.(?:csv|xlsx)[:：])")
"""Where a line names a file of the roster, by its name alone."""


@app.command("import")
def import_(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Read the roster now: what is new, changed and gone, what became of it, and each row that was not taken."""
    with opened(config) as parts:
        polling = parts.polling
        polled = polling.one(parts.folder.settings.hub.roster)
        if polled is None:
            raise CallError(
                Words(
                    f"{parts.folder.settings.hub.roster}: no instance that can be asked",
                    f"{parts.folder.settings.hub.roster}：没有可查询的连接器实例",
                ),
                cure=Words(
                    "write the name of an instance that brings people as hub.roster in licet.toml, then `licet check`",
                    "将 licet.toml 中 hub.roster 改为提供名册的连接器实例，再执行 `licet check`",
                ),
            )
        earlier = _waiting(parts, polled.name)
        counting = Counting()
        asked = polling.ask(polled, progress=_summed(counting))
        counting.end()
        sources = parts.folder.sources
        numbers = parts.directory.numbers() if asked.held else []
        waiting = _waiting(parts, polled.name)
        place = getattr(parts.folder.instances[polled.name].settings, "folder", Path(polled.name))
    if asked.error is not None:
        raise asked.error
    page = asked.page
    assert page is not None
    value = {
        **page.summary,
        "became": dict(asked.counts),
        "not_taken": [each._asdict() for each in asked.faults],
        "held": [each._asdict() for each in asked.held],
        "unknown_sources": sorted(asked.sources - sources),
        "waiting": waiting,
    }
    text = import_text(page.summary, asked, sources, earlier, numbers)
    show(value, as_json, lambda: "\n".join(folded(with_folder(_placed(told(each, spoken()), place))) for each in text))
    raise typer.Exit(WRONG if page.alarm or asked.faults or asked.held else DONE)


def _placed(line: str, place: Path) -> str:
    """A line of what became of the roster, whose file is named with its folder."""
    return _FILE.sub(lambda found: f"{found[1]}{place}/", line)


def _waiting(parts: Assembly, connector: str) -> int:
    """How many items of a connector wait in quarantine."""
    return sum(each.connector == connector for each in parts.quarantine.waiting())


@app.command()
def accept(
    by: Annotated[str, typer.Option("--by", help="Who says so.")], config: Folder = HERE, as_json: AsJson = False
) -> None:
    """Let a roster pass that is held because it names far fewer people or rows than the last one, then read it."""
    with opened(config) as parts:
        name = parts.folder.settings.hub.roster
        holding = parts.adapters.get(name)
        if not isinstance(holding, Holding):
            raise CallError(
                Words(f"{name}: nothing of this instance is ever held as a whole", f"{name}：此连接器实例不会整体暂存"),
                cure=Words(
                    "nothing is to be accepted: `licet people import` reads what there is",
                    "无须放行；用 `licet people import` 读取",
                ),
            )
        files = parts.polling.accept(name, holding, parts.operators.one(by))
    if not files:
        raise CallError(
            Words(f"{name}: nothing is held; see `licet people import`", f"{name}：没有暂存；见 `licet people import`")
        )
    listed = ", ".join(files)
    if not as_json:
        say(Words(f"{listed}: accepted", f"{listed}：已接受"))
    import_(config, as_json)


def _summed(counting: Counting) -> Callable[[int], None]:
    """Tells how many rows have come, where it is told how many more."""
    done = 0

    def progress(items: int) -> None:
        nonlocal done
        done += items
        counting(done)

    return progress


@app.command()
def unresolved(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Identifiers that nobody is known by, with how many items wait for them."""
    with opened(config) as parts:
        rows = [each._asdict() for each in parts.linking.unresolved()]
    columns = ("source", "identifier", "connector", "items", "since")
    show(rows, as_json, lambda: table(rows, columns, parts.folder.zone))


@app.command()
def link(
    source: str, identifier: str, person: str, config: Folder = HERE, by: By = "", as_json: AsJson = False
) -> None:
    """Say whose an identifier is; what waits for it applies by itself."""
    with opened(config) as parts:
        parts.typed_names.identifier(source, identifier)
        parts.linking.link(source, identifier, person, by=by)
    value = {"source": source, "identifier": identifier, "person": person}
    words = Words(f"{source}/{identifier} is {person}", f"{source}/{identifier} 已关联至 {person}")
    show(value, as_json, lambda: words)


@app.command()
def unlink(
    source: str,
    identifier: str,
    person: str,
    until: Annotated[str, typer.Option(help="From when it is another's.")],
    config: Folder = HERE,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """End a link at an instant: a re-used number inherits nothing."""
    with opened(config) as parts:
        parts.typed_names.identifier(source, identifier)
        ended = parts.linking.unlink(source, identifier, person, instant(until, parts.folder), by)
    words = Words("ended", "已结束关联") if ended else Words("no such link", "没有此关联")
    show({"ended": ended}, as_json, lambda: words)
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
            raise CallError(
                Words(
                    f"--course: found no course {course!r}{meant(course, parts.folder.courses)}",
                    f"--course：没有课程 {course!r}{meant(course, parts.folder.courses).zh}",
                )
            )
        found = parts.courses_to_take.listed(by, course)
        zone = parts.folder.zone
    if to_csv is not None:
        write_csv(to_csv, CourseToTake._fields, found, zone)
        tell_written(to_csv, len(found), as_json)
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
    value = [{"seq": seq, **entry} for seq, entry in rows]
    show(value, as_json, lambda: "\n".join(entry_line(seq, entry, parts.folder.zone) for seq, entry in rows))
