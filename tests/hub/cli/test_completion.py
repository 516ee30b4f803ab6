"""A real bash completes what is typed after ``licet``: commands, commands of a group, options."""

import subprocess
import sys
from pathlib import Path

LICET = Path(sys.executable).with_name("licet")
LINES = {
    "licet re": ["reconcile", "register", "release", "restore", "resume"],
    "licet zz": [],
    "licet people imp": ["import"],
    "licet schema --js": ["--json"],
}
ASKED = """
eval "$(licet --show-completion bash)"
called=$(complete -p licet | sed -E 's/.* -F ([^ ]+) licet/\\1/')
for line in "$@"; do
    COMP_WORDS=($line)
    COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
    "$called" licet
    echo "$line: ${COMPREPLY[*]}"
done
"""


def test_bash_offers_what_can_follow():
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", ASKED, "bash", *LINES],
        env={"PATH": f"{LICET.parent}:/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert {line: sorted(offered.split()) for line, offered in told.items()} == LINES
    assert done.stderr == ""
