"""Makes a store, or moves one to today's version: whole or not at all, and while nobody decides for it."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from hub.store.address import Address
from hub.store.database import Database
from hub.store.seat import seat_of
from hub.store.statement import Connection
from hub.store.version import accept, is_older
from schemas.errors import ConfigError
from schemas.words import Words

if TYPE_CHECKING:
    from sqlalchemy import Connection as EngineConnection
    from sqlalchemy import Engine

log = logging.getLogger(__name__)

_ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(73447, 1)"}
"""Of two that would make a store, one waits and finds it made."""
_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(url: str, scripts: Path = _MIGRATIONS, *, make: bool = True) -> bool:
    """Make the store, or move it to the newest version of ``scripts``; whether there was anything to do.

    Without ``make`` a store that is missing is left missing.

    Raises:
        ConfigError: It cannot be opened, or is of a newer program, or is missing and may not be made.
        StoreError: ``store.seat``: a process decides for it, which would go on by the old version.
    """
    if scripts is _MIGRATIONS and _is_of_today(url):
        return False
    address = Address(url)
    if not make and address.file is not None and not address.file.exists():
        accept(None, str(address))
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415 - slow to load, and most starts find a store of today

    engine = engine_of(address)
    try:
        with engine.begin() as connection:
            return _move(connection, address, scripts, make=make)
    except DatabaseError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise ConfigError(
            Words(
                f"store.url: cannot open the store {address} ({reason})",
                f"store.url：无法打开存储 {address}（{reason}）",
            ),
            cure=address.cure,
        ) from error
    finally:
        engine.dispose()


def _is_of_today(url: str) -> bool:
    try:
        Database(url).close()
    except ConfigError:  # what is wrong with it is told by who tries to move it
        return False
    return True


def engine_of(address: Address) -> "Engine":
    """What Alembic works on; for SQLite transactions are begun by name, or changes of tables would stand outside."""
    from sqlalchemy import create_engine  # noqa: PLC0415 - when a store is made or moved

    return create_engine(address.url, connect_args={"isolation_level": None} if address.file is not None else {})


def _move(connection: "EngineConnection", address: Address, scripts: Path, *, make: bool) -> bool:
    from alembic import command  # noqa: PLC0415 - when a store is made or moved
    from alembic.config import Config  # noqa: PLC0415 - loaded where it is used
    from alembic.migration import MigrationContext  # noqa: PLC0415 - loaded where it is used
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - loaded where it is used

    connection.exec_driver_sql(_ALONE[connection.dialect.name])
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    newest = ScriptDirectory.from_config(config).get_current_head()
    assert newest is not None, f"no migrations in {scripts}"
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        if not make:
            accept(None, str(address))
        command.upgrade(config, "head")
        return True
    if not is_older(found, newest, str(address)):
        return False
    log.warning("the store is of version %s and is moved to %s; with many facts that takes minutes", found, newest)
    seat = seat_of(address.file)
    seat.take(Connection(connection.connection.driver_connection, connection.dialect.name))
    try:
        command.upgrade(config, "head")
    finally:
        seat.close()
    return True
