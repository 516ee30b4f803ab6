"""What the hub keeps: its store and the files that belong to it, and the log in it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from audit_log.checkpoint import TamperError
from audit_log.signer import Signer
from hub.audit.inspection import check_start
from hub.clock import from_us, site_time
from hub.doctor.finding import Finding, unseen
from hub.register.inspection import absent
from hub.register.shelf import Shelf
from hub.store.address import Address
from hub.store.database import Database
from hub.store.tables import documents as documents_table
from hub.store.tables import hub, log, looks
from hub.store.version import VERSION
from schemas.words import Words, number_of

CHECK_SECONDS = 2.0
"""How long pages are checked: those of a large store are not all looked at."""
LOCKED_SECONDS = 0.5
"""So long a store is asked whether it can be read at all, before anything waits for it."""
_STEPS = 10_000
UNSIGNED = timedelta(minutes=1)
QUIET = timedelta(minutes=15)
"""A hub that runs makes an entry every few minutes, whatever happens."""
_FROM_BACKUP = "licet restore BACKUP NEW-DIR"


def store(database: Database, agree: Callable[[], object]) -> Iterator[Finding]:
    """That it is there, of this version, and of one hub with its key file and the log's memory, or ``agree`` raises."""
    agree()
    with database.reading() as session:
        row = session.one(hub.hub, {})
    starts = 0 if row is None else row.starts
    size = "" if database.file is None else f" ({database.file.stat().st_size / (1 << 20):.1f} MiB)"
    told = Words(
        f"version v{VERSION}{size}, start {starts}; store, key file and the log's memory belong together",
        f"版本 v{VERSION}{size}，第 {starts} 次启动；存储、密钥文件与日志状态一致",
    )
    yield Finding("store", "good", told)
    if row is not None and row.restored_at is not None:
        words = Words(
            "this is a restored copy: it grants nothing until a person releases it",
            "这是恢复的副本，经人工放行前不授权",
        )
        yield Finding("store", "bad", words, "licet release")


def locked(file: Path) -> bool:
    """Whether another program holds the file of a store so that nobody can read it; a hub never does."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=LOCKED_SECONDS)) as raw:
            raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    except sqlite3.Error:
        return False
    return False


def held_locked(address: Address) -> Finding:
    """That it is locked, and how to see by whom."""
    reason = Words(
        f"another program holds {address} locked; end it, and look again",
        f"其他程序锁定了 {address}；请结束该程序后重新检查",
    )
    return unseen("store", reason, f"lsof {address}")


def pages(database: Database, monotonic: Callable[[], float]) -> Iterator[Finding]:
    """Whether the pages of the store are sound, as far as that can be told in two seconds."""
    with closing(database.inspecting().connection) as raw:
        yield from _of_file(raw, monotonic) if database.is_sqlite else _of_server(raw)


def _of_file(raw: sqlite3.Connection, monotonic: Callable[[], float]) -> Iterator[Finding]:
    ends = monotonic() + CHECK_SECONDS
    raw.set_progress_handler(lambda: monotonic() > ends, _STEPS)
    try:
        (said,) = raw.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            raise
        words = Words(
            f"not all pages could be looked at, because that takes more than {CHECK_SECONDS:.0f} s; "
            "those looked at are sound; a backup checks all",
            f"未能查看全部页面，原因：{CHECK_SECONDS:.0f} 秒内未完成；已查看的完好；备份时会全部检查",
        )
        yield Finding("store", "soon", words, "licet backup DIR")
        return
    if said == "ok":
        yield Finding("store", "good", Words("its pages are sound (quick_check)", "页面完好（quick_check）"))
    else:
        yield Finding(
            "store",
            "bad",
            Words(f"its pages are destroyed ({said}): restore a backup", f"页面已损坏（{said}），请从备份恢复"),
            _FROM_BACKUP,
        )


def _of_server(raw: Any) -> Iterator[Finding]:
    on, failures = raw.execute(looks.checksums).fetchone()
    if on != "on":
        words = Words(
            "its pages could not be looked at, because the server runs without data_checksums",
            "未能查看页面，原因：数据库服务器未启用 data_checksums",
        )
        yield Finding("store", "soon", words, "pg_amcheck DATABASE")
    elif failures:
        words = Words(
            f"the server found {number_of(failures, 'page')} destroyed: restore a backup",
            f"服务器发现 {failures} 个页面已损坏，请恢复备份",
        )
        yield Finding("store", "bad", words, _FROM_BACKUP)
    else:
        words = Words("no page that the server read was destroyed (data_checksums)", "服务器读取的页面均完好")
        yield Finding("store", "good", words)


def audit(database: Database, signer: Signer, now: datetime, zone: ZoneInfo, *, runs: bool) -> Iterator[Finding]:
    """Whether the end of the log is what was signed, and is being signed; ``runs``: whether the hub does."""
    try:
        check_start(database, signer)
    except TamperError as error:
        words = Words(f"not what was signed: {error}; keep everything as it is", f"与签名不符（{error}），请保留现场")
        yield Finding("log", "bad", words, "licet audit verify", "log.tamper")
        return
    with database.reading() as session:
        head, last, ahead = session.one(log.head, {}), session.one(log.last_entry, {}), session.one(looks.unsigned, {})
    yield _signed(ahead, 0 if head is None else head.size, now)
    if runs and last is not None and now - from_us(last.at) > QUIET:
        at = site_time(from_us(last.at), zone)
        words = Words(f"the hub runs, but its last entry is of {at}", f"平台在运行，但最后一条记录时间为 {at}")
        yield Finding("log", "bad", words, "licet tail")


def _signed(ahead: looks.Ahead | None, size: int, now: datetime) -> Finding:
    since = None if ahead is None or ahead.since is None else from_us(ahead.since)
    if ahead is None or since is None or now - since < UNSIGNED:
        words = Words(
            f"{number_of(size, 'entry', 'entries')}, the end as it was signed", f"共 {size} 条，末端与签名一致"
        )
        return Finding("log", "good", words)
    words = Words(
        f"{ahead.entries} of {number_of(size, 'entry', 'entries')} not signed yet",
        f"共 {size} 条，其中 {ahead.entries} 条尚未签名",
    )
    return Finding("log", "soon", words, "licet serve")


def documents(database: Database, shelf: Shelf, monotonic: Callable[[], float]) -> Iterator[Finding]:
    """How many documents the register has and what they take of the disk; whether their files are there."""
    with database.reading() as session:
        count = session.one(documents_table.count_of_all, {})
    total, taken = (0, 0) if count is None else count
    missing, looked = absent(database, shelf, monotonic, CHECK_SECONDS)
    words = Words(
        f"{number_of(total, 'document')}, {taken / (1 << 20):.1f} MiB below {shelf.place}; "
        f"{looked} of their files looked for",
        f"材料 {total} 份，占 {taken / (1 << 20):.1f} MiB（{shelf.place}）；已查找其中 {looked} 份的文件",
    )
    if missing:
        lost = Words(f"{words}: {missing} of them not there", f"{words.zh}：缺失 {missing} 份")
        yield Finding("register", "bad", lost, "licet audit verify")
    else:
        yield Finding("register", "good", words)
