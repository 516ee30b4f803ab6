"""What systems beside the hub are told of training, and how far each has confirmed it."""

from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.output import AsJson, show
from hub.cli.tables import table
from hub.partners.listing import STATES, ToldWord
from schemas.words import Words

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
        raise typer.BadParameter(
            Words(
                f"found {state!r}, expected one of: {', '.join(STATES)}",
                f"现为 {state!r}，应为下列之一：{'、'.join(STATES)}",
            ),
            param_hint="--state",
        )
    with opened(config) as parts:
        found = parts.partner_words.listed(by, partner, state)
        zone = parts.folder.zone
    rows = [each._asdict() for each in found]
    show(rows, as_json, lambda: table(rows, ToldWord._fields, zone))


@app.command()
def retry(partner: Partner, config: Folder = HERE, as_json: AsJson = False) -> None:
    """Have what a partner refused told once more, after it was mended."""
    with opened(config) as parts:
        count = parts.partner_words.retry(partner)
    _tell_again(count, as_json)


@app.command()
def replay(
    partner: Partner,
    since: Annotated[str, typer.Option("--from", help="From when on, in the site's zone or with an offset.")],
    config: Folder = HERE,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Have told once more what changed from an instant on, each word under its own key."""
    with opened(config) as parts:
        count = parts.partner_words.replay(partner, instant(since, parts.folder), parts.operators.one(by))
    _tell_again(count, as_json)


def _tell_again(count: int, as_json: bool) -> None:
    show({"again": count}, as_json, lambda: Words(f"{count} to be told again", f"{count} 条将再次通知"))
