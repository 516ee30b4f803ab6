"""What waits for a person at HR: listed, shown, decided."""

from typing import Annotated, Any

import typer

from hub.cases.desk import Ruling
from hub.cases.words import matter_word, owner_word, state_word, verdict_word
from hub.cli.corrections import Evidence, Reason, basis_of
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, bound, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, say, show
from hub.cli.tables import members, table
from hub.views.cases import CaseView, MemberView, place_text

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("case", "matter", "about", "people", "owner", "due", "state")
_MEMBERS = ("person", "name", "unit", "minutes", "from", "to", "state", "verdict")
_SHORT = 8
Case = Annotated[str, typer.Argument(help="Its id, or the beginning of it.")]


@app.command("list")
def list_(
    over: Annotated[bool, typer.Option("--all", help="Those too that are over.")] = False,
    person: Annotated[str, typer.Option("--person", help="Only those that concern this employee number.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """What waits for a decision, the one that is due first first."""
    with opened(config) as parts:
        found, language = parts.cases.all(over=over, person=person), spoken()
        zone = parts.folder.zone
    show([each.json() for each in found], as_json, lambda: table([_row(c, language) for c in found], _COLUMNS, zone))


@app.command("show")
def show_(case: Case, config: Folder = HERE, as_json: AsJson = False) -> None:
    """One case: whom it concerns, until when, and what can be decided."""
    with opened(config) as parts:
        found, language, zone = parts.cases.one(case), spoken(), parts.folder.zone
    rows = [_member(each, language) for each in found.members]
    verdicts = [f"{each} ({verdict_word(each, language)})" for each in found.verdicts]
    head = {**_row(found, language), "case": found.id}
    head["decide"] = ", ".join(verdicts)
    show(found.json(), as_json, lambda: f"{members(head)}\n\n{table(rows, _MEMBERS, zone)}")


@app.command()
def decide(
    case: Case,
    verdict: Annotated[str, typer.Argument(help="One of those that `licet cases show` names.")],
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    person: Annotated[list[str], typer.Option("--person", help="Only of these; otherwise of all.")] = [],  # noqa: B006 - typer reads it, nobody writes it
    session: Annotated[list[str], typer.Option("--session", help="Only these; otherwise all it is about.")] = [],  # noqa: B006 - typer reads it, nobody writes it
    start: Annotated[str, typer.Option("--from", help="Of the part that counts (partly).")] = "",
    end: Annotated[str, typer.Option("--to", help="Its end.")] = "",
    until: Annotated[
        str,
        typer.Option(
            "--until",
            help="The new due of a deferral; until when a refused wave stays open: a day (its end) or an instant.",
        ),
    ] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Decide a case. More than 4 hours, or three people at once, take --by twice; nobody decides about themselves."""
    with opened(config) as parts:
        begin, over = [instant(each, parts.folder) if each else None for each in (start, end)]
        due = bound(until, parts.folder) if until else None
        ruling = Ruling(verdict.replace("-", "_"), person, session, begin, over, due)
        decided = parts.case_desk.decide(case, ruling, basis_of(reason, evidence, by), parts.clock.now())
        found, language = parts.cases.one(decided.id), spoken()
    if as_json:
        show(found.json(), as_json, str)
    else:
        say(
            f"{found.id[:_SHORT]}: {state_word(found.state, language)} {verdict_word(found.outcome, language)}".rstrip()
        )


def _row(case: CaseView, language: str) -> dict[str, Any]:
    return {
        "case": case.id[:_SHORT],
        "matter": matter_word(case.matter, language),
        "about": place_text(case.place),
        "people": case.concerned,
        "owner": owner_word(case.owner, language),
        "due": case.due_on.isoformat(),
        "state": " ".join(filter(None, (state_word(case.state, language), "!" if case.overdue else "", case.outcome))),
    }


def _member(member: MemberView, language: str) -> dict[str, Any]:
    return {
        "person": member.person,
        "name": member.name,
        "unit": member.unit,
        "minutes": member.open_minutes,
        "from": member.starts_at,
        "to": member.ends_at if member.last_day is None else member.last_day.isoformat(),
        "state": state_word(member.state, language),
        "verdict": verdict_word(member.verdict, language),
    }
