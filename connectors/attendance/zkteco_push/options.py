"""What a terminal is told to do at its handshake.

A 3.x terminal given the words of 2.x stays silent for ever, without an error. No version is announced from which on a
2.x terminal would encrypt, and none of the words asks for what is about bodies.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.attendance.zkteco_push.clock import offset
from connectors.attendance.zkteco_push.memory import Memory

_STAMPS = ("OPERLOGStamp", "ATTPHOTOStamp", "BIODATAStamp", "ERRORLOGStamp")


def options(memory: Memory, now: datetime, zone: ZoneInfo, delay: int, *, acc3: bool) -> str:
    """The options, a line each. The stamp of what came last keeps a restart from asking for years."""
    lines = {
        **({"registry": "ok", "RegistryCode": memory.get("registry", "")} if acc3 else {}),
        "ServerVer": "3.0.1" if acc3 else "2.2.14",
        "PushProtVer": "3.0.1" if acc3 else "2.3.0",
        "ATTLOGStamp": memory.get("stamp", {}).get("value", "None"),
        **dict.fromkeys(_STAMPS, "None"),
        "ErrorDelay": 30,
        "Delay": delay,
        **({"RequestDelay": delay} if acc3 else {}),
        "TransTimes": "00:00;14:05",
        "TransInterval": 1,
        **({"TransTables": "User Transaction"} if acc3 else {}),
        "TransFlag": "1111000000" if acc3 else "TransData AttLog OpLog",
        "TimeZone": offset(now.astimezone(zone)),
        "Realtime": 1,
        "Encrypt": 0,
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())
