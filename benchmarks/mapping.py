"""What a mapping document costs against a function written by hand with the same reader and the same records."""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import mappings
from mappings import MappingDocument
from mappings.document import Document
from schemas.attendance import Punch
from schemas.credential import CredentialStatus
from schemas.reading import read_json, read_lines, read_xml
from schemas.transmission import Item, Outcome, Transmission

ZONE = ZoneInfo("Asia/Shanghai")
ROUNDS, LINES = 41, 200
SEEN = datetime(2026, 3, 2, tzinfo=UTC)
Read = Callable[[Transmission], tuple[Outcome, ...]]


def measure() -> dict[str, float]:
    """CPU time of the document over that of the function; both give equal outcomes."""
    found = {}
    for name, (document, by_hand, transmission) in _cases().items():
        if document(transmission) != by_hand(transmission):
            raise AssertionError(f"{name}: document and function differ")
        ratios, micros = compare(partial(document, transmission), partial(by_hand, transmission))
        found |= {f"map_{name}_ratio": ratios, f"map_{name}_us": micros}
    return found


def _cases() -> dict[str, tuple[Read, Read, Transmission]]:
    terminals, authority = mappings.load("attendance/zkteco_push"), mappings.load("credential/authority_push")
    context = {"device": "SN1", "zone": "Asia/Shanghai", "dialect": "att2"}
    return {
        "attlog": (terminals.read, attlog, _sent(_punches(), "text/plain", "ATTLOG", context)),
        "json": (authority.read, _event, _sent(_event_body(), "application/json", "json", {"zone": "Asia/Shanghai"})),
        "xml": (_drop().read, _certificates, _sent(_drop_body(), "application/xml", "xml", {})),
    }


def _sent(body: bytes, media_type: str, form: str, context: dict[str, str]) -> Transmission:
    return Transmission("bench", SEEN, media_type, body, form=form, context=context)


def compare(document: Callable[[], object], by_hand: Callable[[], object]) -> tuple[float, float]:
    """The median of ratios of neighbouring rounds, and the microseconds of one body by the document."""
    ratios, micros = [], []
    times = max(1, int(0.004 / _once(document, 3)))
    for _round in range(ROUNDS):
        mine, theirs = _once(document, times), _once(by_hand, times)
        ratios.append(mine / theirs)
        micros.append(mine * 1e6)
    return statistics.median(ratios), statistics.median(micros)


def _once(work: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _time in range(times):
        work()
    return (time.process_time() - began) / times


def _utc(local: datetime) -> datetime:
    early, late = (local.replace(tzinfo=ZONE, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early != late:
        raise ValueError("a clock change skips or repeats it")
    return early


# ---------------------------------------------------------------- lines of a terminal


def _punches() -> bytes:
    begins = datetime(2026, 3, 2, 8)  # noqa: DTZ001 - as a terminal writes it
    moments = (begins + timedelta(seconds=37 * n) for n in range(LINES))
    return "".join(
        f"{1000 + n}\t{at:%Y-%m-%d %H:%M:%S}\t{n % 2}\t15\t0\t0\t0\r\n" for n, at in enumerate(moments)
    ).encode()


_DIRECTIONS = {"0": "in", "1": "out", "2": "break_out", "3": "break_in", "4": "ot_in", "5": "ot_out"}
_VERIFY = {"1": "fingerprint", "2": "other", "4": "card", "15": "face", "25": "palm"}


def attlog(transmission: Transmission) -> tuple[Outcome, ...]:
    """Lines of a terminal, read by hand."""
    device, found = transmission.context["device"], []
    validate = Punch.__pydantic_validator__.validate_python
    for line in read_lines(transmission.body):
        if not line or line.startswith("TABLE="):
            continue
        pin, text, status, verify, *_rest = line.split("\t")
        text = text.strip(" \0")
        values = {
            "subject": pin.strip(" \0"),
            "device": device,
            "occurred_at": _utc(datetime.fromisoformat(text)),
            "occurred_local": text,
            "direction": _DIRECTIONS.get(status, "unknown"),
            "verify": _VERIFY.get(verify, "unknown"),
            "verify_raw": verify,
        }
        found.append(Item((validate(values),), f"{device}|{text}|granted"))
    return tuple(found)


# ---------------------------------------------------------------- an event of an authority


def _event_body() -> bytes:
    credential = {"number": "C-2024-000123", "scheme": "low-voltage-electrician", "level": "2"}
    data = {
        "credential": credential,
        "holder": {"ref_type": "pairwise", "ref": "9f2c"},
        "status": "suspended",
        "previous_status": "active",
        "reason_code": "复审逾期",
        "effective_at": "2026-11-22T00:00:00+08:00",
        "observed_at": "2026-11-22T08:59:58Z",
        "valid_from": "2024-11-22",
        "valid_until": "2030-11-21",
        "review_due": "2027-11-21",
        "evidence": {"note": "x" * 300},
    }
    event = {
        "specversion": "1.0",
        "id": "01J0000000000000000000DEMO",
        "source": "urn:authority:demo-ca",
        "type": "credential.status.changed.v1",
        "subject": "cred:demo-ca:C-2024-000123",
        "time": "2026-11-22T09:00:00Z",
        "sequence": "000000000042",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False).encode()


_KNOWN = frozenset({"credential", "holder", "status", "previous_status", "reason_code", "effective_at", "observed_at"})
_KNOWN |= {"valid_from", "valid_until", "review_due", "renewal", "evidence"}


def require_known(data: dict[str, Any]) -> None:
    """Refuse an event with a field that the document does not know."""
    if not (
        data.keys() <= _KNOWN
        and data["credential"].keys() <= {"number", "scheme", "level"}
        and data["holder"].keys() <= {"ref_type", "ref"}
    ):
        raise ValueError("an unknown field")


def _event(transmission: Transmission) -> tuple[Outcome, ...]:
    event = read_json(transmission.body)
    data, credential, holder = event["data"], event["data"]["credential"], event["data"]["holder"]
    require_known(data)
    values = {
        "subject": holder["ref"],
        "credential": credential["scheme"],
        "number": credential["number"],
        "status": data["status"],
        "reason": data["reason_code"],
        "sequence": int(event["sequence"]),
        "changed_at": datetime.fromisoformat(data["effective_at"]).astimezone(UTC),
        "said_at": datetime.fromisoformat(event["time"]).astimezone(UTC),
        "valid_from": _midnight(data["valid_from"], 0),
        "valid_until": _midnight(data["valid_until"], 1),
        "review_due": _midnight(data["review_due"], 1),
    }
    record = CredentialStatus.__pydantic_validator__.validate_python(values)
    if record.valid_from and record.valid_until and record.valid_until < record.valid_from:
        raise ValueError("ends before it begins")
    return (Item((record,), event["id"]),)


def _midnight(text: str, later: int) -> datetime:
    day = date.fromisoformat(text) + timedelta(days=later)
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


# ---------------------------------------------------------------- a drop of certificates


_NAMESPACES = {"t": "urn:ca:transfer:2", "p": "urn:ca:person"}
_CLASSES = {"低压电工": "low-voltage-electrician", "高压电工": "high-voltage-electrician"}
_STATES = {"1": "active", "2": "suspended", "3": "revoked"}


def _drop() -> MappingDocument:
    fields = {
        "subject": {"at": "../p:No"},
        "credential": {"at": "/t:Class", "table": _CLASSES},
        "number": {"at": "/t:Number"},
        "status": {"at": "/@t:state", "table": _STATES},
        "changed_at": {"at": "/t:Changed", "as": "instant"},
        "valid_until": {"at": "/t:Until", "as": "end_of_day", "zone": "Asia/Shanghai", "optional": True},
    }
    form: dict[str, Any] = {
        "read": "xml",
        "namespaces": _NAMESPACES,
        "root": "/t:Batch",
        "each": ["/p:Holder", "/t:Certificate"],
        "key": [{"at": "../../@id"}, {"at": "/t:Number"}],
        "records": [{"record": "credential.CredentialStatus", "fields": fields}],
    }
    text = json.dumps({"format": 2, "forms": {"xml": form}}, ensure_ascii=False).encode()
    return MappingDocument("bench/drop", Document.model_validate_json(text), text)


def _drop_body() -> bytes:
    holders = "".join(
        f"<p:Holder><p:No>E{n}</p:No>"
        + "".join(
            f'<t:Certificate t:state="{1 + k}"><t:Number>T4401 2024 {n}{k}731</t:Number><t:Class>低压电工</t:Class>'
            f"<t:Until>2030-11-{10 + n}</t:Until><t:Changed>2026-03-02T09:{10 + n}:00+08:00</t:Changed></t:Certificate>"
            for k in range(2)
        )
        + "</p:Holder>"
        for n in range(9)
    )
    declared = " ".join(f'xmlns:{prefix}="{namespace}"' for prefix, namespace in _NAMESPACES.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><t:Batch {declared} id="B-7">{holders}</t:Batch>'.encode()


def _certificates(transmission: Transmission) -> tuple[Outcome, ...]:
    prefixes = {namespace: prefix for prefix, namespace in _NAMESPACES.items()}
    batch = read_xml(transmission.body, prefixes=prefixes)["t:Batch"]
    validate, found = CredentialStatus.__pydantic_validator__.validate_python, []
    for holder in _listed(batch["p:Holder"]):
        for each in _listed(holder["t:Certificate"]):
            values = {
                "subject": holder["p:No"],
                "credential": _CLASSES[each["t:Class"]],
                "number": each["t:Number"],
                "status": _STATES[each["@t:state"]],
                "changed_at": datetime.fromisoformat(each["t:Changed"]).astimezone(UTC),
            }
            if each.get("t:Until"):
                values["valid_until"] = _midnight(each["t:Until"], 1)
            found.append(Item((validate(values),), f"{batch['@id']}|{each['t:Number']}"))
    return tuple(found)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
