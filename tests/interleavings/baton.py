"""Hands of which one works at a time, and only as far as the one who holds the baton lets it: any order can be played.

A hand rests wherever it calls another system, and where it waits for what another hand has for itself.
"""

from collections.abc import Callable
from threading import Semaphore, Thread
from types import TracebackType

from hub.workers import Activator


class Killed(BaseException):
    """The process has ended: nothing of this hand happens any more, and no ``except`` of ours hears of it."""


class Hand:
    """One piece of work on its way. ``rests`` says where it is."""

    def __init__(self, name: str, work: Callable[[], None], baton: "Baton") -> None:
        self.name, self.rests = name, "begin"
        self.ended = self.killed = False
        self.error: BaseException | None = None
        self.go = Semaphore(0)
        self._work, self._baton = work, baton
        self._thread = Thread(target=self._run, daemon=True)

    def begin(self) -> None:
        """Its thread exists, and waits for the baton."""
        self._thread.start()

    def join(self) -> None:
        """Its thread has ended."""
        self._thread.join()

    def _run(self) -> None:
        self.go.acquire()
        try:
            if not self.killed:
                self._work()
        except Killed:
            pass
        except BaseException as error:
            self.error = error
        self.ended = True
        self._baton.given_back.release()


class Baton:
    """Who holds it works; everybody else stands still."""

    def __init__(self) -> None:
        self.hands: list[Hand] = []
        self.given_back = Semaphore(0)
        self._holder: Hand | None = None
        self._count = 0

    @property
    def holder(self) -> Hand | None:
        """Who works now; nobody but the one who plays, if none."""
        return self._holder

    def add(self, name: str, work: Callable[[], None]) -> Hand:
        """A hand that has not begun."""
        self._count += 1
        hand = Hand(f"{name}-{self._count}", work, self)
        self.hands.append(hand)
        hand.begin()
        return hand

    def step(self, hand: Hand) -> None:
        """Let one go on to where it rests next, or to its end.

        Raises:
            BaseException: What its work raised.
        """
        self._holder = hand
        hand.go.release()
        self.given_back.acquire()
        self._holder = None
        if hand.ended:
            self.hands.remove(hand)
            hand.join()
            if hand.error is not None:
                raise hand.error

    def rest(self, where: str) -> None:
        """Stand still until it is this hand's turn again; who plays does not."""
        hand = self._holder
        if hand is None:
            return
        hand.rests = where
        self.given_back.release()
        hand.go.acquire()
        if hand.killed:
            raise Killed

    def kill(self) -> list[Hand]:
        """End all hands where they rest; who they were."""
        killed = list(self.hands)
        for hand in killed:
            hand.killed = True
        for hand in killed:
            self.step(hand)
        return killed

    def exclusion(self) -> "Turn":
        """What one hand at a time can have."""
        return Turn(self)


class Turn:
    """Had by one hand; another one that wants it rests until it is free."""

    def __init__(self, baton: Baton) -> None:
        self._baton, self._taken = baton, False

    def __enter__(self) -> None:
        while self._taken:
            self._baton.rest("waits for a target")
        self._taken = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._taken = False


class SteppedHands:
    """The hands of a delivery, played by a baton."""

    def __init__(self, baton: Baton, count: int) -> None:
        self._baton, self._count = baton, count

    @property
    def free(self) -> int:
        """How many have nothing to do."""
        return self._count - len(self._baton.hands)

    def take(self, work: Callable[[], None]) -> None:
        """Begin, once the baton comes."""
        self._baton.add("delivery", work)

    def stop(self, seconds: float = 0.0) -> bool:
        """Whether all have ended."""
        return not self._baton.hands


def hired_by(baton: Baton) -> Callable[[int, str, Activator], SteppedHands]:
    """What hires hands that a baton plays."""
    return lambda count, _name, _freed: SteppedHands(baton, count)
