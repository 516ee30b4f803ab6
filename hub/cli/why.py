"""The answer to the one question, for one person."""

from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.clock import site_time
from hub.views.attended_text import tell_attended
from hub.views.text import tell
from schemas.words import Words, told

app = typer.Typer()
_ERASED = Words(
    "{person}: what was known of this person was destroyed at {at} (entry {entry});"
    " decisions stand in the log, without what they rested on",
    "{person}：该人员的资料已于 {at} 销毁（条目 {entry}）；日志中仍有历次决定，不含其依据",
)


@app.command()
def why(
    person: Annotated[str, typer.Argument(help="Employee number.")],
    position: Annotated[str | None, typer.Option("--position", help="Only this one.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="By what was known at this instant.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """May this person stand this post, and why: clauses, figures, what would cure it."""
    with opened(config) as parts:
        if (gone := parts.erasure.of(person)) is not None:
            about = {"person": gone.person, "at": site_time(gone.at, parts.folder.zone), "entry": gone.entry}
            show({**about, "erased": True}, as_json, lambda: told(_ERASED, spoken()).format(**about))
            return
        parts.directory.named(person)
        then = None if at is None else instant(at, parts.folder)
        view = parts.why.person(person) if then is None else parts.why.person_at(person, then)
        language, zone = spoken(), parts.folder.zone
    assert view is not None
    shown = view if position is None else view.only(position)
    show(
        shown.json(),
        as_json,
        lambda: f"{tell(shown, language, zone)}\n{tell_attended(shown.attended, language, zone)}",
    )
