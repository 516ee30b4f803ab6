"""Which upload is which: punches in a form that the mapping reads, everything else told of and not kept."""

import re
from typing import NamedTuple

from connectors.attendance.zkteco_push import allowed
from connectors.attendance.zkteco_push.dialects import shows_bridge
from connectors.port import Request

_TABLE = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_PUNCHES = {"attlog": "ATTLOG", "rtlog": "rtlog", "transaction": "transaction"}
_FORESEEN = frozenset(
    {
        "operlog",
        "biodata",
        "rtstate",
        "options",
        "attphoto",
        "userpic",
        "biophoto",
        "face",
        "fingertmp",
        "errorlog",
        "user",
        "userinfo",
        "identitycard",
        "idcard",
        "templatev10",
        "facev7",
        "fvtemplate",
        "extuser",
        "mulcarduser",
        "userauthorize",
        "timezone",
        "holiday",
    }
)
"""Tables that hold no punches; any other may."""
_COUNTED = frozenset({"attlog", "operlog", "biodata"})


class Part(NamedTuple):
    """What is kept of an upload, and the form that reads it; a form that the mapping lacks waits for a person."""

    form: str
    body: bytes


class Upload(NamedTuple):
    """One body as it came: its table, whether that is one of ``tabledata``, and whether its lines are counted."""

    table: str
    listed: bool
    body: bytes
    form: str
    """The form of a table of punches; empty for any other."""

    @property
    def counted(self) -> bool:
        """Whether the terminal hears a bare number of lines."""
        return self.table.lower() in _COUNTED

    def parts(self) -> tuple[Part, ...]:
        """What is kept of a table without punches: that it came, and of one nobody foresaw what looks like some."""
        name = self.table or "none"
        parts = [Part("told", allowed.told(name, self.body))]
        if name.lower() not in _FORESEEN and (lines := allowed.punch_like(self.body)):
            parts.append(Part(name, lines))
        return tuple(parts)


def upload_of(request: Request, call: str) -> Upload | None:
    """The upload that a request brings; nothing for a body that holds none, which is a heartbeat."""
    if not request.body or request.body.isspace():
        return None
    table = request.query.get("table", "")
    if table.lower() == "tabledata" or (call == "querydata" and "tablename" in request.query):
        name = request.query.get("tablename", "")
        return _upload(name, bool(_TABLE.fullmatch(name)), request.body)
    if not table and call == "cdata" and shows_bridge(request.body):
        table = "ATTLOG"
    return _upload(table or call.replace("/", "."), False, request.body)


def _upload(name: str, listed: bool, body: bytes) -> Upload:
    table = name if _TABLE.fullmatch(name) else "unknown"
    return Upload(table, listed, body, _PUNCHES.get(table.lower(), ""))
