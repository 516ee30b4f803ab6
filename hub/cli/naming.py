"""Names of people in the place of their tokens, for who may see them: each is opened once, and entered in the log."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

import typer

from hub.assembly import Assembly
from schemas.errors import ConfigError

Names = Annotated[bool, typer.Option("--names", help="Name people; it leaves an entry of each.")]
Reader = Annotated[str, typer.Option("--by", help="Who reads it; otherwise the account of this machine.")]
_SHORT = 8


def naming(parts: Assembly, names: bool, by: str) -> Callable[[str], str]:
    """How people are called by their tokens: by number and name, or as strangers by the beginning of the token."""
    return _called(parts, by) if names else _token


def _token(token: str) -> str:
    return token[:_SHORT]


def _called(parts: Assembly, by: str) -> Callable[[str], str]:
    """People by number and name, each opened once and entered in the log; who was erased by the token."""

    @cache
    def called(token: str) -> str:
        try:
            return parts.disclosure.who(token, by).name
        except ConfigError:
            return _token(token)

    return called
