"""What to do about a system that does not answer: which one it is, and the setting with its address."""

from pathlib import Path

from hub.config.settings_file import SETTINGS_FILE, SettingsFile, read_settings_file
from schemas.errors import LicetError
from schemas.words import Words

_LOOK = Words(
    "see that it runs and can be reached from this machine; `licet check --online` asks every system and says how each"
    " is",
    "请确认该系统正在运行且本机可以访问；`licet check --online` 逐一查询各系统并显示结果",
)
_SHORTEST = 4
"""A shorter text is no address."""


def look_at_system(message: str, folder: Path) -> Words:
    """What to do about the system of an instance with whose name a message begins."""
    name, _, said = message.partition(":")
    try:
        file = read_settings_file(folder)
    except LicetError:
        return _LOOK
    if name not in file.data.get("connectors", {}):
        return _LOOK
    start = Words(
        f"start the system behind [connectors.{name}] and see that this machine reaches it",
        f"启动 [connectors.{name}] 所连接的系统，并确认本机可以访问",
    )
    address = _address(file, name, said)
    again = Words(
        "`licet check --online` asks every system and says how each is", "`licet check --online` 逐一查询各系统"
    )
    return Words(f"{start}{address}; {again}", f"{start.zh}{address.zh}；{again.zh}")


def _address(file: SettingsFile, name: str, said: str) -> Words:
    """The setting whose value is the address that was asked, and its line; empty where none is in what was said."""
    for key, value in file.data["connectors"][name]["settings"].items():
        if isinstance(value, str) and len(value) >= _SHORTEST and value.rstrip("/") in said:
            line = file.source.place_of(("connectors", name, key))[0]
            return Words(
                f"; if the address is wrong, change {key} ({SETTINGS_FILE}:{line})",
                f"；地址有误的，更改 {key}（{SETTINGS_FILE}:{line}）",
            )
    return Words("", "")
