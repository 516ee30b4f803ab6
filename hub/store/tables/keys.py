"""Public keys, ours and those of others, and how long each is believed; what was signed with one that leaked."""

from typing import NamedTuple

from hub.store.columns import Table, instant, text
from hub.store.statement import Query, Statement

KEYS = Table(
    "keys",
    text("owner", key=True),
    text("kid", key=True),
    text("algorithm"),
    text("public"),
    text("origin"),
    text("person", null=True),
    text("role", null=True),
    instant("added_at"),
    instant("active_at", null=True),
    instant("retiring_at", null=True),
    instant("retired_at", null=True),
    instant("revoked_at", null=True),
    instant("compromised_since", null=True),
    instant("gone_at", null=True),
    rowid=False,
)
"""``owner``: an instance, ``:packages`` for those who sign packages, empty for the hub. ``origin``: made here, entered,
or of licet.toml. ``person`` and ``role``: who signs packages with it, by token, and as what. ``retired_at`` is the word
of an operator, ``gone_at`` since when its owner publishes it no more."""

DOUBTED = Table(
    "doubted",
    text("transmission", key=True),
    text("owner"),
    text("kid"),
    instant("at"),
    rowid=False,
)
"""What was signed with a key since it leaked, and when that became known."""


class KeyRow(NamedTuple):
    """One key; ``public`` is its JWK. Without ``active_at`` it is only announced."""

    owner: str
    kid: str
    algorithm: str
    public: str
    origin: str
    added_at: int
    active_at: int | None = None
    retiring_at: int | None = None
    retired_at: int | None = None
    revoked_at: int | None = None
    compromised_since: int | None = None
    person: str | None = None
    role: str | None = None
    gone_at: int | None = None


class DoubtedRow(NamedTuple):
    """A transmission that somebody else may have signed."""

    transmission: str
    owner: str
    kid: str
    at: int


class AnyDoubt(NamedTuple):
    """That there is one."""

    transmission: str


class SignedEntry(NamedTuple):
    """An entry of something that an instance brought."""

    seq: int
    body: str


class Concerned(NamedTuple):
    """An identifier of which something was said at an instant."""

    subject: str
    at: int


# Every key, in the order in which they are listed.
all_keys = Query(
    KeyRow,
    """
    SELECT owner, kid, algorithm, public, origin, added_at, active_at, retiring_at, retired_at, revoked_at,
      compromised_since, person, role, gone_at
    FROM keys ORDER BY owner, added_at, kid
    """,
)

# The keys of one owner.
keys_of = Query(
    KeyRow,
    """
    SELECT owner, kid, algorithm, public, origin, added_at, active_at, retiring_at, retired_at, revoked_at,
      compromised_since, person, role, gone_at
    FROM keys WHERE owner = :owner ORDER BY added_at, kid
    """,
)

# One key, to change how it stands: nobody else changes it before the commit.
key_to_change = Query(
    KeyRow,
    """
    SELECT owner, kid, algorithm, public, origin, added_at, active_at, retiring_at, retired_at, revoked_at,
      compromised_since, person, role, gone_at
    FROM keys WHERE owner = :owner AND kid = :kid {for_update}
    """,
)

# Keep a key, or how it stands from now on; what it is never changes, and what was revoked stays so, from the earliest
# instant that anybody named: whoever read the key before that knows nothing of it.
set_key = Statement("""
    INSERT INTO keys (owner, kid, algorithm, public, origin, added_at, active_at, retiring_at, retired_at, revoked_at,
      compromised_since, person, role, gone_at)
    VALUES (:owner, :kid, :algorithm, :public, :origin, :added_at, :active_at, :retiring_at, :retired_at, :revoked_at,
      :compromised_since, :person, :role, :gone_at)
    ON CONFLICT (owner, kid) DO UPDATE SET active_at = excluded.active_at, retiring_at = excluded.retiring_at,
      retired_at = excluded.retired_at, revoked_at = coalesce(keys.revoked_at, excluded.revoked_at),
      compromised_since = CASE WHEN keys.compromised_since <= excluded.compromised_since THEN keys.compromised_since
        ELSE coalesce(excluded.compromised_since, keys.compromised_since) END,
      gone_at = excluded.gone_at
""")

# Doubt a transmission; it may be doubted already.
doubt = Statement("""
    INSERT INTO doubted (transmission, owner, kid, at) VALUES (:transmission, :owner, :kid, :at) ON CONFLICT DO NOTHING
""")

# Whether anything is doubted at all.
any_doubt = Query(AnyDoubt, "SELECT transmission FROM doubted LIMIT 1")

# Which of these transmissions are doubted; ``ids`` is a JSON array.
doubted_among = Query(
    DoubtedRow,
    "SELECT transmission, owner, kid, at FROM doubted WHERE transmission IN (SELECT value FROM {each:ids})",
)

# What an instance brought after a number of the log, from an instant on, in order.
brought_after = Query(
    SignedEntry,
    """
    SELECT seq, body FROM entries
    WHERE seq > :seq AND at >= :since AND connector = :connector AND kind IN ('received', 'quarantined')
    ORDER BY seq LIMIT :limit
    """,
)

# Of whom something was said by these transmissions; ``ids`` is a JSON array.
concerned_by = Query(
    Concerned, "SELECT DISTINCT subject, at FROM facts WHERE transmission IN (SELECT value FROM {each:ids})"
)
