"""The command ``licet``."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import actions, folder, status, why
from hub.assembly import Hub, Parts, open_parts
from hub.config import HubFolder, read_folder
from schemas.errors import LicetError

DONE, WRONG, MISUSED = 0, 1, 2

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
devices = typer.Typer(no_args_is_help=True, help="Terminals that called: approve, reject, retire.")
people = typer.Typer(no_args_is_help=True, help="Who is who: roster, links, unresolved identifiers.")
quarantine = typer.Typer(no_args_is_help=True, help="Input that could not be read: look, replay once mended, discard.")
audit = typer.Typer(no_args_is_help=True, help="The sync audit log.")
imports = typer.Typer(no_args_is_help=True, help="Opening balances.")
for name, group in (
    ("devices", devices),
    ("people", people),
    ("quarantine", quarantine),
    ("audit", audit),
    ("import", imports),
):
    app.add_typer(group, name=name)

Folder = Annotated[Path, typer.Option("-c", "--config", help="The hub folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Lang = Annotated[str | None, typer.Option("--lang", help="zh or en; default: the hub's language.")]
Actors = Annotated[list[str], typer.Option("--by", help="Who does it; name two people where two are needed.")]
HERE = Path()
