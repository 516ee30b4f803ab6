"""Who does something at the hub: operators and accounts are subjects with tokens, like everybody else."""

import unicodedata
from collections.abc import Iterable
from typing import Literal

from audit_log.entry import Actor
from hub.identity.directory import Directory, Subject
from hub.store.commit import Tx

ActorType = Literal["operator", "account"]
"""A person whom a command names, or the account of the machine that ran it."""


class Acting:
    """Those who do one thing, ready to be named in its entry."""

    def __init__(self, directory: Directory, kind: ActorType, subjects: list[Subject]) -> None:
        self._directory = directory
        self._kind = kind
        self._subjects = subjects

    def __len__(self) -> int:
        return len(self._subjects)

    @property
    def tokens(self) -> list[str]:
        """By what the store knows them, once they stand in it."""
        return [each.token for each in self._subjects]

    def member(self, tx: Tx) -> Actor:
        """The member ``actor`` of the entry; who acts for the first time gets a row in this commit."""
        self._directory.keep(self._subjects, tx)
        actors = [{"type": str(self._kind), "id": each.token} for each in self._subjects]
        return actors[0] if len(actors) == 1 else actors


class Operators:
    """Finds who acts, by name; the name stands sealed in ``subjects`` and nowhere else."""

    def __init__(self, directory: Directory, account: str) -> None:
        """``account`` is the one of this machine under which commands run."""
        self._directory = directory
        self._account = account

    def one(self, name: str) -> Acting:
        """The one of this name, or without a name the account of this machine."""
        return self.named([name]) if name.strip() else self.named([self._account], "account")

    def named(self, names: Iterable[str], kind: ActorType = "operator") -> Acting:
        """Those of these names, each once however it is written, in their order, as each is written first."""
        found: dict[str, tuple[str, str]] = {}
        for name in filter(str.strip, names):
            found.setdefault(folded(name), (kind, name.strip()))
        subjects = self._directory.subjects(found.values())
        return Acting(self._directory, kind, [subjects[pair] for pair in found.values()])


def folded(name: str) -> str:
    """A name without what is no difference between two people: case, width, blanks."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
