"""What systems beside the hub are told of training, and how far each has confirmed it."""

from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import AsJson, say, show, table
from hub.partners.listing import STATES, ToldWord

app = typer.Typer(no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Who does it; otherwise the account of this machine.")]
Partner = Annotated[str, typer.Argument(help="The partner, as it stands in licet.toml.")]


@app.command("list")
def list_(
    partner: Annotated[str, typer.Option("--partner", help="Only this one, as it stands in licet.toml.")] = "",
    state: Annotated[str, typer.Option(help=f"Only those: {', '.join(STATES)}.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
    by: By = "",
) -> None:
    """What partners hear of whose training, newest first, and how far they confirmed it. It leaves an entry."""
    if state and state not in STATES:
        raise typer.BadParameter(f"found {state!r}, expected one of: {', '.join(STATES)}")
    with opened(config) as parts:
        found = parts.partner_words.listed(by, partner, state)
        zone = parts.folder.zone
    rows = [each._asdict() for each in found]
    show(rows, as_json, lambda: table(rows, ToldWord._fields, zone))


@app.command()
def retry(partner: Partner, config: Folder = HERE) -> None:
    """Have what a partner refused told once more, after it was mended."""
    with opened(config) as parts:
        say(f"{parts.partner_words.retry(partner)} to be told again")


@app.command()
def replay(
    partner: Partner,
    since: Annotated[str, typer.Option("--from", help="From when on, in the site's zone or with an offset.")],
    config: Folder = HERE,
    by: By = "",
) -> None:
    """Have told once more what changed from an instant on, each word under its own key."""
    with opened(config) as parts:
        count = parts.partner_words.replay(partner, instant(since, parts.folder), parts.operators.one(by))
    say(f"{count} to be told again")
