"""The command ``licet``."""

import logging
import sys
from importlib.metadata import version as version_of
from typing import Annotated

import typer

from audit_log.checkpoint import TamperError
from hub.cli import (
    acts,
    alarms,
    audit,
    backup,
    break_glass,
    cases,
    certificate,
    check,
    clock,
    connectors,
    corrections,
    credential,
    demo,
    devices,
    drill,
    enforcement,
    exams,
    forecast,
    hub,
    keys,
    mapping,
    opening,
    package,
    people,
    probation,
    prove,
    quarantine,
    rules,
    sessions,
    what_if,
    why,
)
from hub.cli.language import spoken
from hub.cli.output import WRONG
from hub.rules.files.finding import UnreadableFile
from hub.wording import PrintableFormatter, printable, printable_lines
from schemas.errors import LicetError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=__doc__,
)
for group in (hub, check, backup, audit, connectors, why, enforcement, forecast):
    app.add_typer(group.app)
app.add_typer(alarms.app, name="alarms", help="What a person must look at: list, show, acknowledge.")
app.add_typer(break_glass.app, name="break-glass", help="Doors that two people open beside the rules, for hours.")
app.add_typer(cases.app, name="cases", help="What waits for a person at HR: list, show, decide.")
app.add_typer(clock.app, name="clock", help="Whether the machine's clock is believed; the word that it is right.")
app.add_typer(drill.app, name="drill", help="What would follow, before it happens.")
app.add_typer(devices.app, name="devices", help="Terminals that called: approve, reject, retire.")
people.app.add_typer(corrections.app)
people.app.add_typer(probation.app)
people.app.add_typer(acts.app)
app.add_typer(people.app, name="people", help="Who is who, and what HR says of somebody.")
app.add_typer(opening.app, name="import", help="Opening balances.")
app.add_typer(
    quarantine.app, name="quarantine", help="Input that could not be read: look, replay once mended, discard."
)
app.add_typer(certificate.app, name="certificate", help="What the hub issued: show, export as PDF and JWS, verify.")
app.add_typer(credential.app, name="credential", help="Credentials: enter, renew, reopen.")
app.add_typer(exams.app, name="exams", help="Who may sit which exam: list, retry.")
app.add_typer(keys.app, name="keys", help="Keys: the hub's own and those that peers sign with.")
app.add_typer(mapping.app, name="mapping", help="How a source writes what it says: documents of the hub folder.")
app.add_typer(package.app, name="package", help="Signed packages of documents and rules: sign, seal, deploy.")
rules.app.add_typer(what_if.app)
rules.app.add_typer(prove.app)
app.add_typer(
    rules.app, name="rules", help="The rules of positions: what is wrong with them, what a draft would change."
)
app.add_typer(sessions.app, name="sessions", help="How a session of the training plan went.")
app.add_typer(demo.app, name="demo", help="The whole story in half a minute.")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"licet {version_of('licet')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """The command ``licet``."""


def main() -> None:
    """Run the command; a failure is one clear line, and a stack trace only with ``--debug``."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    handler = logging.StreamHandler()
    handler.setFormatter(PrintableFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[handler])
    try:
        app(prog_name="licet")
    except (LicetError, TamperError, OSError) as error:
        if debug:
            raise
        print(printable_lines(_told(error, spoken(sys.argv[1:]))), file=sys.stderr)
        sys.exit(WRONG)


def _told(error: LicetError | TamperError | OSError, language: str) -> str:
    """A failure for people: of files that are not taken a line each, of everything else one."""
    if isinstance(error, UnreadableFile):
        return error.told(language)
    if isinstance(error, OSError):
        return f"licet: {error.filename or 'system'}: {error.strerror or error}"
    said = error.told(language) if isinstance(error, LicetError) else str(error)
    return printable(f"licet: {getattr(error, 'code', 'log.tamper')}: {said}")
