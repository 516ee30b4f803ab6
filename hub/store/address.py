"""Where a store is: a file, or a PostgreSQL database."""

from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from schemas.errors import ConfigError
from schemas.words import Words

_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Seconds, and milliseconds for the last: a server that is gone without a word is noticed."""


class Address:
    """The address of a store: ``sqlite:///FILE`` or ``postgresql+psycopg://...``. As text it shows no password."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ConfigError(
                Words(
                    "store.url: expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
                    "store.url：应为 sqlite:///文件 或 postgresql+psycopg://用户@主机/名称",
                )
            )
        try:
            self._parsed = make_url(url)
        except ArgumentError as error:
            raise ConfigError(
                Words(
                    "store.url: expected sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
                    "store.url：应为 sqlite:///文件 或 postgresql+psycopg://用户@主机/名称",
                )
            ) from error
        self.url = url
        self.file = Path(str(self._parsed.database)) if url.startswith("sqlite") else None
        """The file of an embedded store."""

    def __str__(self) -> str:
        return str(self.file) if self.file is not None else self._parsed.render_as_string()

    @property
    def dsn(self) -> str:
        """What the PostgreSQL driver connects with."""
        url = self._parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        given = conninfo_to_dict(url)
        return make_conninfo(url, **{name: value for name, value in _PATIENCE.items() if name not in given})
