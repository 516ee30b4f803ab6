"""Where a store is: a file, or a PostgreSQL database."""

import re
from pathlib import Path
from urllib.parse import quote, unquote

from schemas.errors import SettingError
from schemas.words import Words

_EMBEDDED, _SERVED = "sqlite:///", "postgresql+psycopg://"
_PARTS = re.compile(r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@]*))?@)?(?P<place>[^@]*)")
"""Who connects, and where to; the place may name several hosts."""
_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Seconds, and milliseconds for the last: a server that is gone without a word is noticed."""

_KIND = 32
"""So much of the kind of an address is told."""


class Address:
    """The address of a store: ``sqlite:///FILE`` or ``postgresql+psycopg://...``. As text it shows no password."""

    def __init__(self, url: str) -> None:
        self.file: Path | None = None
        """The file of an embedded store."""
        if url.startswith(_EMBEDDED):
            self.file = Path(url.removeprefix(_EMBEDDED).partition("?")[0])
            self._shown = str(self.file)
        else:
            parts = _PARTS.fullmatch(url.removeprefix(_SERVED)) if url.startswith(_SERVED) else None
            if parts is None:
                raise _wrong(url)
            user, password, self._place = parts.groups()
            secret = "" if password is None else f":{_quoted(password)}"
            hidden = "" if password is None else ":***"
            self._who = "" if user is None else f"{_quoted(user)}{secret}@"
            self._shown = f"{_SERVED}{'' if user is None else f'{_quoted(user)}{hidden}@'}{self._place}"
        self.url = url

    def __str__(self) -> str:
        return self._shown

    @property
    def cure(self) -> Words:
        """What to look at where it cannot be opened."""
        if self.file is not None:
            return Words(
                f"see that this account may write {self.file.parent}, that its disk is neither full nor read-only,"
                " and that no other program holds the file; then `licet doctor`",
                f"确认当前账户可写入 {self.file.parent}、磁盘未满且非只读、没有其他程序占用该文件；"
                "再执行 `licet doctor`",
            )
        return Words(
            "see that its server runs and takes the user and password of store.url, then `licet doctor`",
            "核对数据库服务及 licet.toml 中 store.url 的用户与口令，再执行 `licet doctor`",
        )

    @property
    def dsn(self) -> str:
        """What the PostgreSQL driver connects with.

        Raises:
            ConfigError: The driver does not take it.
        """
        from psycopg import ProgrammingError  # noqa: PLC0415 - an embedded store does without the driver
        from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415 - loaded where it is used

        url = f"postgresql://{self._who}{self._place}"
        try:
            given = conninfo_to_dict(url)
        except ProgrammingError as error:
            raise _wrong(self.url) from error
        return make_conninfo(url, **{name: value for name, value in _PATIENCE.items() if name not in given})


def _quoted(word: str) -> str:
    # As it was meant, whether or not all that must be was quoted.
    return quote(unquote(word), safe="")


def _wrong(url: str) -> SettingError:
    """What is said of another address; of what it was no more than its kind, for it may hold a password."""
    kind = url.partition("://")[0][:_KIND] if "://" in url else ""
    found = Words(f"a URL of {kind}://", f"{kind}:// 地址") if kind else Words("no URL", "非 URL 的内容")
    return SettingError(
        found,
        Words(
            "sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
            "sqlite:///文件 或 postgresql+psycopg://用户@主机/名称",
        ),
        setting="store.url",
        cure=Words(
            'write url = "sqlite:///data/licet.db" below [store], or that of a PostgreSQL server; then `licet check`',
            '在 [store] 下填写 url = "sqlite:///data/licet.db"，或 PostgreSQL 服务器的地址，再执行 `licet check`',
        ),
    )
