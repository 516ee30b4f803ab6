"""What is the same at every door that is told and cannot be asked: it knows people as we do, and shows nothing."""

from collections.abc import Collection

from connectors.port import Capabilities, Observation
from schemas.errors import RejectedError
from schemas.words import Words


class OneWay:
    """The half of a door that answers no question; what is told to it is *accepted* at most."""

    def __init__(self, name: str) -> None:
        self.name = name

    def capabilities(self) -> Capabilities:
        """Nothing can be read back, and what the receiver ends is not told."""
        return Capabilities("none", old_tokens_s=None)

    def resolve(self, person: str) -> str:
        """Our identifier itself: what the receiver makes of it is not told."""
        return person

    def matches(self, person: str) -> frozenset[str]:
        """Our identifier itself."""
        return frozenset({person})

    def observe(self, subject: str, targets: Collection[str]) -> Observation:
        """Always refused: there is nothing to be read.

        Raises:
            RejectedError: ``sink.no-read-back``.
        """
        raise self._unreadable()

    def members(self, target: str) -> frozenset[str]:
        """Always refused, as ``observe``."""
        raise self._unreadable()

    def _unreadable(self) -> RejectedError:
        return RejectedError(
            "sink.no-read-back",
            Words(
                f"{self.name}: it is told, and cannot be asked what is open",
                f"{self.name}：只能发送，无法查询哪些权限已开启",
            ),
        )
