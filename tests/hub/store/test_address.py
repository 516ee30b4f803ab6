"""Where a store is, as people write it and as the driver hears it; and what an embedded one does without."""

import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from hub.store.address import Address
from hub.store.migrate import migrate
from schemas.errors import ConfigError

SERVED = "postgresql+psycopg://"
ROWS = [
    ("licet@db/hub", {"user": "licet", "host": "db", "dbname": "hub"}, "licet@db/hub"),
    ("licet:word@db:5433/hub", {"password": "word", "port": "5433"}, "licet:***@db:5433/hub"),
    ("li%40cet:a%3Ab%2Fc@db/hub", {"user": "li@cet", "password": "a:b/c"}, "li%40cet:***@db/hub"),
    ("licet:a/b?c#d:e@db/hub", {"password": "a/b?c#d:e", "host": "db", "dbname": "hub"}, "licet:***@db/hub"),
    ("licet:@db/hub", {"user": "licet", "host": "db"}, "licet:***@db/hub"),
    ("[::1]:5432/hub", {"host": "::1", "port": "5432"}, "[::1]:5432/hub"),
    ("a:1,b:2/hub", {"host": "a,b", "port": "1,2"}, "a:1,b:2/hub"),
    ("/hub?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "hub"}, "/hub?host=/run/postgresql"),
    ("db/hub?connect_timeout=30", {"connect_timeout": "30"}, "db/hub?connect_timeout=30"),
]


@pytest.mark.parametrize(("written", "heard", "shown"), ROWS, ids=[row[0] for row in ROWS])
def test_the_driver_hears_what_was_written_and_nobody_sees_the_password(written, heard, shown):
    address = Address(SERVED + written)
    assert address.file is None and str(address) == SERVED + shown
    given = conninfo_to_dict(address.dsn)
    assert {name: str(given[name]) for name in heard} == heard
    assert given["keepalives_idle"] == "5", "a server that is gone without a word is noticed"


def test_an_embedded_store_is_a_file():
    assert Address("sqlite:////srv/licet.db").file == Path("/srv/licet.db")
    assert Address("sqlite:///data/li cet.db?mode=rw").file == Path("data/li cet.db")


@pytest.mark.parametrize("url", ["db/hub?no_such_word=1", "a@b@db/hub"])
def test_what_the_driver_would_not_take_is_told_as_a_wrong_address(url):
    with pytest.raises(ConfigError, match="expected sqlite:///FILE or postgresql"):
        _ = Address(SERVED + url).dsn


def test_a_start_on_an_embedded_store_of_today_loads_nothing_that_moves_stores_or_speaks_to_servers(tmp_path):
    url = f"sqlite:///{tmp_path / 'licet.db'}"
    assert migrate(url)
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, hub.assembly, hub.serve; from hub.store.migrate import migrate;"
            f"print(migrate({url!r}), sorted({{'sqlalchemy', 'alembic', 'mako', 'psycopg'}} & sys.modules.keys()))",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert said.stdout == "False []\n"
