"""What a decision between the hub and a system beside it makes true: theirs is entered or credited by people of HR."""

from datetime import datetime

from hub.clock import from_us, to_us
from hub.store.statement import Connection
from hub.store.tables.cases import CaseRow, MemberRow
from hub.store.tables.issues import issues_of
from schemas.decision import Issued, RegisterEntry
from schemas.errors import CallError
from schemas.learning import CreditedHours
from schemas.record import Record
from schemas.words import Words

LONGER = Words(
    "a credential will hold by other dates than its evidence gave it", "资质将按对方的有效期生效，而非本平台的依据"
)


def dates(verdict: str, member: MemberRow, number: str, now: datetime, session: Connection) -> Record | None:
    """Their end of what the hub issued is entered in the register from now on: HR knows it, as two people do."""
    if verdict == "rejected":
        return None
    rows = session.all(issues_of, {"person": member.person, "known_by": to_us(now)})
    issued = [Issued.model_validate_json(row.body) for row in rows]
    given = [each for each in issued if each.credential == member.topic]
    if not given:
        raise CallError(
            Words("what the hub issued is gone", "本平台颁发的资质已不存在"),
            cure=Words("`licet cases list` shows which are open", "用 `licet cases list` 查看待决定的事项"),
        )
    return RegisterEntry(
        subject=number,
        credential=member.topic,
        number=max(given, key=lambda each: each.issued_until).number,
        status="active",
        changed_at=now,
        valid_from=now,
        valid_until=None if member.ends_at is None else from_us(member.ends_at),
        entered_by="two_persons",
        as_of=now,
    )


def hours(row: CaseRow, verdict: str, member: MemberRow, number: str, now: datetime) -> Record | None:
    """What they hold more is credited. What is counted here rests on evidence: it is corrected where that is."""
    if verdict == "rejected":
        return None
    if not member.open_seconds or member.starts_at is None:
        raise CallError(
            Words(
                "they hold less: what counts here rests on evidence; correct that by `licet people credit`",
                "对方学时较少：本平台学时以考勤证据为准；请用 `licet people credit` 更正证据",
            )
        )
    return CreditedHours(
        subject=number,
        id=f"case/{row.id}/{member.unit}",
        course=member.topic,
        credited_seconds=member.open_seconds,
        required_seconds=0,
        occurred_at=from_us(member.starts_at),
        as_of=now,
    )
