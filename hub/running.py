"""A hub at work: what was left is taken up, the loops run, and everything is closed at the end."""

from collections.abc import Callable

from hub.assembly import Assembly
from hub.audit.inspection import check_start
from hub.clock import Clock
from hub.config.folder import HubFolder, Instance, read_folder
from hub.config.mappings import documents
from hub.front.routes import Router
from hub.store import queries as q
from hub.store.commit import Tx


class Hub:
    """A hub that can be started and stopped."""

    def __init__(self, folder: HubFolder, clock: Clock | None = None) -> None:
        self.parts = Assembly(folder, clock, reviewing=True)
        self.deadlines = self.parts.deadlines(self.halt)
        self.ready = False
        self._polling = self._sweeping = False

    def start(self, *, polling: bool = True, sweeping: bool = True) -> None:
        """Take up what was left, and begin to work; who wants to poll and sweep by hand says so."""
        parts = self.parts
        check_start(parts.database, parts.signer)
        self._apply_rules()
        parts.delivery.start()
        parts.outbox.start()
        parts.writer.call(lambda tx: tx.log("start"))
        self.deadlines.start()
        self._polling, self._sweeping = polling, sweeping
        if polling:
            parts.polling.start()
        if sweeping:
            parts.reconciler.start()
        self.ready = True

    def _apply_rules(self) -> None:
        """Have everybody looked at if other rules judged before, or nobody knows which."""
        file, revision = self.parts.folder.path / "data" / "rules", self.parts.folder.revision
        if file.exists() and file.read_text() == revision:
            return
        self.parts.writer.call(_look_at_all)
        file.write_text(revision)

    def reload(self) -> list[str]:
        """Read with the folder's mapping documents as they are now; the instances for which that is another one.

        Raises:
            ConfigError: Something is wrong with the folder; what is in use stays, whole.
        """
        running, now = self.parts.folder, read_folder(self.parts.folder.path)
        same = {name: each for name, each in now.instances.items() if _is_same(each, running.instances.get(name))}
        return self.parts.mappings.swap(documents(now.path, same), self.parts.writer)

    def halt(self) -> None:
        """The log was tampered with: no longer ready, nothing is sent until a person has looked."""
        self.ready = False
        self.parts.delivery.halt()
        self.parts.outbox.halt()

    def stop(self) -> None:
        """Finish what is under way and close everything; nothing is lost by this, nor by not doing it."""
        self.ready = False
        if self._polling:
            self.parts.polling.stop()
        if self._sweeping:
            self.parts.reconciler.stop()
        self.deadlines.stop()
        self.parts.delivery.stop()
        self.parts.outbox.stop()
        self.parts.writer.call(lambda tx: tx.log("stop"))
        self.parts.signing.sign(at_once=True)
        self.close()

    def close(self) -> None:
        """Close a hub that was never started."""
        self.parts.close()

    def app(self, public_url: Callable[[], str]) -> Router:
        """The ASGI application."""
        return self.parts.front(public_url, lambda: self.ready)


def _is_same(instance: Instance, running: Instance | None) -> bool:
    """Whether an instance of the folder is one that runs; others begin at the next start."""
    return running is not None and running.spec is instance.spec


def _look_at_all(tx: Tx) -> None:
    people = tx.session.all(q.all_people, {})
    if people:
        rows = [{"person": each[0], "at": tx.now_us, "because": "rules", "tries": 0} for each in people]
        tx.session.many(q.postpone, rows)
        tx.wake_deadlines()
