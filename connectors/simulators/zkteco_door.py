"""A ZKTeco access terminal (3.x) with doors: it keeps who may open them, does what commands say, and forgives nothing.

What real ones do with commands of another form: names of fields are taken by their case, and what is not known is
ignored; a removal without ``Pin`` empties the table; all of it is answered 0. A person of two time zones has two rows.
"""

import re
from dataclasses import dataclass, field

from connectors.simulators.zkteco_push import Terminal

_QUERY = re.compile(r"DATA QUERY tablename=(\w+),fielddesc=\*,filter=(.*)")
_WRITE = re.compile(r"DATA (UPDATE|DELETE) (\w+) ?(.*)", re.DOTALL)
_NAMES = {
    "userauthorize": ("Pin", "AuthorizeTimezoneId", "AuthorizeDoorId"),
    "user": ("Pin", "CardNo", "Name", "Privilege"),
}
_KEYS = {"userauthorize": ("Pin", "AuthorizeTimezoneId"), "user": ("Pin",)}

Row = dict[str, str]


@dataclass(slots=True)
class DoorTerminal(Terminal):
    """One terminal; ``users`` are enrolled there, ``rights`` are the rows that let somebody in.

    ``counts`` false: it answers 0 to every question. ``lazy``: it says 0 of what it was told, and does nothing.
    ``deaf``: it carries nothing out, and answers nothing.
    """

    dialect: str = "acc3"
    counts: bool = True
    lazy: bool = False
    deaf: bool = False
    users: list[Row] = field(default_factory=list)
    rights: list[Row] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def opens(self, pin: str, door: int = 1) -> bool:
        """Whether a door opens to somebody who stands before it: enrolled there, and with a right."""
        enrolled = any(each["Pin"] == pin for each in self.users)
        return enrolled and any(
            each["Pin"] == pin and int(each["AuthorizeDoorId"] or 0) >> (door - 1) & 1 for each in self.rights
        )

    def _carry_out(self, number: str, text: str) -> str:
        if self.deaf:
            return ""
        self.done.append(text)
        answer = 0 if self.lazy and "QUERY" not in text else self._result(text)
        return f"ID={number}&Return={answer}&CMD=DATA\n"

    def _result(self, text: str) -> int:
        if asked := _QUERY.fullmatch(text):
            rows = self._table(asked[1])
            wanted = dict([asked[2].split("=", 1)]) if "=" in asked[2] else {}
            return len([row for row in rows if wanted.items() <= row.items()]) if self.counts else 0
        written = _WRITE.fullmatch(text)
        if written is None or written[2] not in _NAMES:
            return -1002
        given = dict(each.split("=", 1) for each in written[3].split("\t") if "=" in each)
        named = {name: given[name] for name in _NAMES[written[2]] if name in given}
        return self._write(written[1], written[2], named)

    def _write(self, verb: str, name: str, named: Row) -> int:
        rows = self._table(name)
        if verb == "DELETE":
            kept = [row for row in rows if "Pin" in named and row["Pin"] != named["Pin"]]
            rows[:] = kept  # without a Pin that it knows nobody is kept
            return 0
        row = {each: named.get(each, "") for each in _NAMES[name]}
        key = [row[each] for each in _KEYS[name]]
        rows[:] = [each for each in rows if [each[one] for one in _KEYS[name]] != key] + [row]
        return 0

    def _table(self, name: str) -> list[Row]:
        return self.rights if name == "userauthorize" else self.users
