"""Which version a store has, and whether this program can use it. Only who serves, or is told to, moves a store on."""

from schemas.errors import ConfigError
from schemas.words import Words

VERSION = 1
"""The version of this program's store: that of its newest migration, ``v1``."""


class StoreVersionError(ConfigError):
    """The store is missing, older or newer than this program's: nothing was done to it."""

    def __init__(self, code: str, message: Words) -> None:
        super().__init__(message, code)


def number_of(revision: str) -> int:
    """The number of a version.

    Raises:
        StoreVersionError: It is none of ours.
    """
    number = revision.removeprefix("v")
    if number == revision or not number.isdecimal():
        raise StoreVersionError(
            "store.newer",
            Words(
                f"store.url: found a store of version {revision!r}, which is none of ours",
                f"store.url：存储版本为 {revision!r}，不是本平台的版本",
            ),
        )
    return int(number)


def accept(revision: str | None, store: str) -> None:
    """Return if a store can be used as it is; ``store`` says where it is.

    Raises:
        StoreVersionError: It is missing, older or newer.
    """
    if revision is None:
        raise StoreVersionError(
            "store.missing",
            Words(
                f"{store}: found no store, expected one; `licet serve` makes it at its first start",
                f"{store}：没有存储；首次执行 `licet serve` 时建立",
            ),
        )
    found = number_of(revision)
    if found < VERSION:
        raise StoreVersionError(
            "store.older",
            Words(
                f"{store}: found version v{found}, expected v{VERSION}; it was left as it is. Make a backup, then "
                "`licet upgrade` (or the next `licet serve`) moves it",
                f"{store}：存储版本为 v{found}，应为 v{VERSION}；未作改动。请先备份，再执行"
                " `licet upgrade`（或由下次 `licet serve` 升级）",
            ),
        )
    if found > VERSION:
        raise _newer(found, VERSION, store)


def is_older(revision: str, newest: str, store: str) -> bool:
    """Whether a store must be moved to the newest version before it is used.

    Raises:
        StoreVersionError: It is of a newer program.
    """
    if number_of(revision) > number_of(newest):
        raise _newer(number_of(revision), number_of(newest), store)
    return number_of(revision) < number_of(newest)


def _newer(found: int, newest: int, store: str) -> StoreVersionError:
    return StoreVersionError(
        "store.newer",
        Words(
            f"{store}: found version v{found}, expected v{newest} or older; run the newer program",
            f"{store}：存储版本为 v{found}，应为 v{newest} 或更早；请使用新版程序",
        ),
    )
