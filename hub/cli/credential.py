"""What people say of a credential: entered in the register, renewed by HR, reopened after a mistaken revocation."""

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.acts import Position
from hub.cli.corrections import Evidence, Person, Reason, basis_of, tell
from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, bound, instant, opened
from hub.cli.output import AsJson, show
from hub.cli.tables import table
from hub.identity.operators import folded
from hub.register.formats import is_document
from hub.register.incoming import Filing, Incoming
from hub.views.checks import CheckToCome, checks_to_come
from schemas.decision import RegisterEntry

app = typer.Typer(no_args_is_help=True)

_PIECE = 1 << 16

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
    until: Annotated[str, typer.Option("--until", help="To when it holds: the last valid day, or an instant.")] = "",
    check_by: Annotated[
        str,
        typer.Option(
            "--check-by",
            help="If its issuer tells the hub nothing: by when to look it up again: a day (its end) or an instant.",
        ),
    ] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Enter what a certificate says, below its issuer's word; two --by are known better, and other dates take them. A
    PDF, JPEG, PNG or OFD as --evidence is filed in the register.
    """
    with opened(config) as parts, ExitStack() as stack:
        now = parts.clock.now()
        begin = instant(start, parts.folder) if start else None
        end, again = [bound(each, parts.folder) if each else None for each in (until, check_by)]
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
        kind = "look_up" if again else "certificate" if status is Status.ACTIVE else "letter"
        filing = Filing(person, kind, credential, by, number, begin, end, evidence.name, reason)
        shown = stack.enter_context(parts.filing_desk.begin(filing)) if is_document(evidence) else None
        if shown is not None:
            _read_in(shown, evidence)
        upon = None if shown is None else stack.enter_context(parts.filing_desk.beside(shown))
        kept = parts.acts.enter(entry, basis_of(reason, evidence, by), now, upon)
        document = None if upon is None else upon.document().row.id
    tell(kept, as_json, document=document)


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


def _read_in(incoming: Incoming, evidence: Path) -> None:
    """Take the document that was shown, and look at it before anything is entered upon it."""
    with evidence.open("rb") as content:
        while piece := content.read(_PIECE):
            incoming.write(piece)
    incoming.finish()
