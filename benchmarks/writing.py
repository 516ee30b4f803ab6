"""What writing by a mapping document costs against a function written by hand that reads back what it wrote, too."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

import orjson

import mappings
from benchmarks import mapping
from benchmarks.mapping import SEEN, ZONE, compare
from mappings import MappingDocument
from mappings.document import Document
from schemas.attendance import Punch
from schemas.credential import CredentialStatus, RenewalDemand
from schemas.reading import read_json, read_xml
from schemas.transmission import Item, Transmission

Items = Sequence[Item]
Write = Callable[[Items, Mapping[str, str]], bytes]
Told = list[tuple[object, ...]]
HERE = {"device": "SN1", "zone": "Asia/Shanghai", "dialect": "att2"}
DAY = timedelta(days=1)


def measure() -> dict[str, float]:
    """CPU time of the document over that of the function; both write the same bytes and read them back."""
    found: dict[str, float] = {}
    for name, (document, form, by_hand, items) in _cases().items():
        write = document.writer(form)
        body = by_hand(items, HERE)
        if write(items, HERE) != body:
            raise AssertionError(f"{name}: document and function differ")
        if document.read(Transmission("bench", SEEN, "", body, form=form, context=HERE)) != tuple(items):
            raise AssertionError(f"{name}: what was written reads otherwise")
        ratio, micros = compare(partial(write, items, HERE), partial(by_hand, items, HERE))
        found |= {f"write_{name}_ratio": ratio, f"write_{name}_us": micros}
    return found


def _cases() -> dict[str, tuple[MappingDocument, str, Write, Items]]:
    terminals, authority = mappings.load("attendance/zkteco_push"), mappings.load("credential/authority_push")
    return {
        "attlog": (terminals, "ATTLOG", _attlog, _punches()),
        "json": (authority, "json", _event, _told()),
        "xml": (_list(), "xml", _certificates, _statements(18, "T4401 2024 {}731")),
    }


def _same(told: Told, again: Told) -> None:
    if told != again:
        raise ValueError("what was written says something else")


# ---------------------------------------------------------------- lines of a terminal


def _punches() -> Items:
    found = []
    for n in range(200):
        local = datetime(2026, 3, 2, 8, tzinfo=ZONE) + timedelta(seconds=37 * n)
        text = f"{local:%Y-%m-%d %H:%M:%S}"
        punch = Punch(
            subject=f"{1000 + n}",
            device="SN1",
            occurred_at=local.astimezone(UTC),
            occurred_local=text,
            direction=("in", "out")[n % 2],
            verify="face",
            verify_raw="15",
        )
        found.append(Item((punch,), f"SN1|{text}|granted"))
    return found


_REST = "\t" * 8
_STATES = {"in": "0", "out": "1", "break_out": "2", "break_in": "3", "ot_in": "4", "ot_out": "5"}


def _attlog(items: Items, context: Mapping[str, str]) -> bytes:
    punches = [record for item in items for record in item.records if isinstance(record, Punch)]
    body = "".join(
        f"{each.subject}\t{each.occurred_local}\t{_STATES[each.direction]}\t{each.verify_raw}{_REST}\n"
        for each in punches
    ).encode()
    if mapping.attlog(Transmission("bench", SEEN, "", body, form="ATTLOG", context=context)) != tuple(items):
        raise ValueError("what was written says something else")
    return body


# ---------------------------------------------------------------- statements of an authority


def _statements(count: int, number: str) -> Items:
    found = []
    for n in range(count):
        statement = CredentialStatus(
            subject=f"E{n}",
            credential="low-voltage-electrician",
            number=number.format(n),
            status="suspended",
            sequence=0 if count > 1 else 42,
            changed_at=datetime(2026, 3, 2, 1, n, tzinfo=UTC),
            said_at=None if count > 1 else datetime(2026, 3, 2, 2, tzinfo=UTC),
            valid_until=datetime(2030, 11, 9, 16, tzinfo=UTC) + n * DAY,
        )
        found.append(Item((statement,), statement.number))
    return found


def _day(start: datetime | None, earlier: int = 0) -> str:
    if start is None:
        raise ValueError("without an instant")
    return (start.astimezone(ZONE) - earlier * DAY).date().isoformat()


def _last_day(end: datetime | None) -> str:
    return _day(end, 1)


def _zulu(at: datetime | None) -> str:
    if at is None:
        raise ValueError("without an instant")
    return at.isoformat().replace("+00:00", "Z")


def _told() -> Items:
    """An event of some 1 KB: a suspension with its reason, and what the renewal takes."""
    [item] = _statements(1, "id-{}")
    [statement] = item.records
    start = datetime(2024, 11, 9, 16, tzinfo=UTC)
    more = {"reason": "复审逾期", "valid_from": start, "review_due": start + 1095 * DAY}
    demand = RenewalDemand(
        subject="E0",
        credential="low-voltage-electrician",
        rule="special-operations-review",
        says="Review training of 8 hours and an examination. " * 12,
        hours_required="8",
        hours_earned="3.5",
        period_start="2024-11-10",
        period_end="2027-11-09",
        review_due="2027-11-09",
        effective_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
        said_at=datetime(2026, 3, 2, 2, tzinfo=UTC),
    )
    return [Item((statement.model_copy(update=more), demand), item.key)]


def _event(items: Items, _context: Mapping[str, str]) -> bytes:
    [item] = items
    [statement] = (each for each in item.records if isinstance(each, CredentialStatus))
    [demand] = (each for each in item.records if isinstance(each, RenewalDemand))
    data = {
        "holder": {"ref": statement.subject},
        "credential": {"scheme": statement.credential, "number": statement.number},
        "status": statement.status,
        "reason_code": statement.reason,
        "effective_at": _zulu(statement.changed_at),
        "valid_from": _day(statement.valid_from),
        "valid_until": _last_day(statement.valid_until),
        "review_due": demand.review_due,
        "renewal": {
            "rule_id": demand.rule,
            "demands": demand.says,
            "hours_required": demand.hours_required,
            "hours_earned": demand.hours_earned,
            "period_start": demand.period_start,
            "period_end": demand.period_end,
        },
    }
    body = orjson.dumps(
        {"data": data, "sequence": str(statement.sequence), "time": _zulu(statement.said_at), "id": item.key}
    )
    _same([(statement, demand, item.key)], [_read_back(body)])
    return body


def _read_back(body: bytes) -> tuple[CredentialStatus, RenewalDemand, str]:
    event = read_json(body)
    data, credential, holder = event["data"], event["data"]["credential"], event["data"]["holder"]
    mapping.require_known(data)
    changed, said = datetime.fromisoformat(data["effective_at"]), datetime.fromisoformat(event["time"])
    renewal = data["renewal"]
    values = {
        "subject": holder["ref"],
        "credential": credential["scheme"],
        "number": credential["number"],
        "status": data["status"],
        "reason": data["reason_code"],
        "sequence": int(event["sequence"]),
        "changed_at": changed,
        "said_at": said,
        "valid_from": _midnight(data["valid_from"], 0),
        "valid_until": _midnight(data["valid_until"], 1),
        "review_due": _midnight(data["review_due"], 1),
    }
    demands = {
        "subject": holder["ref"],
        "credential": credential["scheme"],
        "rule": renewal["rule_id"][:128],
        "says": renewal["demands"][:1000],
        "hours_required": renewal["hours_required"][:32],
        "hours_earned": renewal["hours_earned"][:32],
        "period_start": renewal["period_start"][:32],
        "period_end": renewal["period_end"][:32],
        "review_due": data["review_due"][:32],
        "effective_at": changed,
        "said_at": said,
    }
    validate, demand_of = (each.__pydantic_validator__.validate_python for each in (CredentialStatus, RenewalDemand))
    statement = validate(values)
    if statement.valid_until < statement.valid_from:
        raise ValueError("ends before it begins")
    return statement, demand_of(demands), event["id"]


def _midnight(text: str, later: int) -> datetime:
    day = date.fromisoformat(text) + later * DAY
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


# ---------------------------------------------------------------- a list of certificates


_CLASSES = {"低压电工": "low-voltage-electrician", "高压电工": "high-voltage-electrician"}
_CODES = {"1": "active", "2": "suspended", "3": "revoked"}


def _list() -> MappingDocument:
    fields = {
        "subject": {"at": "/No"},
        "credential": {"at": "/Class", "table": _CLASSES},
        "number": {"at": "/Number"},
        "status": {"at": "/@state", "table": _CODES},
        "changed_at": {"at": "/Changed", "as": "instant"},
        "valid_until": {"at": "/Until", "as": "end_of_day", "zone": "Asia/Shanghai"},
    }
    form: dict[str, Any] = {
        "read": "xml",
        "root": "/Batch",
        "each": "/Certificate",
        "key": [{"at": "/Number"}],
        "records": [{"record": "credential.CredentialStatus", "fields": fields}],
    }
    text = json.dumps({"format": 2, "forms": {"xml": form}}, ensure_ascii=False).encode()
    return MappingDocument("bench/list", Document.model_validate_json(text), text)


def _certificates(items: Items, _context: Mapping[str, str]) -> bytes:
    classes, codes = ({there: here for here, there in table.items()} for table in (_CLASSES, _CODES))
    statements = [record for item in items for record in item.records if isinstance(record, CredentialStatus)]
    body = "".join(
        f'<Certificate state="{codes[each.status]}"><No>{escape(each.subject)}</No>'
        f"<Class>{classes[each.credential]}</Class><Number>{escape(each.number)}</Number>"
        f"<Changed>{_zulu(each.changed_at)}</Changed><Until>{_last_day(each.valid_until)}</Until></Certificate>"
        for each in statements
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?><Batch>{body}</Batch>'
    validate = CredentialStatus.__pydantic_validator__.validate_python
    again = [
        validate(
            {
                "subject": each["No"],
                "credential": _CLASSES[each["Class"]],
                "number": each["Number"],
                "status": _CODES[each["@state"]],
                "changed_at": datetime.fromisoformat(each["Changed"]),
                "valid_until": _midnight(each["Until"], 1),
            }
        )
        for each in read_xml(body.encode())["Batch"]["Certificate"]
    ]
    _same([(each,) for each in statements], [(each,) for each in again])
    return body.encode()
