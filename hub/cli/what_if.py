"""What a draft of rules would change, before anybody signs it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.counting import Counting
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.config.drafts import Draft, read_draft
from hub.evidence.dossier import Evidence
from hub.evidence.folds import Folds
from hub.evidence.training_plan import TrainingPlan
from hub.rules.span import Span
from hub.views.told import tell_effects
from schemas.words import Words

app = typer.Typer()
_BACK, _AHEAD = timedelta(days=365), timedelta(days=90)


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
        start = now - _BACK if since is None else instant(since, parts.folder)
        end = now + _AHEAD if until is None else instant(until, parts.folder)
        if start >= end:
            raise typer.BadParameter(
                Words(
                    f"found {start.isoformat()}, expected an instant before {end.isoformat()}",
                    f"现为 {start.isoformat()}，应早于 {end.isoformat()}",
                ),
                param_hint="--since",
            )
        evidence = parts.evidence if drafted.folder.courses is parts.folder.courses else _counted_by(drafted)
        effects = parts.what_if.effects(
            (evidence, drafted.folder.rulebook),
            drafted.begins,
            Span(start, end),
            now,
            people=people or (),
            progress=Counting(),
        )
        language = spoken()
    show(effects.json(), as_json, lambda: tell_effects(effects, language, parts.folder.zone))


def _counted_by(draft: Draft) -> Evidence:
    """Evidence with attendance counted by the courses of a draft."""
    folder = draft.folder
    return Evidence(TrainingPlan(folder.courses, folder.zone), Folds(folder.courses, folder.zone, folder.min_travel))
