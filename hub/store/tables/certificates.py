"""Certificates of what was issued: due, then written once; what names a person is sealed under that person's key."""

from typing import NamedTuple

from hub.store.columns import Index, Table, blob, instant, text
from hub.store.statement import Query, RowChange, Statement

CERTIFICATES = Table(
    "certificates",
    text("person", key=True),
    text("number", key=True),
    text("state"),
    instant("issued_at"),
    instant("written_at", null=True),
    blob("signed", null=True),
    blob("page", null=True),
    instant("place", null=True),
    Index("certificates_state", "state"),
    Index("certificates_number", "number"),
    Index("certificates_place", "place"),
    rowid=False,
)
"""``state``: due, written, or nobody (whom it names was erased before it was written). ``signed`` holds the signed
facts, ``page`` the PDF as it was exported first; both are sealed. ``place`` is its own in the lists of
how certificates stand."""


class DueCertificate(NamedTuple):
    """A certificate to be written, with the issue it rests on."""

    person: str
    number: str
    issued_at: int
    body: str


class CertificateRow(NamedTuple):
    """A certificate, with the issue it rests on."""

    person: str
    number: str
    state: str
    written_at: int | None
    signed: bytes | None
    page: bytes | None
    body: str


class LastPlace(NamedTuple):
    """The last place in the lists of how certificates stand; nothing before the first."""

    place: int | None


class PlacedCertificate(NamedTuple):
    """The place of a certificate, its issue, and the standing of its holder, if it is known."""

    place: int
    issued: str
    standing: str | None


# What is issued has a certificate to come.
insert_certificate = Statement("""
    INSERT INTO certificates (person, number, state, issued_at) VALUES (:person, :number, 'due', :issued_at)
    ON CONFLICT DO NOTHING
""")

# The certificates to be written.
certificates_due = Query(
    DueCertificate,
    """
    SELECT certificates.person, certificates.number, certificates.issued_at, issues.body FROM certificates
    JOIN issues ON issues.person = certificates.person AND issues.number = certificates.number
    WHERE certificates.state = 'due' LIMIT :limit
    """,
)

# The certificates of a person, the earliest first.
certificates_of = Query(
    CertificateRow,
    """
    SELECT certificates.person, certificates.number, state, written_at, signed, page, issues.body FROM certificates
    JOIN issues ON issues.person = certificates.person AND issues.number = certificates.number
    WHERE certificates.person = :person ORDER BY issued_at, certificates.number
    """,
)

# The certificates of a number; two persons may have one by chance.
certificates_numbered = Query(
    CertificateRow,
    """
    SELECT certificates.person, certificates.number, state, written_at, signed, page, issues.body FROM certificates
    JOIN issues ON issues.person = certificates.person AND issues.number = certificates.number
    WHERE certificates.number = :number ORDER BY certificates.person
    """,
)

# The last place that was given.
last_place = Query(LastPlace, "SELECT max(place) AS place FROM certificates")

# What was issued and has a place, with where its holder stands in its position; a list at a time.
certificates_placed = Query(
    PlacedCertificate,
    """
    SELECT certificates.place, issues.body AS issued, standings.body AS standing FROM certificates
    JOIN issues ON issues.person = certificates.person AND issues.number = certificates.number
    LEFT JOIN standings ON standings.person = issues.person AND standings.position = issues.position
    WHERE certificates.place >= :first AND certificates.place < :bound
    """,
)

# It is written, or can be no more.
write_certificate = RowChange("""
    UPDATE certificates SET state = :state, signed = :signed, written_at = :at, place = :place
    WHERE person = :person AND number = :number AND state = 'due'
""")

# Keep its page as it was exported first; touches no row if there is one.
keep_page = Statement("""
    UPDATE certificates SET page = :page WHERE person = :person AND number = :number AND page IS NULL
""")
