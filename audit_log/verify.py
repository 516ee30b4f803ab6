"""Verifies an exported log, or one entry with its proofs, without the hub, to the last byte.

``python -m audit_log.verify DIR --key KEY``

Exit: 0 it verifies; 1 it does not; 3 it agrees with itself, but the only key at hand was the one in the folder,
which whoever wrote the folder could have made: that proves no origin.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from audit_log.checkpoint import TamperError
from audit_log.export import PROOF
from audit_log.folder import verify_entry, verify_export
from audit_log.walk import Report

VERIFIED, WRONG, NO_ORIGIN = 0, 1, 3
_WITHOUT_KEY = (
    "CONSISTENT, ORIGIN NOT PROVEN: checked against the key found in the folder. "
    "That proves consistency, not origin: give the key that you know with --key"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m audit_log.verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", "--vkey", help="verifier key that you trust, or a file that holds it")
    parser.add_argument("--older", type=Path, action="append", default=[], help="a checkpoint kept from before")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        trusted = None if given.key is None else _key(given.key)
        older = [each.read_bytes() for each in given.older]
        one = (given.folder / PROOF).exists()
        report = verify_entry(given.folder, trusted) if one else verify_export(given.folder, trusted, older)
    except (TamperError, OSError) as error:
        report = Report(problems=[str(error)])
    proven = report.good and given.key is not None
    if given.json:
        sys.stdout.write(json.dumps({**asdict(report), "good": report.good, "origin_proven": proven}) + "\n")
    else:
        sys.stdout.write(_told(report, proven=proven))
    return VERIFIED if proven else NO_ORIGIN if report.good else WRONG


def _key(given: str) -> str:
    """The key itself, or what a file of this name holds."""
    return given if "+" in given else Path(given).read_text(encoding="utf-8")


def _told(report: Report, *, proven: bool) -> str:
    verdict = "verified" if proven else _WITHOUT_KEY if report.good else "NOT verified"
    lines = [f"{verdict}: {report.size} entries, root {report.root}"]
    if report.first_bad is not None:
        lines.append(f"  first wrong index: {report.first_bad}")
    return "\n".join([*lines, *(f"  {_printable(problem)}" for problem in report.problems)]) + "\n"


def _printable(text: str) -> str:
    """A problem on one line: what a stranger's folder holds must not command a terminal, or look like a verdict."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


if __name__ == "__main__":
    sys.exit(main())
