"""A connection to a server on this machine, and Airflow without a database."""

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from answering import TOKEN, Server


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def connect(monkeypatch):
    """Tell Airflow of a connection."""

    def told(name: str = "licet_default", **members: object) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps({"conn_type": "licet", **members}))

    return told


@pytest.fixture
def server(connect):
    """A server that says what a test has it say, in place of the hub; Airflow knows it."""
    with Server() as started:
        connect(schema="http", host="127.0.0.1", port=started.port, password=TOKEN)
        yield started
