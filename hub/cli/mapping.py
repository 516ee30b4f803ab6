"""Mapping documents of the hub folder: a copy of a shipped one to begin with."""

from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.output import say
from hub.config.mappings import begin

app = typer.Typer(no_args_is_help=True)


@app.callback()
def mapping() -> None:
    """Mapping documents of the hub folder."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="world/name of the new document, for example attendance/north_gate.")],
    shipped: Annotated[str, typer.Option("--from", help="The shipped document to begin with.")],
    config: Folder = HERE,
) -> None:
    """Copy a shipped document into the hub folder, to be changed there."""
    path = begin(config, name, shipped)
    say(f"{path}: a copy of {shipped}")
    say(f'next: change it, name it in licet.toml with  mappings = {{ read = "{name}" }}  and say  licet check')
