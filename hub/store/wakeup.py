"""Processes on one PostgreSQL store wake each other (``LISTEN``, ``NOTIFY``); SQLite has one process alone.

A word that is said while nobody listens is gone: whoever listens looks now and then, too.
"""

from hub.store.database import Database
from hub.store.statement import Connection

ANSWERS = "licet_answers"
"""Some errands are answered."""
INBOX, REPLIES = "licet_inbox", "licet_replies"
"""Fronts took something; some of it is answered."""


def errands_of(port: str) -> str:
    """The channel on which it is said that there are errands of a port: who serves others sleeps on."""
    return f"licet_errands_{port}"


def wake(channel: str, session: Connection) -> None:
    """Wake all who listen."""
    session.connection.execute("SELECT pg_notify(%s, '')", (channel,))


class Beside:
    """A connection beside the writer that is opened when it is needed, and anew after trouble; ``hears`` channels.

    ``durable``: what it writes must outlive the server. It belongs to one thread at a time.
    """

    def __init__(self, database: Database, *hears: str, durable: bool = False) -> None:
        self._database = database
        self._hears = hears
        self._durable = durable
        self._opened: Connection | None = None

    @property
    def session(self) -> Connection:
        """The connection. What was said before it was opened is not heard: look at the tables once."""
        if self._opened is None:
            opened = self._database.beside_writer(durable=self._durable)
            for channel in self._hears:
                opened.connection.execute(f"LISTEN {channel}")
            self._opened = opened
        return self._opened

    def wait(self, seconds: float) -> None:
        """Return once somebody said a word, at the latest after so many seconds."""
        for _word in self.session.connection.notifies(timeout=seconds, stop_after=1):
            pass

    def close(self) -> None:
        """Close it; whoever needs it again has another one."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.connection.close()
