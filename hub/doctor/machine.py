"""What the machine gives: room on the disk, and the time."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.clock import from_us, site_time
from hub.doctor.finding import Finding
from hub.store.statement import Connection
from hub.store.tables import clock as clock_table
from hub.store.tables import log
from schemas.words import Words

_DF = "df -h {path}"
_NARROW = 2
"""Less than so many times the floor is worth a word before it is too little."""
_LEAST_FILES = 1000
_BEHIND = timedelta(minutes=1)


def disk(data: Path, floor_mb: int) -> Iterator[Finding]:
    """How much room there is under the data folder, in bytes and in files, and whether it may be written."""
    found, command = os.statvfs(data), _DF.format(path=data)
    free = (found.f_bavail * found.f_frsize) >> 20
    if found.f_flag & os.ST_RDONLY:
        yield Finding("disk", "bad", Words(f"{data} may only be read", f"{data} 为只读"), "mount")
    if found.f_files and found.f_favail < _LEAST_FILES:
        words = Words(f"{data} takes only {found.f_favail} more files", f"{data} 仅可再建 {found.f_favail} 个文件")
        yield Finding("disk", "bad", words, f"df -i {data}")
    state = Words(
        f"{free} MiB are free under {data}, hub.disk_floor_mb is {floor_mb}",
        f"{data} 可用 {free} MiB，下限（hub.disk_floor_mb）为 {floor_mb} MiB",
    )
    if free < floor_mb:
        low = Words(f"{state}: only what may close a door is taken", f"{state.zh}：仅接收可能关闭权限的报文")
        yield Finding("disk", "bad", low, command)
    elif free < _NARROW * floor_mb:
        yield Finding("disk", "soon", Words(f"{state}: soon too little", f"{state.zh}：即将不足"), command)
    else:
        yield Finding("disk", "good", state)


def clock(session: Connection, machine: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Whether the machine's clock is believed, and whether it is behind what the log has seen already."""
    held, last = session.one(clock_table.held, {}), session.one(log.last_entry, {})
    shown = site_time(machine, zone)
    if held is not None and not held.believed:
        since = site_time(from_us(held.held_since), zone)
        off = round(held.ahead_us / 1e6)
        yield Finding(
            "clock",
            "bad",
            Words(
                f"the machine's clock is not believed since {since}: it is {off} s ahead of the calendar",
                f"自 {since} 起本机时钟不可信：比平台日历快 {off} 秒",
            ),
            "licet clock",
        )
    elif last is not None and from_us(last.at) > machine + _BEHIND:
        at = site_time(from_us(last.at), zone)
        words = Words(
            f"the machine shows {shown}, the last entry of the log is of {at}: the clock is behind",
            f"本机时间 {shown} 早于日志最后一条记录的时间 {at}",
        )
        yield Finding("clock", "bad", words, "timedatectl")
    elif last is None:
        words = Words(f"the machine shows {shown}; no entry to compare it with", f"本机时间 {shown}；尚无记录可比对")
        yield Finding("clock", "soon", words, "timedatectl")
    else:
        words = Words(
            f"the machine shows {shown}, not before the last entry; other systems' clocks: see alarms",
            f"本机时间 {shown}，不早于最后一条记录；与对端时钟的偏差见告警",
        )
        yield Finding("clock", "good", words)
