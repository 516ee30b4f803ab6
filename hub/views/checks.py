"""Which certificates a person must look up again, as their issuer tells the hub nothing of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from hub.evidence.facts import fact_of, that_hold
from hub.identity.directory import Directory
from hub.identity.links import OPEN
from hub.rules.cases.checks import checks_of
from hub.rules.credentials.words import spelled
from hub.store.database import Database
from hub.store.tables import facts, register
from schemas.credential import CredentialStatus
from schemas.decision import RegisterEntry
from schemas.position import Provenance
from schemas.record import Record

_RECORDS: Mapping[str, type[Record]] = {CredentialStatus.KIND: CredentialStatus, RegisterEntry.KIND: RegisterEntry}
_SHOWN = 4


class CheckToCome(NamedTuple):
    """A check that is to come, or overdue: whose certificate, by when; of its number only the end is shown."""

    person: str
    name: str
    credential: str
    number: str
    known_by: Provenance
    check_by: datetime
    overdue: bool


def checks_to_come(database: Database, directory: Directory, now: datetime) -> list[CheckToCome]:
    """All of them, the most urgent first; of people who were erased none."""
    found = []
    with database.reading() as session:
        for entered in session.all(register.entered_in_register, {}):
            profile = directory.profile(entered.person, session)
            rows = that_hold(session.all(facts.statements_of, {"person": entered.person, "known_by": OPEN}))
            known = [fact_of(row, _RECORDS[row.kind]) for row in rows if row.kind in _RECORDS]
            if profile is not None:
                who = profile.employee_no, profile.name
                for credential, token, by, known_by in checks_of(known):
                    _source, number = directory.name_of(token, session)
                    shown = f"…{spelled(number)[-_SHOWN:]}"
                    found.append(CheckToCome(*who, credential, shown, known_by, by, by <= now))
    return sorted(found, key=lambda each: (each.check_by, each.person, each.credential))
