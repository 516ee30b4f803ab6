"""Documents of the register as people read them; reading leaves an entry before a byte is read."""

import io
from dataclasses import dataclass
from typing import Any

from hub.clock import from_us
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.register.description import Description, place_of, read_description
from hub.register.sealed import opened
from hub.register.shelf import Shelf
from hub.store.database import Database
from hub.store.statement import Connection
from hub.store.tables import documents as sql
from hub.store.tables.documents import DocumentRow
from hub.store.writer import Writer
from schemas.errors import CallError
from schemas.words import Words


@dataclass(frozen=True, slots=True)
class Document:
    """A document as people read it; without ``description`` it was removed, or its person was erased."""

    row: DocumentRow
    person: str
    description: Description | None
    is_new: bool = True
    """Whether it was filed now; not so for the same document handed in again."""

    @property
    def state(self) -> str:
        """Kept, removed or erased."""
        return "erased" if self.row.state == "kept" and self.description is None else self.row.state

    def json(self) -> dict[str, Any]:
        """For programs; nothing of its content."""
        said, row = self.description, self.row
        since, until = (None, None) if said is None else said.validity
        return {
            "id": row.id,
            "person": self.person,
            "kind": row.kind,
            "about": row.about,
            "number": said and said.number,
            "edition": row.edition,
            "state": self.state,
            "file": said and said.file,
            "media": row.media,
            "bytes": row.size,
            "valid_from": since and since.isoformat(),
            "valid_until": until and until.isoformat(),
            "remarks": [] if said is None else list(said.remarks),
            "filed_at": from_us(row.filed_at).isoformat(),
            "by": [] if said is None else list(said.by),
            "entry": row.entry,
            "transmission": row.transmission,
        }


class Documents:
    """Reads documents of people."""

    def __init__(
        self, database: Database, directory: Directory, operators: Operators, writer: Writer, shelf: Shelf
    ) -> None:
        self._database = database
        self._directory = directory
        self._operators = operators
        self._writer = writer
        self._shelf = shelf

    # --- for people ------------------------------------------------------------------------------------------

    def of_person(self, employee_no: str, by: str) -> list[Document]:
        """The documents of a person: by kind and what they are about, the first edition first.

        Raises:
            CallError: Nobody has this employee number.
        """
        person = self._directory.named(employee_no)
        acting = self._operators.one(by)
        self._writer.call(lambda tx: tx.log("access", person=person, actor=acting.member(tx)))
        with self._database.reading() as session:
            return [self.document(row, session) for row in self.rows(person, session)]

    def one(self, document: str, by: str) -> Document:
        """A document, as it is described.

        Raises:
            CallError: There is none of this id.
        """
        row, acting = self.row(document), self._operators.one(by)
        self._writer.call(lambda tx: tx.log("access", person=row.person, opened=row.entry, actor=acting.member(tx)))
        with self._database.reading() as session:
            return self.document(row, session)

    def content(self, document: str, by: str) -> tuple[Document, io.BufferedReader]:
        """A document and its bytes, to be read and closed.

        Raises:
            CallError: There is none of this id, or its content is not there any more.
            LicetError: ``document.damaged``, now or while it is read.
        """
        found = self.one(document, by)
        if found.description is None:
            raise CallError(
                Words(
                    f"{document[:64]}: its content was removed, or its person erased",
                    f"{document[:64]}：内容已移除，或人员信息已删除",
                ),
                cure=Words("`licet register list PERSON` shows what there is", "用 `licet register list 工号` 查看"),
            )
        return found, self.opened(found)

    def opened(self, document: Document) -> io.BufferedReader:
        """The bytes of a document, for whoever has left an entry of reading them.

        Raises:
            LicetError: ``document.damaged``, now or while it is read.
        """
        assert document.description is not None
        row = document.row
        return opened(self._shelf.path(row.id), row.id, document.description.key, row.size)

    # --- for the register itself -----------------------------------------------------------------------------

    def row(self, document: str) -> DocumentRow:
        """The row of a document.

        Raises:
            CallError: There is none of this id.
        """
        with self._database.reading() as session:
            row = session.one(sql.document, {"id": document})
        if row is None:
            raise CallError(
                Words(
                    f"found no document {document[:64]!r}, expected the id of one, as `licet register add` told it",
                    f"没有材料 {document[:64]!r}，应为 `licet register add` 登记时显示的材料编号",
                ),
                cure=Words(
                    "`licet register list NUMBER` shows those of a person, by the employee number, with their ids",
                    "用 `licet register list 工号` 查看某人的材料及编号",
                ),
            )
        return row

    def rows(self, person: str, session: Connection) -> list[DocumentRow]:
        """The rows of a person's documents, the first edition first."""
        return session.all(sql.documents_of, {"person": person})

    def document(self, row: DocumentRow, session: Connection, *, is_new: bool = False) -> Document:
        """A row as people read it; whoever asks has left an entry."""
        profile = self._directory.profile(row.person, session)
        return Document(row, "" if profile is None else profile.employee_no, self.described(row, session), is_new)

    def described(self, row: DocumentRow, session: Connection) -> Description | None:
        """What names somebody in a row; nothing where it was removed, or the person erased."""
        if row.sealed is None:
            return None
        plain = self._directory.open_for(row.person, row.sealed, place_of(row.id), session)
        return None if plain is None else read_description(plain)
