"""What people will lose unless something happens, while it can still be prevented."""

from typing import Annotated

import typer

from hub.cli.counting import Counting
from hub.cli.folder import HERE, Folder, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.rules.calendar import add
from hub.views.told import tell_outlook
from schemas.words import Words

app = typer.Typer()
_LONGEST_DAYS = 3660


@app.command()
def forecast(
    ahead: Annotated[str, typer.Argument(help="How far: so many days, for example 90d.")] = "90d",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Who will lose what and when unless something happens, what would prevent it, and seats needed per course."""
    days = _days(ahead)
    with opened(config) as parts:
        now = parts.clock.now()
        until = add(now, f"{days} days", parts.folder.zone)
        outlook = parts.forecast.outlook(now, until, progress=Counting())
        language = spoken()
    show(outlook.json(), as_json, lambda: tell_outlook(outlook, language, parts.folder.zone))


def _days(ahead: str) -> int:
    number = ahead.removesuffix("d")
    if not (number.isascii() and number.isdecimal() and 0 < int(number[:5]) <= _LONGEST_DAYS and len(number) < 5):
        raise typer.BadParameter(
            Words(
                f"found {ahead!r}, expected days from 1d to {_LONGEST_DAYS}d, for example 90d",
                f"现为 {ahead!r}，应为 1d 至 {_LONGEST_DAYS}d 之间的天数，例如 90d",
            )
        )
    return int(number)
