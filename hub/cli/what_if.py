"""What a draft of rules would change, before anybody signs it."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.counting import Counting
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.config.drafts import read_draft
from hub.parts.asked import AHEAD, BACK
from hub.rules.span import Span
from hub.views.told import tell_effects
from schemas.words import Words

app = typer.Typer()


@app.command("what-if")
def what_if(
    draft: Annotated[
        Path, typer.Argument(help="A position file, or a folder of them with courses.toml if it changes.")
    ],
    people: Annotated[
        list[str] | None, typer.Option("--people", help="Employee number; may be said again. Default: everybody.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="From when history is judged; default: a year ago.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Up to when, as things stand; default: in 90 days.")
    ] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Who would lose or gain what under a draft of rules, when, and by which clause. Changes nothing."""
    with opened(config) as parts:
        drafted = read_draft(parts.folder, draft)
        now = parts.clock.now()
        start = now - BACK if since is None else instant(since, parts.folder)
        end = now + AHEAD if until is None else instant(until, parts.folder)
        if start >= end:
            raise typer.BadParameter(
                Words(
                    f"found {start.isoformat()}, expected an instant before {end.isoformat()}",
                    f"现为 {start.isoformat()}，应早于 {end.isoformat()}",
                ),
                param_hint="--since",
            )
        effects = parts.drafted(drafted, Span(start, end), now, Counting(), people or ())
        language = spoken()
    show(effects.json(), as_json, lambda: tell_effects(effects, language, parts.folder.zone))
