"""What terminals say of the commands that they were handed."""

import re
from collections.abc import Iterator

from connectors.attendance.zkteco_push.memory import pairs

_NUMBER = re.compile(r"[0-9]{1,15}")


def returns(body: bytes) -> Iterator[tuple[int, str]]:
    """Command ids and their results; ``ID=1&Return=0&CMD=..``, or one key a line."""
    number = ""
    for name, value in pairs(body, b"&"):
        if name == "ID":
            number = value
        elif name == "Return" and _NUMBER.fullmatch(number):
            yield int(number), value
            number = ""
