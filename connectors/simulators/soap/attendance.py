"""An attendance system of a vendor that nobody wrote an adapter for, asked over SOAP: pages, a window, punches.

A second operation of the same WSDL, in rpc style, answers with a text that holds JSON, as older systems do.
"""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from connectors.simulators.soap.service import Fault, Service

WSDL = Path(__file__).with_name("attendance.wsdl")
_Q = "{urn:qinglan:attendance:2}"
SHANGHAI = timezone(timedelta(hours=8))
_LONGEST = timedelta(days=31)


class Record(NamedTuple):
    """Somebody was seen."""

    id: int
    person: str
    at: datetime
    device: str = "K-1"
    way: str = "IN"


class Attendance:
    """What the system knows. ``nothing`` says how it answers where there is nothing: with an empty list or a fault."""

    def __init__(self, nothing: str = "list") -> None:
        self.records: list[Record] = []
        self.nothing = nothing
        self.busy = False
        self.largest = 1000

    def service(self) -> Service:
        """Its server."""
        return Service(WSDL, {"QueryRecords": self.query, "report": self.report})

    def query(self, request: etree._Element) -> etree._Element:
        """The records of a window, a page of them."""
        begin, end = (_instant(request.findtext(f"{_Q}query/{_Q}{name}")) for name in ("from", "to"))
        if end - begin > _LONGEST:
            raise Fault("Client", "the window is longer than 31 days", "WindowTooLong")
        found = [each for each in self.records if begin <= each.at <= end]
        if not found and self.nothing == "fault":
            raise Fault("Server", "no records", "NoRecords")
        number, size = (int(request.findtext(f"{_Q}{name}") or 0) for name in ("pageNo", "pageSize"))
        size = min(size, self.largest)
        return self._page(found, found[(number - 1) * size : number * size])

    def _page(self, found: list[Record], page: list[Record]) -> etree._Element:
        answer = etree.Element(f"{_Q}QueryRecordsResponse", nsmap={"q": _Q[1:-1]})
        for name, text in (("code", "1" if self.busy else "0"), ("message", "忙" if self.busy else "ok")):
            etree.SubElement(answer, f"{_Q}{name}").text = text
        etree.SubElement(answer, f"{_Q}total").text = str(len(found))
        records = etree.SubElement(answer, f"{_Q}records")
        for each in page:
            node = etree.SubElement(records, f"{_Q}record", id=str(each.id))
            told = {"empNo": each.person, "time": each.at.isoformat(), "device": each.device, "way": each.way}
            for name, text in told.items():
                etree.SubElement(node, f"{_Q}{name}").text = text
        return answer

    def report(self, request: etree._Element) -> etree._Element:
        """The same as JSON in a text, all at once."""
        since = _instant(request.findtext("since"))
        rows = [
            {"recordId": each.id, "empNo": each.person, "punchTime": f"{each.at:%Y-%m-%d %H:%M:%S}", "sn": each.device}
            for each in self.records
            if each.at >= since
        ]
        answer = etree.Element("{urn:qinglan:report}reportResponse", nsmap={"r": "urn:qinglan:report"})
        told = {"code": 0, "data": {"list": rows}}
        etree.SubElement(answer, "return").text = json.dumps(told, ensure_ascii=False)
        return answer


def _instant(text: str | None) -> datetime:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        raise Fault("Client", f"no instant: {text}", "BadTime") from None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
