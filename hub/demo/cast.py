"""Who is in the story: the staff, what HR writes about them, and what they had when the hub began."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.simulators import roster_csv

ZONE = ZoneInfo("Asia/Shanghai")
POSITION = "dc-operations"
HIGH, LOW, OWN = "high-voltage-electrician", "low-voltage-electrician", "dc-ops-qualification"
ASSIST, OPS = "dc-assist", "dc-ops"
GROUPS = (ASSIST, OPS, "soc", "machine-room")
"""Role groups at the permission system: what the scopes of the post open, and two of other posts."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of the staff: how HR, terminals, learning platform and authority know them."""

    number: str
    name: str
    account: str
    starts_on: str = "2024-03-01"

    @property
    def pin(self) -> str:
        """The number at the terminals."""
        return self.number[1:]

    @property
    def holder(self) -> str:
        """The reference at the authority."""
        return f"ref-{self.pin}"

    @property
    def mail(self) -> str:
        """The address that notices go to."""
        return f"{self.account}@example.cn"

    def row(self) -> dict[str, str]:
        """The row in ``people.csv``."""
        row = {"employee_no": self.number, "name": self.name, "mail": self.mail, "language": "zh"}
        row |= {"position": POSITION, "starts_on": self.starts_on}
        return row | {"id:terminals": self.pin, "id:lms": self.account, "id:authority": self.holder}


NEW_HIRE = Person("E1001", "张三", "zhang.san", "2026-01-05")
REVOKED = Person("E1002", "李四", "li.si")
EXPIRED = Person("E1003", "王五", "wang.wu")
LAPSED = Person("E1004", "赵六", "zhao.liu")
STRANGER = Person("E1005", "孙七", "sun.qi", "2026-01-05")
WITHOUT = Person("E1006", "周八", "zhou.ba")
HOLDERS = (REVOKED, EXPIRED, LAPSED)
"""Who has everything at the start. ``WITHOUT`` has access and no evidence; HR does not know ``STRANGER`` at first."""
INSIDE = (*HOLDERS, WITHOUT)
STAFF = (NEW_HIRE, *HOLDERS, STRANGER, WITHOUT)


def at(text: str) -> datetime:
    """An instant of the story, as the site's clocks show it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def opening() -> bytes:
    """What people had on the day the hub began: own qualifications with their end dates, and access."""
    ends = {REVOKED: "2027-06-30", EXPIRED: "2027-06-30", LAPSED: "2026-02-15"}
    held = [
        {"employee_no": person.number, "kind": "credential", "what": OWN, "from": "2025-02-16"}
        | {"until": end, "number": f"Q-{person.number}"}
        for person, end in ends.items()
    ]
    inside = [
        {"employee_no": person.number, "kind": "access", "what": f"iam/{group}"}
        for person in INSIDE
        for group in (ASSIST, OPS)
    ]
    return roster_csv.opening([*held, *inside])
