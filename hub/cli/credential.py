"""What people say of a credential: entered in the register, renewed by HR, reopened after a mistaken revocation."""

from enum import StrEnum
from typing import Annotated

import typer

from hub.cli.acts import Position
from hub.cli.corrections import Evidence, Person, Reason, basis_of, tell
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import AsJson, show
from hub.cli.tables import table
from hub.intake.basis import folded
from hub.views.checks import CheckToCome, checks_to_come
from schemas.decision import RegisterEntry

app = typer.Typer(no_args_is_help=True)

Credential = Annotated[str, typer.Argument(help="The credential, as its issuer calls it.")]
Number = Annotated[str, typer.Argument(help="The certificate number as it is printed.")]


class Status(StrEnum):
    """What the register says of a number."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


@app.command()
def enter(
    person: Person,
    credential: Credential,
    number: Number,
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    status: Annotated[Status, typer.Option("--status", help="How the certificate stands.")] = Status.ACTIVE,
    start: Annotated[str, typer.Option("--from", help="From when it holds.")] = "",
    until: Annotated[str, typer.Option("--until", help="The bound of its validity, exclusive.")] = "",
    check_by: Annotated[
        str,
        typer.Option("--check-by", help="If its issuer tells the hub nothing: when to look it up again."),
    ] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Enter what a certificate says. Its issuer's word stands above it; two --by are known better than one."""
    with opened(config) as parts:
        now = parts.clock.now()
        begin, end, again = [instant(each, parts.folder) if each else None for each in (start, until, check_by)]
        entry = RegisterEntry(
            subject=person,
            credential=credential,
            number=number,
            status=status.value,
            changed_at=begin or now,
            valid_from=begin,
            valid_until=end,
            check_by=again,
            entered_by="two_persons" if len(set(map(folded, by))) > 1 else "person",
            as_of=now,
        )
        kept = parts.acts.enter(entry, basis_of(reason, evidence, by), now)
    tell(kept, as_json)


@app.command()
def checks(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Which certificates a person must look up again, and by when."""
    with opened(config) as parts:
        rows = [each._asdict() for each in checks_to_come(parts.database, parts.directory, parts.clock.now())]
    show(rows, as_json, lambda: table(rows, CheckToCome._fields, parts.folder.zone))


@app.command()
def renew(
    person: Person,
    position: Position,
    credential: Credential,
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Renew an own credential whose renewal waits for HR."""
    with opened(config) as parts:
        kept = parts.acts.renew(person, position, credential, basis_of(reason, evidence, by), parts.clock.now())
    tell(kept, as_json)


@app.command()
def reopen(
    person: Person,
    credential: Credential,
    number: Number,
    reason: Reason,
    evidence: Evidence,
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Undo a mistaken revocation. It takes --by twice, and the issuer's letter."""
    with opened(config) as parts:
        kept = parts.acts.reopen(person, credential, number, basis_of(reason, evidence, by), parts.clock.now())
    tell(kept, as_json)
