"""The command ``licet``."""

import gc
import json
import logging
import sys
from importlib.metadata import version as version_of
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from hub.cli.language import known_language, spoken
from hub.cli.lazy import LazyGroup
from hub.wording import PrintableFormatter, printable, printable_lines
from schemas.errors import LicetError
from schemas.words import Words, told

_WRONG = 1
_TO_DO, _AFTER_QUESTION = Words(". To do: {}", "。处理：{}"), Words(" To do: {}", "处理：{}")
_MORE = Words(" (more: licet docs {})", "（详见 licet docs {}）")

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
    known_language(lang)


def main() -> None:
    """Run the command; a failure is one clear line, and a stack trace only with ``--debug``."""
    # Neither what is loaded nor an event leaves many cycles behind: there is little to look for.
    gc.set_threshold(50_000, 50, 100)
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    handler = logging.StreamHandler()
    handler.setFormatter(PrintableFormatter("%(levelname)s %(name)s: %(message)s"))
    # What a part of the hub warns of is for whoever runs it; a command says in its own words what it met.
    logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR, handlers=[handler])
    try:
        ended = app(prog_name="licet", standalone_mode=False)
    except SystemExit:
        raise
    except typer.Abort:
        sys.exit(_WRONG)
    except TyperException as error:
        _refused(error)
    except _failures() as error:
        if debug:
            raise
        _tell(error)
        sys.exit(_WRONG)
    sys.exit(ended if isinstance(ended, int) else 0)


def _refused(error: Any) -> NoReturn:
    """End a command that was called wrongly; a group that was called without a command has said what there is."""
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.message, file=sys.stderr)
    else:
        from hub.cli.calls import wrong_call  # noqa: PLC0415 - when something fails

        _tell(wrong_call(error))
    sys.exit(error.exit_code)


def _tell(error: Exception) -> None:
    """Say a failure on the error output: to a program that asked with ``--json`` as an object."""
    if "--json" in sys.argv:
        print(json.dumps({"error": _members(error)}), file=sys.stderr)
    else:
        from hub.cli.local_time import at_site  # noqa: PLC0415 - when something fails
        from hub.cli.typeable import from_here  # noqa: PLC0415 - loaded where it is used

        print(printable_lines(from_here(at_site(_told(error, spoken())))), file=sys.stderr)


def _members(error: Exception) -> dict[str, Any]:
    """A failure for programs: its code, the texts of people, and each finding of files that are not taken."""
    texts = {f"message_{each}": _text(error, each) for each in ("en", "zh")}
    findings = [each.parts("en") for each in getattr(error, "findings", ())]
    return {"code": _code(error), **texts, **({"findings": findings} if findings else {})}


def _failures() -> tuple[type[Exception], ...]:
    """What is told as a clear line; looked up when something fails, for what it takes is slow to import."""
    from audit_log.checkpoint import TamperError  # noqa: PLC0415 - loaded where it is used

    return LicetError, TamperError, OSError


def _told(error: Exception, language: str) -> str:
    """A failure for people: of files that are not taken a line each, of everything else one."""
    if isinstance(error, LicetError) and hasattr(error, "findings"):
        return error.told(language)
    code = _code(error)
    return printable(
        f"licet: {code}: {_text(error, language)}{_cure(error, language)}{told(_MORE, language).format(code)}"
    )


def _cure(error: Exception, language: str) -> str:
    """What to do about a failure, where its text does not say it."""
    from hub.cli.calls import to_do  # noqa: PLC0415 - when something fails

    cure = told(to_do(error), language)
    form = _AFTER_QUESTION if _text(error, language).endswith(("?", "？")) else _TO_DO
    return told(form, language).format(cure) if cure else ""


def _code(error: Exception) -> str:
    return getattr(error, "code", "log.tamper") if not isinstance(error, OSError) else "file.system"


def _text(error: Exception, language: str) -> str:
    if isinstance(error, LicetError):
        return error.told(language)
    if isinstance(error, OSError):
        from hub.cli.calls import not_done  # noqa: PLC0415 - when something fails

        return told(not_done(error), language)
    return str(error)
