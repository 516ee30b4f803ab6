"""The answer to the one question, for one person."""

from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, Lang, instant, language_of, opened
from hub.cli.output import AsJson, show
from hub.views.text import tell

app = typer.Typer()


@app.command()
def why(
    person: Annotated[str, typer.Argument(help="Employee number.")],
    position: Annotated[str | None, typer.Option("--position", help="Only this one.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="By what was known at this instant.")] = None,
    lang: Lang = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """May this person stand this post, and why: clauses, figures, what would cure it."""
    with opened(config) as parts:
        parts.directory.named(person)
        view = parts.why.person(person) if at is None else parts.why.person_at(person, instant(at, parts.folder))
        language = language_of(parts.folder, lang)
    assert view is not None
    shown = view if position is None else view.only(position)
    show(shown.json(), as_json, lambda: tell(shown, language, parts.folder.zone))
