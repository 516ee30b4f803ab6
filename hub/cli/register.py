"""The credential register: scans and score sheets of people are filed, listed, shown, exported, removed."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, bound, instant, opened
from hub.cli.output import AsJson, show
from hub.cli.tables import members, table
from hub.intake.basis import Basis
from hub.register.documents import Document
from hub.register.incoming import Filing
from schemas.errors import LicetError, PayloadError

app = typer.Typer(no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="Who reads it; otherwise the account of this machine.")]
Id = Annotated[str, typer.Argument(help="The document, as `licet register list` names it.")]


class Paper(StrEnum):
    """The kinds of documents, as a command takes them."""

    CERTIFICATE = "certificate"
    SCORE_SHEET = "score_sheet"
    LETTER = "letter"
    LOOK_UP = "look_up"
    SUPPORTING = "supporting"


ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "application/ofd": "ofd"}
_CLASSIFIED, _STANDS = ("id", "kind", "about", "number", "edition", "state"), ("valid_from", "valid_until", "remarks")
_COLUMNS = (*_CLASSIFIED, *_STANDS, "filed_at", "by")
_PIECE = 1 << 16


@app.command()
def add(
    person: Annotated[str, typer.Argument(help="Employee number.")],
    file: Annotated[Path, typer.Argument(help="The document: PDF, JPEG, PNG or OFD, at most 20 MiB.")],
    about: Annotated[
        str, typer.Option("--about", help="The credential, exam or course that it is about, as positions name it.")
    ],
    by: Actors,
    kind: Annotated[Paper, typer.Option("--kind", help="What it is.")] = Paper.CERTIFICATE,
    number: Annotated[str, typer.Option("--number", help="The number that stands on it.")] = "",
    start: Annotated[str, typer.Option("--from", help="From when it holds.")] = "",
    until: Annotated[str, typer.Option("--until", help="To when it holds: the last valid day, or an instant.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; needed where its validity is another one.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """File a document of a person, sealed. One of the same kind and number is the next edition of it."""
    with opened(config) as parts:
        begin = instant(start, parts.folder) if start else None
        end = bound(until, parts.folder) if until else None
        filing = Filing(person, kind.value, about, by, number, begin, end, file.name, reason)
        with file.open("rb") as content, parts.filing_desk.begin(filing) as incoming:
            while piece := content.read(_PIECE):
                incoming.write(piece)
            try:
                found = parts.filing_desk.file(incoming)
            except PayloadError as error:
                raise error.of(str(file)) from error
    _tell({**found.json(), "new": found.is_new}, as_json)


@app.command("list")
def list_(
    person: Annotated[str, typer.Argument(help="Employee number.")],
    config: Folder = HERE,
    as_json: AsJson = False,
    by: By = "",
) -> None:
    """The documents of a person, by kind, with all editions. Reading it leaves an entry."""
    with opened(config) as parts:
        rows = [each.json() for each in parts.register.of_person(person, by)]
    show(rows, as_json, lambda: table(rows, _COLUMNS, parts.folder.zone))


@app.command("show")
def show_(document: Id, config: Folder = HERE, as_json: AsJson = False, by: By = "") -> None:
    """What one document is, and whether its file is there as it was filed. Reading it leaves an entry."""
    with opened(config) as parts:
        found = parts.register.one(document, by)
        damage = _damage(parts.register.opened, found) if found.state == "kept" else ""
    _tell({**found.json(), "damage": damage or None}, as_json)


@app.command()
def export(
    document: Id,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write the document into.")] = HERE,
    config: Folder = HERE,
    as_json: AsJson = False,
    by: By = "",
) -> None:
    """Write a document as it was filed, under its id. Reading it leaves an entry."""
    with opened(config) as parts:
        found, content = parts.register.content(document, by)
        out.mkdir(parents=True, exist_ok=True)
        target = out / f"{found.row.id}.{ENDINGS[found.row.media]}"
        whole = target.with_suffix(".part")
        try:
            with content, whole.open("wb") as file:
                whole.chmod(0o600)
                while piece := content.read(_PIECE):
                    file.write(piece)
            whole.replace(target)
        finally:
            whole.unlink(missing_ok=True)
    _tell({"file": str(target), "remarks": found.json()["remarks"]}, as_json)


@app.command()
def remove(
    document: Id,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Remove a document that is somebody else's or may be kept no longer. It takes --by twice; its entry stays."""
    with opened(config) as parts:
        found = parts.filing_desk.remove(document, Basis(reason, b"", by))
    _tell(found.json(), as_json)


def _damage(opened_document: Any, found: Document) -> str:
    """Why the content of a document cannot be had; empty where it can."""
    try:
        with opened_document(found) as content:
            while content.read(_PIECE):
                pass
    except LicetError as error:
        return error.message
    return ""


def _tell(found: dict[str, Any], as_json: bool) -> None:
    show(found, as_json, lambda: members(found))
