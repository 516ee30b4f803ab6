"""Airflow in an environment of its own, as ``make airflow`` sets it up; nothing of the hub is in there."""

import fcntl
import os
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".airflow" / "bin"
PROVIDER = ROOT / "airflow_provider"
_CLEAN = {"AIRFLOW__CORE__LOAD_EXAMPLES": "False"}


@cache
def built() -> str:
    """Why there is no such environment here; nothing if there is."""
    with (PROVIDER / "requirements.lock").open() as lock:  # of two processes that run tests, one sets it up
        fcntl.flock(lock, fcntl.LOCK_EX)
        # -o: the environment in which this runs is not set up anew under its feet.
        command = ["make", "-o", ".venv/.installed", "airflow"]
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if made.returncode == 0 else made.stderr.strip().splitlines()[-1]


def require_airflow() -> None:
    """Skip, by name, what meets Airflow where it cannot be had."""
    if why := built():
        pytest.skip(f"Airflow cannot be set up here: {why}")


def of_airflow(home: Path, **more: str) -> Mapping[str, str]:
    """The environment of a process of Airflow whose files are in a folder."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
    return {**ours, **_CLEAN, "AIRFLOW_HOME": str(home), **more}
