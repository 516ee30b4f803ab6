"""What stands sealed behind the log, for those who may read it. Each reading leaves an entry before it is shown."""

from typing import NamedTuple

from hub.audit.enclosures import Enclosures
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.tables.log import members_enclosed
from hub.store.writer import Writer
from schemas.errors import CallError
from schemas.words import Words


class Named(NamedTuple):
    """Whose a token is: the source that writes them so (``person`` for an employee), and how."""

    source: str
    name: str


class Disclosure:
    """Opens names by token and enclosures by entry."""

    def __init__(
        self, directory: Directory, enclosures: Enclosures, operators: Operators, writer: Writer, database: Database
    ) -> None:
        self._directory = directory
        self._enclosures = enclosures
        self._operators = operators
        self._writer = writer
        self._database = database

    def who(self, token: str, by: str) -> Named:
        """Whose a token of the log is.

        Raises:
            CallError: Nobody has it, or it was erased.
        """
        with self._database.reading() as session:
            profile = self._directory.profile(token, session)
            source, name = self._directory.name_of(token, session)
        if profile is None and not name:
            raise CallError(
                Words(
                    f"nobody is known by the token {token!r}, or it was erased;"
                    " `licet tail --entries --json` shows them",
                    f"没有代号为 {token!r} 的人员，或其信息已删除；用 `licet tail --entries --json` 查看代号",
                )
            )
        acting = self._operators.one(by)
        if profile is not None:
            self._writer.call(lambda tx: tx.log("access", person=token, actor=acting.member(tx)))
            return Named("person", f"{profile.employee_no} {profile.name}".strip())
        self._writer.call(lambda tx: tx.log("access", subject=token, actor=acting.member(tx)))
        return Named(source, name)

    def enclosed(self, entry: str, by: str) -> dict[str, bytes]:
        """What an entry commits to and the hub keeps, by member; empty bytes where it keeps the salt alone.

        Raises:
            CallError: The entry encloses nothing, or it was erased.
        """
        with self._database.reading() as session:
            members = [row.member for row in session.all(members_enclosed, {"entry": entry})]
            contents = {member: self._enclosures.content(entry, member, session) for member in members}
        kept = {member: content for member, content in contents.items() if content is not None}
        if not kept:
            raise CallError(
                Words(
                    f"entry {entry!r} encloses nothing, or it was erased; see `licet tail --entries --json` for ids",
                    f"条目 {entry!r} 没有密封内容，或已删除；用 `licet tail --entries --json` 查看编号",
                )
            )
        acting = self._operators.one(by)

        def unit(tx: Tx) -> None:
            tx.log("access", opened=entry, actor=acting.member(tx))

        self._writer.call(unit)
        return kept
