"""How a session of the training plan went."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cases.words import verdict_word
from hub.cli.corrections import Evidence, Person, Reason, Session, basis_of, tell
from hub.cli.enforcement import Actors
from hub.cli.exams import By
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.cli.tables import members, table
from hub.clock import site_time
from hub.intake.signed_sheet import read_signed
from hub.views.outside import MOST_DAYS, OutsidePunch
from hub.views.reasons import reason_word, status_word
from hub.views.sessions import SeatView
from hub.wording import printable
from schemas.words import Words, told

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("person", "name", "status", "minutes", "required", "open", "late", "early", "why", "decided")
_SHORT = 8
_UNTOLD = Words("not told yet", "尚未报告")
"""How far a terminal's punches are complete, before it has said so."""
_OWN = Words(
    "{number}: nobody signs their own row; another person has to", "{number}：本人不得为自己签字，须由他人签字"
)


@app.callback()
def sessions() -> None:
    """Sessions of the training plan."""


@app.command("show")
def show_(
    session: Annotated[str, typer.Argument(help="Its id in the plan.")],
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Who was there, of everybody what was counted and why not more, and which cases are open."""
    with opened(config) as parts:
        found, zone = parts.sessions.one(session), parts.folder.zone
        language = spoken()
    complete = [
        f"{device} {told(_UNTOLD, language) if at is None else site_time(at, zone)}"
        for device, at in found.complete_until.items()
    ]
    head = {
        "session": found.session,
        "course": found.course,
        "room": found.room or "-",
        "from": site_time(found.starts_at, zone),
        "to": site_time(found.ends_at, zone),
        "complete": complete,
        "cases": [each[:_SHORT] for each in found.cases],
    }
    rows = [_row(each, language) for each in found.seats]
    show(found.json(), as_json, lambda: f"{members(head)}\n\n{table(rows, _COLUMNS, zone)}")


@app.command()
def outside(
    days: Annotated[int, typer.Option("--days", min=1, max=MOST_DAYS, help="Of so many days back.")] = 7,
    config: Folder = HERE,
    as_json: AsJson = False,
    by: By = "",
) -> None:
    """Punches in a room of the plan while no session was on there. Reading it leaves an entry."""
    with opened(config) as parts:
        found, zone = parts.outside.listed(by, days), parts.folder.zone
    rows = [each._asdict() for each in found]
    show(rows, as_json, lambda: table(rows, OutsidePunch._fields, zone))


@app.command()
def sign(
    session: Session,
    rows: Annotated[
        Path, typer.Option("--rows", help="CSV or XLSX: employee_no, from, to; no times: the whole session.")
    ],
    evidence: Evidence,
    by: Actors,
    reason: Reason = "list of those present",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Sign a list of those present. A row counts once two people signed the same, none of them the one it is about."""
    with opened(config) as parts:
        signed_rows = read_signed(rows.read_bytes(), parts.folder.zone, rows.name)
        done = parts.lists.sign(session, signed_rows, basis_of(reason, evidence, by), parts.clock.now())
    for number in done.own:
        print(printable(told(_OWN, spoken()).format(number=number)), file=sys.stderr)
    tell(done.kept, as_json)


@app.command()
def witness(
    session: Session,
    person: Person,
    other: Annotated[str, typer.Option("--witness", help="Employee number of the other person, who was there.")],
    at: Annotated[str, typer.Option("--at", help="When the witness saw them.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Another person who was there saw somebody: what a card, a password or a code alone does not show."""
    with opened(config) as parts:
        basis, seen = basis_of(reason, evidence, by), instant(at, parts.folder)
        kept = parts.lists.witness(person, session, other, seen, basis, parts.clock.now())
    tell(kept, as_json)


def _row(seat: SeatView, language: str) -> dict[str, Any]:
    return {
        "person": seat.person,
        "name": seat.name,
        "status": status_word(seat.status or "walk_in", language),
        "minutes": seat.minutes,
        "required": seat.required,
        "open": seat.open,
        "late": seat.late,
        "early": seat.early,
        "why": ", ".join(reason_word(each, language) for each in seat.reasons) or "-",
        "decided": verdict_word(seat.decided, language) if seat.decided else "-",
    }
