"""Where documents are filed and removed; each act leaves its entry.

Whose document it is, of what kind, what it is about and which number it bears is how it is classified: the same again
with another content is the next edition. A validity that stands on it and is not that of the edition before takes two
people.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import PurePath
from typing import Any, NamedTuple

import orjson

from audit_log.entry import Committed
from hub.audit.enclosures import Enclosures
from hub.clock import Ids
from hub.identity.directory import Directory
from hub.identity.operators import Operators
from hub.intake.basis import Basis
from hub.register.conditions import require_classified, require_others, require_two
from hub.register.description import Description, place_of
from hub.register.documents import Document, Documents
from hub.register.formats import Recognised
from hub.register.incoming import LONGEST, Filing, Incoming
from hub.register.sealed import Written
from hub.register.shelf import Shelf
from hub.rules.credentials.words import spelled
from hub.store.commit import Tx
from hub.store.database import Database
from hub.store.sealing import Sealer
from hub.store.space import Space
from hub.store.statement import Connection
from hub.store.tables import documents as sql
from hub.store.tables.documents import DocumentRow
from hub.store.writer import Writer
from schemas.errors import CallError, ConfigError, PayloadError
from schemas.words import Words

MOST_OF_PERSON = 500
"""Documents of one person: a long life of work has dozens."""
_CHANGED = Words("its validity is not that of the edition before", "有效期与上一版不同")
_UNSAID = (None, None)
_REMOVES = Words("it removes a document", "移除材料")


class Before(NamedTuple):
    """The last edition that is kept, and from when to when it holds, as was said last."""

    row: DocumentRow
    validity: tuple[datetime | None, datetime | None]


class FilingDesk:
    """Takes documents of people.

    ``abouts``: the credentials, exams and courses that one may be about. ``most``: documents of one person.
    """

    def __init__(
        self,
        *,
        documents: Documents,
        database: Database,
        directory: Directory,
        operators: Operators,
        enclosures: Enclosures,
        sealer: Sealer,
        writer: Writer,
        shelf: Shelf,
        space: Space,
        ids: Ids,
        abouts: Collection[str],
        most: int = MOST_OF_PERSON,
    ) -> None:
        self._documents = documents
        self._database = database
        self._directory = directory
        self._operators = operators
        self._enclosures = enclosures
        self._sealer = sealer
        self._writer = writer
        self._shelf = shelf
        self._space = space
        self._ids = ids
        self._abouts = abouts
        self._most = most

    def begin(self, filing: Filing) -> Incoming:
        """A document that may come now: its bytes are written to what is given, then ``file`` files it.

        Raises:
            CallError: What is said of it does not do: person, kind, subject, dates, who hands it in.
            PayloadError: ``document.many``.
            UnavailableError: ``disk.low``.
        """
        person = self._directory.named(filing.person)
        require_classified(filing, self._abouts)
        with self._database.reading() as session:
            require_others(filing, self._directory.profile(person, session))
            self._space.require()
            self._before(filing, self._documents.rows(person, session), session)
        return Incoming(filing, person, self._ids.token(), self._shelf, self._sealer)

    def file(self, incoming: Incoming) -> Document:
        """File what has come; the same document of the same validity again is the one that is there.

        Raises:
            PayloadError: It is no document that is taken.
            CallError: Somebody else filed another edition meanwhile, and two people are needed now.
        """
        with self.beside(incoming) as filing:
            self._writer.call(partial(filing, None))
            return filing.document()

    @contextmanager
    def beside(self, incoming: Incoming) -> Iterator["Beside"]:
        """What files a document that has come in the commit of something else: both are there, or neither.

        Raises:
            PayloadError: It is no document that is taken.
        """
        written, seen = incoming.finish()
        incoming.settle()
        try:
            yield Beside(self, incoming, written, seen)
        except (ConfigError, PayloadError):
            incoming.drop()
            raise

    def remove(self, document: str, basis: Basis) -> Document:
        """Remove a document that is not this person's, or may be kept no longer; that it was there stays on record.

        Raises:
            CallError: There is none of this id, it is removed already, or not two people say it, with a reason.
        """
        row = self._documents.row(document)
        if row.state != "kept":
            raise CallError(
                Words(f"{document[:64]} is removed already", f"{document[:64]} 已移除"),
                cure=Words("`licet register list PERSON` shows what there is", "用 `licet register list 工号` 查看"),
            )
        require_two(basis.actors, basis.reason, _REMOVES)
        self._writer.call(partial(self._remove, row, basis))
        self._shelf.remove(row.id)
        with self._database.reading() as session:
            return self._documents.document(self._documents.row(document), session)

    def filed(self, row: DocumentRow, *, is_new: bool) -> Document:
        """A document that was filed, as people read it."""
        with self._database.reading() as session:
            return self._documents.document(row, session, is_new=is_new)

    # --- in one commit ---------------------------------------------------------------------------------------

    def keep(
        self, incoming: Incoming, written: Written, seen: Recognised, transmission: str | None, tx: Tx
    ) -> tuple[DocumentRow, bool]:
        """Its row, and whether that is new; ``transmission``: what was entered upon it."""
        filing = incoming.filing
        rows = self._documents.rows(incoming.person, tx.session)
        before = self._before(filing, rows, tx.session)
        if before is not None and before.row.mark == incoming.mark and filing.validity in (_UNSAID, before.validity):
            return before.row, False
        place, described = place_of(incoming.document), _described(incoming, seen)
        row = DocumentRow(
            id=incoming.document,
            person=incoming.person,
            kind=filing.kind,
            about=filing.about,
            series=(series := self._series(filing, incoming.person)),
            edition=1 + max((each.edition for each in rows if each.series == series), default=0),
            media=seen.media,
            size=written.size,
            mark=incoming.mark,
            ct_sha256=written.ct_sha256,
            state="kept",
            filed_at=tx.now_us,
            entry=tx.new_id(),
            transmission=transmission,
            sealed=self._directory.seal_for(incoming.person, described.dump(), place, tx.session),
        )
        tx.session.run(sql.insert_document, row._asdict())
        scan = {"bytes": written.size, "commit": written.commit, "ct_sha256": written.ct_sha256}
        made = {"media": seen.media, "scan": scan, "transmission": transmission}
        self._log(row, filing.actors, filing.reason, tx, entry=row.entry, outcome="kept", **made)
        return row, True

    def _remove(self, row: DocumentRow, basis: Basis, tx: Tx) -> None:
        tx.session.run(sql.remove_document, {"of": row.id})
        self._log(row, basis.actors, basis.reason, tx, entry=tx.new_id(), outcome="removed", filed=row.entry)

    def _log(self, row: DocumentRow, actors: Sequence[str], reason: str, tx: Tx, *, entry: str, **members: Any) -> None:
        why: Committed | None = None
        if reason.strip():
            why = self._enclosures.keep(entry, "reason", reason.encode(), tx)
        classified: dict[str, Any] = {"paper": row.kind, "about": row.about, "edition": row.edition}
        actor = self._operators.named(actors).member(tx)
        tx.log("filed", entry=entry, person=row.person, actor=actor, reason=why, **classified, **members)

    def _before(self, filing: Filing, rows: Sequence[DocumentRow], session: Connection) -> Before | None:
        """The edition before it that is kept, if there is one, unless too many are there or it takes another person."""
        kept = [each for each in rows if each.state == "kept"]
        if len(kept) >= self._most:
            words = Words(f"found {len(kept)} documents of one person", f"该人员已有 {len(kept)} 份材料")
            raise PayloadError("document.many", words)
        series = kept and self._series(filing, kept[0].person)
        editions = [each for each in kept if each.series == series]
        described = [said for each in editions if (said := self._documents.described(each, session)) is not None]
        if not described:
            return None
        stated = [each.validity for each in described if each.validity != _UNSAID]
        validity = stated[-1] if stated else _UNSAID
        if filing.validity not in (_UNSAID, validity):
            require_two(filing.actors, filing.reason, _CHANGED)
        return Before(editions[-1], validity)

    def _series(self, filing: Filing, person: str) -> str:
        paper = (person, filing.kind, filing.about, spelled(filing.number))
        return self._sealer.series_id(orjson.dumps(paper).decode())


class Beside:
    """Files one document that has come; called within a commit, with what was entered upon it."""

    def __init__(self, desk: FilingDesk, incoming: Incoming, written: Written, seen: Recognised) -> None:
        self._desk = desk
        self._came = (incoming, written, seen)
        self._kept: tuple[DocumentRow, bool] | None = None

    def __call__(self, transmission: str | None, tx: Tx) -> None:
        """File it; done again where the commit is tried again."""
        self._kept = self._desk.keep(*self._came, transmission, tx)

    def document(self) -> Document:
        """The document, once that commit is durable; the same one that was there already has no second file."""
        assert self._kept is not None, "asked before it was filed"
        row, is_new = self._kept
        if not is_new:
            self._came[0].drop()
        return self._desk.filed(row, is_new=is_new)


def _described(incoming: Incoming, seen: Recognised) -> Description:
    filing = incoming.filing
    return Description(
        key=incoming.key,
        salt=incoming.salt,
        file=PurePath(filing.file).name[:LONGEST],
        number=filing.number[:LONGEST],
        valid_from=filing.valid_from,
        valid_until=filing.valid_until,
        remarks=seen.remarks,
        by=list(filing.actors),
    )
