"""What partners were told of whom, and how far that is; and how it is told once more."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hub.clock import from_us, stamp, to_us
from hub.identity.directory import Directory
from hub.identity.operators import Acting, Operators
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables import partners as sql
from hub.store.writer import Writer
from hub.wording import meant
from schemas.errors import ConfigError
from schemas.words import Words

STATES = ("decided", "sent", "unknown", "confirmed", "failed")
MOST = 1000
"""Words that one list shows."""
_NO_PARTNER = Words("licet.toml configures none", "licet.toml 尚未配置任何合作系统")
_NAME_PARTNER = Words(
    "name a partner as [connectors.NAME] of licet.toml does", "改为 licet.toml 中 [connectors.名称] 所列的合作系统"
)
_ADD_PARTNER = Words(
    "`licet docs qualification-system` shows how one is set up; there is nothing to tell again",
    "目前没有需要再次通知的内容；接入方法见 `licet docs qualification-system`",
)


class ToldWord(NamedTuple):
    """What one partner is told of one person, course and year; ``state`` is how far it has confirmed that."""

    partner: str
    state: str
    person: str
    course: str
    year: int
    credited_minutes: int
    required_minutes: int
    key: str
    since: datetime
    confirmed_at: datetime | None
    tries: int
    code: str


class PartnerWords:
    """Reads what partners hear, and has it told once more; ``names`` are the partners that there are."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        operators: Operators,
        writer: Writer,
        names: Sequence[str],
    ) -> None:
        self._database = database
        self._directory = directory
        self._operators = operators
        self._writer = writer
        self._names = names

    def listed(self, by: str, partner: str = "", state: str = "") -> list[ToldWord]:
        """The newest words of a partner, or of all. Reading it leaves an entry: it names people."""
        if partner:
            self._require(partner)
        actor = self._operators.one(by)
        self._writer.call(lambda tx: tx.log("access", actor=actor.member(tx)))
        with self._database.reading() as session:
            rows = session.all(sql.words_listed, {"connector": partner, "state": state, "limit": MOST})
            profiles = [self._directory.profile(row.person, session) for row in rows]
        return [_told(row, profile.employee_no if profile else "") for row, profile in zip(rows, profiles, strict=True)]

    def retry(self, partner: str) -> int:
        """Have told once more what a partner refused; how many words that are.

        Raises:
            ConfigError: There is no such partner.
        """
        self._require(partner)

        def again(tx: Tx) -> int:
            tx.wake_partners()
            return tx.session.run(sql.retry_words, {"connector": partner})

        return self._writer.call(again)

    def replay(self, partner: str, since: datetime, actor: Acting) -> int:
        """Have told once more what changed from an instant on, each word under its own key; how many that are.

        Of what changed several times the last word is told: whoever hears it knows what holds.

        Raises:
            ConfigError: There is no such partner.
        """
        self._require(partner)

        def again(tx: Tx) -> int:
            count = tx.session.run(sql.replay_words, {"connector": partner, "since": to_us(since)})
            who, begins = actor.member(tx), stamp(since)
            tx.log("figures", connector=partner, actor=who, outcome="replayed", since=begins, count=count)
            tx.wake_partners()
            return count

        return self._writer.call(again)

    def _require(self, partner: str) -> None:
        if partner not in self._names:
            near = meant(partner, self._names)
            listed, zh = ", ".join(self._names), "、".join(self._names)
            known = Words(f"expected one of {listed}", f"应为下列之一：{zh}") if self._names else _NO_PARTNER
            raise ConfigError(
                Words(
                    f"found no partner {partner[:64]!r}, {known}{near}",
                    f"没有合作系统 {partner[:64]!r}，{known.zh}{near.zh}",
                ),
                "ref.unknown-name",
                cure=_NAME_PARTNER if self._names else _ADD_PARTNER,
            )


def _told(row: sql.ListedWord, person: str) -> ToldWord:
    return ToldWord(
        partner=row.connector,
        state=row.state,
        person=person,
        course=row.course,
        year=row.year,
        credited_minutes=row.credited // 60,
        required_minutes=row.required // 60,
        key=f"{row.id}/{row.sequence}",
        since=from_us(row.decided_at),
        confirmed_at=None if row.confirmed_at is None else from_us(row.confirmed_at),
        tries=row.tries,
        code=row.code or "",
    )
