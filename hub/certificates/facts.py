"""The facts of a certificate: what was issued, to whom, by the names that hold when it is written."""

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.identity.profiles import Profile
from hub.rules.calendar import day_of, last_valid_day
from schemas.certificate import Certificate, Holder, Named
from schemas.decision import Issued
from schemas.position import Position


def signed_place(number: str) -> str:
    """What the sealed facts of a certificate are bound to."""
    return f"certificate/{number}"


def page_place(number: str) -> str:
    """What the sealed page of a certificate is bound to."""
    return f"certificate page/{number}"


class Issuer(NamedTuple):
    """The hub as it signs: the name of its log, and how others address it, or nothing."""

    name: str
    url: str


def facts_of(
    issued: Issued,
    issued_at: datetime,
    profile: Profile,
    position: Position | None,
    *,
    hub: Issuer,
    place: int,
    zone: ZoneInfo,
) -> Certificate:
    """The certificate of an issue; ``zone`` is the hub's, whose days hold unless the position has its own.

    A position whose file is gone is called by its identifier.
    """
    days = ZoneInfo(position.zone) if position is not None and position.zone else zone
    return Certificate(
        issuer=hub.name,
        issuer_url=hub.url,
        place=place,
        number=issued.number,
        holder=Holder(employee_no=profile.employee_no, name=profile.name),
        position=_position(issued.position, position),
        credential=_credential(issued.credential, position),
        manner=issued.manner,
        valid_from=issued.issued_from.astimezone(UTC),
        ends_at=issued.issued_until.astimezone(UTC),
        first_day=day_of(issued.issued_from, days),
        last_valid_day=last_valid_day(issued.issued_until, days),
        zone=str(days),
        issued_at=issued_at.astimezone(UTC),
        rules=issued.version,
    )


def _position(id: str, position: Position | None) -> Named:
    return Named(id=id, zh=id, en=id) if position is None else Named(id=id, zh=position.name.zh, en=position.name.en)


def _credential(id: str, position: Position | None) -> Named:
    if position is None:
        return Named(id=id, zh=id, en=id)
    called = position.named(id)
    return Named(id=id, zh=called.zh, en=called.en)
