"""The command ``licet``."""

import logging
import sys
from importlib.metadata import version as version_of
from typing import Annotated

import typer

from hub.cli.language import chosen_language, spoken
from hub.cli.lazy import LazyGroup
from hub.wording import PrintableFormatter, printable, printable_lines
from schemas.errors import LicetError

_WRONG = 1

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=__doc__,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"licet {version_of('licet')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; default: the hub's language.")] = None,
) -> None:
    """The command ``licet``."""
    chosen_language(lang, "")


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
    except SystemExit:
        raise
    except _failures() as error:
        if debug:
            raise
        print(printable_lines(_told(error, spoken(sys.argv[1:]))), file=sys.stderr)
        sys.exit(_WRONG)


def _failures() -> tuple[type[Exception], ...]:
    """What is told as a clear line; looked up when something fails, for what it takes is slow to import."""
    from audit_log.checkpoint import TamperError  # noqa: PLC0415

    return LicetError, TamperError, OSError


def _told(error: Exception, language: str) -> str:
    """A failure for people: of files that are not taken a line each, of everything else one."""
    if isinstance(error, OSError):
        return f"licet: {error.filename or 'system'}: {error.strerror or error}"
    if isinstance(error, LicetError) and hasattr(error, "findings"):
        return error.told(language)
    said = error.told(language) if isinstance(error, LicetError) else str(error)
    return printable(f"licet: {getattr(error, 'code', 'log.tamper')}: {said}")
