"""What a run leaves out is told at its end by name, and counted."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MET = "tests/connectors/access/test_scim_by_proxy.py"


def test_who_lacks_a_server_of_other_people_reads_which_and_how_many_tests_were_not_tried(tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    for name in [name for name in environment if name.startswith("PYTEST")]:
        del environment[name]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", MET]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    [many] = re.findall(r"^skipped (\d+): tinyproxy is not installed \(make peers\)$", ran.stdout, re.MULTILINE)
    assert int(many) > 1 and f"{many} skipped" in ran.stdout
