"""What systems beside the hub are told of training: by person, course and year the last word, and how far it is."""

from typing import NamedTuple

from hub.store.columns import Index, Table, Unique, instant, number, small, text
from hub.store.statement import Query, RowChange, Statement

PARTNER_WORDS = Table(
    "partner_words",
    text("id", key=True),
    text("connector"),
    text("person"),
    text("course"),
    small("year"),
    number("credited"),
    number("counted"),
    number("required"),
    number("open"),
    number("sequence"),
    text("state"),
    instant("decided_at"),
    instant("next_at"),
    text("owner", null=True),
    instant("heartbeat_at", null=True),
    small("tries", default="0"),
    text("code", null=True),
    instant("confirmed_at", null=True),
    Unique("person", "connector", "course", "year"),
    Index("partner_words_state", "connector", "state", "next_at"),
    Index("partner_words_decided", "connector", "decided_at"),
)
"""One row for one partner, person, course and year. ``state``: decided, sent, unknown, confirmed (its receipt came),
or failed (it was refused). ``sequence`` grows with each change of the figures; ``next_at`` and ``heartbeat_at`` are of
the store's own clock; ``owner`` is who sends."""


class ToldFigures(NamedTuple):
    """The figures of a person that a partner was told last, or is about to be."""

    connector: str
    course: str
    year: int
    credited: int
    counted: int
    required: int
    open: int


class WaitingWord(NamedTuple):
    """A word to be told now."""

    id: str
    person: str
    course: str
    year: int
    credited: int
    counted: int
    required: int
    open: int
    sequence: int
    decided_at: int
    tries: int
    state: str


class ListedWord(NamedTuple):
    """A word as people read it."""

    id: str
    connector: str
    person: str
    course: str
    year: int
    credited: int
    counted: int
    required: int
    open: int
    sequence: int
    state: str
    decided_at: int
    tries: int
    code: str | None
    confirmed_at: int | None


class NextWord(NamedTuple):
    """How long until something is to be told, microseconds, if there is anything."""

    wait: int | None


# The figures of a person that partners were told last.
told_figures = Query(
    ToldFigures,
    "SELECT connector, course, year, credited, counted, required, open FROM partner_words WHERE person = :person",
)

# Say what figures a partner is to hear from now on: a further word about the same.
set_figures = Statement("""
    INSERT INTO partner_words (id, connector, person, course, year, credited, counted, required, open, sequence, state,
      decided_at, next_at)
    VALUES (:id, :connector, :person, :course, :year, :credited, :counted, :required, :open, 1, 'decided',
      :decided_at, 0)
    ON CONFLICT (person, connector, course, year) DO UPDATE SET
      credited = excluded.credited, counted = excluded.counted, required = excluded.required, open = excluded.open,
      sequence = partner_words.sequence + 1, state = 'decided', decided_at = excluded.decided_at, next_at = 0,
      owner = NULL, tries = 0, code = NULL, confirmed_at = NULL
""")

# What a partner is to be told now, longest first; what is being told, once its lease has ended. Nothing waits beyond
# the horizon.
words_now = Query(
    WaitingWord,
    """
    SELECT id, person, course, year, credited, counted, required, open, sequence, decided_at, tries, state
    FROM partner_words
    WHERE connector = :connector AND state IN ('decided', 'unknown', 'sent')
      AND (next_at <= :now OR next_at > :horizon)
    ORDER BY next_at, decided_at LIMIT :limit
    """,
)

# How long until a partner is to be told something.
next_word = Query(
    NextWord,
    """
    SELECT (SELECT min(next_at) FROM partner_words
            WHERE connector = :connector AND state IN ('decided', 'unknown', 'sent')) - now AS wait
    FROM store_clock
    """,
)

# Take a word for oneself: until ``:until`` it is left alone by others.
send_word = RowChange("""
    UPDATE partner_words SET state = 'sent', owner = :owner, heartbeat_at = :now, next_at = :until, tries = :tries
    WHERE id = :of
""")

# Say that somebody is still at it; touches no row once it was changed or somebody else is.
beat_word = Statement("""
    UPDATE partner_words SET heartbeat_at = :now, next_at = :until
    WHERE id = :of AND owner = :owner AND state = 'sent'
""")

# What was being told by owners that are gone is unknown: their leases have ended, or they held the seat of ``:owner``.
lose_words = Statement("""
    UPDATE partner_words SET state = 'unknown', owner = NULL, next_at = :now
    WHERE connector = :connector AND state = 'sent' AND owner <> :owner AND (next_at < :now OR owner LIKE :seat)
""")

# Say how far one word is; touches no row where another word has come since.
set_word = Statement("""
    UPDATE partner_words SET state = :state, owner = NULL, next_at = :next_at, tries = :tries, code = :code,
      confirmed_at = :confirmed_at
    WHERE id = :of AND sequence = :sequence
""")

# Tell once more what was refused for good, after a person has mended why.
retry_words = Statement("""
    UPDATE partner_words SET state = 'decided', next_at = 0, tries = 0, code = NULL
    WHERE connector = :connector AND state = 'failed'
""")

# Tell once more, each with the sequence that it had, what was decided from an instant on.
replay_words = Statement("""
    UPDATE partner_words SET state = 'decided', next_at = 0, tries = 0, code = NULL, confirmed_at = NULL
    WHERE connector = :connector AND decided_at >= :since AND state IN ('confirmed', 'failed')
""")

# Every word of a partner, or of all, that is not yet where it must be first.
words_listed = Query(
    ListedWord,
    """
    SELECT id, connector, person, course, year, credited, counted, required, open, sequence, state, decided_at, tries,
      code, confirmed_at
    FROM partner_words
    WHERE (:connector = '' OR connector = :connector) AND (:state = '' OR state = :state)
    ORDER BY connector, decided_at DESC, id LIMIT :limit
    """,
)
