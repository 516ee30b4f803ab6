"""The command ``licet`` beside a running server, in this process: starting one takes a second."""

import io
import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest

from hub.cli.app import main
from tests.site import Site


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


_BEGINS = re.compile(r"licet: |[^ :]+:\d+:\d+[:：]")
"""Who says it, or where it is: file, line and column."""


def run(*command: str) -> Done:
    """Run one command."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["licet", *command])
        with pytest.raises(SystemExit) as ended:
            main()
    return Done(int(ended.value.code or 0), out.buffer.getvalue().decode(), err.getvalue())


def one_line(done: Done, *words: str) -> None:
    """See that a mistake was answered by one clear line."""
    assert done.returncode in (1, 2), done
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert _BEGINS.match(done.stderr) and all(word in done.stderr for word in words), done.stderr


def close(text: str) -> str:
    """A text without its blanks: a page breaks its lines wherever it has to, within a long path too."""
    return "".join(text.split())


def lines_of(text: str) -> list[str]:
    """The lines of a page without their blanks; those together that are set in below another."""
    return [close(line) for line in text.replace("\n    ", " ").splitlines()]


def licet(site: Site, *command: str) -> Done:
    """Run one command on the folder of a site."""
    return run(*command, "-c", str(site.home))


def told(site: Site, *command: str) -> Any:
    """What a command says to programs."""
    done = licet(site, *command, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
