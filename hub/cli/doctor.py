"""How the hub is: everything that an operator would look at, looked at once. Changes nothing."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import WRONG, AsJson, show
from hub.cli.typeable import typed
from hub.clock import SystemClock
from hub.columns import WIDEST, padded, width, wrapped
from hub.doctor.finding import STATES, TOPICS, Finding, ill
from hub.doctor.visit import Visit
from schemas.words import told

app = typer.Typer()
_NEXT = "→ "


@app.command()
def doctor(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Look at everything once, within ten seconds: what is well, what is not, and the command to go on with."""
    with closing(Visit(config, SystemClock())) as visit:
        found = list(visit.findings())
    language = spoken()
    show([each.json() for each in found], as_json, lambda: "\n".join(_lines(found, language, config)))
    if ill(found):
        raise typer.Exit(WRONG)


def _lines(found: Sequence[Finding], language: str, config: Path) -> Iterator[str]:
    """Each finding: how it stands, of what, its sentence; below it the command."""
    states = {each: told(words, language) for each, words in STATES.items()}
    topics = {each: told(words, language) for each, words in TOPICS.items()}
    first, second = max(map(width, states.values())), max(map(width, topics.values()))
    indent = first + second + 4
    for each in found:
        head, *more = wrapped(told(each.words, language), WIDEST - indent)
        yield f"{padded(states[each.state], first)}  {padded(topics[each.topic], second)}  {head}"
        yield from (" " * indent + line for line in more)
        if each.command:
            command = each.command if config == HERE else typed(each.command, str(config))
            yield " " * indent + _NEXT + command
