"""What a trainer and others who were there say of a session: a list of those present, signed by two, and witness marks.

Each signature is a fact of every row; a row counts once two different people signed it, none of them the one it is
about. Who signs second brings the same rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from connectors.port import Kept
from hub.evidence.training_plan import TrainingPlan
from hub.identity.operators import Operators, folded
from hub.intake.basis import AHEAD, Basis, Weight, check, is_called
from hub.intake.by_hand import ByHand, Word
from hub.intake.typed import TypedNames
from hub.store.commit import Tx
from hub.store.writer import Writer
from schemas.attendance import ListRow, WitnessMark
from schemas.errors import CallError
from schemas.learning import Session
from schemas.words import Words


@dataclass(frozen=True, slots=True)
class SignedRow:
    """A row of a list: employee number, and from when until when; without instants, the whole session."""

    number: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedList:
    """What became of a list: the rows that were kept, and who may not sign their own."""

    kept: Kept
    own: Sequence[str]


class ListDesk:
    """Takes lists of those present, and marks of witnesses."""

    def __init__(
        self,
        by_hand: ByHand,
        names: TypedNames,
        operators: Operators,
        writer: Writer,
        plan: TrainingPlan,
    ) -> None:
        self._by_hand = by_hand
        self._names = names
        self._operators = operators
        self._writer = writer
        self._plan = plan

    def sign(self, session: str, rows: Sequence[SignedRow], basis: Basis, now: datetime) -> SignedList:
        """Sign rows of a list of those present; a row about whoever signs is left out of their signature.

        Raises:
            CallError: Session or person is unknown, a row does not lie in the session, or the basis does not do.
        """
        found = _begun(self._names.session(session), now)
        check(basis, Weight(), (), now)
        profiles = {each.number: self._names.profile(each.number) for each in rows}
        spans = [(each.number, *_span(each, found)) for each in rows]
        said: list[ListRow] = []
        own: list[str] = []
        for name in filter(None, dict.fromkeys(map(folded, basis.actors))):
            token = self._token(name)
            for number, start, end in spans:
                if is_called(profiles[number], name):
                    own.append(number)
                    continue
                row = ListRow(subject=number, session=session, starts_at=start, ends_at=end, signer=token, as_of=now)
                said.append(row)
        if not said:
            raise CallError(
                Words(
                    f"found no row of another person to sign in the list of {session!r}",
                    f"培训场次 {session!r} 的签到表中没有须由他人确认的记录",
                ),
                cure=Words(
                    "`licet sessions show SESSION` lists whom the session has",
                    "用 `licet sessions show 场次` 查看该场次人员",
                ),
            )
        persons = {row.subject: self._names.person(row.subject) for row in said}
        entries = [partial(_enter, "listed", person) for person in persons.values()]
        kept = self._by_hand.keep(Word("listed", said), basis, now, entries, ())
        return SignedList(kept, own)

    def witness(self, number: str, session: str, witness: str, at: datetime, basis: Basis, now: datetime) -> Kept:
        """Keep that another person who was there saw somebody in a session at an instant.

        Raises:
            CallError: Somebody or the session is unknown, both are one person, or the instant is not of the session.
        """
        found = _begun(self._names.session(session), now)
        person, other = self._names.person(number), self._names.person(witness)
        if person == other:
            raise CallError(
                Words(
                    f"--witness: found {witness} again, expected another person who was there",
                    f"--witness：再次为 {witness}，应为另一名在场人员",
                )
            )
        window = self._plan.block(found)
        if not window.start <= at <= window.end:
            raise CallError(
                Words(
                    f"--at: found {at.isoformat()}, expected an instant of the session {session!r}",
                    f"--at：现为 {at.isoformat()}，应在培训场次 {session!r} 之内",
                )
            )
        check(basis, Weight(at=at), [self._names.profile(number)], now)
        said = WitnessMark(subject=number, session=session, witness=other, occurred_at=at, as_of=now)
        return self._by_hand.keep(Word("witnessed", [said]), basis, now, [partial(_enter, "witnessed", person)], ())

    def _token(self, name: str) -> str:
        """The token of who signs, known to the store before the first row names it."""
        acting = self._operators.one(name)
        member = self._writer.call(acting.member)
        assert isinstance(member, dict)
        return str(member["id"])


def _begun(session: Session, now: datetime) -> Session:
    if session.starts_at > now + AHEAD:
        raise CallError(
            Words(
                f"session {session.subject!r} begins at {session.starts_at.isoformat()}; nobody was there yet",
                f"培训场次 {session.subject!r} 于 {session.starts_at.isoformat()} 开始，尚无人到场；请在开始后再登记",
            )
        )
    return session


def _span(row: SignedRow, session: Session) -> tuple[datetime, datetime]:
    start, end = row.start or session.starts_at, row.end or session.ends_at
    if not session.starts_at <= start < end <= session.ends_at:
        raise CallError(
            Words(
                f"{row.number}: found {start.isoformat()} to {end.isoformat()}, expected a time within the session, "
                f"{session.starts_at.isoformat()} to {session.ends_at.isoformat()}",
                f"{row.number}：现为 {start.isoformat()} 至 {end.isoformat()}，应在培训场次之内："
                f"{session.starts_at.isoformat()} 至 {session.ends_at.isoformat()}",
            )
        )
    return start, end


def _enter(verdict: str, person: str, entry: str, said: Mapping[str, Any], tx: Tx) -> None:
    tx.log("corrected", entry=entry, person=person, verdict=verdict, **said)
