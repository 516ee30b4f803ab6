"""What people had when the hub began."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, opened
from hub.cli.output import DONE, WRONG, AsJson, short, show
from hub.intake.opening import Preview
from hub.wording import meant

_SHOWN = ("code", "where", "found", "expected")
app = typer.Typer(no_args_is_help=True)


@app.callback()
def imports() -> None:
    """Opening balances."""


@app.command("opening")
def import_opening(
    file: Path,
    apply: Annotated[bool, typer.Option("--apply", help="Keep it; without this it is only shown.")] = False,
    by: Actors = [],  # noqa: B006 - typer reads the default only
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Credentials held, hours earned and access present when the hub begins, from a sheet (CSV, XLSX)."""
    with opened(config) as parts:
        preview = parts.opening.preview(file.read_bytes(), parts.clock.now(), file.name)
        counts = dict(parts.opening.keep(preview, by).counts) if apply and not preview.faults else {}
        numbers = parts.directory.numbers() if preview.unknown_people else []
    result = {
        "records": preview.records,
        "unknown_people": list(preview.unknown_people),
        "faults": [{name: getattr(each, name) for name in _SHOWN} for each in preview.faults],
        "applied": counts,
    }
    show(result, as_json, lambda: "\n".join(_lines(preview, counts, numbers)))
    raise typer.Exit(WRONG if preview.faults or preview.unknown_people else DONE)


def _lines(preview: Preview, counts: Mapping[str, int], numbers: Sequence[str]) -> Iterator[str]:
    """What the sheet says, what became of it, then each line that is not taken and whom nobody knows."""
    yield f"{preview.file}: {short(preview.records) or 'nothing'}"
    if preview.faults:
        yield "nothing was kept; mend these lines and import again:"
    elif counts:
        yield f"became: {short(counts)}"
    for each in preview.faults:
        place = each.where.removeprefix("line ").replace(" ", ": ", 1)
        yield f"{preview.file}:{place}: found {each.found}, expected {each.expected} [{each.code}]"
    for number in preview.unknown_people:
        yield f"nobody has employee number {number!r}{meant(number, numbers)}; held until the roster names them"
