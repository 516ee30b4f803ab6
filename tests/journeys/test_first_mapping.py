"""docs/first-mapping.md is typed as it stands: each block in a shell, each line below it found; its twin is like it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.ports import free_port

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("first-mapping.md", "first-mapping.zh-CN.md")
NEEDED = ("bash", "curl", "iconv")
_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ENDED = "== block {} ended =="


def blocks(page):
    """What is typed, and the lines that each answer must have."""
    found = []
    for kind, text in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        if kind == "sh":
            found.append((text, []))
        else:
            found[-1][1].extend(text.splitlines())
    return found


def test_both_pages_type_the_same():
    english, chinese = ([text for text, _lines in blocks(page)] for page in PAGES)
    spoken = re.compile(r'^sed -i \'s/\^language = "zh".*\n', re.MULTILINE)
    notes = re.compile(r'^  "note": .*\n', re.MULTILINE)
    assert [notes.sub("", spoken.sub("", text)) for text in english] == [notes.sub("", text) for text in chinese]
    assert len(english) > 8 and all(lines for _text, lines in blocks(PAGES[0])[2:4])


@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"one of {', '.join(NEEDED)} is not here")
def test_who_types_what_the_page_says_sees_what_it_says(tmp_path):
    """Takes its time: a stranger's whole half hour, some twenty commands, each a process of its own.

    Lines of the Chinese page are such as both languages say.
    """
    typed = [(text, [*lines, *more]) for (text, lines), (_same, more) in zip(*map(blocks, PAGES), strict=True)]
    script = "".join(f"{text}\necho '{_ENDED.format(n)}'\n" for n, (text, _lines) in enumerate(typed))
    script = script.replace("8710", str(free_port()))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = shell.communicate(timeout=300)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, said
    rest = said
    for n, (text, lines) in enumerate(typed):
        answer, _, rest = rest.partition(_ENDED.format(n))
        for line in lines:
            assert line in answer, f"{text}\nexpected {line!r} in:\n{answer}"
